"""Who types an address learns nothing of whose it is: the same answer, for the same work.

How long an answer takes is measured by ``tests/journeys/test_same_time.py``.
"""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.membership import signing_in
from community.membership.sessions import is_known
from tests.discovery.counting import statements
from tests.evidence import Evidence
from tests.factories.events import an_event
from tests.factories.joining import policy
from tests.factories.people import a_member
from tests.factories.standings import STANDINGS, address_of, people_of_every_standing
from tests.web.browser_without_js import Browser, signed_in

SHOWN = "answer, headers and work are the same whoever an address belongs to"
Way = Callable[[Browser, str], object]


def join(browser: Browser, address: str) -> object:
    browser.get("/join")
    if not any("email" in form.names for form in browser.page.forms):  # by invitation
        return browser.post("/join", {"name": "Ada", "email": address, "consent": "y"})
    return browser.submit(name="Ada", email=address, consent="y")


def sign_in(browser: Browser, address: str) -> object:
    browser.get("/sign-in")
    return browser.submit(email=address)


def type_a_code(browser: Browser, address: str) -> object:
    sign_in(browser, address)
    for _ in range(6):  # the last one too many
        browser.submit(code="000000")
    return browser.page


def answer(browser: Browser, address: str) -> object:
    browser.get("/events/boston-leadership-dinner/rsvp")
    return browser.submit({"name": "Ada", "email": address}, press="going")


def change_address(browser: Browser, address: str) -> object:
    browser.get("/profile/email")
    return browser.submit(email=address)


def invite(browser: Browser, address: str) -> object:
    browser.get("/invite")
    return browser.submit(email=address, line="Come and see")


STRANGERS: list[tuple[Way, str]] = [
    *((join, name) for name in ("open", "approval", "invitation")),
    (sign_in, "open"),
    (type_a_code, "open"),
    (answer, "open"),
]
MEMBERS: list[Way] = [change_address, invite]


def _seen(browser: Browser, address: str) -> tuple[object, ...]:
    """All that reaches a browser, without what is random and what it typed itself."""
    page = browser.page
    told = page.html.replace(address, "ADDRESS")
    told = re.sub(r'(name="(?:csrf_token|stamp)"[^>]* value=")[^"]*', r"\1", told)
    told = re.sub(r"member\d+@example.com|/invite/\d+/", "MINE", told)
    headers = {name for name, _ in page.headers}
    return page.status, page.path, told, sorted(headers)


def _work(asked: list[tuple[str, object]]) -> list[str]:
    return [statement for statement, _ in asked]


def _answers(app: Flask, way: Way, browser: Callable[[], Browser]) -> dict[str, object]:
    """By standing, what an address of it is answered, and what the database is asked for that."""
    seen, noon = {}, now() + timedelta(seconds=2)  # after whatever is there already
    way(browser(), "warm-up-before-it-all@example.org")  # what is looked up once in a process
    for standing in STANDINGS:
        mine, address = browser(), address_of(standing)
        db.session.rollback()
        # Pages say until which minute something holds.
        with time_machine.travel(noon, tick=False), statements() as asked:
            way(mine, address)
        seen[standing] = (_seen(mine, address), _work(asked))
    return seen


@pytest.mark.proof
@pytest.mark.parametrize(
    ("way", "rule"), STRANGERS, ids=lambda given: getattr(given, "__name__", given)
)
def test_a_stranger_sees_the_same_of_every_address(
    app: Flask, way: Way, rule: str, evidence: Evidence
) -> None:
    people_of_every_standing()
    an_event()
    with policy(rule):
        seen = _answers(app, way, lambda: Browser(app))
    for standing in STANDINGS:
        assert seen[standing] == seen["unknown"], standing
    evidence("S5", SHOWN, count=f"{len(STRANGERS)} ways × {len(STANDINGS)} standings")


@pytest.mark.proof
def test_a_question_that_only_a_known_address_is_asked_would_be_noticed(
    app: Flask, monkeypatch: pytest.MonkeyPatch, evidence: Evidence
) -> None:
    """The control."""
    people_of_every_standing()
    monkeypatch.setattr(
        signing_in, "is_known", lambda browser, person: bool(person) and is_known(browser, person)
    )
    seen = _answers(app, sign_in, lambda: Browser(app))
    assert seen["joined"] != seen["unknown"]
    assert seen["joined"] == seen["guest"]
    evidence("S5", SHOWN, control="one more question for a known address is seen")


@pytest.mark.parametrize("way", MEMBERS, ids=lambda way: way.__name__)
def test_a_member_sees_the_same_of_every_address(app: Flask, way: Way) -> None:
    people_of_every_standing()
    seen = _answers(app, way, lambda: signed_in(app, a_member("Eve")))
    for standing in STANDINGS:
        assert seen[standing] == seen["unknown"], standing
