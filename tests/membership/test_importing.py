"""Importing people: checked first, added in batches, resumed where it ended, nobody twice."""

import io
import stat
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db, transactional
from community.core.errors import Forbidden, NotFound, Refused
from community.membership import importing
from community.membership.import_files import folder, stored_files
from community.membership.import_models import Import, ImportRow, ImportState, Verdict
from community.membership.import_queries import get_import, iter_rows, list_rows
from community.membership.import_tidying import forget_old_imports
from community.membership.importing import (
    give_up_import,
    start_import,
    upload_list,
    work_on,
    work_on_due,
)
from community.membership.models import Membership, Person, PersonAddress
from community.membership.queries import find_owner, find_person
from community.organizing.models import AuditEntry
from tests.factories.at_once import at_once
from tests.factories.events import a_topic
from tests.factories.imports import an_import, checked, imported
from tests.factories.mails import outbox
from tests.factories.people import a_member, a_person, an_admin, an_organizer

HEAD = "name,email,organization,job_title,location,topics\n"


def many(count: int) -> str:
    return HEAD + "".join(f"P {n},p{n}@example.org,Acme,CDO,Boston,\n" for n in range(count))


def count(table: type[Any]) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def counts(one: Import) -> tuple[int, int, int, int]:
    return one.new, one.known, one.wrong, one.twice


def verdicts(one: Import) -> list[tuple[int, str, str]]:
    return [(row.line, row.verdict.value, row.address) for row in iter_rows(one.id)]


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 10)


def test_every_row_gets_a_verdict_and_nobody_is_added(app: Flask) -> None:
    a_member(email="known@example.org")
    before = (count(Person), count(PersonAddress), count(AuditEntry))
    one = checked(
        HEAD
        + "New,new@example.org,,,,\n"
        + "Known,KNOWN@example.org,,,,\n"
        + "Wrong,wrong,,,,\n"
        + "Again,NEW@Example.org,,,,\n"
    )
    assert (one.state, counts(one)) == (ImportState.CHECKED, (1, 1, 1, 1))
    assert verdicts(one) == [
        (2, "new", "new@example.org"),
        (3, "known", "known@example.org"),
        (4, "wrong", "wrong"),
        (5, "twice", "new@example.org"),
    ]
    assert [row.why for row in iter_rows(one.id, "twice")] == ["Line 2 has this address."]
    assert (count(Person), count(PersonAddress), count(AuditEntry)) == before


def test_a_thousand_duplicates_are_one_person(app: Flask) -> None:
    one = imported(HEAD + "Ann,ann@example.org,,,,\n" + "Ann,ANN@example.org,,,,\n" * 1000)
    assert counts(one) == (1, 0, 0, 1000)
    assert count(Person) == 1


def test_new_people_are_known_and_neither_members_nor_proven(app: Flask) -> None:
    topic = a_topic()
    one = imported(f"{HEAD}=Ann,ann@example.org,Acme,CDO,Boston,{topic.name};{topic.slug};odd\n")
    ann = find_owner("ann@example.org")
    assert ann is not None
    assert (ann.name, ann.organization, ann.job_title, ann.location) == (
        "=Ann",
        "Acme",
        "CDO",
        "Boston",
    )
    assert [each.id for each in ann.topics] == [topic.id]
    assert (ann.membership, ann.joined_at, ann.consented_at) == (Membership.NONE, None, None)
    assert find_person("ann@example.org") is None
    assert [row.why for row in iter_rows(one.id)] == ["Left out as unknown topics: odd."]
    assert outbox() == []


def test_a_statement_of_consent_makes_members_and_is_in_the_audit_log(app: Flask) -> None:
    admin = an_admin()
    one = imported(actor_id=admin.id, consented=True)
    ann = find_owner("ann.lee@example.org")
    assert ann is not None
    assert ann.membership == Membership.ACTIVE
    assert ann.consented_at is None  # others said so
    noted = list(db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)))[-3:]
    assert [entry.action for entry in noted] == [
        "ImportStarted",
        "PersonImported",
        "ImportFinished",
    ]
    assert noted[0].details["consented"] is True
    assert noted[1].person_id == ann.id
    assert noted[1].details["joined"] is True
    assert {entry.actor_id for entry in noted[1:]} == {admin.id}
    assert noted[2].details == {"import_id": one.id, "new": 1, "known": 0, "wrong": 0, "twice": 0}


