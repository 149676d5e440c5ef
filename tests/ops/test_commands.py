"""The command line: what each command does, and how it says no."""

import csv
import stat
import zipfile
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from community.core.db import db, transactional
from community.mail.models import MailState, OutboxMail
from community.membership.models import Role
from community.membership.queries import find_person
from community.membership.signing_in import ask_for_code
from community.organizing.models import AuditEntry
from community.rsvp.respond import say_yes
from tests.factories.events import an_event
from tests.factories.people import a_member
from tests.ops.program import finished, flask


@pytest.fixture
def run(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


@transactional
def fail(mail: OutboxMail) -> None:
    mail.state, mail.last_error = MailState.FAILED, "550 no such user"


def a_failed_mail(to: str) -> OutboxMail:
    ask_for_code(to, browser=f"browser of {to}")
    mail = db.session.scalars(db.select(OutboxMail).order_by(OutboxMail.id.desc())).first()
    assert mail is not None
    fail(mail)
    return mail


@pytest.mark.parametrize("role", ["organizer", "admin"])
def test_a_role_is_granted_to_somebody_new(run: FlaskCliRunner, role: str) -> None:
    result = run.invoke(args=["people", "grant", "Ann@Example.org", role])
    assert result.exit_code == 0
    ann = find_person("ann@example.org")
    assert ann is not None
    assert ann.role == Role(role)


def test_an_address_that_is_none_is_refused_in_one_line(run: FlaskCliRunner) -> None:
    result = run.invoke(args=["people", "grant", "ann", "organizer"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: An e-mail address has an @ in it, like name@example.org.\n"


def test_a_role_that_does_not_exist_is_wrong_usage(run: FlaskCliRunner) -> None:
    assert run.invoke(args=["people", "grant", "ann@example.org", "queen"]).exit_code == 2


def test_attendees_are_exported_to_a_file_that_only_its_owner_reads(
    run: FlaskCliRunner, tmp_path: Path
) -> None:
    event = an_event()
    say_yes(a_member("Zoë Ångström", "zoe@example.org").id, event.id)
    file = tmp_path / "list of attendees.csv"
    file.write_text("old")
    file.chmod(0o644)
    result = run.invoke(args=["events", "export", event.slug, "--output", str(file)])
    assert result.exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [(row["name"], row["email"], row["status"]) for row in rows] == [
        ("Zoë Ångström", "zoe@example.org", "going")
    ]
    assert list(tmp_path.iterdir()) == [file]


def test_attendees_are_exported_to_standard_output(run: FlaskCliRunner) -> None:
    event = an_event()
    say_yes(a_member(email="zoe@example.org").id, event.id)
    result = run.invoke(args=["events", "export", event.slug, "--format", "csv", "--output", "-"])
    assert result.exit_code == 0
    assert "zoe@example.org" in result.stdout


@pytest.mark.parametrize(("kind", "begins"), [("xlsx", b"PK"), ("json", b'{"attendees"')])
def test_attendees_are_exported_in_other_forms(
    run: FlaskCliRunner, tmp_path: Path, kind: str, begins: bytes
) -> None:
    event = an_event()
    say_yes(a_member().id, event.id)
    file = tmp_path / "list"
    command = ["events", "export", event.slug, "--format", kind, "--output", str(file)]
    assert run.invoke(args=command).exit_code == 0
    assert file.read_bytes().startswith(begins)
    entry = db.session.scalars(
        db.select(AuditEntry).where(AuditEntry.action == "AttendeesExported")
    ).one()
    assert (entry.via, entry.event_id) == ("command", event.id)
    assert entry.details == {"format": kind, "query": {}, "count": 1}


def test_a_format_that_does_not_exist_is_wrong_usage(run: FlaskCliRunner) -> None:
    slug = an_event().slug
    assert run.invoke(args=["events", "export", slug, "--format", "vcf"]).exit_code == 2


def test_an_unknown_event_is_refused_in_one_line(run: FlaskCliRunner) -> None:
    result = run.invoke(args=["events", "export", "nowhere", "--output", "-"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: There is no such event nowhere.\n"


def test_an_export_into_a_missing_folder_fails_in_one_line(
    run: FlaskCliRunner, tmp_path: Path
) -> None:
    event = an_event()
    file = tmp_path / "no" / "where.csv"
    result = run.invoke(args=["events", "export", event.slug, "--output", str(file)])
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1


def test_the_outbox_is_listed_by_state(run: FlaskCliRunner) -> None:
    mail = a_failed_mail("ann@example.org")
    ask_for_code("bob@example.org", browser="his")
    failed = run.invoke(args=["mail", "list", "--state", "failed"]).stdout
    assert failed.splitlines() == [
        f"{mail.id}\tfailed\t{mail.kind}\tann@example.org\t0\t550 no such user"
    ]
    assert len(run.invoke(args=["mail", "list"]).stdout.splitlines()) == 2


def test_failed_mails_are_tried_again_by_number_or_all(run: FlaskCliRunner) -> None:
    first, second = a_failed_mail("ann@example.org"), a_failed_mail("bob@example.org")
    assert (
        run.invoke(args=["mail", "retry", str(first.id)]).stdout == "1 mail will be tried again.\n"
    )
    db.session.expire_all()
    assert (first.state, second.state) == (MailState.QUEUED, MailState.FAILED)
    assert run.invoke(args=["mail", "retry"]).exit_code == 0
    db.session.expire_all()
    assert second.state == MailState.QUEUED


def test_a_mail_that_does_not_exist_cannot_be_tried_again(run: FlaskCliRunner) -> None:
    result = run.invoke(args=["mail", "retry", "4711"])
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1


def test_demo_data_are_refused_on_a_public_address_in_one_line(run: FlaskCliRunner) -> None:
    result = run.invoke(args=["demo", "load"])  # the tests' own BASE_URL is not a local one
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert find_person("organizer@example.org") is None


def test_demo_data_are_not_added_to_what_is_there_when_that_is_asked(run: FlaskCliRunner) -> None:
    a_member()
    result = run.invoke(args=["demo", "load", "--if-empty"])
    assert result.exit_code == 0
    assert find_person("organizer@example.org") is None


@pytest.mark.slow
def test_a_database_that_is_away_is_told_in_one_line(tmp_path: Path) -> None:
    url = "postgresql+psycopg://nobody@127.0.0.1:9/none"
    for words in (
        ["people", "grant", "ann@example.org", "admin"],
        ["mail", "list"],
        ["serve", "--prepare", "--port", "1024"],
    ):
        code, out, err = finished(flask(*words, instance=tmp_path, database_url=url))
        assert (code, out) == (1, "")
        assert len(err.splitlines()) == 1, err


def test_an_operator_erases_somebody_when_they_say_yes(run: FlaskCliRunner) -> None:
    a_member(email="zoe@example.org")
    result = run.invoke(args=["people", "erase", "zoe@example.org"])
    assert result.exit_code == 1
    assert "--yes" in result.stderr
    assert find_person("zoe@example.org") is not None
    result = run.invoke(args=["people", "erase", "zoe@example.org", "--yes"])
    assert (result.exit_code, result.stdout) == (0, "Erased.\n")
    db.session.rollback()
    assert find_person("zoe@example.org") is None
    again = run.invoke(args=["people", "erase", "zoe@example.org", "--yes"])
    assert (again.exit_code, again.stderr) == (
        1,
        "Error: There is no such person zoe@example.org.\n",
    )


def test_an_operator_takes_out_everything_about_somebody(
    run: FlaskCliRunner, tmp_path: Path
) -> None:
    zoe = a_member("Zoe", "zoe@example.org")
    file = tmp_path / "zoe.zip"
    result = run.invoke(args=["people", "export", "zoe@example.org", "--output", str(file)])
    assert (result.exit_code, result.stdout) == (0, "")
    assert file.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(file) as archive:
        assert b'"name": "Zoe"' in archive.read("everything.json")
    piped = run.invoke(args=["people", "export", "zoe@example.org", "--output", "-"])
    assert piped.stdout_bytes.startswith(b"PK")
    log = db.select(AuditEntry.person_id).where(AuditEntry.action == "ExportTakenOut")
    assert db.session.scalars(log).all() == [zoe.id, zoe.id]
    nobody = run.invoke(args=["people", "export", "no@example.org", "--output", str(file)])
    assert nobody.stderr == "Error: There is no such person no@example.org.\n"


def test_the_last_admin_is_not_erased_by_a_command_either(run: FlaskCliRunner) -> None:
    run.invoke(args=["people", "grant", "ann@example.org", "admin"])
    result = run.invoke(args=["people", "erase", "ann@example.org", "--yes"])
    assert result.exit_code == 1
    assert "no other admin" in result.stderr
