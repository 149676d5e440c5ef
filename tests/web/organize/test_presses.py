"""What a phone at the door fetches and sends: for that door alone, bounded, and never half read."""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.events.models import Event, HostRole
from community.events.team import add_helper
from community.organizing.door import turnout
from community.rsvp.codes import code_of
from community.rsvp.models import Rsvp
from community.rsvp.party import Guest
from community.rsvp.presses import MOST
from community.rsvp.respond import say_yes
from tests.factories.events import an_event
from tests.factories.people import a_member, an_organizer
from tests.web.browser_without_js import Browser, signed_in

KEY = "0123456789abcdef"


def at_door(app: Flask) -> tuple[Browser, Event, Rsvp, str]:
    owner, dora = an_organizer("Olga"), a_member("Dora")
    event = an_event(owner, guests_allowed=2)
    add_helper(owner.id, event.id, dora.address, HostRole.DOOR)
    ada = a_member("Ada", "ada.secret@example.org", organization="Acme")
    rsvp = say_yes(ada.id, event.id, guests=[Guest("Bo", "nuts")], dietary="vegan", note="by tram")
    with during(event, hours=-9):
        browser = signed_in(app, dora)
    return browser, event, rsvp, f"/organize/events/{event.slug}/check-in"


def during(event: Event, **shift: float) -> time_machine.travel:
    return time_machine.travel(event.starts_at + timedelta(**shift))


def heads(browser: Browser, page: str) -> dict[str, Any]:
    answer = browser.client.get(f"{page}/heads.json")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    found: dict[str, Any] = answer.get_json()
    return found


def inside(event: Event) -> int:
    db.session.rollback()  # the test's own view of the database is from before
    return turnout(event).inside


def send(browser: Browser, page: str, presses: object, csrf: str) -> tuple[int, dict[str, Any]]:
    text = presses if isinstance(presses, str) else json.dumps(presses)
    answer = browser.client.post(f"{page}/presses", data={"csrf_token": csrf, "presses": text})
    return answer.status_code, answer.get_json() or {}


def test_the_list_has_names_and_who_is_in_and_nothing_else(app: Flask) -> None:
    browser, event, rsvp, page = at_door(app)
    with during(event, minutes=12):
        known = heads(browser, page)
        [ada, bo] = known["heads"]
        assert set(ada) == {"id", "party", "name", "with", "at", "by"}
        assert (ada["name"], bo["name"], bo["with"], bo["at"]) == ("Ada", "Bo", "Ada", "")
        for secret in ("secret", "vegan", "nuts", "tram", "Acme", code_of(rsvp.head.id)):
            assert secret not in json.dumps(known)
        press = {"key": KEY, "head": bo["id"], "way": "in", "at": now().isoformat()}
        status, answer = send(browser, page, [press], known["csrf"])
        [outcome] = answer["presses"]
        assert (status, outcome["key"], outcome["by"], outcome["refused"]) == (200, KEY, "Dora", "")
        assert heads(browser, page)["heads"][1]["at"] == outcome["at"]
        assert inside(event) == 1


def test_while_the_door_is_shut_it_names_nobody_and_takes_nothing(app: Flask) -> None:
    browser, event, rsvp, page = at_door(app)
    with during(event, hours=-9):
        known = heads(browser, page)
        assert (known["open"], known["heads"]) == (False, [])
        press = {"key": KEY, "head": rsvp.head.id, "way": "in", "at": now().isoformat()}
        status, answer = send(browser, page, [press], known["csrf"])
        assert status == 422
        assert answer["error"].startswith("People can be checked in from")
        assert inside(event) == 0


def test_it_is_for_this_door_alone_and_only_with_its_token(app: Flask) -> None:
    browser, event, rsvp, page = at_door(app)
    with during(event):
        press = {"key": KEY, "head": rsvp.head.id, "way": "in", "at": now().isoformat()}
        assert (
            browser.client.post(
                f"{page}/presses", data={"presses": json.dumps([press])}
            ).status_code
            == 403
        )
        for other in (signed_in(app, a_member()), signed_in(app, an_organizer())):
            assert other.client.get(f"{page}/heads.json").status_code == 404
            assert other.client.get(f"{page}/worker.js").status_code == 404
        assert Browser(app).client.get(f"{page}/heads.json").status_code == 303
        assert inside(event) == 0


PRESS = {"key": KEY, "head": 1, "way": "in", "at": "2026-07-16T18:00:00+00:00"}


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "{",
        "null",
        "[" * 5000,
        [1],
        [{}],
        [PRESS] * (MOST + 1),
        *(
            [{**PRESS, **change}]
            for change in (
                {"key": ""},
                {"key": "g" * 16},
                {"key": "a" * 41},
                {"key": None},
                {"head": "1"},
                {"head": True},
                {"head": 0},
                {"head": 2**31},
                {"head": 1.5},
                {"way": "sideways"},
                {"at": "yesterday"},
                {"at": "2026-07-16T18:00:00"},
                {"at": 10**30},
                {"at": None},
            )
        ),
    ],
)
def test_what_is_no_list_of_presses_is_refused_whole(app: Flask, sent: object) -> None:
    browser, event, rsvp, page = at_door(app)
    with during(event):
        if isinstance(sent, list) and len(sent) == 1 and isinstance(sent[0], dict) and sent[0]:
            good = {**PRESS, "key": "f" * 16, "head": rsvp.head.id}
            sent = [good, *sent]
        status, answer = send(browser, page, sent, heads(browser, page)["csrf"])
        assert (status, answer) == (
            422,
            {"error": "This cannot be read. Please load the page again."},
        )
        assert inside(event) == 0


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_a_clock_that_is_out_of_all_bounds_counts_as_the_nearest_time(
    app: Flask, year: str
) -> None:
    browser, event, rsvp, page = at_door(app)
    with during(event):
        press = {**PRESS, "head": rsvp.head.id, "at": f"{year}-01-01T00:00:00+00:00"}
        assert send(browser, page, [press], heads(browser, page)["csrf"])[0] == 200
        assert inside(event) == 1


def test_the_worker_may_serve_the_doors_page_and_nothing_above_it(app: Flask) -> None:
    browser, event, _rsvp, page = at_door(app)
    with during(event):
        answer = browser.client.get(f"{page}/worker.js")
        assert answer.mimetype == "text/javascript"
        assert answer.headers["Service-Worker-Allowed"] == page


def test_the_script_is_loaded_at_the_door_and_only_while_it_is_open(app: Flask) -> None:
    browser, event, _rsvp, page = at_door(app)
    with during(event):
        assert "/static/door." in browser.get(page).html
        assert "/static/door." not in browser.get(f"{page}/walk-in").html
    with during(event, days=3):
        assert "/static/door." not in browser.get(page).html
