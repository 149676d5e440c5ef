"""Sessions end when they run out, are revoked, or their person is shut out."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db, transactional
from community.core.errors import NotFound, Refused
from community.membership.models import AuthSession, KnownBrowser, Membership, Person, Role
from community.membership.queries import all_topics, find_topics, get_person
from community.membership.sessions import (
    find_session,
    find_signed_in,
    forget_old_sessions,
    is_known,
    open_session,
    sign_out,
)
from community.membership.viewer import VISITOR, Viewer
from community.organizing.models import AuditEntry
from tests.factories.at_once import at_once
from tests.factories.events import a_topic
from tests.factories.people import a_member, a_person, an_admin, an_organizer


@transactional
def _set(person_id: int, **facts: object) -> None:
    for name, value in facts.items():
        setattr(db.session.get_one(Person, person_id), name, value)


def test_a_session_stands_for_its_person(app: Flask) -> None:
    person = a_member(email="ada@example.org")
    token = open_session(person, proof="code", browser="Mozilla\r\n" + "x" * 500)
    found = find_signed_in(token)
    assert found is not None
    assert (found.id, found.address) == (person.id, "ada@example.org")
    session = find_session(token)
    assert session is not None
    assert session.proof == "code"
    assert len(session.browser) == 200
    assert "\n" not in session.browser
    assert token not in session.token_hash


@pytest.mark.parametrize("token", ["", "x", "é" * 100])
def test_a_made_up_token_stands_for_nobody(app: Flask, token: str) -> None:
    open_session(a_member(), proof="code")
    assert find_signed_in(token) is None
    sign_out(token)


def test_a_session_ends_after_thirty_days_and_is_forgotten_after_sixty(app: Flask) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        token = open_session(a_member(), proof="code")
        clock.shift(timedelta(days=30, seconds=-1))
        assert find_signed_in(token) is not None
        clock.shift(1)
        assert find_signed_in(token) is None
        assert find_session(token) is None
        assert forget_old_sessions() == 0
        clock.shift(timedelta(days=30))
        assert forget_old_sessions() == 1


def test_signing_out_ends_one_session_and_no_other(app: Flask) -> None:
    person = a_member()
    here, there = (open_session(person, proof="code") for _ in range(2))
    sign_out(here)
    sign_out(here)
    assert find_signed_in(here) is None
    assert find_signed_in(there) is not None
    out = sa.select(AuditEntry).where(AuditEntry.action == "SignedOut")
    assert len(db.session.scalars(out).all()) == 1


@pytest.mark.parametrize("standing", [Membership.SUSPENDED, Membership.ENDED])
def test_whoever_is_shut_out_stays_signed_in_and_is_no_member_at_once(
    app: Flask, standing: Membership
) -> None:
    person = an_admin()
    token = open_session(person, proof="code")
    _set(person.id, membership=standing)
    found = find_signed_in(token)
    assert found is not None
    seen = Viewer.of(found)
    assert seen.is_shut_out
    assert not any((seen.is_member, seen.is_organizer, seen.is_admin))
    assert open_session(get_person(person.id), proof="code")


def test_whoever_is_erased_is_signed_out_at_once(app: Flask) -> None:
    person = a_member()
    token = open_session(person, proof="code")
    _set(person.id, erased_at=now())
    assert find_signed_in(token) is None
    with pytest.raises(Refused, match="membership_closed"):
        open_session(person, proof="code")


def test_a_browser_becomes_known_by_signing_in(app: Flask) -> None:
    ada, bob = a_member(), a_member()
    assert not is_known("browser", ada.id)
    for _ in range(2):
        open_session(ada, proof="code", known="browser")
    assert is_known("browser", ada.id)
    assert not is_known("browser", bob.id)
    assert not is_known("other", ada.id)
    open_session(bob, proof="code")
    assert len(db.session.scalars(sa.select(KnownBrowser)).all()) == 1


def test_a_browser_that_signs_in_twice_at_once_becomes_known_once(app: Flask) -> None:
    person_id = a_member().id
    answers = at_once(
        app, [lambda: open_session(get_person(person_id), proof="code", known="same")] * 4
    )
    assert all(isinstance(answer, str) for answer in answers), answers
    assert len(db.session.scalars(sa.select(AuthSession)).all()) == 4
    assert len(db.session.scalars(sa.select(KnownBrowser)).all()) == 1


def test_a_viewer_is_what_their_membership_and_role_make_them(app: Flask) -> None:
    assert (VISITOR.person_id, VISITOR.is_member, VISITOR.is_admin) == (None, False, False)
    kinds = [Viewer.of(p) for p in (a_person(), a_member(), an_organizer(), an_admin())]
    assert [(v.is_member, v.is_organizer, v.is_admin) for v in kinds] == [
        (False, False, False),
        (True, False, False),
        (True, True, False),
        (True, True, True),
    ]


@pytest.mark.parametrize("standing", [Membership.APPLIED, Membership.SUSPENDED, Membership.ENDED])
def test_only_an_active_membership_opens_the_members_events(
    app: Flask, standing: Membership
) -> None:
    person = a_person()
    _set(person.id, membership=standing)
    assert not Viewer.of(get_person(person.id)).is_member


@pytest.mark.parametrize("standing", [Membership.SUSPENDED, Membership.ENDED])
@pytest.mark.parametrize("role", [Role.ORGANIZER, Role.ADMIN])
def test_a_role_ends_with_the_membership(app: Flask, standing: Membership, role: Role) -> None:
    person = a_person()
    _set(person.id, membership=standing, role=role)
    viewer = Viewer.of(get_person(person.id))
    assert (viewer.is_member, viewer.is_organizer, viewer.is_admin) == (False, False, False)


def test_unknown_people_and_topics_are_not_found(app: Flask) -> None:
    with pytest.raises(NotFound):
        get_person(12345)
    a_topic("Zoology", "zoology")
    a_topic("AI", "ai")
    assert [topic.slug for topic in all_topics()] == ["ai", "zoology"]
    assert [topic.slug for topic in find_topics(["ai", "none"])] == ["ai"]
    assert find_topics([]) == []
