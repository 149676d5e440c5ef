"""A backup is as of one moment whatever is written meanwhile, and comes back whole or not."""

import hashlib
import io
import os
import random
import resource
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskCliRunner
from flask_migrate import downgrade, upgrade

from community.app import create_app
from community.core.current import settings
from community.core.db import Base, db, transactional
from community.core.errors import NotFound
from community.events.drafts import edit_event
from community.events.queries import get_event
from community.mail.holding import discard_held, held_counts, release_held
from community.mail.models import Broadcast, MailState, OutboxMail
from community.membership.import_files import drop_file, folder, keep_file
from community.membership.queries import get_person
from community.membership.signing_in import ask_for_code
from community.ops import worker
from community.ops.backup import CannotBackUp, back_up
from community.ops.backup_file import BackupFile, DamagedBackup
from community.ops.backup_rows import TableFacts, all_tables
from community.ops.restore import CannotRestore, restore
from community.organizing.announcement_models import Announcement, AnnouncementState
from community.organizing.announcements import delete_announcement, send_announcement
from community.organizing.models import AuditEntry
from community.rsvp.models import Rsvp, RsvpStatus
from community.rsvp.respond import say_no, say_yes
from tests.factories.announcements import a_message, a_reminder, an_event_with_going
from tests.factories.databases import another
from tests.factories.events import a_draft, an_event, evening
from tests.factories.invitations import owner_of
from tests.factories.people import a_member, an_organizer
from tests.factories.pictures import a_photo_of
from tests.ops.program import ROOT, environment
from tests.rsvp.invariants import everything_holds

DUE = [MailState.QUEUED, MailState.SENDING]


@pytest.fixture
def elsewhere(app: Flask, tmp_path: Path, database_kind: str) -> Iterator[Flask]:
    """Another instance, with an empty database of the same kind."""
    server = app.config["SQLALCHEMY_DATABASE_URI"] if database_kind == "postgresql" else ""
    with another(tmp_path / "elsewhere", server) as other:
        yield other


