"""Editing an event: what is refused, what is noted, and what counts as news."""

from datetime import datetime, timedelta
from threading import Thread
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db, transactional
from community.core.errors import NotFound, Refused
from community.events.drafts import edit_event
from community.events.models import Event, EventFormat, Visibility
from community.events.publishing import cancel_event
from community.events.queries import get_event, lock_event
from community.mail.models import Broadcast
from community.membership.models import Person
from community.organizing.models import AuditEntry
from community.rsvp.respond import say_yes
from tests.factories.at_once import at_once
from tests.factories.events import a_draft, a_topic, an_event, evening
from tests.factories.people import a_member, an_admin, an_organizer


@pytest.fixture
def owner(app: Flask) -> Person:
    return an_organizer()


def _edits() -> list[dict[str, Any]]:
    entries = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == "EventEdited").order_by(AuditEntry.id)
    )
    return [entry.details for entry in entries]


def _broadcasts() -> int:
    """How often people are told of an edit; that an event was published is another matter."""
    told = sa.select(sa.func.count()).where(Broadcast.kind == "event_changed")
    return db.session.scalar(told) or 0


def test_saving_without_a_change_changes_nothing(owner: Person) -> None:
    a_topic("AI", "ai")
    event = an_event(owner, topics=["ai"], capacity=5, answer_by=evening(20))
    draft = a_draft(topics=["ai"], capacity=5, answer_by=evening(20))
    edited = edit_event(owner.id, event.id, draft)
    assert (edited.version, edited.sequence) == (1, 0)
    assert _edits() == []
    assert _broadcasts() == 0


@pytest.mark.parametrize(
    ("facts", "moved", "elsewhere", "told"),
    [
        ({"starts_at": evening(31), "ends_at": evening(31, 21)}, True, False, True),
        ({"ends_at": evening(hour=22)}, True, False, True),
        ({"timezone": "America/Chicago"}, True, False, True),
        ({"venue": "Elsewhere"}, False, True, True),
        ({"format": EventFormat.ONLINE}, False, True, True),
        ({"title": "Boston Dinner"}, False, False, True),
        ({"description": "Bring a friend."}, False, False, False),
        ({"capacity": 50}, False, False, False),
        ({"visibility": Visibility.MEMBERS}, False, False, False),
    ],
)
def test_times_and_places_are_news_and_the_rest_is_not(
    owner: Person, facts: dict[str, Any], moved: bool, elsewhere: bool, told: bool
) -> None:
    event = an_event(owner)
    edited = edit_event(owner.id, event.id, a_draft(**facts))
    [details] = _edits()
    assert (details["moved"], details["elsewhere"]) == (moved, elsewhere)
    assert edited.sequence == int(moved or elsewhere)
    assert edited.version == 2
    assert _broadcasts() == int(told)


def test_the_note_of_an_edit_tells_what_people_knew_before(owner: Person) -> None:
    event = an_event(owner)
    edit_event(owner.id, event.id, a_draft(title="Supper", starts_at=evening(hour=19), venue=""))
    [details] = _edits()
    assert details["before"] == {
        "title": "Boston Leadership Dinner",
        "starts_local": evening().isoformat(),
        "ends_local": evening(hour=21).isoformat(),
        "timezone": "America/New_York",
        "location": "Glass House, 450 Kendall Street, Cambridge",
        "outside": "Glass House, 450 Kendall Street, Cambridge",
        "link": "",
    }
    assert details["fields"] == ["starts_at", "starts_local", "title", "venue_id"]


def test_topics_are_replaced(owner: Person) -> None:
    for slug in ("ai", "data"):
        a_topic(slug.upper(), slug)
    event = an_event(owner, topics=["ai"])
    edited = edit_event(owner.id, event.id, a_draft(topics=["data"]))
    assert [topic.slug for topic in edited.topics] == ["data"]
    assert _edits()[0]["fields"] == ["topics"]


def test_a_new_zone_moves_the_instant_and_not_the_wall_time(owner: Person) -> None:
    event = an_event(owner)
    before = event.starts_at
    edited = edit_event(owner.id, event.id, a_draft(timezone="America/Chicago"))
    assert edited.starts_local == evening()
    assert edited.starts_at == before + timedelta(hours=1)


def test_capacity_cannot_fall_below_the_seats_taken(owner: Person) -> None:
    event = an_event(owner, capacity=5)
    for _ in range(3):
        say_yes(a_member().id, event.id)
    with pytest.raises(Refused, match="below_seats_taken") as refusal:
        edit_event(owner.id, event.id, a_draft(capacity=2))
    assert refusal.value.values == {"field": "capacity", "taken": 3, "asked": 2}
    assert edit_event(owner.id, event.id, a_draft(capacity=3)).capacity == 3


def test_seats_may_be_kept_back_after_they_were_taken(owner: Person) -> None:
    event = an_event(owner, capacity=3)
    say_yes(a_member().id, event.id)
    edited = edit_event(owner.id, event.id, a_draft(capacity=3, kept_back=3))
    assert (edited.kept_back, edited.seats_taken) == (3, 1)


