"""Lists of events: order, pages, words, topics, and as many queries for many as for few."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import chain

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.core.errors import Refused
from community.core.pages import cursor
from community.discovery.events import Wanted, list_events, my_events, public_events
from community.events.models import Visibility
from community.events.publishing import cancel_event
from community.membership.viewer import VISITOR, Viewer
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import a_topic, an_event, evening, whole_place
from tests.factories.people import a_member, an_organizer


def _titles(wanted: Wanted, viewer: Viewer = VISITOR) -> list[str]:
    return [card.event.title for card in list_events(viewer, wanted).rows]


def _all_pages(wanted: Wanted, *, size: int) -> list[list[int]]:
    pages, after = [], ""
    while True:
        page = list_events(VISITOR, Wanted(wanted.when, after=after), size=size)
        pages.append([card.event.id for card in page.rows])
        if page.after is None:
            return pages
        after = page.after


@contextmanager
def _counting() -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)


def _days(*days: int) -> None:
    owner = an_organizer()
    for day in days:
        an_event(owner, title=f"Day {day}", starts_at=evening(day), ends_at=evening(day, 21))


def test_coming_events_begin_with_the_soonest(app: Flask) -> None:
    _days(30, 10, 20)
    assert _titles(Wanted()) == ["Day 10", "Day 20", "Day 30"]
    assert _titles(Wanted(when="past")) == []


def test_past_events_begin_with_the_latest(app: Flask) -> None:
    _days(30, 10, 20)
    with time_machine.travel(now() + timedelta(days=25)):
        assert _titles(Wanted(when="past")) == ["Day 20", "Day 10"]
        assert _titles(Wanted()) == ["Day 30"]
        assert [card.is_past for card in list_events(VISITOR, Wanted("past")).rows] == [True] * 2


def test_what_began_long_ago_and_lasts_comes_first(app: Flask) -> None:
    owner = an_organizer()
    with time_machine.travel(now() - timedelta(days=90), tick=False):
        an_event(owner, title="Long over", starts_at=evening(2), ends_at=evening(2, 21))
        an_event(owner, title="Exhibition", starts_at=evening(1), ends_at=evening(100))
        an_event(owner, title="Also over", starts_at=evening(3), ends_at=evening(4))
    an_event(owner, title="Tomorrow", starts_at=evening(1), ends_at=evening(1, 21))
    assert _titles(Wanted()) == ["Exhibition", "Tomorrow"]
    assert _titles(Wanted("past")) == ["Also over", "Long over"]


def test_where_nothing_comes_the_list_is_empty(app: Flask) -> None:
    with time_machine.travel(now() - timedelta(days=90), tick=False):
        an_event()
    assert _titles(Wanted()) == []
    assert len(_titles(Wanted("past"))) == 1


def test_an_event_is_coming_until_it_ends(app: Flask) -> None:
    event = an_event()
    with time_machine.travel(event.ends_at - timedelta(seconds=1), tick=False):
        assert len(list_events(VISITOR, Wanted()).rows) == 1
    with time_machine.travel(event.ends_at, tick=False):
        assert list_events(VISITOR, Wanted()).rows == []
        assert len(list_events(VISITOR, Wanted("past")).rows) == 1


@pytest.mark.parametrize("when", ["coming", "past"])
def test_pages_hold_each_event_once_though_many_begin_together(app: Flask, when: str) -> None:
    _days(10, 10, 10, 10, 11, 11, 9)
    with time_machine.travel(now() + timedelta(days=20 if when == "past" else 0)):
        whole = list_events(VISITOR, Wanted(when), size=100)
        assert whole.after is None
        pages = _all_pages(Wanted(when), size=3)
    assert [len(page) for page in pages] == [3, 3, 1]
    assert list(chain.from_iterable(pages)) == [card.event.id for card in whole.rows]


def test_a_page_that_is_just_full_leads_nowhere(app: Flask) -> None:
    _days(10, 11, 12)
    assert list_events(VISITOR, Wanted(), size=3).after is None


@pytest.mark.parametrize(
    "after",
    [
        "x",
        cursor("x", 1),
        cursor("2026-01-01T00:00:00", 1),
        cursor("9999-12-31T23:59:59-14:00", 1),
        cursor("2026-01-01T00:00:00+00:00", 2**31),
        cursor("2026-01-01T00:00:00+00:00", 10**30),
        cursor(1, "x"),
    ],
)
def test_a_made_up_cursor_is_refused(app: Flask, after: str) -> None:
    with pytest.raises(Refused, match="bad_cursor"):
        list_events(VISITOR, Wanted(after=after))


def test_a_cursor_shows_nothing_that_is_hidden(app: Flask) -> None:
    an_event(visibility=Visibility.INVITED)
    assert _titles(Wanted(after=cursor("2000-01-01T00:00:00+00:00", 0))) == []


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("boston", True),
        ("DINNER boston", True),
        ("glass", True),
        ("cambridge peers", True),
        ("école", True),
        ("ÉCOLE", True),
        ("100%", True),
        ("%", True),
        ("_", False),
        ("1000", False),
        ("boston berlin", False),
        ("bos\x00ton", True),
        ("'; DROP TABLE events; --", False),
        ("\\", False),
        ("x" * 100_000, False),
        ("   ", True),
        ("a b c d e f", False),
    ],
)
def test_words_are_looked_for_in_title_summary_and_venue(app: Flask, q: str, found: bool) -> None:
    an_event(title="Boston Dinner à l’École: 100%")
    assert bool(_titles(Wanted(q=q))) == found


def test_events_without_a_venue_are_found_too(app: Flask) -> None:
    an_event(title="Call", venue="")
    assert _titles(Wanted(q="call")) == ["Call"]


def test_a_list_may_be_of_one_topic(app: Flask) -> None:
    a_topic("AI", "ai")
    a_topic("Data", "data")
    an_event(title="Both", topics=["ai", "data"])
    an_event(title="One", topics=["data"])
    an_event(title="None")
    assert _titles(Wanted(topic="ai")) == ["Both"]
    assert sorted(_titles(Wanted(topic="data"))) == ["Both", "One"]
    assert _titles(Wanted(topic="unknown")) == []


def test_a_card_states_seats_and_ones_own_answer(app: Flask) -> None:
    event = an_event(capacity=2, kept_back=1)
    me, other = a_member(), a_member()
    say_yes(other.id, event.id)
    say_yes(me.id, event.id)
    [card] = list_events(Viewer.of(me), Wanted()).rows
    assert card.answer == "waitlisted"
    assert (card.seats.capacity, card.seats.taken, card.seats.free, card.seats.waiting) == (
        2,
        1,
        0,
        1,
    )
    assert card.seats.is_full
    [card] = list_events(VISITOR, Wanted()).rows
    assert card.answer is None


def test_an_event_without_a_limit_is_never_full(app: Flask) -> None:
    an_event()
    [card] = list_events(VISITOR, Wanted()).rows
    assert (card.seats.free, card.seats.is_full) == (None, False)


@pytest.mark.parametrize("read", ["list", "mine", "feed"])
def test_many_events_take_as_many_queries_as_few(app: Flask, read: str) -> None:
    me = a_member()
    viewer = Viewer.of(me)

    def ask() -> int:
        db.session.rollback()
        db.session.expunge_all()
        with _counting() as statements:
            if read == "list":
                shown = [card.event for card in list_events(viewer, Wanted(), size=50).rows]
            elif read == "mine":
                shown = [card.event for card, _ in my_events(viewer, past=False)]
            else:
                shown = list(public_events(since=now(), most=50))
            for event in shown:
                assert whole_place(event)
                if read != "feed":  # which names neither
                    assert event.hosts
                    assert event.topics is not None
            return len(statements)

    def add(count: int) -> None:
        for _ in range(count):
            say_yes(me.id, an_event().id)

    add(2)
    few = ask()
    add(8)
    assert ask() == few


def test_my_events_are_those_that_i_answered(app: Flask) -> None:
    me = a_member()
    soon, later, mine = (
        an_event(title="Soon", starts_at=evening(5), ends_at=evening(5, 21)),
        an_event(title="Later"),
        an_event(title="Not mine"),
    )
    say_yes(a_member().id, mine.id)
    say_no(me.id, later.id)
    say_yes(me.id, soon.id)
    rows = my_events(Viewer.of(me), past=False)
    assert [(card.event.title, rsvp.status.value) for card, rsvp in rows] == [
        ("Soon", "going"),
        ("Later", "declined"),
    ]
    with time_machine.travel(now() + timedelta(days=60)):
        rows = my_events(Viewer.of(me), past=True)
        assert [card.event.title for card, _ in rows] == ["Later", "Soon"]
        assert my_events(Viewer.of(me), past=False) == []
    assert my_events(VISITOR, past=False) == []


def test_the_public_feed_holds_public_events_and_says_what_is_off(app: Flask) -> None:
    owner = an_organizer()
    shown, off = an_event(owner, title="Shown"), an_event(owner, title="Off")
    cancel_event(owner.id, off.id)
    an_event(title="Members", visibility=Visibility.MEMBERS)
    an_event(title="Invited", visibility=Visibility.INVITED)
    an_event(title="Draft", published=False)
    assert {event.title for event in public_events(since=now(), most=10)} == {"Shown", "Off"}
    assert public_events(since=shown.ends_at, most=10) == []
    assert len(public_events(since=now(), most=1)) == 1