def test_known_people_are_completed_and_nothing_of_theirs_is_changed(app: Flask) -> None:
    ann = a_member("Ann", "ann@example.org", organization="Own")
    imported(HEAD + "Other,ann@example.org,Foreign,CDO,Boston,\n")
    db.session.refresh(ann)
    assert (ann.name, ann.organization, ann.job_title, ann.location) == (
        "Ann",
        "Own",
        "CDO",
        "Boston",
    )
    entry = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == "PersonImported")
    ).one()
    assert entry.details["fields"] == ["job_title", "location"]


@pytest.mark.parametrize("membership", [Membership.SUSPENDED, Membership.ENDED])
def test_a_closed_membership_stays_as_it_is(app: Flask, membership: Membership) -> None:
    ann = a_member("Ann", "ann@example.org")
    _close(ann.id, membership)
    imported(HEAD + "Ann,ann@example.org,Acme,,,\n", consented=True, invite=True)
    db.session.refresh(ann)
    assert (ann.membership, ann.organization) == (membership, "")
    assert outbox() == []


@transactional
def _close(person_id: int, membership: Membership) -> None:
    db.session.get_one(Person, person_id).membership = membership


def test_an_invitation_goes_once_to_each_new_person_and_to_no_member(app: Flask) -> None:
    a_member(email="member@example.org")
    a_person(email="guest@example.org")
    text = HEAD + "A,a@example.org,,,,\nM,member@example.org,,,,\nG,guest@example.org,,,,\n"
    imported(text, invite=True)
    imported(text, invite=True)
    mails = outbox("join_invited")
    assert sorted(mail.recipient for mail in mails) == ["a@example.org", "guest@example.org"]


def test_who_joined_between_check_and_start_is_found_and_counted_as_known(app: Flask) -> None:
    one = checked(HEAD + "Ann,ann@example.org,Acme,,,\nBob,bob@example.org,,,,\n")
    ann = a_member("Ann", "ann@example.org")
    start_import(None, one.id)
    work_on(one.id)
    db.session.refresh(ann)
    assert ann.organization == "Acme"
    assert counts(get_import(one.id)) == (1, 1, 0, 0)
    assert count(Person) == 2


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("phase", ["checking", "adding"])
def test_what_is_killed_between_and_inside_batches_goes_on_and_adds_nobody_twice(
    app: Flask, phase: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = an_import(many(95))
    if phase == "adding":
        work_on(one.id)
        start_import(None, one.id)
    name = "add_people" if phase == "adding" else "judge"
    whole: Callable[..., Any] = getattr(importing, name)
    calls = 0

    def dying(*given: Any) -> Any:
        nonlocal calls
        calls += 1
        answer = whole(*given)  # the batch is written already, and rolled back
        if calls % 3 == 0:
            raise KeyboardInterrupt
        return answer

    monkeypatch.setattr(importing, name, dying)
    deaths = 0
    while get_import(one.id).is_working:
        try:
            work_on(one.id)
        except KeyboardInterrupt:
            deaths += 1
            cursor = get_import(one.id).cursor
            assert cursor == min(20 * deaths, 95)
            if phase == "adding":
                assert count(Person) == cursor
    assert deaths >= 4
    assert counts(get_import(one.id)) == (95, 0, 0, 0)
    assert count(ImportRow) == 95
    assert count(Person) == (95 if phase == "adding" else 0)


@pytest.mark.usefixtures("small_batches")
def test_several_workers_at_once_add_everybody_once(app: Flask) -> None:
    text = many(150) + "P 0,P0@example.org,,,,\n" * 20
    import_id = an_import(text).id
    assert [a for a in at_once(app, [work_on_due] * 4) if isinstance(a, Exception)] == []
    assert counts(get_import(import_id)) == (150, 0, 0, 20)
    start_import(None, import_id)
    assert [a for a in at_once(app, [work_on_due] * 4) if isinstance(a, Exception)] == []
    one = get_import(import_id)
    assert (one.state, counts(one)) == (ImportState.DONE, (150, 0, 0, 20))
    assert count(Person) == count(PersonAddress) == 150
    assert count(ImportRow) == 170
    entries = sa.select(sa.func.count()).where(AuditEntry.action == "ImportFinished")
    assert db.session.scalar(entries) == 1


@pytest.mark.usefixtures("small_batches")
def test_two_lists_with_the_same_people_at_once_add_them_once(app: Flask) -> None:
    ids = [checked(many(60)).id for _ in range(2)]
    for import_id in ids:
        start_import(None, import_id)
    answers = at_once(app, [lambda one=one: work_on(one) for one in ids])
    assert [a for a in answers if isinstance(a, Exception)] == []
    assert count(Person) == count(PersonAddress) == 60
    assert sum(get_import(import_id).new for import_id in ids) == 60


def test_a_worker_that_is_stopped_leaves_the_rest(app: Flask, small_batches: None) -> None:
    one = an_import(many(40))
    turns = iter([True, True, True, False])
    work_on_due(go_on=lambda: next(turns, False))
    assert get_import(one.id).cursor == 20 or get_import(one.id).cursor == 30
    assert get_import(one.id).state == ImportState.CHECKING


def test_the_file_is_ours_alone_and_goes_when_it_is_done(app: Flask) -> None:
    one = an_import()
    file = folder() / one.stored_as
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder().stat().st_mode) == 0o700
    work_on(one.id)
    assert file.exists()
    start_import(None, one.id)
    work_on(one.id)
    assert not file.exists()
    assert not work_on(one.id)


