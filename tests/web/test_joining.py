"""Joining by double opt-in, as a visitor and as a scanner of mails lives it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db, transactional
from community.membership.models import Membership, Pending, PendingKind, Person
from community.membership.queries import find_person
from tests.factories.events import a_topic
from tests.factories.people import a_member, a_person
from tests.factories.proofs import mailed_token
from tests.web.browser_without_js import Browser, Page

ADA = {"name": "Ada Lovelace", "email": "ada@example.org", "consent": "y"}


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


def ask(browser: Browser, **changed: str) -> Page:
    browser.get("/join")
    return browser.submit({**ADA, **changed})


def confirm_page(browser: Browser, address: str = "ada@example.org") -> Page:
    return browser.get(f"/join/confirm/{mailed_token(PendingKind.JOIN, address)}")


def people() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count(Person.id))) or 0


def person(address: str = "ada@example.org") -> Person:
    db.session.rollback()
    found = find_person(address)
    assert found is not None
    return found


@transactional
def become(address: str, membership: Membership) -> None:
    found = find_person(address)
    assert found is not None
    found.membership = membership


def test_a_visitor_joins_by_the_form_and_the_button_of_the_mailed_page(browser: Browser) -> None:
    a_topic("Data Management", "data-management")
    a_topic("Diversity", "diversity")
    browser.get("/join")
    page = browser.submit(
        {**ADA, "organization": "Analytical Engines", "topics": ["diversity"], "job_title": "Owner"}
    )
    assert page.path == "/join/check-mail"
    assert people() == 0

    page = confirm_page(browser)
    assert page.says("Ada Lovelace")
    assert people() == 0
    page = browser.submit()
    assert page.path == "/"
    assert page.says("Welcome to Community Network!")
    assert page.says("Sign out")
    ada = person()
    assert ada.membership == Membership.ACTIVE
    assert (ada.name, ada.organization, ada.job_title) == (
        "Ada Lovelace",
        "Analytical Engines",
        "Owner",
    )
    assert [topic.slug for topic in ada.topics] == ["diversity"]
    assert ada.consented_at is not None


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": " \t "}, "Please tell us your name."),
        ({"name": "\u202e\x00"}, "Please tell us your name."),
        ({"name": "x" * 121}, "cannot be longer than 120 characters"),
        ({"email": ""}, "Please give an address that we can write to."),
        ({"email": "ada"}, "An e-mail address has an @ in it"),
        ({"email": "ada@localhost"}, "needs a dot"),
        ({"email": "ädä@example.org"}, "The part before the @"),
        ({"email": "\u212aarl@example.org"}, "The part before the @"),  # NFC makes it a K
        ({"email": "a\u202eda@example.org"}, "The part before the @"),
        ({"email": "a" * 300 + "@example.org"}, "cannot be longer than 254 characters"),
        ({"consent": ""}, "We need your consent"),
        ({"topics": "no-such-topic"}, "not a valid choice"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_what_was_typed_stays(
    browser: Browser, fields: dict[str, str], words: str
) -> None:
    browser.get("/join")
    sent = {**browser.page.form("email").values, **ADA, "job_title": "Countess", **fields}
    page = browser.post("/join", {name: value for name, value in sent.items() if value})
    assert page.status == 422
    assert page.says(words)
    assert page.form("email").values["job_title"] == ["Countess"]
    assert db.session.scalar(sa.select(sa.func.count(Pending.id))) == 0


def test_opening_the_mailed_page_however_often_changes_nothing(browser: Browser) -> None:
    ask(browser)
    path = confirm_page(browser).path
    for _ in range(3):
        assert Browser(browser.client.application, address="192.0.2.7").get(path).status == 200
        assert browser.client.head(path).status_code == 200
    assert people() == 0
    browser.get(path)
    assert browser.submit().path == "/"


def test_a_mailed_page_works_once(browser: Browser) -> None:
    ask(browser)
    path = confirm_page(browser).path
    browser.submit()
    page = browser.get(path)
    assert page.status == 410
    assert page.says("This link no longer works")
    token_page = Browser(browser.client.application)
    token_page.get("/join")
    again = token_page.post(path, token_page.page.form("email").values)
    assert again.status == 410


def test_a_mailed_page_is_dead_after_two_days(browser: Browser) -> None:
    ask(browser)
    path = confirm_page(browser).path
    with time_machine.travel(now() + timedelta(hours=49)):
        assert browser.get(path).status == 410


@pytest.mark.parametrize("token", ["x", "%00", "a" * 500, "..", "%2e%2e%2fjoin", "ü"])
def test_a_made_up_token_leads_to_the_same_page_as_a_dead_one(browser: Browser, token: str) -> None:
    assert browser.get(f"/join/confirm/{token}").status in {404, 410}


def test_a_token_for_an_answer_confirms_no_joining(browser: Browser) -> None:
    ask(browser)
    token = mailed_token(PendingKind.JOIN, "ada@example.org")
    assert browser.get(f"/rsvp/confirm/{token}").status == 410
    assert browser.get(f"/sign-in/link/{token}").status == 410
    assert browser.get(f"/join/confirm/{token}").status == 200


def test_nobody_can_tell_from_the_answer_who_is_a_member(app: Flask) -> None:
    a_member(email="member@example.org")
    a_person(email="known@example.org")
    a_member(email="suspended@example.org")
    become("suspended@example.org", Membership.SUSPENDED)
    seen = set()
    for name in ("member", "known", "suspended", "unknown"):
        browser = Browser(app)
        browser.get("/join")
        form = browser.page.form("email")
        response = browser.client.post(
            "/join", data={**form.values, **ADA, "email": f"{name}@example.org"}
        )
        headers = sorted(
            (k, v) for k, v in response.headers if k not in {"Set-Cookie", "Date", "X-Request-ID"}
        )
        cookies = sorted(c.split("=")[0] for c in response.headers.getlist("Set-Cookie"))
        seen.add((response.status, response.data, str(headers), str(cookies)))
    assert len(seen) == 1


def test_a_suspended_member_who_confirms_is_told_and_not_signed_in(browser: Browser) -> None:
    a_member(email="ada@example.org")
    become("ada@example.org", Membership.SUSPENDED)
    ask(browser)
    confirm_page(browser)
    page = browser.submit()
    assert page.status == 422
    assert page.says("This membership is closed.")
    assert not page.says("Sign out")
    assert person().membership == Membership.SUSPENDED


def test_an_address_gets_three_mails_an_hour_and_then_the_form_says_when_to_return(
    app: Flask,
) -> None:
    for number in range(3):
        browser = Browser(app, address=f"192.0.2.{number}")
        assert ask(browser, email=["ada@example.org", "ADA@example.org"][number % 2]).status == 200
    browser = Browser(app, address="192.0.2.99")
    page = ask(browser)
    assert page.status == 429
    assert int(page.headers["Retry-After"]) in range(1, 3601)
    assert page.says("Please try again in 60 minutes.")
    assert page.form("email").values["name"] == ["Ada Lovelace"]
    with time_machine.travel(now() + timedelta(minutes=61)):
        assert ask(browser).status == 200


def test_a_network_gets_thirty_forms_an_hour_however_it_calls_itself(app: Flask) -> None:
    statuses = []
    browser = Browser(app)
    browser.get("/join")
    form = browser.page.form("email").values
    for number in range(31):
        browser.client.environ_base["REMOTE_ADDR"] = f"2001:db8:1:2::{number + 1:x}"
        sent = {**form, **ADA, "email": f"ada{number}@example.org"}
        spoofed = {"X-Forwarded-For": f"203.0.113.{number}"}
        statuses.append(browser.client.post("/join", data=sent, headers=spoofed).status_code)
    assert statuses == [303] * 30 + [429]


def test_joining_signs_the_browser_out_of_whoever_it_was_before(app: Flask) -> None:
    browser = Browser(app)
    ask(browser, email="first@example.org")
    confirm_page(browser, "first@example.org")
    browser.submit()
    before = browser.cookie("session")
    ask(browser, email="second@example.org")
    confirm_page(browser, "second@example.org")
    assert browser.submit().says("Welcome")
    stolen = Browser(app)
    stolen.client.set_cookie("session", before)
    assert not stolen.get("/").says("Sign out")
