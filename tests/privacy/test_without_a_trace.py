"""Whoever is erased is gone: the search finds nothing, but what a step left out leaves behind."""

from pathlib import Path

from flask import Flask

from community.core.db import db, transactional
from community.membership.joining import ask_to_join, confirm_joining
from community.membership.models import PendingKind, Person
from community.membership.queries import find_owner, get_person
from community.ops import worker
from community.privacy.erasing import erase_person
from community.privacy.held import forget
from community.privacy.holdings import HOLDINGS
from community.privacy.subject import Subject, subject_of
from community.rsvp.leaving import leave_places
from tests.factories.mails import outbox
from tests.factories.proofs import mailed_token
from tests.privacy.traces import (
    ADDRESS,
    MARK,
    count,
    somebody_everywhere,
    traces,
    traces_in_files,
)


class _TakenBack(Exception):
    pass


def test_nothing_is_left_of_somebody_who_was_everywhere(app: Flask) -> None:
    person = somebody_everywhere()
    subject = subject_of(person.id)
    assert [f"{h.table} by {h.by}" for h in HOLDINGS if not count(h, subject)] == []
    assert list(traces_in_files())
    erase_person(person.id)
    # Until it has left, the certificate knows the address, and nothing else does.
    left = list(traces(subject))
    assert [trace for trace in left if not trace.startswith("outbox.recipient ")] == []
    assert len(left) == 1
    worker.work_once(app)
    db.session.rollback()
    assert list(traces(subject)) == []
    ((_, certificate),) = traces_in_files()
    assert f"To: {ADDRESS}" in certificate
    assert certificate.lower().count(MARK) == 1
    assert outbox("erased")[0].state.value == "sent"


def test_the_search_finds_what_any_single_step_would_leave(app: Flask) -> None:
    person = somebody_everywhere()
    subject = subject_of(person.id)
    acting = [held for held in HOLDINGS if held.deleted or held.blank]
    found = [_without(number, subject) for number in range(len(acting))]
    missed = [held for held, there in zip(acting, found, strict=True) if not there]
    assert [f"{held.table} by {held.by}" for held in missed] == []
    assert list(traces(subject))  # all of it was taken back


def _without(skipped: int, subject: Subject) -> list[str]:
    found: list[str] = []

    @transactional
    def nearly_erase() -> None:
        leave_places(subject.id)
        db.session.flush()
        acting = [held for held in HOLDINGS if held.deleted or held.blank]
        for number, held in enumerate(acting):
            if number != skipped:
                forget(held, subject)
        found.extend(traces(subject))
        raise _TakenBack

    try:
        nearly_erase()
    except _TakenBack:
        return found
    raise AssertionError("it was to be taken back")


def test_the_same_address_joins_again_as_somebody_new(app: Flask) -> None:
    person = somebody_everywhere()
    erase_person(person.id)
    worker.work_once(app)
    ask_to_join(name="Ada", email=ADDRESS)
    again = confirm_joining(mailed_token(PendingKind.JOIN, ADDRESS))
    assert again.id != person.id
    assert (again.organization, list(again.topics), again.role.value) == ("", [], "member")
    assert find_owner(ADDRESS) is not None
    assert _as_stored(person.id).erased_at is not None


def _as_stored(person_id: int) -> Person:
    db.session.rollback()
    db.session.expire_all()
    return get_person(person_id)


def test_a_file_that_cannot_be_found_in_the_spool_stops_nothing(app: Flask) -> None:
    person = somebody_everywhere()
    folder: Path = app.extensions["community_settings"].spool_folder
    for mail in folder.glob("*.eml"):
        mail.unlink()
    erase_person(person.id)
    assert list(traces_in_files()) == []
