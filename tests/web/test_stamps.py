"""What keeps programs out of the join form, and lets people in."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.core.limits import Limit
from community.membership.invitations import invite
from community.membership.models import Pending
from community.membership.queries import find_person
from community.web.stamps import Stamp, new_stamp, read_stamp
from tests.factories.joining import mailed_invitation
from tests.factories.mails import outbox
from tests.factories.people import a_member
from tests.web.browser_without_js import Browser, Page, a_while_ago

ADA = {"name": "Ada Lovelace", "email": "ada@example.org", "consent": "y"}
AGAIN = "Please send it again."


@pytest.fixture
def hasty(app: Flask) -> Browser:
    """A browser that sends its forms back as fast as it gets them."""
    browser = Browser(app)
    browser.hasty = True
    return browser


def rows() -> tuple[int, int]:
    db.session.rollback()
    count = db.session.scalar(sa.select(sa.func.count(Pending.id))) or 0
    return count, len(outbox())


def ask(browser: Browser, **changed: str) -> Page:
    browser.get("/join")
    return browser.submit({**ADA, **changed})


def test_a_form_that_comes_back_at_once_is_asked_for_again_with_what_was_typed(
    hasty: Browser,
) -> None:
    page = ask(hasty, organization="Engines")
    assert page.status == 422
    assert page.says(AGAIN)
    assert page.form("email").values["organization"] == ["Engines"]
    assert page.form("email").values["consent"] == ["y"]
    assert rows() == (0, 0)
    with time_machine.travel(now() + timedelta(seconds=1.5)):
        assert hasty.submit().path == "/join/check-mail"
    assert rows() == (1, 1)


@pytest.mark.parametrize(
    ("seconds", "fits"), [(0.5, False), (1.5, True), (23 * 3600, True), (24 * 3600 + 60, False)]
)
def test_a_form_is_good_from_one_second_to_one_day(
    hasty: Browser, seconds: float, fits: bool
) -> None:
    hasty.get("/join")
    with time_machine.travel(now() + timedelta(seconds=seconds)):
        page = hasty.submit(ADA)
    assert (page.path == "/join/check-mail") is fits
    assert page.says(AGAIN) is not fits


@pytest.mark.parametrize(
    "change",
    [
        lambda _: "",
        lambda _: "x",
        lambda _: "1-0-" + "0" * 32,
        lambda s: s[:-1] + ("0" if s[-1] != "0" else "1"),
        lambda s: str(int(s.split("-")[0]) - 5000) + s[s.index("-") :],  # an older one, unsigned
        lambda s: s.replace("-0-", "-1-", 1),
        lambda _: "9" * 400 + "-0-" + "0" * 32,
        lambda _: "٣-٠-" + "0" * 32,
        lambda _: "-1-0-x",
    ],
)
def test_a_forged_stamp_is_no_stamp(app: Flask, change: object) -> None:
    browser = Browser(app)
    browser.get("/join")
    stamp = browser.page.form("email").values["stamp"][0]
    page = browser.submit({**ADA, "stamp": change(stamp)})  # type: ignore[operator]  # see above
    assert page.status == 422
    assert page.says(AGAIN)
    assert page.form("email").values["name"] == ["Ada Lovelace"]
    assert rows() == (0, 0)


def test_a_missing_stamp_is_none(app: Flask) -> None:
    browser = Browser(app)
    browser.get("/join")
    sent = {k: v for k, v in browser.page.form("email").values.items() if k != "stamp"}
    assert browser.post("/join", {**sent, **ADA}).status == 422
    assert rows() == (0, 0)


def test_a_stamp_that_was_right_stays_right_when_something_else_was_wrong(app: Flask) -> None:
    browser = Browser(app)
    assert ask(browser, email="ada").status == 422
    browser.hasty = True
    assert browser.page.form("email").values["stamp"]
    assert browser.submit(email="ada@example.org").path == "/join/check-mail"


def test_a_stamp_tells_which_version_of_a_text_the_form_showed(app: Flask) -> None:
    assert read_stamp(a_while_ago(new_stamp(7))) == Stamp(7, in_time=True)
    assert read_stamp(new_stamp(7)) == Stamp(7, in_time=False)


def test_who_fills_in_what_nobody_sees_gets_the_page_of_a_success_and_nothing_is_written(
    app: Flask,
) -> None:
    seen = []
    for fields in ({}, {"homepage": "https://spam.test"}):
        browser = Browser(app)
        browser.get("/join")
        sent = {**browser.page.form("email").values, **ADA, **fields}
        answer = browser.client.post("/join", data=sent)
        cookies = sorted(c.split("=")[0] for c in answer.headers.getlist("Set-Cookie"))
        seen.append((answer.status, answer.headers["Location"], answer.data, cookies))
    assert seen[0] == seen[1]
    assert rows() == (1, 1)
    limits = db.session.scalar(sa.select(sa.func.count()).select_from(Limit))
    assert limits == 2


def test_people_neither_see_nor_reach_nor_hear_that_field(app: Flask) -> None:
    html = Browser(app).get("/join").html
    before, _, after = html.partition('name="homepage"')
    assert 'class="hidden-text" aria-hidden="true"' in before[-300:]
    field = before[before.rindex("<") :] + after[: after.index(">")]
    assert 'tabindex="-1"' in field
    assert 'autocomplete="off"' in field
    assert "required" not in field


def test_an_invitations_form_is_guarded_alike(app: Flask, hasty: Browser) -> None:
    invite(a_member().id, "hedy@example.org")
    path = f"/invited/{mailed_invitation('hedy@example.org')}"
    hedy = {"name": "Hedy", "consent": "y"}
    hasty.get(path)
    assert hasty.submit(hedy).says(AGAIN)
    browser = Browser(app)
    browser.get(path)
    assert browser.submit({**hedy, "homepage": "x"}).path == "/"
    db.session.rollback()
    assert find_person("hedy@example.org") is None
    browser.get(path)
    assert browser.submit(hedy).says("Welcome to Community Network!")
