"""Whoever is not invited to a private event cannot tell it from none at all.

Its own addresses answer as those of an event that never was, and every other page, list, count,
search, feed and export reads the same to the last byte whether the event exists or not.
"""

import os
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import product

import pytest
import time_machine
from werkzeug.test import TestResponse

from tests.discovery.counting import statements
from tests.evidence import Evidence
from tests.factories.world import World
from tests.house.test_audiences import EXPECTED
from tests.security.access.pressing import Desk

pytestmark = pytest.mark.proof
PROOF = bool(os.environ.get("PROOF"))
OWN = "the addresses of a private event answer those who are not invited as those of none"
ELSEWHERE = "no other page differs by a byte for those who are not invited to a private event"
# Who has no part in the event. "other" is an organizer, of another event.
OUTSIDERS = ("visitor", "none", "applied", "suspended", "member", "other")
QUERIES = (
    "",
    "?q=Boston",
    "?q=Glass+House",
    "?q=Olga",
    "?topic=data-management",
    "?when=past",
    "?when=past&q=dinner&topic=diversity",
    "?sort=title&order=desc&page=1",
    "?since=2020-01-01&until=2040-01-01",
    "?event=1&owner=1&visibility=invited&status=going",
    "?table=hosts",
)
# Pages that read a query.
LISTS = (
    "/events",
    "/members",
    "/organize/figures",
    "/topics/data-management",
    "/calendar.ics",
    "/organize",
    "/organize/archive",
    "/my/events",
    "/people-i-met",
    "/organize/venues",
    "/organize/figures.csv",
    "/",
)
DRAWN = re.compile(r'(name="(?:csrf_token|stamp|form_number)"[^>]* value=")[^"]*')

Seen = tuple[int, tuple[tuple[str, str], ...], str]


def read(answer: TestResponse, *hidden: str) -> Seen:
    """All that reaches a browser, without what is drawn by lot and what it asked for itself."""
    body = DRAWN.sub(r"\1", answer.get_data(as_text=True)) if answer.mimetype == "text/html" else ""
    body = body or repr(answer.data)
    headers = [(k, v.split("=")[0] if k == "Set-Cookie" else v) for k, v in answer.headers]
    headers = [(k, v) for k, v in headers if k != "X-Request-ID"]
    for word in hidden:
        body = body.replace(word, "SLUG")
        headers = [(k, v.replace(word, "SLUG")) for k, v in headers]
    length = [
        (k, "") if k == "Content-Length" and answer.mimetype == "text/html" else (k, v)
        for k, v in headers
    ]
    return answer.status_code, tuple(sorted(length)), body


def without_the_event(world: World) -> None:
    """As if it had never been: its row is gone, and so is whatever is joined to it."""
    _sql(world, "DELETE FROM events WHERE slug = ?", world.values["slug"])


def for_everybody(world: World) -> None:
    """The control: the event is no secret."""
    _sql(world, "UPDATE events SET visibility = 'public' WHERE slug = ?", world.values["slug"])


def _sql(world: World, statement: str, *values: str) -> None:
    file = world.app.extensions["community_settings"].instance_path / "community.db"
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute(statement, values).rowcount == 1
        connection.commit()


def about_the_event() -> list[tuple[str, str]]:
    """Method and rule of every address below the event's own."""
    lines = [line for lines in EXPECTED.values() for line in lines if "<slug:slug>" in line]
    found = []
    for line in sorted(lines):
        method, _, rule = line.partition(" ")
        found += [(one, rule) for one in ((method, "HEAD") if method == "GET" else (method,))]
    return found