def test_what_is_refused_leaves_no_file_and_no_row(app: Flask) -> None:
    before = set(stored_files())
    for data, code in ((b"", "import_empty"), (b"a,b\n", "import_columns_missing")):
        with pytest.raises(Refused, match=code):
            an_import(data)
    with pytest.raises(Refused, match="import_too_large"):
        upload_list(None, io.BytesIO(b"x" * 1001), name="x", most=1000)
    assert set(stored_files()) == before
    assert count(Import) == 0


def test_only_admins_import_and_a_list_starts_once(app: Flask) -> None:
    for person in (a_member(), an_organizer()):
        with pytest.raises(Forbidden):
            an_import(actor_id=person.id)
    one = an_import()
    with pytest.raises(Refused, match="import_not_checked"):
        start_import(None, one.id)
    work_on(one.id)
    with pytest.raises(Forbidden):
        start_import(an_organizer().id, one.id)
    with pytest.raises(Forbidden):
        give_up_import(an_organizer().id, one.id)
    start_import(None, one.id)
    with pytest.raises(Refused, match="import_not_checked"):
        start_import(None, one.id)
    with pytest.raises(NotFound):
        start_import(None, 2**31 - 1)


def test_a_list_without_anybody_to_add_does_not_start(app: Flask) -> None:
    one = checked(HEAD + "Ann,ann,,,,\n")
    with pytest.raises(Refused, match="import_nobody"):
        start_import(None, one.id)


@pytest.mark.usefixtures("small_batches")
def test_giving_up_keeps_who_was_added_and_drops_the_file(app: Flask) -> None:
    one = checked(many(40))
    start_import(None, one.id)
    turns = iter([True, True, False])
    work_on(one.id, lambda: next(turns, False))
    added = count(Person)
    give_up_import(None, one.id)
    assert not work_on(one.id)
    assert 0 < count(Person) == added < 40
    assert one.stored_as not in stored_files()
    give_up_import(None, one.id)  # twice is once
    assert get_import(one.id).state == ImportState.FAILED


def test_rows_come_in_pages_and_by_verdict(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("community.membership.import_queries.PAGE", 3)
    one = checked(many(4) + "X,x,,,,\n" * 4)
    page = list_rows(one.id)
    assert [row.number for row in page.rows] == [1, 2, 3]
    assert [row.number for row in list_rows(one.id, after=page.after or "").rows] == [4, 5, 6]
    wrong = list_rows(one.id, Verdict.WRONG.value)
    assert [row.number for row in wrong.rows] == [5, 6, 7]
    last = list_rows(one.id, Verdict.WRONG.value, wrong.after or "")
    assert ([row.number for row in last.rows], last.after) == ([8], None)


def test_old_lists_are_given_up_and_their_addresses_forgotten(app: Flask) -> None:
    one, done = checked(), imported(many(3))
    stray = folder() / "stray"
    stray.write_bytes(b"x")
    assert forget_old_imports() == 0
    assert {one.stored_as, "stray"} <= set(stored_files())
    with time_machine.travel(now() + timedelta(days=8)):
        assert forget_old_imports() == 1
        assert stored_files() == []
        assert get_import(one.id).state == ImportState.FAILED
        assert count(ImportRow) == 4
    with time_machine.travel(now() + timedelta(days=31)):
        forget_old_imports()
        assert count(ImportRow) == 0
        assert counts(get_import(done.id)) == (3, 0, 0, 0)
