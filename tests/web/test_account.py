"""Pages of the account: signed-in browsers, and another address."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.membership import signing_in
from community.membership.models import AuthSession, Pending, PendingKind, Person
from community.membership.queries import find_person
from community.membership.sessions import open_session
from community.web.devices import device
from tests.factories.mails import outbox
from tests.factories.people import a_member
from tests.factories.proofs import mailed_code, mailed_token
from tests.web.browser_without_js import Browser, Page, signed_in

ADA, NEW = "ada@example.org", "ada@example.net"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)
CHROME = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/130.0.0.0 Mobile Safari/537.36"
)


@pytest.fixture
def ada(app: Flask) -> Person:
    return a_member("Ada Lovelace", ADA)


@pytest.fixture
def browser(app: Flask, ada: Person) -> Browser:
    return signed_in(app, ada)


def number(user_agent: str) -> int:
    db.session.rollback()
    found = db.session.scalars(sa.select(AuthSession).where(AuthSession.browser == user_agent))
    return found.one().id


def ask(browser: Browser, address: str = NEW) -> Page:
    browser.get("/profile/email")
    return browser.submit(email=address)


def test_the_list_names_browsers_and_proofs_and_marks_this_one(
    browser: Browser, ada: Person
) -> None:
    open_session(ada, proof="link", browser=SAFARI)
    open_session(ada, proof="passkey", browser=FIREFOX)
    page = browser.get("/profile/sessions")
    assert page.says("Firefox on Windows Since ")
    assert page.says("Safari on iPhone Since ")
    assert page.says("An unknown browser This browser Since ")
    assert page.says("Signed in with a mailed link")
    assert page.says("Signed in with: passkey")
    assert page.html.count("This browser") == 1


def test_the_times_are_in_the_persons_zone(app: Flask, ada: Person) -> None:
    ada.timezone = "Asia/Tokyo"
    db.session.commit()
    with time_machine.travel("2026-06-01 20:00Z"):
        assert signed_in(app, ada).get("/profile/sessions").says("Since Jun 2, 2026, 5:00 AM")


def test_one_browser_is_signed_out_from_another(app: Flask, browser: Browser, ada: Person) -> None:
    other = signed_in(app, ada)
    open_session(ada, proof="code", browser=FIREFOX)
    browser.get("/profile/sessions")
    page = browser.submit(at=f"/profile/sessions/{number(FIREFOX)}/revoke")
    assert page.path == "/profile/sessions"
    assert page.says("That browser is signed out.")
    assert not page.says("Firefox")
    assert other.get("/").says("Sign out")


def test_signing_out_this_browser_from_the_list_ends_here(browser: Browser) -> None:
    browser.get("/profile/sessions")
    page = browser.submit(at=f"/profile/sessions/{number('')}/revoke")
    assert (page.path, page.says("You are signed out.")) == ("/", True)
    assert browser.get("/profile/sessions").path.startswith("/sign-in")


@pytest.mark.parametrize("wrong", ["999999", "0", "99999999999999999999", "x", "-1"])
def test_a_session_of_nobody_and_one_of_somebody_else_look_alike(
    browser: Browser, wrong: str
) -> None:
    open_session(a_member(), proof="code", browser=FIREFOX)
    theirs = number(FIREFOX)
    browser.get("/profile/sessions")
    token = browser.page.form(at="revoke-all").values
    answers = [browser.post(f"/profile/sessions/{n}/revoke", token) for n in (theirs, wrong)]
    assert [answer.status for answer in answers] == [404, 404]
    assert answers[0].text == answers[1].text
    db.session.rollback()
    assert db.session.get_one(AuthSession, theirs).revoked_at is None


def test_all_others_are_signed_out(app: Flask, browser: Browser, ada: Person) -> None:
    others = [signed_in(app, ada) for _ in range(2)]
    browser.get("/profile/sessions")
    assert browser.submit(at="revoke-others").says("2 other browsers are signed out.")
    assert not any(other.get("/").says("Sign out") for other in others)


def test_all_are_signed_out_this_one_too(app: Flask, browser: Browser, ada: Person) -> None:
    other = signed_in(app, ada)
    browser.get("/profile/sessions")
    assert browser.submit(at="revoke-all").says("You are signed out.")
    assert not any(one.get("/").says("Sign out") for one in (browser, other))


def test_a_long_list_has_more_pages(browser: Browser, ada: Person) -> None:
    for _ in range(25):
        open_session(ada, proof="code", browser=FIREFOX)
    page = browser.get("/profile/sessions")
    [older] = [link for link in page.links if "after=" in link]
    assert page.html.count("Firefox on Windows</h2>") == 20
    assert browser.get(older).html.count("Firefox on Windows</h2>") == 5
    assert browser.get("/profile/sessions?after=x").status == 409


def test_the_address_is_changed_by_the_mailed_page(app: Flask, browser: Browser) -> None:
    page = ask(browser, " Ada@Example.net ")
    assert page.says(f"If {NEW} can be yours, a link is on its way there.")
    token = mailed_token(PendingKind.ADDRESS, NEW)
    page = browser.get(f"/profile/email/confirm/{token}")
    assert page.says(f"Use {NEW}?")
    assert page.says("The account of Ada Lovelace will sign in with this address alone.")
    assert ADA not in page.html
    assert find_person(NEW) is None
    page = browser.submit()
    assert page.path == "/profile/sessions"
    assert page.says(f"You sign in with {NEW} from now on.")
    assert browser.get("/profile/email").says(f"You sign in with {NEW}")
    assert browser.get(f"/profile/email/confirm/{token}").status == 410


def test_confirmed_in_another_browser_it_signs_nobody_in_and_all_others_out(
    app: Flask, browser: Browser
) -> None:
    ask(browser)
    phone = Browser(app)
    phone.get(f"/profile/email/confirm/{mailed_token(PendingKind.ADDRESS, NEW)}")
    page = phone.submit()
    assert page.path == "/sign-in"
    assert page.says(f"You sign in with {NEW} from now on.")
    assert not any(one.get("/").says("Sign out") for one in (browser, phone))


def test_confirming_as_somebody_else_leaves_them_signed_in(app: Flask, browser: Browser) -> None:
    ask(browser)
    bob = signed_in(app, a_member("Bob"))
    bob.get(f"/profile/email/confirm/{mailed_token(PendingKind.ADDRESS, NEW)}")
    bob.submit()
    assert bob.get("/my/events").path == "/my/events"
    assert not browser.get("/").says("Sign out")


def test_nobody_can_tell_from_the_answer_whose_address_it_is(app: Flask, browser: Browser) -> None:
    a_member(email="bob@example.org")
    seen = set()
    for address in ("bob@example.org", "nobody@example.org"):
        page = ask(browser, address)
        headers = [
            (k, v) for k, v in page.headers if k not in {"Set-Cookie", "Date", "X-Request-ID"}
        ]
        text = page.text.replace(address, "?")
        seen.add((page.status, page.path, text, str([h for h in headers if "Length" not in h[0]])))
    assert len(seen) == 1
    assert len(outbox("address_taken")) == len(outbox("address_confirm")) == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Please type the new address."),
        ("ada", "An e-mail address has an @ in it"),
        ("x" * 400 + "@example.org", "longer"),
        (ADA.upper(), "This is your address already."),
        ("a@b.c\r\nBcc: x@y.z", "The part before the @"),
    ],
)
def test_bad_input_is_said_and_kept(browser: Browser, typed: str, said: str) -> None:
    page = ask(browser, typed)
    assert page.status == 422
    assert page.says(said)
    assert page.form("email").values["email"] == [typed]
    assert outbox() == []


def test_a_person_cannot_have_mails_sent_without_end(browser: Browser) -> None:
    answers = [ask(browser, f"ada{n}@example.net").status for n in range(6)]
    assert answers == [200] * 5 + [429]
    assert int(browser.page.headers["Retry-After"]) in range(1, 3601)


def test_a_mailbox_cannot_be_filled_by_many_accounts(app: Flask) -> None:
    answers = [ask(signed_in(app, a_member()), NEW).status for _ in range(4)]
    assert answers == [200] * 3 + [429]


def test_who_signed_in_a_while_ago_proves_it_again_and_comes_back(browser: Browser) -> None:
    with time_machine.travel(now() + timedelta(minutes=15, seconds=5)):
        page = browser.get("/profile/email")
        assert page.path == "/sign-in/again?next=/profile/email"
        assert page.says(f"we send a code to {ADA}")
        assert browser.submit().path == "/sign-in/code"
        page = browser.submit(code=mailed_code(ADA)[0])
        assert page.path == "/profile/email"
        assert ask(browser).says("a link is on its way")


def test_without_that_limit_a_browser_left_open_reaches_the_page(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the test above."""
    monkeypatch.setattr(signing_in, "FRESH", timedelta(days=1))
    with time_machine.travel(now() + timedelta(minutes=15, seconds=5)):
        assert browser.get("/profile/email").path == "/profile/email"


