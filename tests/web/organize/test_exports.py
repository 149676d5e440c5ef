"""Files of an event's attendees on the desk: at once or by the worker, each in the log."""

import io
import json
from datetime import timedelta

import openpyxl
import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.events.models import Event, HostRole
from community.events.team import add_helper, remove_helper
from community.organizing import export_jobs, exporting
from community.organizing.export_jobs import KEPT, make_due
from community.organizing.export_kinds import Kind
from community.organizing.models import AuditEntry
from community.rsvp.respond import say_no, say_yes
from tests.factories.attendee_files import an_attendee_file
from tests.factories.events import an_event
from tests.factories.people import a_member, an_admin, an_organizer
from tests.factories.questions import owner_of
from tests.web.browser_without_js import Browser
from tests.web.visitors import browser_of


@pytest.fixture
def desk(app: Flask) -> tuple[Event, Browser, str]:
    """An event with Ann, who comes, and Bob, who does not; its owner; where its desk is."""
    owner = an_organizer()
    event = an_event(owner)
    say_yes(a_member("Ann Lee", "ann@example.com").id, event.id)
    say_no(a_member("Bob").id, event.id)
    return event, browser_of(app, owner), f"/organize/events/{event.slug}"


def noted() -> list[AuditEntry]:
    db.session.rollback()
    query = sa.select(AuditEntry).where(AuditEntry.action == "AttendeesExported")
    return list(db.session.scalars(query.order_by(AuditEntry.id)))


@pytest.mark.parametrize(
    ("kind", "mimetype", "begins"),
    [
        ("csv", "text/csv; charset=utf-8", b"\xef\xbb\xbfname,"),
        ("json", "application/json", b'{"attendees": ['),
        (
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            b"PK\x03\x04",
        ),
        ("ics", "text/calendar; charset=utf-8", b"BEGIN:VCALENDAR\r\n"),
        ("vcf", "text/vcard; charset=utf-8", b""),
    ],
)
def test_each_kind_is_a_file_and_an_entry_in_the_log(
    desk: tuple[Event, Browser, str], kind: str, mimetype: str, begins: bytes
) -> None:
    event, browser, base = desk
    page = browser.get(f"{base}/attendees.{kind}?status=going")
    assert page.status == 200
    assert page.headers["Content-Type"] == mimetype
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Content-Disposition"].endswith(f"{event.slug}-attendees.{kind}")
    assert page.response.data.startswith(begins)
    (entry,) = noted()
    assert (entry.actor_id, entry.event_id, entry.via) == (owner_of(event), event.id, "web")
    assert entry.details == {"format": kind, "query": {"status": ["going"]}, "count": 1}


def test_the_entry_is_there_before_the_first_byte(desk: tuple[Event, Browser, str]) -> None:
    _event, browser, base = desk
    response = browser.client.get(f"{base}/attendees.csv")
    response.close()  # nothing was read
    assert len(noted()) == 1


def test_asking_for_the_head_alone_takes_nothing_out(desk: tuple[Event, Browser, str]) -> None:
    _event, browser, base = desk
    assert browser.client.head(f"{base}/attendees.csv").status_code == 200
    assert noted() == []


