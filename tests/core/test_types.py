"""Instants and choices come back from both databases as they went in."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from community.core.db import db, transactional
from community.membership.models import Membership, Person
from tests.factories.people import a_person

ANY_ZONE = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))


@transactional
def _set(person_id: int, **facts: object) -> None:
    for name, value in facts.items():
        setattr(db.session.get_one(Person, person_id), name, value)


def _get(person_id: int) -> Person:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Person, person_id)


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    at=st.datetimes(
        datetime.fromisoformat("1970-01-02"),
        datetime.fromisoformat("2100-01-01"),
        timezones=ANY_ZONE,
    )
)
def test_an_instant_comes_back_as_the_same_instant_in_utc(app: Flask, at: datetime) -> None:
    person_id = a_person().id
    _set(person_id, joined_at=at)
    back = _get(person_id).joined_at
    assert back == at
    assert back is not None
    assert back.utcoffset() == timedelta(0)


def test_an_instant_is_compared_as_an_instant(app: Flask) -> None:
    person_id = a_person().id
    at = datetime(2026, 7, 16, 1, 0, tzinfo=timezone(timedelta(hours=5)))  # the 15th in UTC
    _set(person_id, joined_at=at)
    for other, expected in ((timedelta(seconds=-1), 1), (timedelta(seconds=1), 0)):
        moment = (at + other).astimezone(timezone(timedelta(hours=-9)))
        found = sa.select(sa.func.count()).select_from(Person).where(Person.joined_at > moment)
        assert db.session.scalar(found) == expected


def test_a_time_without_a_zone_is_refused(app: Flask) -> None:
    person_id = a_person().id
    with pytest.raises(sa.exc.StatementError, match="time zone"):
        _set(person_id, joined_at=datetime.fromisoformat("2026-07-16"))


def test_a_choice_comes_back_as_its_member(app: Flask) -> None:
    person_id = a_person().id
    _set(person_id, membership=Membership.SUSPENDED)
    assert _get(person_id).membership is Membership.SUSPENDED


def test_the_database_itself_refuses_what_is_no_choice(app: Flask) -> None:
    a_person()
    with pytest.raises(sa.exc.IntegrityError):
        db.session.execute(sa.text("UPDATE people SET membership = 'emperor'"))
    db.session.rollback()


def test_no_instant_is_no_instant(app: Flask) -> None:
    person = a_person()
    assert _get(person.id).joined_at is None
    now = datetime.now(UTC)
    assert abs((now - person.created_at).total_seconds()) < 60
