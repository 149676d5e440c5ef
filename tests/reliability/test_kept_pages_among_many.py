"""Kept pages among many: writers, clocks, threads, other viewers, and connections that end."""

import os
import re
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db, transactional
from community.discovery import page_facts
from community.events.models import Event, EventHost, Venue, event_topics
from community.events.publishing import cancel_event
from community.events.seats import resume_answers, stop_answers
from community.membership.models import Person, Topic
from community.rsvp.models import Rsvp
from community.rsvp.respond import say_no, say_yes
from community.web import kept_pages
from community.web.page_shelf import Shelf
from community.web.page_watch import Watch
from tests.discovery.counting import statements
from tests.evidence import Evidence
from tests.factories.events import a_topic, an_event
from tests.factories.people import a_member
from tests.reliability.kept_pages import PATHS, Visitor, a_visitor
from tests.web.browser_without_js import signed_in

PROOF = bool(os.environ.get("PROOF"))
pytestmark = pytest.mark.proof
SHOWN = "a kept page equals a fresh one after any change"
ALIKE = "a kept page is answered as a fresh one"
CLOCK = "the clock alone ends what is kept"
NOW = "a kept page is never older than the last commit before it was asked for"


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return a_visitor(app)


def test_pages_are_kept_and_then_cost_no_query_of_the_pool(visitor: Visitor) -> None:
    first = [visitor.kept(path).data for path in PATHS]
    with statements() as asked:
        assert [visitor.kept(path).data for path in PATHS] == first
    assert asked == []
    assert len(visitor.pages._shelf) == len(PATHS)


HEADERS: list[dict[str, str]] = [
    {},
    {"If-None-Match": "TAG"},
    {"If-None-Match": "W/TAG"},
    {"If-None-Match": '"other", TAG'},
    {"If-None-Match": '"other"'},
    {"If-None-Match": "*"},
    {"If-None-Match": "TAGx"},
    {"If-None-Match": ""},
    {"If-None-Match": "\x00, ,,"},
    {"If-Modified-Since": "Mon, 30 Nov 2037 12:00:00 GMT"},
    {"Range": "bytes=0-10"},
    {"Accept-Encoding": "gzip"},
    {"Accept-Language": "de"},
    {"Cookie": "browser=abc"},
    {"Cookie": "session=forged"},
    {"X-Forwarded-Host": "evil.example"},
    {"Host": "other.example"},
]


@pytest.mark.parametrize("path", [*PATHS, "/events/none", "/events/Dinner"])
def test_a_kept_page_is_answered_as_a_fresh_one(
    visitor: Visitor, path: str, evidence: Evidence
) -> None:
    tag = visitor.fresh(path).headers.get("ETag", '"none"')
    kinds = HEADERS if path in PATHS else HEADERS[:3]
    asked = [("OPTIONS", {}), ("POST", {}), *(("GET", one) for one in kinds)]
    asked += [("HEAD", one) for one in kinds[:3]]
    for method, given in asked:
        sent = {name: value.replace("TAG", tag) for name, value in given.items()}
        fresh = _said(visitor.fresh(path, method=method, headers=sent))
        for _again in range(2):
            assert _said(visitor.kept(path, method=method, headers=sent)) == fresh, given
    evidence("R20", ALIKE, count=f"{len(HEADERS)} kinds of headers, 4 methods")


def test_a_tag_that_is_not_found_among_others_would_be_noticed(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch, evidence: Evidence
) -> None:
    sent = {"If-None-Match": f'"other", {visitor.fresh(PATHS[0]).headers["ETag"]}'}
    monkeypatch.setattr(kept_pages, "_names", lambda *_tags: False)
    visitor.kept(PATHS[0])
    kept, fresh = (ask(PATHS[0], headers=sent) for ask in (visitor.kept, visitor.fresh))
    assert _said(kept) != _said(fresh)
    evidence("R20", ALIKE, control="a tag not looked for among others: 200 instead of 304")


def _said(answer: Any) -> tuple[Any, ...]:
    headers = [(k, v) for k, v in answer.headers if k.lower() not in kept_pages._OF_ONE_ANSWER]
    return answer.status.upper(), headers, answer.data


def test_who_is_signed_in_neither_gets_nor_leaves_a_kept_page(
    app: Flask, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, evidence: Evidence
) -> None:
    browser = signed_in(app, a_member(name="Only Me"))
    for path in PATHS:
        for _again in range(2):
            own = browser.client.get(path).text
            assert "Sign out" in own
            assert "Sign out" not in visitor.kept(path).text
            assert not visitor.differ(path)
    monkeypatch.setattr(visitor.pages, "_cookie", "another")
    visitor.kept(PATHS[0])  # it may have taken minutes to come here
    assert "Sign out" not in browser.client.get(PATHS[0]).text
    evidence(
        "R20",
        "no viewer gets what was made for another",
        count=f"{len(PATHS)} pages, in turns",
        control="the session's cookie not seen",
    )


