"""Exports: one at a time, made once, complete, and nobody else's."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from icalendar import Calendar

from community.core.clock import now
from community.core.db import db, transactional
from community.core.errors import NotFound, TooMany
from community.membership.invitations import invite
from community.membership.models import Person
from community.ops import worker
from community.privacy import exporting
from community.privacy.exporting import ask_for_export, get_export_file, list_exports, make_due
from community.privacy.holdings import HOLDINGS
from community.privacy.models import Export, ExportState
from community.rsvp.party import Guest
from community.rsvp.respond import say_yes
from tests.factories.at_once import at_once
from tests.factories.events import an_event
from tests.factories.exports import an_export, everything, files_of
from tests.factories.mails import outbox
from tests.factories.people import a_member
from tests.privacy.traces import ADDRESS, MARK, somebody_everywhere

ADA = "ada@example.org"


@pytest.fixture
def ada(app: Flask) -> Person:
    return a_member("Ada Lovelace", ADA)


@transactional
def _lease(export_id: int, until: timedelta) -> None:
    """As a worker leaves it that was killed while it made the file."""
    export = db.session.get_one(Export, export_id)
    export.lease, export.leased_until, export.attempts = "dead", now() + until, 1


def all_exports() -> list[Export]:
    db.session.rollback()
    query = sa.select(Export).order_by(Export.id).execution_options(populate_existing=True)
    return list(db.session.scalars(query))


def test_the_zip_holds_a_letter_the_data_and_the_calendar(ada: Person) -> None:
    say_yes(ada.id, an_event(title="Harbour Walk").id)
    files = files_of(ada, an_export(ada))
    assert sorted(files) == ["README.txt", "calendar.ics", "everything.json"]
    (event,) = Calendar.from_ical(files["calendar.ics"]).walk("VEVENT")
    assert str(event["SUMMARY"]) == "Harbour Walk"
    assert "answers: 1" in files["README.txt"].decode()


def test_every_section_is_there_and_times_are_iso(ada: Person) -> None:
    held = everything(ada)
    sections = {one.section for one in HOLDINGS if one.section}
    assert sections | {"events_over_time"} == set(held) - {
        "format",
        "community",
        "address",
        "made_at",
    }
    assert held["profile"][0]["created_at"].endswith("+00:00")
    assert held["mails_that_bounced"] == []


def test_whatever_they_left_anywhere_is_in_it(app: Flask) -> None:
    person = somebody_everywhere()
    held = everything(person)
    empty = [section for section, rows in held.items() if rows == []]
    assert empty == []
    assert held["addresses"][0]["address"] == ADDRESS
    assert held["answers"][0]["note"] == f"{MARK} note"
    assert {"name": f"{MARK} guest", "dietary": f"{MARK} nuts"}.items() <= (
        held["people_of_your_party"][1].items()
    )
    assert [one["word"] for one in held["decisions_about_your_answers"] if one["word"]] == [
        f"{MARK} word"
    ]


def test_nothing_of_others_and_no_key_is_in_it(ada: Person) -> None:
    other = a_member("Bob Secretive", "bob@example.org")
    event = an_event(guests_allowed=1)
    say_yes(other.id, event.id, guests=[Guest("Carol Secretive")], note="Secretive note")
    say_yes(ada.id, event.id)
    invite(other.id, "dan@example.org", "Secretive line")
    invite(other.id, ADA, "Come along")
    text = files_of(ada, an_export(ada))["everything.json"].decode()
    assert "Come along" in text
    # The mail that she got names who wrote it, and nothing else does.
    assert text.count("Secretive") == text.count('"inviter": "Bob Secretive"')
    assert "token" not in text


def test_asking_while_one_is_on_its_way_asks_for_no_second_one(ada: Person) -> None:
    assert ask_for_export(ada.id).id == ask_for_export(ada.id).id
    assert len(all_exports()) == 1


def test_two_forms_at_once_ask_for_one(app: Flask, ada: Person) -> None:
    answers = at_once(app, [lambda: ask_for_export(ada.id).id] * 3)
    assert len(set(answers)) == 1
    assert len(all_exports()) == 1


def test_three_a_day_are_made(ada: Person) -> None:
    for _ in range(3):
        an_export(ada)
    with pytest.raises(TooMany):
        ask_for_export(ada.id)
    with time_machine.travel(now() + timedelta(days=1, minutes=1)):
        an_export(ada)


def test_two_workers_make_one_file_and_one_mail(app: Flask, ada: Person) -> None:
    for person in (ada, a_member(), a_member()):
        ask_for_export(person.id)
    made = at_once(app, [make_due] * 4)
    while make_due():
        pass
    assert not [one for one in made if isinstance(one, Exception)]
    assert [(one.state, one.attempts) for one in all_exports()] == [(ExportState.READY, 1)] * 3
    assert len(outbox("export_ready")) == 3


def test_what_a_killed_worker_left_is_made_when_its_lease_is_over(ada: Person) -> None:
    export = ask_for_export(ada.id)
    _lease(export.id, timedelta(minutes=5))
    assert not make_due()
    with time_machine.travel(now() + timedelta(minutes=6)):
        assert make_due()
        assert get_export_file(ada.id, export.id)


def test_a_worker_that_comes_back_too_late_saves_nothing(ada: Person) -> None:
    export = ask_for_export(ada.id)
    _lease(export.id, timedelta(minutes=5))
    exporting._finish(export.id, "another", b"old")
    assert all_exports()[0].state == ExportState.WAITING
    exporting._finish(export.id, "dead", b"new")
    assert get_export_file(ada.id, export.id) == b"new"


def test_what_cannot_be_made_is_given_up_after_some_tries(ada: Person) -> None:
    export = ask_for_export(ada.id)
    _tried(export.id)
    assert not make_due()
    assert all_exports()[0].state == ExportState.FAILED
    ask_for_export(ada.id)
    assert make_due()


@transactional
def _tried(export_id: int) -> None:
    db.session.get_one(Export, export_id).attempts = 4


def test_somebody_elses_file_looks_absent(ada: Person) -> None:
    export = an_export(ada)
    for person_id, number in ((a_member().id, export.id), (ada.id, 4711), (ada.id, 2**70)):
        with pytest.raises(NotFound):
            get_export_file(person_id, number)
    assert get_export_file(ada.id, export.id)


def test_after_a_week_the_worker_deletes_it(app: Flask, ada: Person) -> None:
    export = an_export(ada)
    with time_machine.travel(now() + timedelta(days=7, minutes=1)):
        with pytest.raises(NotFound):
            get_export_file(ada.id, export.id)
        assert list_exports(ada.id) == []
        worker.work_once(app)
        assert all_exports() == []


def test_the_mail_leads_to_the_page_and_carries_no_file(app: Flask, ada: Person) -> None:
    ask_for_export(ada.id)
    worker.work_once(app)
    (mail,) = outbox("export_ready", to=ADA)
    assert mail.state.value == "sent"
    assert "zip" not in str(mail.facts)
