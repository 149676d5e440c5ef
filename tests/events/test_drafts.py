"""Writing an event down: what is kept, and what cannot be an event."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.clock import now
from community.core.db import db, transactional
from community.core.errors import Forbidden, NotFound, Refused
from community.events.drafts import create_event
from community.events.models import Event, EventHost, EventStatus, HostRole, Venue
from community.events.queries import find_event, get_event, is_host, known_venues, require_editor
from community.membership.models import Person, Role
from tests.factories.events import a_draft, a_topic, an_event, evening, whole_place
from tests.factories.people import a_member, a_person, an_admin, an_organizer


def _wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _night(start: str, end: str, zone: str = "America/New_York") -> Event:
    facts = {"starts_at": _wall(start), "ends_at": _wall(end), "timezone": zone}
    return create_event(an_organizer().id, a_draft(**facts))


def test_a_draft_is_kept_as_it_was_written(app: Flask) -> None:
    a_topic("AI", "ai")
    owner = an_organizer()
    event = create_event(
        owner.id,
        a_draft(title="  Boston\nLeadership  Dinner ", topics=["ai", "none"], capacity=40),
    )
    assert event.status == EventStatus.DRAFT
    assert event.title == "Boston Leadership Dinner"
    assert event.slug == "boston-leadership-dinner"
    assert (event.capacity, event.seats_taken, event.next_ticket) == (40, 0, 1)
    assert whole_place(event) == "Glass House, 450 Kendall Street, Cambridge"
    assert [topic.slug for topic in event.topics] == ["ai"]
    assert event.starts_local == evening()
    assert is_host(event.id, owner.id)
    assert not is_host(event.id, None)
    assert not is_host(event.id, a_member().id)


def test_instants_follow_from_wall_time_and_zone(app: Flask) -> None:
    event = _night("2036-07-16T18:30", "2036-07-16T21:00")
    assert event.starts_at == datetime(2036, 7, 16, 22, 30, tzinfo=UTC)
    assert event.ends_at == datetime(2036, 7, 17, 1, 0, tzinfo=UTC)
    assert event.starts_local == _wall("2036-07-16T18:30")


def test_a_night_over_the_autumn_change_ends_after_it_began(app: Flask) -> None:
    event = _night("2026-11-01T01:30", "2026-11-01T01:30")
    assert event.starts_at == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert event.ends_at == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("facts", "code", "field"),
    [
        ({"title": ""}, "title_missing", "title"),
        ({"title": " \n\x00\u202e "}, "title_missing", "title"),
        ({"timezone": "Mars/Olympus"}, "unknown_zone", "timezone"),
        ({"timezone": ""}, "unknown_zone", "timezone"),
        ({"timezone": "localtime"}, "unknown_zone", "timezone"),
        ({"capacity": 0}, "capacity_out_of_range", "capacity"),
        ({"capacity": -1}, "capacity_out_of_range", "capacity"),
        ({"capacity": 10**9}, "capacity_out_of_range", "capacity"),
        ({"capacity": 100_001}, "capacity_out_of_range", "capacity"),
        ({"kept_back": -1}, "kept_back_over_capacity", "kept_back"),
        ({"kept_back": 1}, "kept_back_over_capacity", "kept_back"),
        ({"capacity": 5, "kept_back": 6}, "kept_back_over_capacity", "kept_back"),
        ({"capacity": 5, "kept_back": 10**9}, "kept_back_over_capacity", "kept_back"),
        ({"guests_allowed": -1}, "guests_out_of_range", "guests_allowed"),
        ({"guests_allowed": 10}, "guests_out_of_range", "guests_allowed"),
        ({"ends_at": evening(hour=18)}, "ends_before_start", "ends_at"),
        ({"ends_at": evening(hour=17)}, "ends_before_start", "ends_at"),
        ({"answer_by": evening(hour=22)}, "answer_by_after_end", "answer_by"),
        ({"starts_at": _wall("1999-12-31T18:00")}, "year_out_of_range", "starts_at"),
        ({"ends_at": _wall("9999-12-31T23:59")}, "year_out_of_range", "ends_at"),
        ({"answer_by": _wall("0001-01-01T00:00")}, "year_out_of_range", "answer_by"),
    ],
)
def test_what_cannot_be_an_event_is_refused_at_its_field(
    app: Flask, facts: dict[str, object], code: str, field: str
) -> None:
    owner = an_organizer()
    with pytest.raises(Refused) as refusal:
        create_event(owner.id, a_draft(**facts))
    assert (refusal.value.code, refusal.value.values["field"]) == (code, field)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Event)) == 0
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Venue)) == 0


@pytest.mark.parametrize("field", ["starts_at", "ends_at", "answer_by"])
def test_a_time_that_the_clocks_skip_is_refused_at_its_field(app: Flask, field: str) -> None:
    times = {"starts_at": _wall("2027-03-14T01:00"), "ends_at": _wall("2027-03-14T04:00")}
    with pytest.raises(Refused, match="time_skipped") as refusal:
        create_event(an_organizer().id, a_draft(**{**times, field: _wall("2027-03-14T02:30")}))
    assert refusal.value.values["field"] == field


def test_the_largest_and_the_smallest_event_are_events(app: Flask) -> None:
    owner = an_organizer().id
    large = create_event(owner, a_draft(capacity=100_000, kept_back=100_000, guests_allowed=9))
    small = create_event(owner, a_draft(capacity=1, guests_allowed=0))
    assert (large.capacity, small.capacity) == (100_000, 1)


def test_an_answer_by_time_is_a_wall_time_of_the_same_zone(app: Flask) -> None:
    event = create_event(
        an_organizer().id,
        a_draft(
            starts_at=_wall("2036-07-16T18:30"),
            ends_at=_wall("2036-07-16T21:00"),
            answer_by=_wall("2036-07-14T12:00"),
        ),
    )
    assert event.answer_by == datetime(2036, 7, 14, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize("make", [a_person, a_member])
def test_only_organizers_write_events_down(app: Flask, make: type) -> None:
    with pytest.raises(Forbidden, match="organizers_only"):
        create_event(make().id, a_draft())
    with pytest.raises(NotFound):
        create_event(987654, a_draft())


def test_an_event_is_edited_by_its_hosts_and_by_admins(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    require_editor(owner.id, event.id)
    require_editor(an_admin().id, event.id)
    for stranger in (an_organizer(), a_member(), a_person()):
        with pytest.raises(NotFound):
            require_editor(stranger.id, event.id)


def test_a_host_who_is_no_organizer_any_more_edits_nothing(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)

    @transactional
    def lower() -> None:
        db.session.get_one(Person, owner.id).role = Role.MEMBER

    lower()
    with pytest.raises(NotFound):
        require_editor(owner.id, event.id)


def test_the_owner_is_named_first_among_the_hosts(app: Flask) -> None:
    owner, cohost = an_organizer("Zoe"), an_organizer("Ada")
    event = an_event(owner)

    @transactional
    def join() -> None:
        db.session.add(EventHost(event_id=event.id, person_id=cohost.id, role=HostRole.COHOST))

    join()
    found = find_event(event.slug)
    assert found is not None
    assert [host.name for host in found.hosts] == ["Zoe", "Ada"]


def test_a_known_venue_is_used_again_and_another_address_is_another_venue(app: Flask) -> None:
    owner = an_organizer().id
    first = create_event(owner, a_draft())
    same = create_event(owner, a_draft(venue_address="", venue_city=""))
    other = create_event(owner, a_draft(venue_address="1 Elsewhere"))
    none = create_event(owner, a_draft(venue=" "))
    assert first.venue_id == same.venue_id != other.venue_id
    assert none.venue_id is None
    assert whole_place(none) == ""
    assert [venue.address for venue in known_venues()] == ["450 Kendall Street", "1 Elsewhere"]


def test_events_that_are_not_there_are_not_found(app: Flask) -> None:
    with pytest.raises(NotFound):
        get_event(987654)
    assert find_event("no-such-event") is None


def test_the_database_itself_refuses_what_cannot_be(app: Flask) -> None:
    event_id = an_event(capacity=5).id
    for wrong in (
        {"seats_taken": 6},
        {"seats_taken": -1},
        {"capacity": 0},
        {"capacity": 100_001},
        {"ends_at": Event.starts_at},
        {"kept_back": -1},
        {"guests_allowed": 10},
        {"fold": 2},
        {"slug": None},
    ):
        with pytest.raises(sa.exc.IntegrityError):
            db.session.execute(sa.update(Event).where(Event.id == event_id).values(wrong))
        db.session.rollback()


def test_a_draft_may_lie_in_the_past(app: Flask) -> None:
    day = now() - timedelta(days=10)
    times = {"starts_at": day.replace(tzinfo=None), "ends_at": day.replace(tzinfo=None)}
    times["ends_at"] += timedelta(hours=2)
    draft = replace(a_draft(), **times, timezone="UTC")
    assert create_event(an_organizer().id, draft).status == EventStatus.DRAFT