def test_a_form_that_lay_open_is_not_taken_and_leads_back_to_itself(browser: Browser) -> None:
    browser.get("/profile/email")
    with time_machine.travel(now() + timedelta(minutes=16)):
        page = browser.submit(email=NEW)
        assert page.path == "/sign-in/again?next=/profile/email"
    db.session.rollback()
    assert db.session.scalars(sa.select(Pending)).all() == []


def test_a_visitor_is_sent_to_sign_in(app: Flask) -> None:
    for path in ("/profile/email", "/profile/sessions", "/sign-in/again"):
        assert Browser(app).get(path).path == f"/sign-in?next={path}"


@pytest.mark.parametrize("token", ["x", "é", "x" * 500])
def test_a_made_up_link_says_that_it_is_dead(app: Flask, token: str) -> None:
    page = Browser(app).get(f"/profile/email/confirm/{token}")
    assert page.status == 410
    assert page.says("This link no longer works")
    assert page.headers["Referrer-Policy"] == "no-referrer"


def test_pressing_the_button_of_a_link_that_died_meanwhile_says_so(
    app: Flask, browser: Browser
) -> None:
    ask(browser)
    token = mailed_token(PendingKind.ADDRESS, NEW)
    second = Browser(app)
    for one in (browser, second):
        one.get(f"/profile/email/confirm/{token}")
    browser.submit()
    assert second.submit().status == 410


def test_an_address_that_became_somebody_elses_is_not_taken(app: Flask, browser: Browser) -> None:
    ask(browser)
    token = mailed_token(PendingKind.ADDRESS, NEW)
    browser.get(f"/profile/email/confirm/{token}")
    bob = a_member(email=NEW).id
    page = browser.submit()
    assert page.status == 422
    assert page.says("This address belongs to another account by now.")
    db.session.rollback()
    found = find_person(NEW)
    assert found is not None
    assert found.id == bob


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (FIREFOX, "Firefox on Windows"),
        (SAFARI, "Safari on iPhone"),
        (CHROME, "Chrome on Android"),
        (FIREFOX.replace("Firefox/140.0", "Chrome/1 Safari/537.36 Edg/1"), "Edge on Windows"),
        ("curl/8", "An unknown browser"),
        ("Something (X11; Linux x86_64)", "A browser on Linux"),
        ("<b>Firefox/1</b>", "Firefox"),
        ("", "An unknown browser"),
    ],
)
def test_a_user_agent_is_called_what_people_call_it(app: Flask, agent: str, said: str) -> None:
    assert device(agent) == said
