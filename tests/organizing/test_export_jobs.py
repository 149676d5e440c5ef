"""Long lists that the worker makes: begun again when it dies, fetched for a day, then gone."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.core.errors import NotFound, Refused
from community.events.models import Event, HostRole
from community.events.team import add_helper
from community.organizing import export_jobs, export_rows
from community.organizing.export import csv_lines
from community.organizing.export_jobs import (
    KEPT,
    LEASE,
    ask_for_file,
    forget_old_files,
    get_file,
    list_files,
    make_due,
    open_file,
)
from community.organizing.export_kinds import Kind
from community.organizing.export_models import AttendeeFile, FileState
from community.organizing.exporting import folder
from community.organizing.models import AuditEntry
from community.organizing.segments import Segment
from community.privacy.erasing import erase_person
from community.rsvp.respond import say_yes
from tests.factories.attendee_files import an_attendee_file
from tests.factories.events import an_event
from tests.factories.people import a_member, an_organizer
from tests.factories.questions import owner_of


@pytest.fixture
def event(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Event:
    """Five people, two a batch, and no file of an earlier test."""
    monkeypatch.setattr(export_rows, "BATCH", 2)
    for path in folder().iterdir():
        path.unlink()
    event = an_event()
    for _ in range(5):
        say_yes(a_member().id, event.id)
    return event


def again(one: AttendeeFile) -> AttendeeFile:
    db.session.rollback()
    return db.session.get_one(AttendeeFile, one.id, populate_existing=True)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_is_made_and_only_its_owner_may_read_the_file(event: Event, kind: Kind) -> None:
    one = an_attendee_file(event, kind)
    assert (one.state, one.rows, one.done) == (FileState.READY, 5, 5)
    file = folder() / one.stored_as
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder().stat().st_mode) == 0o700
    assert list(folder().iterdir()) == [file]
    assert one.size == file.stat().st_size


def test_the_file_is_what_the_page_gives(event: Event) -> None:
    made = b"".join(open_file(an_attendee_file(event)))
    assert made == b"".join(csv_lines(event))


def test_asking_twice_is_asking_once_and_five_wait_at_most(event: Event) -> None:
    owner = owner_of(event)
    first = ask_for_file(owner, event.id, Kind.CSV, Segment())
    assert ask_for_file(owner, event.id, Kind.CSV, Segment()).id == first.id
    for kind in (Kind.XLSX, Kind.JSON, Kind.ICS, Kind.VCF):
        ask_for_file(owner, event.id, kind, Segment())
    with pytest.raises(Refused, match="export_files_wait"):
        ask_for_file(owner, event.id, Kind.CSV, Segment(q="x"))


def test_somebody_elses_event_looks_absent(event: Event) -> None:
    with pytest.raises(NotFound):
        ask_for_file(an_organizer().id, event.id, Kind.CSV, Segment())


def test_it_says_how_far_it_is(event: Event) -> None:
    asked = ask_for_file(owner_of(event), event.id, Kind.CSV, Segment())
    seen = []

    def go_on() -> bool:
        one = db.session.get_one(AttendeeFile, asked.id, populate_existing=True)
        seen.append((one.done, one.rows))
        return True

    make_due(go_on)
    assert seen == [(0, 5), (0, 5), (2, 5), (4, 5)]
    assert again(asked).done == 5


def test_what_was_killed_half_way_is_begun_again_when_its_lease_runs_out(
    event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ask_for_file(owner_of(event), event.id, Kind.CSV, Segment())
    lease = "of one that died"
    assert export_jobs._take(lease) == asked.id
    assert export_jobs._note_progress(asked.id, lease, 2, 5)
    (folder() / ".part-left").write_bytes(b"half of it")
    assert make_due() is False, "another one has it in hand"
    with time_machine.travel(now() + LEASE + timedelta(seconds=1)):
        assert make_due() is True
        one = again(asked)
        assert (one.state, one.done, one.attempts) == (FileState.READY, 5, 2)
        assert b"".join(open_file(one)) == b"".join(csv_lines(event))
    assert not export_jobs._finish(asked.id, lease, "late", 1), "who comes back has lost it"
    assert again(asked).stored_as != "late"


def test_a_worker_that_is_told_to_stop_gives_it_back_at_once(event: Event) -> None:
    asked = ask_for_file(owner_of(event), event.id, Kind.CSV, Segment())
    turns = iter([True, False, False])
    assert make_due(lambda: next(turns)) is False
    assert again(asked).state == FileState.WAITING
    assert list(folder().iterdir()) == []
    assert make_due() is True
    assert again(asked).state == FileState.READY


def test_a_worker_that_stops_often_uses_no_attempt_up(event: Event) -> None:
    asked = ask_for_file(owner_of(event), event.id, Kind.CSV, Segment())
    for _ in range(6):
        turns = iter([True, False, False])
        assert make_due(lambda turns=turns: next(turns)) is False
        one = again(asked)
        assert (one.state, one.attempts) == (FileState.WAITING, 0)
    assert make_due() is True
    assert again(asked).state == FileState.READY


def test_one_that_always_fails_is_given_up(event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ask_for_file(owner_of(event), event.id, Kind.CSV, Segment())
    monkeypatch.setattr(export_jobs, "_write", _fail)
    for turn in range(4):
        with (
            time_machine.travel(now() + timedelta(hours=1 + turn)),
            pytest.raises(OSError, match="full"),
        ):
            make_due()
    with time_machine.travel(now() + timedelta(hours=6)):
        make_due()
    assert again(asked).state == FileState.FAILED


def _fail(*_: object) -> None:
    raise OSError("disk full")


def test_after_a_day_it_is_gone_link_row_and_file(event: Event) -> None:
    one = an_attendee_file(event)
    file = folder() / one.stored_as
    with time_machine.travel(now() + KEPT - timedelta(minutes=1)):
        assert get_file(owner_of(event), event.id, one.id).id == one.id
        assert forget_old_files() == 0
    with time_machine.travel(now() + KEPT + timedelta(minutes=1)):
        with pytest.raises(NotFound):
            get_file(owner_of(event), event.id, one.id)
        assert file.exists()
        assert forget_old_files() == 1
        assert not file.exists()
    assert db.session.scalar(sa.select(sa.func.count(AttendeeFile.id))) == 0


def test_what_a_killed_worker_left_is_swept_up_later(event: Event) -> None:
    for name in (".part-left", ".whole-left"):
        (folder() / name).touch()
    making = folder() / ".making-left"
    making.mkdir()
    (making / "sheet").touch()
    forget_old_files()
    assert len(list(folder().iterdir())) == 3
    with time_machine.travel(now() + timedelta(hours=2)):
        forget_old_files()
    assert list(folder().iterdir()) == []


def test_another_events_number_and_one_too_large_look_absent(event: Event) -> None:
    one = an_attendee_file(event)
    for event_id, number in ((an_event().id, one.id), (event.id, 0), (event.id, 2**80)):
        with pytest.raises(NotFound):
            get_file(owner_of(event), event_id, number)


def test_cards_are_there_for_whoever_asked_for_them_alone(event: Event) -> None:
    cohost = a_member("Cleo")
    add_helper(owner_of(event), event.id, cohost.address, HostRole.COHOST)
    cards = an_attendee_file(event, Kind.VCF, person_id=cohost.id)
    table = an_attendee_file(event, Kind.CSV, person_id=cohost.id)
    owner_id, cohost_id = owner_of(event), cohost.id
    assert get_file(cohost_id, event.id, cards.id).id == cards.id
    with pytest.raises(NotFound):
        get_file(owner_id, event.id, cards.id)
    assert get_file(owner_id, event.id, table.id).id == table.id
    assert [one.id for one in list_files(cohost_id, event.id)] == [table.id, cards.id]
    assert [one.id for one in list_files(owner_id, event.id)] == [table.id]


def test_a_file_that_lies_on_another_machine_looks_absent(event: Event) -> None:
    one = an_attendee_file(event)
    Path(folder() / one.stored_as).unlink()
    with pytest.raises(NotFound):
        open_file(one)


def test_nobody_fetches_a_list_with_somebody_who_was_erased(event: Event) -> None:
    gone = a_member("Ada")
    say_yes(gone.id, event.id)
    owner_id, event_id, number = owner_of(event), event.id, an_attendee_file(event).id
    erase_person(gone.id)
    with pytest.raises(NotFound):
        get_file(owner_id, event_id, number)


def test_the_log_says_who_asked_for_what_and_no_word_that_was_typed(event: Event) -> None:
    ask_for_file(owner_of(event), event.id, Kind.CSV, Segment(statuses=("going",), q="Ada"))
    entry = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == "AttendeeFileAsked")
    ).one()
    assert entry.event_id == event.id
    assert entry.details["format"] == "csv"
    assert entry.details["query"] == {"status": ["going"], "q": ["…"]}
