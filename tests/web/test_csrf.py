"""No form of another site, and none without its token, changes anything here."""

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.db import db
from community.membership.models import Pending
from community.web.access import is_from_anywhere
from tests.factories.people import an_admin
from tests.web.browser_without_js import Browser, signed_in

ADA = {"name": "Ada", "email": "ada@example.org", "consent": "y"}
# What takes a POST of a mail program (RFC 8058), which holds neither a cookie nor our token.
FROM_ANYWHERE = {"/unsubscribe/<token>"}


def wishes() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count(Pending.id))) or 0


def test_a_form_without_its_token_is_refused_with_words(app: Flask) -> None:
    """Every other one: tests/security/access/test_forged_forms.py."""
    browser = signed_in(app, an_admin())
    browser.get("/join")
    for data in ({}, {"csrf_token": ""}, {"csrf_token": "made-up"}):
        answer = browser.post("/organize/topics/new", data)
        assert answer.status == 403
        assert answer.says("Please send the form again")


def test_exactly_one_address_takes_what_other_programs_send(app: Flask) -> None:
    views = app.view_functions
    open_to_all = {
        rule.rule for rule in app.url_map.iter_rules() if is_from_anywhere(views[rule.endpoint])
    }
    assert open_to_all == FROM_ANYWHERE


@pytest.mark.parametrize(
    "sent",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost:81"},
        {"Origin": "http://evil.example@localhost"},
        {"Origin": "http://[::1"},
    ],
)
def test_a_form_that_another_site_sends_is_refused_though_it_has_the_token(
    app: Flask, sent: dict[str, str]
) -> None:
    browser = Browser(app)
    browser.get("/join")
    answer = browser.post("/join", {**browser.page.form("email").values, **ADA}, headers=sent)
    assert answer.status == 403
    assert wishes() == 0


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://localhost"},
        {"Origin": "http://community.test"},
        {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "null"},
    ],
)
def test_a_form_of_this_site_is_taken_from_old_browsers_too(
    app: Flask, sent: dict[str, str]
) -> None:
    browser = Browser(app)
    browser.get("/join")
    answer = browser.post("/join", {**browser.page.form("email").values, **ADA}, headers=sent)
    assert answer.path == "/join/check-mail"
    assert wishes() == 1


def test_the_token_of_another_browser_is_worth_nothing(app: Flask) -> None:
    theirs, mine = Browser(app), Browser(app)
    theirs.get("/join")
    mine.get("/join")
    answer = mine.post("/join", {**theirs.page.form("email").values, **ADA})
    assert answer.status == 403
    assert wishes() == 0


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/xml"])
def test_another_kind_of_body_goes_round_nothing(app: Flask, kind: str) -> None:
    browser = Browser(app)
    browser.get("/join")
    token = browser.page.form("email").values["csrf_token"][0]
    body = f'{{"csrf_token": "{token}", "email": "ada@example.org", "name": "Ada"}}'
    assert browser.client.post("/join", data=body, content_type=kind).status_code == 403
    assert wishes() == 0


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_methods_that_no_page_has_are_refused(app: Flask, method: str) -> None:
    answer = Browser(app).client.open("/join", method=method)
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