def test_the_clock_alone_ends_what_is_kept(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch, evidence: Evidence
) -> None:
    def walk() -> list[tuple[str, timedelta]]:
        begun, stale = now(), []
        with time_machine.travel(begun, tick=False) as clock:
            for days in (0, 10, 19.9, 20.1, 29, 30.4, 31, 5, 0):
                clock.move_to(begun + timedelta(days=days))
                stale += [(p, timedelta(days=days)) for p in PATHS if visitor.differ(p)]
        return stale

    assert walk() == []
    evidence("R20", CLOCK, count="9 moments", control="the next moment not noted")
    never = property(lambda _facts: None, lambda _facts, _moment: None)
    monkeypatch.setattr(kept_pages.Facts, "until", never)
    assert walk() != []


CHANGES: dict[str, Callable[[], object]] = {
    "answers": lambda: say_yes(a_member().id, _event().id),
    "withdraws": lambda: say_no(_somebody_going(), _event().id),
    "stops": lambda: stop_answers(_owner(), _event().id),
    "resumes": lambda: resume_answers(_owner(), _event().id),
    "another event": lambda: an_event(title="Breakfast"),
    "a topic": lambda: a_topic("Cloud", "cloud"),
    "a topic goes": lambda: _delete(Topic, event_topics),
    "cancelled": lambda: cancel_event(_owner(), _event().id, "Sorry."),
    "a host goes": lambda: _delete_rows(sa.delete(EventHost)),
    "a place goes": lambda: _delete_rows(sa.update(Event).values(venue_id=None), sa.delete(Venue)),
    "a person": lambda: _delete_rows(sa.update(Person).values(name="")),
    "the line goes": lambda: _delete_rows(sa.delete(Rsvp)),
    "the event goes": lambda: _delete_rows(sa.delete(Event)),
}


@transactional
def _delete_rows(*statements: Any) -> None:
    for statement in statements:
        db.session.execute(statement, execution_options={"synchronize_session": False})


def _delete(model: Any, beside: sa.Table) -> None:
    _delete_rows(sa.delete(beside), sa.delete(model))


def _event() -> Event:
    return db.session.scalars(sa.select(Event).where(Event.slug == "dinner")).one()


def _owner() -> int:
    return _event().hosts[0].id


def _somebody_going() -> int:
    found = sa.select(Rsvp.person_id).where(Rsvp.status == "going")
    return db.session.scalars(found).first() or 0


def test_no_use_case_leaves_a_kept_page_stale(visitor: Visitor, evidence: Evidence) -> None:
    for path in PATHS:
        visitor.kept(path)
    for what, change in CHANGES.items():
        change()
        db.session.remove()
        assert [path for path in PATHS if visitor.differ(path)] == [], what
    evidence("R20", SHOWN, count=f"{len(CHANGES)} changes of rows")