def everything() -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables but those about mails, which a restore holds."""
    found = {
        table.name: list(
            map(tuple, db.session.execute(table.select().order_by(*table.primary_key)))
        )
        for table in Base.metadata.sorted_tables
        if table.name not in {"outbox", "broadcasts"}
    }
    db.session.rollback()
    return found


def a_busy_place() -> tuple[int, int]:
    """The ids of an organizer and of their event; objects would be read where they are no more."""
    owner = an_organizer()
    event = an_event(owner, capacity=2, guests_allowed=2)
    people = [a_member() for _ in range(5)]
    for person in people:
        say_yes(person.id, event.id)
    say_no(people[-1].id, event.id)
    a_photo_of(a_member("Zoë „quoted“ 😀"))
    ids = owner.id, event.id
    db.session.rollback()
    return ids


def count(query: sa.Select[int]) -> int:
    found = db.session.scalar(query) or 0
    db.session.rollback()
    return found


def spooled() -> int:
    return len(list(settings().spool_folder.glob("*.eml")))


def test_what_was_backed_up_comes_back_row_by_row(
    app: Flask, elsewhere: Flask, tmp_path: Path
) -> None:
    _owner, event_id = a_busy_place()
    before, key = everything(), settings().secret_key
    assert sum(map(len, before.values())) > 50
    back_up(tmp_path / "b")
    with elsewhere.app_context():
        restore(tmp_path / "b")
        assert everything() == before
        everything_holds(event_id)
        assert settings().secret_key != key  # until it is started anew
        assert (settings().instance_path / "secret_key").read_text() == key
        newest = count(sa.select(sa.func.max(Rsvp.id)))
        assert say_yes(a_member().id, event_id).id > newest


def test_ids_that_were_given_once_are_not_given_again(
    app: Flask, elsewhere: Flask, tmp_path: Path
) -> None:
    event = an_event(published=False)
    db.session.rollback()

    @transactional
    def gone() -> int:
        rsvp = Rsvp(
            event_id=event.id, person_id=a_member().id, ticket=1, status=RsvpStatus.DECLINED
        )
        db.session.add(rsvp)
        db.session.flush()
        known = rsvp.id
        db.session.delete(rsvp)
        return known

    last = gone()
    back_up(tmp_path / "b")
    with elsewhere.app_context():
        restore(tmp_path / "b")
        assert say_yes(a_member().id, an_event().id).id > last


def test_ids_of_a_table_that_is_empty_by_now_are_not_given_again(
    app: Flask, elsewhere: Flask, tmp_path: Path
) -> None:
    event = an_event_with_going(1)
    owner_id, event_id, last = owner_of(event), event.id, a_message(event).id
    delete_announcement(owner_id, event_id, last)
    back_up(tmp_path / "b")
    with elsewhere.app_context():
        restore(tmp_path / "b")
        assert a_message(get_event(event_id)).id > last


def test_tables_of_others_in_the_database_are_left_alone(
    app: Flask, elsewhere: Flask, tmp_path: Path
) -> None:
    back_up(tmp_path / "b")
    with elsewhere.app_context():
        with db.engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE theirs (id integer PRIMARY KEY)")
            key = "of integer REFERENCES theirs (id) DEFERRABLE INITIALLY DEFERRED"
            connection.exec_driver_sql(f"CREATE TABLE their_parts ({key})")
        restore(tmp_path / "b")
        if db.engine.dialect.name == "postgresql":
            (key,) = sa.inspect(db.engine).get_foreign_keys("their_parts")
            assert key["options"] == {"deferrable": True, "initially": "DEFERRED"}


def test_what_the_clock_sent_after_the_backup_is_not_sent_again(
    app: Flask, elsewhere: Flask, tmp_path: Path
) -> None:
    event = an_event_with_going(1)
    a_reminder(event, hours=48)
    one = send_announcement(owner_of(event), event.id, a_message(event).id, at=evening(20, 9))
    one_id, noon = one.id, event.starts_at - timedelta(hours=47)
    back_up(tmp_path / "b")
    with elsewhere.app_context(), time_machine.travel(noon):
        said = elsewhere.test_cli_runner().invoke(args=["restore", str(tmp_path / "b")]).stdout
        assert "drafts again: 1." in said
        assert "time is over: 1." in said
        worker.work_once(elsewhere)
        assert spooled() == 0
        states = db.session.scalars(sa.select(Announcement.state).order_by(Announcement.id)).all()
        assert states == [AnnouncementState.DRAFT, AnnouncementState.STOPPED]
        assert db.session.get_one(Announcement, one_id).send_at is None


def test_mails_wait_until_they_are_released(app: Flask, elsewhere: Flask, tmp_path: Path) -> None:
    owner_id, event_id = a_busy_place()
    draft = a_draft(capacity=2, guests_allowed=2, starts_at=evening(30, 17))
    edit_event(owner_id, event_id, draft)
    address = get_person(owner_id).address
    waiting = count(sa.select(sa.func.count()).where(OutboxMail.state.in_(DUE)))
    news = count(sa.select(sa.func.count()).where(Broadcast.finished_at.is_(None)))
    assert waiting
    assert news
    back_up(tmp_path / "b")
    with elsewhere.app_context():
        done = restore(tmp_path / "b")
        assert sum(done.held.values()) == waiting + news
        assert done.held["event_changed to many"] == 1
        worker.work_once(elsewhere)
        assert spooled() == 0
        ask_for_code(address, browser="b")  # who wants to look must be able to sign in
        worker.work_once(elsewhere)
        assert spooled() == 1
        assert release_held() == waiting + news
        worker.work_once(elsewhere)
        assert spooled() > 2
        assert not held_counts()


def test_without_the_holding_a_restore_would_write_to_everybody(
    app: Flask, elsewhere: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_busy_place()
    back_up(tmp_path / "b")
    with elsewhere.app_context():
        monkeypatch.setattr("community.ops.restore.hold_mails", lambda: 0)
        restore(tmp_path / "b")
        worker.work_once(elsewhere)
        assert spooled() > 0


def test_what_left_already_is_given_up(app: Flask, elsewhere: Flask, tmp_path: Path) -> None:
    a_busy_place()
    back_up(tmp_path / "b")
    with elsewhere.app_context():
        restore(tmp_path / "b")
        one = count(sa.select(sa.func.min(OutboxMail.id)).where(OutboxMail.state == MailState.HELD))
        assert discard_held([one]) == 1
        with pytest.raises(NotFound):
            release_held([one])
        assert discard_held() > 0
        worker.work_once(elsewhere)
        assert spooled() == 0
        assert not held_counts()


def test_every_backup_of_a_busy_time_is_consistent(
    app: Flask, elsewhere: Flask, tmp_path: Path
) -> None:
    event = an_event(capacity=5, guests_allowed=0)
    people = [a_member().id for _ in range(12)]
    stop, done = threading.Event(), [0]

    def press() -> None:
        dice = random.Random(7)
        while not stop.is_set():
            with app.app_context():
                act = dice.choice([say_yes, say_yes, say_no])
                act(dice.choice(people), event_id)
                done[0] += 1

    event_id = event.id
    db.session.rollback()
    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        at = []
        for number in range(4):
            back_up(tmp_path / f"b{number}")
            at.append(done[0])
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert at[-1] > at[0]  # nobody waited for the backup
    with elsewhere.app_context():
        for number in range(4):
            restore(tmp_path / f"b{number}", replace=True)
            everything_holds(event_id)
            db.session.remove()


def test_it_moves_from_one_kind_of_database_to_the_other(
    app: Flask, tmp_path: Path, postgres_url: str, database_kind: str
) -> None:
    _owner, event_id = a_busy_place()
    before = everything()
    back_up(tmp_path / "b")
    server = postgres_url if database_kind == "sqlite" else ""
    with another(tmp_path / "other", server) as other, other.app_context():
        restore(tmp_path / "b")
        assert everything() == before
        everything_holds(event_id)


def test_the_file_is_its_owners_alone_and_whole_or_not_there(app: Flask, tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        back_up(tmp_path / "b")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "b").stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        back_up(tmp_path / "b")
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_a_damaged_byte_anywhere_is_found(app: Flask, elsewhere: Flask, tmp_path: Path) -> None:
    a_busy_place()
    back_up(tmp_path / "b")
    whole = (tmp_path / "b").read_bytes()
    dice, bad = random.Random(3), tmp_path / "bad"
    places = {0, len(whole) - 1, len(whole) - 73, *dice.sample(range(len(whole)), 150)}
    for place in sorted(places):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << dice.randrange(8)
        bad.write_bytes(damaged)
        with pytest.raises(DamagedBackup):
            BackupFile(bad)
    for short in (b"", whole[:100], whole[:-1], whole + b"\n", whole[: len(whole) // 2]):
        bad.write_bytes(short)
        with elsewhere.app_context(), pytest.raises(DamagedBackup):
            restore(bad)
    BackupFile(tmp_path / "b")


def test_a_part_that_is_not_what_the_manifest_says_is_found(app: Flask, tmp_path: Path) -> None:
    """Also in a file whose last line was made anew."""
    a_busy_place()
    back_up(tmp_path / "b")
    whole = bytearray((tmp_path / "b").read_bytes()[:-72])
    at = whole.rindex(b"tables/people.jsonl.gz") + 512 + 20
    whole[at] ^= 1
    digest = hashlib.sha256(whole).hexdigest()
    (tmp_path / "forged").write_bytes(bytes(whole) + f"sha256 {digest}\n".encode())
    forged, folder = BackupFile(tmp_path / "forged"), tmp_path / "parts"
    folder.mkdir()
    with pytest.raises(DamagedBackup, match=r"tables/people"):
        forged.unpack(folder)


def test_a_community_is_not_given_up_by_accident(app: Flask, tmp_path: Path) -> None:
    a_busy_place()
    back_up(tmp_path / "b")
    before = everything()
    with pytest.raises(CannotRestore, match="--replace"):
        restore(tmp_path / "b")
    assert everything() == before


def test_a_backup_of_a_newer_version_is_refused(
    app: Flask, elsewhere: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(tmp_path / "b")
    with elsewhere.app_context():
        monkeypatch.setattr("community.ops.restore.knows_revision", lambda _revision: False)
        with pytest.raises(CannotRestore, match="newer version"):
            restore(tmp_path / "b")
        assert not sa.inspect(db.engine).get_table_names()


def test_one_of_an_older_version_goes_through_the_migrations(
    elsewhere: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with elsewhere.app_context():
        upgrade()
        event_id = an_event().id
        rsvp_id = say_yes(a_member().id, event_id).id
        about = sa.select(sa.func.count()).where(AuditEntry.rsvp_id == rsvp_id)
        noted = count(about)
        db.session.remove()
        downgrade(revision="0023")
        monkeypatch.setattr("community.ops.backup.newest_revision", lambda: "0023")
        tables = _tables_there()
        monkeypatch.setattr("community.ops.backup.all_tables", lambda: tables)
        back_up(tmp_path / "b")
        restore(tmp_path / "b", replace=True)
        assert count(about) == noted == 1
        everything_holds(event_id)


def _tables_there() -> list[TableFacts]:
    """As a version would have named them whose database this is."""
    there = sa.inspect(db.engine)
    names = set(there.get_table_names())
    columns = {name: {one["name"] for one in there.get_columns(name)} for name in names}
    return [
        replace(one, columns=tuple(c for c in one.columns if c[0] in columns[one.name]))
        for one in all_tables()
        if one.name in names
    ]


def test_a_database_of_another_version_is_not_backed_up(elsewhere: Flask, tmp_path: Path) -> None:
    with elsewhere.app_context():
        upgrade(revision="0023")
        with pytest.raises(CannotBackUp, match="flask db upgrade"):
            back_up(tmp_path / "b")
    assert not (tmp_path / "b").exists()


def test_uploads_and_settings_come_along(app: Flask, elsewhere: Flask, tmp_path: Path) -> None:
    name = keep_file(io.BytesIO(b"name,email\n"), most=100)
    file = settings().instance_path / "settings.toml"
    file.write_text('name = "Data Leaders"\n')
    try:
        back_up(tmp_path / "b")
    finally:
        drop_file(name)
        file.unlink()
    with elsewhere.app_context():
        done = restore(tmp_path / "b")
        kept = folder() / name
        assert kept.read_bytes() == b"name,email\n"
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        instance = settings().instance_path
        assert not (instance / "settings.toml").exists()
        assert "Data Leaders" in (instance / "settings.restored.toml").read_text()
        assert "settings.restored.toml" in done.notes[0]
        assert stat.S_IMODE((instance / "secret_key").stat().st_mode) == 0o600


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    instance, target = tmp_path / "instance", tmp_path / "out"
    target.mkdir()
    app = create_app(instance_path=instance)
    with app.app_context():
        upgrade()
        a_busy_place()
        db.session.remove()
        db.engine.dispose()

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    words = [sys.executable, "-m", "flask", "--app", "wsgi", "backup", str(target / "b")]
    run = subprocess.run(
        words,
        cwd=ROOT,
        env={k: v for k, v in environment(instance).items() if not k.startswith("COVERAGE_")},
        preexec_fn=small_files,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert "File too large" in run.stderr
    assert "Traceback" not in run.stderr
    assert list(target.iterdir()) == []


def test_the_commands_say_what_they_did(app: Flask, elsewhere: Flask, tmp_path: Path) -> None:
    a_busy_place()
    file = str(tmp_path / "b")
    first = app.test_cli_runner().invoke(args=["backup", file])
    assert first.exit_code == 0, first.output
    assert " rows as of " in first.stdout
    again = app.test_cli_runner().invoke(args=["backup", file])
    assert (again.exit_code, "is there already" in again.stderr) == (1, True)
    with elsewhere.app_context():
        _see_commands(elsewhere.test_cli_runner(), file, tmp_path)


def _see_commands(runner: FlaskCliRunner, file: str, tmp_path: Path) -> None:
    done = runner.invoke(args=["restore", file])
    assert done.exit_code == 0, done.output
    assert "Held, because they may have left after the backup:" in done.stdout
    assert "\tseat_given" in done.stdout
    twice = runner.invoke(args=["restore", file])
    assert (twice.exit_code, "--replace" in twice.stderr) == (1, True)
    listed = runner.invoke(args=["mail", "list", "--state", "held"])
    assert "held" in listed.stdout
    assert "released." in runner.invoke(args=["mail", "release"]).stdout
    (tmp_path / "bad").write_bytes(b"x" * 500)
    bad = runner.invoke(args=["restore", str(tmp_path / "bad"), "--replace"])
    assert (bad.exit_code, bad.stderr.count("\n")) == (1, 1)
    assert runner.invoke(args=["restore", str(tmp_path / "none"), "--replace"]).exit_code == 1
