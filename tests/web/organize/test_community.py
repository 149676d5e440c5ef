"""The community's texts on the admins' desk."""

import pytest
from flask import Flask

from community.core.db import db
from community.membership.texts import TextKind, publish_text, versions_of
from tests.factories.people import a_member, an_admin, an_organizer
from tests.web.browser_without_js import Browser, signed_in

DESK = "/organize/community"


def bodies(kind: TextKind) -> list[str]:
    db.session.rollback()
    return [one.body for one in versions_of(kind)]


def test_an_admin_writes_a_text_and_sees_every_version(app: Flask) -> None:
    browser = signed_in(app, an_admin("Olga Host"))
    assert DESK in browser.get("/organize").links
    assert f"{DESK}/about" in browser.get(DESK).links
    browser.get(f"{DESK}/about")
    assert browser.submit(body="One.").says("Version 1 is in force.")
    assert browser.submit(body="Two.").says("Version 2 is in force.")
    assert browser.page.says("One.")
    assert browser.page.says("Olga Host")
    assert browser.page.form("body").values["body"] == ["Two."]
    assert bodies(TextKind.ABOUT) == ["Two.", "One."]
    assert Browser(app).get("/about").says("Two.")


def test_the_consent_text_begins_with_the_built_in_words(app: Flask) -> None:
    browser = signed_in(app, an_admin())
    page = browser.get(f"{DESK}/consent")
    assert page.form("body").values["body"][0].startswith("You may keep these details")


def test_what_another_admin_saved_meanwhile_is_not_lost(app: Flask) -> None:
    admin = an_admin()
    browser = signed_in(app, admin)
    browser.get(f"{DESK}/about")
    publish_text(admin.id, TextKind.ABOUT, "Theirs.", seen=0)
    page = browser.submit(body="Mine.")
    assert page.status == 422
    assert page.says("Somebody else saved a newer version")
    assert page.form("body").values["body"] == ["Mine."]
    assert browser.submit().says("Version 2 is in force.")
    assert bodies(TextKind.ABOUT) == ["Mine.", "Theirs."]


@pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 30, "٣"])
def test_a_version_that_nobody_saw_is_refused(app: Flask, seen: str) -> None:
    browser = signed_in(app, an_admin())
    browser.get(f"{DESK}/about")
    assert browser.submit(body="Mine.", seen=seen).status == 422
    assert bodies(TextKind.ABOUT) == []


def test_a_text_that_is_too_long_is_sent_back(app: Flask) -> None:
    browser = signed_in(app, an_admin())
    browser.get(f"{DESK}/about")
    assert browser.submit(body="x" * 20_001).status == 422
    assert bodies(TextKind.ABOUT) == []


def test_there_are_no_other_texts(app: Flask) -> None:
    assert signed_in(app, an_admin()).get(f"{DESK}/terms").status == 404


def test_nobody_but_admins_has_these_pages(app: Flask) -> None:
    for person in (a_member(), an_organizer()):
        browser = signed_in(app, person)
        for path in (DESK, f"{DESK}/about"):
            assert browser.get(path).status == 404
        browser.get("/invite")
        token = browser.page.form("email").values["csrf_token"]
        sent = {"csrf_token": token, "body": "Mine.", "seen": "0"}
        assert browser.post(f"{DESK}/about", sent).status == 404
    assert DESK not in signed_in(app, an_organizer()).get("/organize").links
    assert bodies(TextKind.ABOUT) == []