class Rush:
    """One writer that numbers its commits, and readers that note what they saw."""

    def __init__(self, app: Flask, visitor: Visitor, seconds: float) -> None:
        self._app, self._visitor, self._until = app, visitor, time.monotonic() + seconds
        self.written, self.reads, self.stale = 0, 0, 0
        self._faults: list[BaseException] = []
        self._to_the_first = False

    def run(self, readers: int = 4, *, to_the_first: bool = False) -> "Rush":
        self._to_the_first = to_the_first
        threads = [threading.Thread(target=self._write)]
        threads += [threading.Thread(target=self._read) for _ in range(readers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert self._faults == []
        return self

    def _goes_on(self) -> bool:
        return time.monotonic() < self._until and not (self._to_the_first and self.stale)

    def _write(self) -> None:
        title = sa.update(Event).where(Event.slug == "dinner")
        with self._app.app_context():
            while self._goes_on():
                with db.engine.begin() as connection:
                    connection.execute(title.values(title=f"Dinner {self.written + 1}."))
                self.written += 1
                time.sleep(0.002 if self.written % 5 else 0.05)

    def _read(self) -> None:
        try:
            while self._goes_on():
                known = self.written
                shown = re.search(r"<h1>Dinner (\d+)\.</h1>", self._visitor.kept(PATHS[0]).text)
                self.stale += (int(shown[1]) if shown else 0) < known
                self.reads += 1
        except BaseException as error:
            self._faults.append(error)


def test_a_page_is_never_older_than_a_commit_before_it(
    app: Flask, visitor: Visitor, evidence: Evidence
) -> None:
    rush = Rush(app, visitor, 20 if PROOF else 1).run()
    assert rush.stale == 0
    assert min(rush.reads, rush.written) > 5
    evidence("R20", NOW, count=f"{rush.reads:,} pages beside {rush.written:,} commits")


def test_with_an_answer_shared_with_who_comes_later_it_is(
    app: Flask, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, evidence: Evidence
) -> None:
    ask, lately = Watch.still, timedelta(seconds=1)

    def lazy(watch: Watch, page: Any, moment: Any) -> bool:
        return moment - page.facts.read_at < lately or ask(watch, page, moment)

    monkeypatch.setattr(Watch, "still", lazy)
    assert Rush(app, visitor, 10).run(to_the_first=True).stale > 0
    evidence("R20", NOW, control="a page of a second ago taken for right")


@pytest.mark.parametrize("is_steady", [True, False])
def test_what_changes_there_and_back_while_a_page_is_made_does_not_stay(
    visitor: Visitor, is_steady: bool, monkeypatch: pytest.MonkeyPatch, evidence: Evidence
) -> None:
    read = kept_pages._read

    def then_changed(*given: Any) -> Any:
        facts = read(*given)
        if not is_steady:
            db.session.rollback()
        _rename("Between")
        return facts

    monkeypatch.setattr(kept_pages, "_read", then_changed)
    visitor.kept(PATHS[0])
    monkeypatch.undo()
    _rename("Dinner")
    assert visitor.differ(PATHS[0]) is not is_steady
    said = "a change there and back while a page is made does not stay"
    evidence("R20", said, count="1", control="facts and page read in two transactions")


def _rename(title: str) -> None:
    with db.engine.begin() as connection:
        connection.execute(sa.update(Event).where(Event.slug == "dinner").values(title=title))


def test_a_connection_that_ends_is_replaced(visitor: Visitor) -> None:
    pages = [visitor.kept(PATHS[0]).data, visitor.kept(PATHS[0]).data]
    connection = visitor.pages._watch._connection
    assert connection is not None
    connection.close()
    pages += [visitor.kept(PATHS[0]).data for _ in range(3)]
    assert len(set(pages)) == 1
    assert visitor.pages._watch._connection not in {None, connection}


def test_what_a_connection_said_counts_for_nothing_on_the_next(visitor: Visitor) -> None:
    """SQLite counts changes for each connection from the start."""
    for _ in range(2):
        visitor.kept(PATHS[0])
    visitor.pages._watch._hang_up()
    _rename("Between")
    assert "<h1>Between</h1>" in visitor.kept(PATHS[0]).text


def test_what_was_under_way_is_seen_from_when_it_is_saved(visitor: Visitor) -> None:
    with db.engine.begin() as connection:
        connection.execute(sa.update(Event).where(Event.slug == "dinner").values(title="Later"))
        for _ in range(3):
            assert "<h1>Dinner</h1>" in visitor.kept(PATHS[0]).text
    assert "<h1>Later</h1>" in visitor.kept(PATHS[0]).text


def test_facts_are_read_again_only_when_something_was_written(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    again = page_facts.Asked.rows_again

    def noted(asked: page_facts.Asked, *given: Any) -> Any:
        read.append("")
        return again(asked, *given)

    def costs() -> int:
        before = len(read)
        visitor.kept(PATHS[0])
        return len(read) - before

    monkeypatch.setattr(page_facts.Asked, "rows_again", noted)
    # PostgreSQL's own housekeeping may write at any moment, but not all the time.
    assert 0 in [costs() for _ in range(10)]
    with db.engine.begin() as connection:  # of something that this page does not show
        connection.execute(sa.update(Person).values(location="Elsewhere"))
    assert costs() == 1
    assert 0 in [costs() for _ in range(10)]


def test_what_is_kept_has_bounds() -> None:
    shelf: Shelf[str] = Shelf(room=1000)
    for number in range(10_000):
        shelf.put(f"/events/{number % 300}", "page", 90 + number % 7)
        shelf.get(f"/events/{number % 5}")
        assert shelf.used <= 1000
    assert len(shelf) >= 10
    shelf.put("large", "page", 5000)
    assert shelf.used == 0


def test_addresses_of_nothing_are_not_kept(visitor: Visitor) -> None:
    for number in range(20):
        assert visitor.kept(f"/events/no-such-{number}").status_code == 404
    assert len(visitor.pages._shelf) == 0