def test_limits_may_be_lifted_and_set_again(owner: Person) -> None:
    event = an_event(owner, capacity=1)
    say_yes(a_member().id, event.id)
    assert edit_event(owner.id, event.id, a_draft(capacity=None)).capacity is None
    say_yes(a_member().id, event.id)
    with pytest.raises(Refused, match="below_seats_taken"):
        edit_event(owner.id, event.id, a_draft(capacity=1))


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"capacity": 10**9}, "capacity_out_of_range"),
        ({"timezone": "Nowhere/City"}, "unknown_zone"),
        ({"title": " "}, "title_missing"),
        ({"starts_at": datetime.fromisoformat("2027-03-14T02:30")}, "time_skipped"),
        ({"ends_at": evening(hour=17)}, "ends_before_start"),
    ],
)
def test_what_could_not_be_an_event_cannot_become_one(
    owner: Person, facts: dict[str, Any], code: str
) -> None:
    event = an_event(owner)
    with pytest.raises(Refused, match=code):
        edit_event(owner.id, event.id, a_draft(**facts))
    assert db.session.get_one(Event, event.id).title == "Boston Leadership Dinner"
    assert _edits() == []


def test_a_published_event_is_not_moved_into_the_past(owner: Person) -> None:
    event, draft = an_event(owner), an_event(owner, published=False)
    past = a_draft(starts_at=evening(-3), ends_at=evening(-3, 21))
    with pytest.raises(Refused, match="event_in_past") as refusal:
        edit_event(owner.id, event.id, past)
    assert refusal.value.values["field"] == "ends_at"
    edit_event(owner.id, draft.id, past)


def test_what_is_over_is_worded_anew_and_not_moved(owner: Person) -> None:
    event = an_event(owner)
    again = a_draft(starts_at=evening(90), ends_at=evening(90, 21))
    same = a_draft(description="Thank you all.")
    with time_machine.travel(now() + timedelta(days=60)):
        with pytest.raises(Refused, match="event_past"):
            edit_event(owner.id, event.id, again)
        assert edit_event(owner.id, event.id, same).description == "Thank you all."
    assert _broadcasts() == 0


def test_a_cancelled_event_is_not_edited(owner: Person) -> None:
    event = an_event(owner)
    cancel_event(owner.id, event.id)
    with pytest.raises(Refused, match="event_cancelled"):
        edit_event(owner.id, event.id, a_draft(title="Back again"))


def test_the_event_of_another_organizer_is_not_there(owner: Person) -> None:
    event = an_event(owner)
    with pytest.raises(NotFound):
        edit_event(an_organizer().id, event.id, a_draft(title="Mine"))
    assert edit_event(an_admin().id, event.id, a_draft(title="Ours")).title == "Ours"


def test_edits_at_once_come_one_after_the_other(app: Flask, owner: Person) -> None:
    event, person = an_event(owner), owner.id
    drafts = [a_draft(title=f"Dinner {number}") for number in range(10)]
    event_id = event.id
    answers = at_once(app, [lambda d=d: edit_event(person, event_id, d).version for d in drafts])
    assert sorted(map(int, answers)) == list(range(2, 12))  # type: ignore[arg-type]  # no refusal
    befores = [details["before"]["title"] for details in _edits()]
    assert len(set(befores)) == 10, "two edits began from the same state"


def test_whoever_locks_an_event_sees_what_was_saved_since_they_read_it(
    app: Flask, owner: Person
) -> None:
    if db.engine.dialect.name == "sqlite":
        return  # nobody else can save anything meanwhile
    event_id, person, draft = an_event(owner).id, owner.id, a_draft(title="Supper")

    def edit() -> None:
        with app.app_context():
            edit_event(person, event_id, draft)

    @transactional
    def read_then_lock() -> tuple[str, str]:
        event = get_event(event_id)
        before = event.title
        other = Thread(target=edit)
        other.start()
        other.join()
        assert lock_event(event_id) is event
        return before, event.title

    assert read_then_lock() == ("Boston Leadership Dinner", "Supper")


def test_capacity_does_not_fall_below_seats_that_are_taken_meanwhile(
    app: Flask, owner: Person
) -> None:
    event_id, person = an_event(owner, capacity=20).id, owner.id
    people = [a_member().id for _ in range(20)]
    calls = [lambda p=p: say_yes(p, event_id).id for p in people]
    calls[10:10] = [lambda: edit_event(person, event_id, a_draft(capacity=8)).id]
    answers = at_once(app, calls)
    event = db.session.get_one(Event, event_id)
    refused = [answer for answer in answers if isinstance(answer, Exception)]
    assert all(isinstance(answer, Refused) for answer in refused), refused
    if refused:
        assert (event.capacity, event.seats_taken) == (20, 20)
    else:
        assert (event.capacity, event.seats_taken) == (8, 8)