def test_no_file_leaves_when_it_cannot_be_noted(
    desk: tuple[Event, Browser, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _event, browser, base = desk

    def full(_change: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(exporting, "record", full)
    answer = browser.client.get(f"{base}/attendees.csv")
    assert answer.status_code == 500
    assert b"ann@example.com" not in answer.data


def test_what_was_typed_narrows_the_file_and_is_in_no_log(
    desk: tuple[Event, Browser, str],
) -> None:
    _event, browser, base = desk
    rows = json.loads(browser.get(f"{base}/attendees.json?q=ann+lee").response.data)["attendees"]
    assert [row["name"] for row in rows] == ["Ann Lee"]
    assert noted()[0].details["query"] == {"q": ["…"]}


@pytest.mark.parametrize(
    "query", ["status=goin", "status=going&status=goin", "not_status=x", "statuss=going", "id=1"]
)
def test_what_is_not_understood_exports_nobody(
    desk: tuple[Event, Browser, str], query: str
) -> None:
    _event, browser, base = desk
    for page in ("attendees.csv", "attendees.xlsx", "exports"):
        assert browser.get(f"{base}/{page}?{query}").status == 404
    assert noted() == []


def test_a_list_that_is_sorted_or_narrowed_by_nothing_is_exported_whole(
    desk: tuple[Event, Browser, str],
) -> None:
    _event, browser, base = desk
    page = browser.get(f"{base}/attendees.json?status=&q=&sort=name&after=")
    assert len(json.loads(page.response.data)["attendees"]) == 2


@pytest.mark.parametrize("kind", ["exe", "xls", "CSV", "csv.exe", "%00", ""])
def test_a_kind_that_does_not_exist_is_no_page(desk: tuple[Event, Browser, str], kind: str) -> None:
    _event, browser, base = desk
    assert browser.get(f"{base}/attendees.{kind}").status == 404
    assert noted() == []


def test_the_list_links_to_files_of_what_it_shows(desk: tuple[Event, Browser, str]) -> None:
    _event, browser, base = desk
    page = browser.get(f"{base}/attendees?status=going&q=ann")
    for kind in ("xlsx", "csv", "json"):
        assert f"{base}/attendees.{kind}?status=going&amp;q=ann" in page.response.text
    assert f"{base}/exports?status=going&amp;q=ann" in page.response.text


def test_the_page_says_what_is_in_each_file(desk: tuple[Event, Browser, str]) -> None:
    _event, browser, base = desk
    page = browser.get(f"{base}/exports")
    assert page.says("A file of 2 answers")
    assert page.says("2 people are left out.")
    assert page.says("Nobody is written to.")
    narrowed = browser.get(f"{base}/exports?status=going")
    assert narrowed.says("A file of 1 answer")
    assert f"{base}/attendees.xlsx?status=going" in narrowed.response.text


def test_a_long_list_is_made_by_the_worker_and_fetched(
    desk: tuple[Event, Browser, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    event, browser, base = desk
    monkeypatch.setattr(export_jobs, "MOST_AT_ONCE", 1)
    asked = browser.get(f"{base}/attendees.xlsx")
    assert asked.path == f"{base}/exports"
    assert noted() == [], "nothing was taken out"
    page = browser.submit(at="/exports", press="xlsx")
    assert page.says("0 of 2 rows are done")
    link = f"{page.path}/file"
    assert browser.get(link).status == 404, "it is not made yet"
    here = page.path
    db.session.rollback()  # as a worker begins
    assert make_due()
    page = browser.get(here)
    assert page.says("Fetch the file")
    file = browser.get(link)
    book = openpyxl.load_workbook(io.BytesIO(file.response.data))
    assert book["people"].max_row == 3
    assert file.headers["Content-Disposition"].endswith(f"{event.slug}-attendees.xlsx")
    (entry,) = noted()
    assert entry.details == {"format": "xlsx", "query": {}, "count": 2}
    assert browser.get(f"{base}/exports").says("Ready")


def test_scripts_get_a_long_list_at_its_address_all_the_same(
    desk: tuple[Event, Browser, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _event, browser, base = desk
    monkeypatch.setattr(export_jobs, "MOST_AT_ONCE", 1)
    for kind in ("csv", "json"):
        assert browser.get(f"{base}/attendees.{kind}").path == f"{base}/attendees.{kind}"


def test_a_kind_that_is_not_offered_is_asked_about(
    desk: tuple[Event, Browser, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _event, browser, base = desk
    monkeypatch.setattr(export_jobs, "MOST_AT_ONCE", 1)
    browser.get(f"{base}/exports?status=going&status=declined")
    token = browser.page.form(at="/exports").values["csrf_token"]
    page = browser.post(
        browser.page.form(at="/exports").action, {"csrf_token": token, "kind": "exe"}
    )
    assert page.status == 422
    assert page.says("Please choose one of the kinds of files.")
    assert "status=going" in page.response.text, "whom they meant is still there"


def test_a_link_that_expired_is_no_page(desk: tuple[Event, Browser, str], app: Flask) -> None:
    event, _browser, base = desk
    one = an_attendee_file(event)
    with time_machine.travel(now() + KEPT + timedelta(minutes=1)):
        browser = browser_of(app, an_admin())
        assert browser.get(f"{base}/exports/{one.id}").status == 404
        assert browser.get(f"{base}/exports/{one.id}/file").status == 404


def test_a_file_is_for_those_who_edit_the_event_as_long_as_they_do(
    desk: tuple[Event, Browser, str], app: Flask
) -> None:
    event, owner, base = desk
    helper, door = a_member("Cleo"), a_member("Dora")
    add_helper(owner_of(event), event.id, helper.address, HostRole.COHOST)
    add_helper(owner_of(event), event.id, door.address, HostRole.DOOR)
    one = an_attendee_file(event, person_id=helper.id)
    paths = [f"{base}/exports/{one.id}", f"{base}/exports/{one.id}/file"]
    cohost = browser_of(app, helper)
    for path in paths:
        assert cohost.get(path).status == 200
        assert owner.get(path).status == 200
        assert browser_of(app, door).get(path).status == 404
        assert browser_of(app, an_organizer()).get(path).status == 404
        assert Browser(app).get(path).path.startswith("/sign-in")
    remove_helper(owner_of(event), event.id, helper.id)
    for path in paths:
        assert cohost.get(path).status == 404


def test_cards_that_somebody_else_asked_for_are_no_page(
    desk: tuple[Event, Browser, str], app: Flask
) -> None:
    event, owner, base = desk
    helper = a_member("Cleo")
    add_helper(owner_of(event), event.id, helper.address, HostRole.COHOST)
    one = an_attendee_file(event, Kind.VCF, person_id=helper.id)
    path, cohost = f"{base}/exports/{one.id}", browser_of(app, helper)
    for page in (path, f"{path}/file"):
        assert cohost.get(page).status == 200
        assert owner.get(page).status == 404
    assert path in cohost.get(f"{base}/exports").response.text
    assert path not in owner.get(f"{base}/exports").response.text


def test_another_organizers_file_looks_absent_at_ones_own_event(
    desk: tuple[Event, Browser, str],
) -> None:
    _event, browser, base = desk
    theirs = an_attendee_file(an_event())
    for number in (theirs.id, 0, 10**30):
        assert browser.get(f"{base}/exports/{number}").status == 404
        assert browser.get(f"{base}/exports/{number}/file").status == 404


@pytest.mark.parametrize("page", ["attendees.csv", "attendees.xlsx", "exports"])
def test_another_organizers_event_and_a_guessed_slug_look_absent(
    desk: tuple[Event, Browser, str], page: str
) -> None:
    _event, browser, _base = desk
    for slug in (an_event().slug, "boston-leadership-dinner-9"):
        assert browser.get(f"/organize/events/{slug}/{page}").status == 404
    assert noted() == []
