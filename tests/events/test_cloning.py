"""Copies of an event: what they take along, what they do not, and where the clocks change."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.db import db
from community.core.errors import Forbidden, NotFound, Refused
from community.events.cloning import OWN, clone_event, drafts_of_series, publish_series
from community.events.covers import as_cover, change_cover
from community.events.models import (
    AttendeesVisibleTo,
    Event,
    EventFormat,
    EventHost,
    EventStatus,
    HostRole,
    LinePolicy,
    Visibility,
)
from community.events.series import Every
from community.events.team import add_helper
from community.membership.models import Person
from community.rsvp.respond import say_yes
from tests.factories.events import a_topic, an_event
from tests.factories.mails import outbox, post
from tests.factories.people import a_member, an_organizer, follow
from tests.factories.pictures import a_picture


@pytest.fixture(autouse=True)
def _in_autumn() -> object:
    with time_machine.travel("2027-09-01T12:00:00+00:00"):
        yield


@pytest.fixture
def owner(app: Flask) -> Person:
    return an_organizer("Olga")


def berlin(day: str, clock: str = "19:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}")


def in_berlin(owner: Person, *, day: str = "2027-10-20", clock: str = "19:00", **facts: object):  # type: ignore[no-untyped-def] # of a factory
    starts = berlin(day, clock)
    times = {"starts_at": starts, "ends_at": starts + timedelta(hours=2)}
    return an_event(owner, timezone="Europe/Berlin", **{**times, **facts})


def events() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(Event)) or 0


def test_a_copy_has_everything_but_answers_dates_and_names_of_its_own(owner: Person) -> None:
    a_topic()
    event = in_berlin(
        owner,
        format=EventFormat.HYBRID,
        capacity=9,
        kept_back=2,
        visibility=Visibility.MEMBERS,
        guests_allowed=2,
        line_policy=LinePolicy.ORGANIZER,
        smaller_may_pass=False,
        offer_hours=5,
        topics=["data-management"],
        address_private=True,
        online_link="https://meet.example.org/x",
        attendees_visible_to=AttendeesVisibleTo.GOING,
        description="Words.",
    )
    change_cover(owner.id, event.id, as_cover(a_picture()))
    say_yes(a_member().id, event.id)
    [copy] = clone_event(owner.id, event.id, starts_at=berlin("2027-10-27"))
    assert copy.cover_version
    for column in sa.inspect(Event).column_attrs:
        if column.key not in OWN:
            assert getattr(copy, column.key) == getattr(event, column.key), column.key
    assert [topic.slug for topic in copy.topics] == ["data-management"]
    assert (copy.status, copy.seats_taken, copy.series_id) == (EventStatus.DRAFT, 0, None)
    assert (copy.published_at, copy.version, copy.sequence) == (None, 1, 0)
    assert copy.slug != event.slug
    assert copy.uid != event.uid
    assert copy.starts_local == berlin("2027-10-27")


def test_who_clones_owns_the_copy_and_the_hosts_cohost_it_but_the_door_stays(
    owner: Person,
) -> None:
    event = in_berlin(owner)
    cohost, door = an_organizer("Cleo"), a_member("Dora")
    add_helper(owner.id, event.id, cohost.address, HostRole.COHOST)
    add_helper(owner.id, event.id, door.address, HostRole.DOOR)
    [copy] = clone_event(cohost.id, event.id, starts_at=berlin("2027-10-27"))
    rows = db.session.scalars(sa.select(EventHost).where(EventHost.event_id == copy.id))
    assert {row.person_id: row.role for row in rows} == {
        cohost.id: HostRole.OWNER,
        owner.id: HostRole.COHOST,
    }


def test_nobody_copies_what_is_somebody_elses_and_only_organizers_copy(owner: Person) -> None:
    event = in_berlin(owner)
    cohost = a_member()
    add_helper(owner.id, event.id, cohost.address, HostRole.COHOST)
    for person, refusal in (
        (an_organizer(), NotFound),
        (a_member(), NotFound),
        (cohost, Forbidden),
    ):
        with pytest.raises(refusal):
            clone_event(person.id, event.id, starts_at=berlin("2027-10-27"))
    assert events() == 1


def test_over_the_end_of_summer_time_the_clock_on_the_wall_stays(owner: Person) -> None:
    event = in_berlin(
        owner,
        opens_at=berlin("2027-10-06", "08:00"),
        answer_by=berlin("2027-10-18", "12:00"),
        edit_until=berlin("2027-10-19", "12:00"),
    )
    copies = clone_event(owner.id, event.id, starts_at=berlin("2027-10-27"), count=2)
    assert [copy.starts_local for copy in copies] == [berlin("2027-10-27"), berlin("2027-11-03")]
    assert [copy.starts_at for copy in copies] == [
        datetime(2027, 10, 27, 17, tzinfo=UTC),
        datetime(2027, 11, 3, 18, tzinfo=UTC),
    ]
    assert copies[1].ends_local == berlin("2027-11-03", "21:00")
    assert copies[1].opens_at == datetime(2027, 10, 20, 6, tzinfo=UTC)  # still in summer
    assert copies[1].answer_by == datetime(2027, 11, 1, 11, tzinfo=UTC)
    assert copies[1].edit_until == datetime(2027, 11, 2, 11, tzinfo=UTC)


def test_of_an_hour_that_comes_twice_the_first_is_taken(owner: Person) -> None:
    event = in_berlin(owner, day="2027-10-24", clock="02:30")
    [copy] = clone_event(owner.id, event.id, starts_at=berlin("2027-10-31", "02:30"))
    assert copy.starts_at == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


def test_a_time_that_does_not_exist_on_one_day_refuses_all_and_names_it(owner: Person) -> None:
    event = in_berlin(owner, day="2028-03-12", clock="02:30")
    with pytest.raises(Refused, match="time_skipped") as caught:
        clone_event(owner.id, event.id, starts_at=berlin("2028-03-19", "02:30"), count=3)
    assert caught.value.values["time"] == berlin("2028-03-26", "02:30")
    assert events() == 1


@pytest.mark.parametrize("count", [0, 53])
def test_too_few_and_too_many_are_refused(owner: Person, count: int) -> None:
    event = in_berlin(owner)
    with pytest.raises(Refused, match="count_out_of_range"):
        clone_event(owner.id, event.id, starts_at=berlin("2027-10-27"), count=count)
    assert events() == 1


def test_fifty_two_are_made_each_with_a_name_of_its_own(owner: Person) -> None:
    event = in_berlin(owner)
    copies = clone_event(owner.id, event.id, starts_at=berlin("2027-10-27"), count=52)
    assert len({copy.slug for copy in copies} | {event.slug}) == 53
    assert len({copy.uid for copy in copies}) == 52
    assert len({copy.series_id for copy in copies}) == 1
    assert event.series_id is None


def test_the_event_itself_can_be_one_of_its_series_and_lends_it_to_later_ones(
    owner: Person,
) -> None:
    event = in_berlin(owner)
    [one] = clone_event(owner.id, event.id, starts_at=berlin("2027-10-27"), together=True)
    [two] = clone_event(
        owner.id, event.id, starts_at=berlin("2027-11-17"), every=Every.WEEK, together=True
    )
    assert one.series_id == two.series_id == event.series_id is not None


def test_copying_tells_nobody(owner: Person) -> None:
    a_topic()
    event = in_berlin(owner, topics=["data-management"])
    add_helper(owner.id, event.id, an_organizer().address, HostRole.COHOST)
    say_yes(a_member().id, event.id)
    post()
    before = len(outbox())
    clone_event(owner.id, event.id, starts_at=berlin("2027-10-27"), count=5, together=True)
    post()
    assert len(outbox()) == before


def test_a_series_is_published_at_once_and_is_news_once(owner: Person) -> None:
    topic = a_topic()
    fan = a_member()
    follow(fan, topic)
    event = in_berlin(owner, published=False, topics=["data-management"])
    copies = clone_event(owner.id, event.id, starts_at=berlin("2027-10-27"), count=3)
    assert len(publish_series(owner.id, copies[1].id)) == 3
    assert publish_series(owner.id, copies[1].id) == []
    assert drafts_of_series(owner.id, copies[0]) == []
    assert event.status == EventStatus.DRAFT
    post()
    [news] = outbox("new_event")
    assert (news.recipient, news.event_id) == (fan.address, copies[0].id)


def test_of_a_series_what_is_somebody_elses_or_over_stays_a_draft(owner: Person) -> None:
    event = in_berlin(owner)
    copies = clone_event(owner.id, event.id, starts_at=berlin("2027-10-27"), count=3)
    with pytest.raises(NotFound):
        publish_series(an_organizer().id, copies[0].id)
    with time_machine.travel("2027-11-01T12:00:00+00:00"):
        published = publish_series(owner.id, copies[0].id)
    assert [one.id for one in published] == [copies[1].id, copies[2].id]
    assert copies[0].status == EventStatus.DRAFT