def test_its_own_addresses_are_those_of_an_event_that_never_was(
    desk: Desk, evidence: Evidence
) -> None:
    world, slug, none = desk.world, desk.world.values["slug"], "n" * len(desk.world.values["slug"])
    rules = about_the_event()
    for who in OUTSIDERS:
        desk.csrf(who)  # the first page with a form sets a cookie
    for place, (method, rule) in enumerate(rules):
        path = world.path(rule)
        for who in OUTSIDERS if PROOF else (OUTSIDERS[place % len(OUTSIDERS)],):
            seen = []
            for asked in (path, path.replace(slug, none)):
                data = desk.csrf(who) if method == "POST" else None
                with world.app.app_context(), statements() as counted:
                    answer = world.browsers[who].client.open(asked, method=method, data=data)
                work = [statement for statement, _ in counted]
                seen.append((read(answer, slug, none), work))
            assert seen[0] == seen[1], (method, rule, who)
            assert seen[0][0][0] in {303, 404}
    assert desk.changes() == {}
    evidence(
        "S1", OWN, count=f"{len(rules)} addresses × {len(OUTSIDERS)} readers, statements compared"
    )


def pages(world: World) -> list[str]:
    """Every other address that can be opened."""
    lines = [line for lines in EXPECTED.values() for line in lines if line.startswith("GET ")]
    rules = [line.partition(" ")[2] for line in sorted(lines) if "<slug:slug>" not in line]
    own = ("/rsvp/", "/guest/", "/answers/", "/helping/", "/kitchen/", "/static", "/logo", "/dev")
    return [world.path(rule) for rule in rules if not rule.startswith(own)]


def everything_seen(world: World, everybody: tuple[str, ...]) -> dict[tuple[str, str], Seen]:
    """What each outsider is answered at every page, by who and address."""
    found = {}
    for browser in world.browsers.values():
        browser.client.get("/sign-in")  # what is said once has been said, and its cookie is set
    lists = LISTS if PROOF else LISTS[:1]
    asked = pages(world) + [page + query for page, query in product(lists, QUERIES[1:])]
    with time_machine.travel("2026-12-01 12:00Z", tick=False):
        for who, path in product(everybody, asked):
            found[who, path] = read(world.browsers[who].client.get(path))
    world.reset()
    return found


def differing(
    world: World, change: Callable[[World], None], *short: str
) -> tuple[list[tuple[str, str]], int]:
    """Where an outsider can tell whether that was done, and of how many answers."""
    everybody = OUTSIDERS if PROOF else short
    before = everything_seen(world, everybody)
    change(world)
    after = everything_seen(world, everybody)
    assert sum(status == 200 for status, _, _ in before.values()) > len(before) / 4
    return [key for key in before if before[key] != after[key]], len(before)


def test_no_other_page_tells_that_it_exists(world: World, evidence: Evidence) -> None:
    told, answers = differing(world, without_the_event, "member", "other")
    assert told == []
    evidence("S1", ELSEWHERE, count=f"{answers} answers to {len(OUTSIDERS)} kinds of readers")


def test_an_event_that_is_no_secret_is_told_by_many_pages(world: World, evidence: Evidence) -> None:
    told, _ = differing(world, for_everybody, "visitor")
    assert {"/events", "/events?q=Glass+House", "/calendar.ics", "/"} <= {path for _, path in told}
    assert len(told) >= 5
    evidence("S1", ELSEWHERE, control=f"made public, {len(told)} answers differ")


def test_an_event_that_is_no_secret_is_there(world: World, evidence: Evidence) -> None:
    slug, none = world.values["slug"], "n" * len(world.values["slug"])
    for_everybody(world)
    client = world.browsers["visitor"].client
    there, nowhere = (read(client.get(f"/events/{name}"), slug, none) for name in (slug, none))
    assert there != nowhere
    evidence("S1", OWN, control="made public, its page is another answer")


def test_who_may_see_it_keeps_no_copy_that_others_could_get(world: World) -> None:
    slug = world.values["slug"]
    for path in (f"/events/{slug}", f"/events/{slug}/event.ics", f"/events/{slug}/cover/small"):
        for who in ("going", "owner", "admin"):
            answer = world.browsers[who].client.get(path)
            assert answer.status_code == 200
            assert answer.headers["Cache-Control"].startswith(("no-store", "private"))
            tag = answer.headers.get("ETag", '"x"')
            for outsider in OUTSIDERS:
                asked = {"If-None-Match": tag, "If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}
                again = world.browsers[outsider].client.get(path, headers=asked)
                assert again.status_code == 404, (path, outsider)
