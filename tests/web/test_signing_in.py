"""Signing in by a mailed code or link, and signing out."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db, transactional
from community.membership.models import AuthSession, Membership, SignInCode
from community.membership.queries import find_person
from tests.evidence import Evidence
from tests.factories.people import a_member, a_person
from tests.factories.proofs import mailed_code
from tests.web.browser_without_js import Browser, Page

ADA = "ada@example.org"


@pytest.fixture
def browser(app: Flask) -> Browser:
    a_member(name="Ada Lovelace", email=ADA)
    return Browser(app)


def ask(browser: Browser, address: str = ADA) -> Page:
    browser.get("/sign-in")
    return browser.submit(email=address)


def count(table: type) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


@transactional
def suspend(address: str) -> None:
    found = find_person(address)
    assert found is not None
    found.membership = Membership.SUSPENDED


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_a_member_signs_in_with_the_mailed_code(browser: Browser) -> None:
    page = ask(browser, " Ada@Example.org ")
    assert page.path == "/sign-in/code"
    assert page.says("Ada@Example.org")
    code, _ = mailed_code(ADA)
    page = browser.submit(code=f" {code[:3]}-{code[3:]} ")
    assert page.path == "/"
    assert page.says("You are signed in.")
    assert page.says("Ada Lovelace")
    assert not browser.get("/").says("You are signed in.")


def test_somebody_who_never_joined_signs_in_as_well(app: Flask) -> None:
    a_person(email="guest@example.org")
    browser = Browser(app)
    ask(browser, "guest@example.org")
    assert browser.submit(code=mailed_code("guest@example.org")[0]).says("Sign out")


def test_a_wrong_code_is_said_to_be_wrong_and_the_fifth_is_the_last(browser: Browser) -> None:
    ask(browser)
    code, _ = mailed_code(ADA)
    for _ in range(5):
        page = browser.submit(code=wrong(code))
        assert page.status == 422
        assert page.says("This is not the code.")
    page = browser.submit(code=code)
    assert page.status == 422
    assert page.says("This code no longer works.")
    assert count(AuthSession) == 0


def test_an_empty_code_costs_no_try(browser: Browser) -> None:
    ask(browser)
    assert browser.submit(code=" - ").says("Please type the code from the mail.")
    assert db.session.scalars(sa.select(SignInCode.tries)).one() == 0


def test_a_code_works_in_the_browser_that_asked_and_in_no_other(
    app: Flask, browser: Browser
) -> None:
    ask(browser)
    code, _ = mailed_code(ADA)
    other = Browser(app)
    other.get("/sign-in/code")
    assert other.submit(code=code).says("This code no longer works.")
    assert browser.submit(code=code).says("Sign out")


def test_a_code_works_once_and_for_ten_minutes(app: Flask, browser: Browser) -> None:
    ask(browser)
    code, _ = mailed_code(ADA)
    with time_machine.travel(now() + timedelta(minutes=10, seconds=1)):
        assert browser.submit(code=code).says("This code no longer works.")
    browser.get("/sign-in/code")
    assert browser.submit(code=code).path == "/"
    browser.get("/sign-in/code")
    assert browser.submit(code=code).says("This code no longer works.")


def test_the_mailed_link_is_a_page_with_a_button_in_the_browser_that_asked(
    browser: Browser,
) -> None:
    ask(browser)
    _, token = mailed_code(ADA)
    page = browser.get(f"/sign-in/link/{token}")
    assert page.status == 200
    assert count(AuthSession) == 0
    assert browser.submit().says("You are signed in.")
    assert browser.get(f"/sign-in/link/{token}").status == 410


def test_the_mailed_link_elsewhere_says_to_go_back(app: Flask, browser: Browser) -> None:
    ask(browser)
    _, token = mailed_code(ADA)
    other = Browser(app)
    page = other.get(f"/sign-in/link/{token}")
    assert page.says("Go back to where you asked")
    assert not any("sign-in/link" in form.action for form in page.forms)
    other.get("/sign-in")
    page = other.post(f"/sign-in/link/{token}", other.page.form("email").values)
    assert page.status == 422
    assert page.says("Go back to where you asked")
    assert count(AuthSession) == 0
    browser.get(f"/sign-in/link/{token}")
    assert browser.submit().says("Sign out")


def test_nobody_can_tell_from_the_answer_which_address_is_known(app: Flask) -> None:
    a_member(email="member@example.org")
    a_person(email="guest1@example.org")
    a_member(email="closed@example.org")
    suspend("closed@example.org")
    seen = set()
    for name in ("member", "guest1", "closed", "nobody"):
        browser = Browser(app)
        browser.get("/sign-in")
        address = f"{name}@example.org"
        form = {**browser.page.form("email").values, "email": address}
        asked = browser.client.post("/sign-in", data=form)
        then = browser.get("/sign-in/code")
        guessed = browser.submit(code="000000")
        for response in (asked, then.response, guessed.response):
            headers = [
                (k, v)
                for k, v in response.headers
                if k not in {"Set-Cookie", "Date", "X-Request-ID"}
            ]
            kept = [c.split("=")[0] for c in response.headers.getlist("Set-Cookie")]
            seen.add((response.request.path, response.status, str(headers), str(kept)))
        seen.add(("text", "", then.text.replace(address, "?"), guessed.text.replace(address, "?")))
    assert len(seen) == 4


def test_a_suspended_person_signs_in_and_finds_only_what_is_their_own(browser: Browser) -> None:
    ask(browser)
    suspend(ADA)
    browser.submit(code=mailed_code(ADA)[0])
    assert browser.get("/my/events").path == "/my/events"
    for closed in ("/members", "/profile", "/profile/privacy", "/invite"):
        page = browser.get(closed)
        assert page.path == "/membership"
        assert page.says("Your membership is suspended")


def test_suspending_closes_the_members_pages_to_a_session_at_once(browser: Browser) -> None:
    ask(browser)
    browser.submit(code=mailed_code(ADA)[0])
    assert browser.get("/members").path == "/members"
    suspend(ADA)
    page = browser.get("/members")
    assert page.path == "/membership"
    assert not page.says("Profile")


def test_three_codes_go_to_an_address_in_ten_minutes(app: Flask) -> None:
    a_member(email=ADA)
    for number in range(3):
        assert ask(Browser(app, address=f"192.0.2.{number}")).path == "/sign-in/code"
    page = ask(Browser(app, address="192.0.2.9"))
    assert page.status == 429
    assert int(page.headers["Retry-After"]) in range(1, 601)
    assert page.form("email").values["email"] == [ADA]


def test_a_stranger_who_uses_up_the_codes_locks_a_known_browser_out_of_nothing(
    app: Flask, browser: Browser
) -> None:
    ask(browser)
    browser.submit(code=mailed_code(ADA)[0])
    browser.sign_out()
    for number in range(4):
        last = ask(Browser(app, address=f"192.0.2.{number}"))
    assert last.status == 429
    assert ask(browser).path == "/sign-in/code"
    assert browser.submit(code=mailed_code(ADA)[0]).says("Sign out")


def test_a_network_cannot_ask_for_codes_without_end(app: Flask) -> None:
    browser = Browser(app)
    browser.get("/sign-in")
    form = browser.page.form("email").values
    statuses = [
        browser.client.post("/sign-in", data={**form, "email": f"p{n}@example.org"}).status_code
        for n in range(61)
    ]
    assert statuses == [303] * 60 + [429]


@pytest.mark.proof
def test_signing_in_makes_a_new_session_and_the_old_cookie_is_worth_nothing(
    app: Flask, browser: Browser, evidence: Evidence
) -> None:
    ask(browser)
    planted = browser.cookie("session")
    browser.submit(code=mailed_code(ADA)[0])
    first = browser.cookie("session")
    assert first not in {"", planted}
    other = Browser(app)
    other.client.set_cookie("session", planted)
    assert not other.get("/").says("Sign out")

    ask(browser)
    browser.submit(code=mailed_code(ADA)[0])
    other.client.set_cookie("session", first)
    assert not other.get("/").says("Sign out")
    assert browser.get("/").says("Sign out")
    evidence(
        "S3",
        "signing in makes a new session, and a cookie from before is worth nothing",
        count="two sign-ins, three cookies",
        control="the newest cookie is signed in",
    )


def test_signing_out_ends_the_session_on_the_server_too(app: Flask, browser: Browser) -> None:
    ask(browser)
    browser.submit(code=mailed_code(ADA)[0])
    kept = browser.cookie("session")
    page = browser.sign_out()
    assert page.path == "/"
    assert page.says("You are signed out.")
    thief = Browser(app)
    thief.client.set_cookie("session", kept)
    assert not thief.get("/").says("Sign out")


def test_a_session_lasts_thirty_days(browser: Browser) -> None:
    ask(browser)
    browser.submit(code=mailed_code(ADA)[0])
    kept = browser.client.get_cookie("session")
    assert kept is not None
    assert kept.expires is not None, "it would end with the browser's window"
    with time_machine.travel(now() + timedelta(days=29)):
        assert browser.get("/").says("Sign out")
    with time_machine.travel(now() + timedelta(days=31)):
        assert not browser.get("/").says("Sign out")


def test_a_visitor_on_a_members_page_is_led_there_after_signing_in(browser: Browser) -> None:
    page = browser.get("/my/events?past=1")
    assert page.path == "/sign-in?next=/my/events?past%3D1"
    browser.submit(email=ADA)
    assert browser.submit(code=mailed_code(ADA)[0]).path == "/my/events?past=1"
