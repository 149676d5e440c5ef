"""Applications on the organizers' desk."""

from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask

from community.core.db import db
from community.membership.applications import (
    Application,
    approve_application,
    decline_application,
)
from tests.factories.joining import an_application
from tests.factories.mails import outbox
from tests.factories.people import a_member, an_organizer
from tests.web.browser_without_js import Browser, Page, signed_in

LIST = "/organize/applications"


def states(*applications: Application) -> list[str]:
    db.session.rollback()
    return [
        db.session.get_one(Application, one.id, populate_existing=True).state.value
        for one in applications
    ]


def tick(browser: Browser, *values: str) -> Page:
    browser.get(LIST)
    token = browser.page.form("application").values["csrf_token"]
    return browser.post(LIST, {"csrf_token": token, "application": list(values)})


def test_several_are_ticked_and_approved_at_once(app: Flask) -> None:
    one, two, three = (an_application(f"P{n}", f"p{n}@example.org") for n in range(3))
    page = tick(signed_in(app, an_organizer()), str(one.id), str(three.id))
    assert page.says("2 new members.")
    assert states(one, two, three) == ["approved", "waiting", "approved"]
    assert len(outbox("application_approved")) == 2


@pytest.mark.parametrize("values", [[], ["x"], ["-1"], ["9" * 30], ["0"], ["٣"]])
def test_nothing_sensible_ticked_approves_nobody(app: Flask, values: list[str]) -> None:
    one = an_application()
    assert tick(signed_in(app, an_organizer()), *values).says("Nobody was chosen")
    assert states(one) == ["waiting"]


def test_what_another_decided_meanwhile_is_said(app: Flask) -> None:
    organizer = an_organizer()
    browser = signed_in(app, organizer)
    one, two = (an_application(f"P{n}", f"p{n}@example.org") for n in range(2))
    browser.get(f"{LIST}/{one.id}")
    approve_application(organizer.id, one.id)
    page = browser.submit(word="No.", press="Decline")
    assert page.status == 422
    assert page.says("Another organizer has decided on this application meanwhile.")
    browser.get(f"{LIST}/{two.id}")
    decline_application(organizer.id, two.id)
    assert browser.submit(press="Approve").status == 422
    assert states(one, two) == ["approved", "declined"]


def test_a_word_that_is_too_long_is_sent_back(app: Flask) -> None:
    one, browser = an_application(), signed_in(app, an_organizer())
    browser.get(f"{LIST}/{one.id}")
    page = browser.submit(word="x" * 1001, press="Decline")
    assert page.status == 422
    assert page.form("word").values["word"] == ["x" * 1001]
    assert states(one) == ["waiting"]


def test_what_applicants_type_is_shown_as_text(app: Flask) -> None:
    one = an_application("<b>Ada</b>", reason="<script>alert(1)</script>")
    browser = signed_in(app, an_organizer())
    for path in (LIST, f"{LIST}/{one.id}"):
        html = browser.get(path).html
        assert "<b>Ada" not in html
        assert "<script>alert" not in html


def test_members_and_visitors_have_no_such_pages(app: Flask) -> None:
    one = an_application()
    for path in (LIST, f"{LIST}/{one.id}"):
        assert signed_in(app, a_member()).get(path).status == 404
        assert Browser(app).client.get(path).status_code == 303
    member = signed_in(app, a_member())
    member.get("/invite")
    token = member.page.form("email").values["csrf_token"]
    for path in (LIST, f"{LIST}/{one.id}/approve", f"{LIST}/{one.id}/decline"):
        sent = {"csrf_token": token, "application": str(one.id)}
        assert member.post(path, sent).status == 404
    assert states(one) == ["waiting"]


def test_an_application_that_is_not_there_and_a_broken_cursor_are_answered(app: Flask) -> None:
    browser = signed_in(app, an_organizer())
    assert browser.get(f"{LIST}/999999").status == 404
    assert browser.get(f"{LIST}?after=nonsense").status == 409


def test_whoever_decides_reads_the_times_in_their_own_zone(app: Flask) -> None:
    with time_machine.travel(datetime(2026, 11, 24, 22, 30, tzinfo=UTC), tick=False):
        one = an_application("Ada", "ada@example.org")
        browser = signed_in(app, an_organizer(timezone="Asia/Tokyo"))
        for page in (LIST, f"{LIST}/{one.id}"):
            assert browser.get(page).says("Nov 25, 2026, 7:30 AM")
