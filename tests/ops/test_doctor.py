"""``flask doctor`` finds what is wrong and says what to do."""

import shutil
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask_migrate import upgrade

from community.app import create_app
from community.core.clock import now
from community.core.db import db
from community.ops import doctor, worker
from tests.factories.people import a_member

Examine = Callable[..., dict[str, doctor.Finding]]


@pytest.fixture
def examine(tmp_path: Path) -> Iterator[Examine]:
    """The faults by what they are about, in an instance of its own with the given settings."""
    apps: list[Flask] = []

    def faults(*, tables: bool = True, **given: object) -> dict[str, doctor.Finding]:
        app = create_app(**{"instance_path": tmp_path / "instance", **given})
        apps.append(app)
        with app.app_context():
            if tables:
                upgrade()
            return {found.about: found for found in doctor.examine() if not found.is_well}

    yield faults
    for app in apps:
        with app.app_context():
            db.engine.dispose()


def test_a_new_instance_is_well(examine: Examine) -> None:
    assert examine() == {}


def test_a_real_database_of_either_kind_is_well(app: Flask) -> None:
    found = {finding.about: finding for finding in doctor.examine()}
    about = ["instance", "database", "migrations", "clock", "limits", "mail", "replies"]
    assert list(found) == [*about, "addresses", "retention"]
    assert all(found[about].is_well for about in ("database", "migrations", "clock"))


def test_missing_tables_are_found_and_the_command_is_named(examine: Examine) -> None:
    assert examine(tables=False)["migrations"].advice == "Run: flask db upgrade"


def test_a_database_that_does_not_answer_is_found_and_the_rest_still_examined(
    examine: Examine,
) -> None:
    url = "postgresql+psycopg://nobody@127.0.0.1:9/none"
    faults = examine(tables=False, database_url=url, mail_url="smtp://127.0.0.1:9")
    assert "COMMUNITY_DATABASE_URL" in faults["database"].advice
    assert set(faults) == {"database", "mail"}


def test_a_secret_key_that_others_can_read_is_found(examine: Examine, tmp_path: Path) -> None:
    examine()
    (tmp_path / "instance").chmod(0o755)
    (tmp_path / "instance" / "community.db").chmod(0o600)
    assert "chmod 700" in examine()["instance"].advice
    (tmp_path / "instance" / "secret_key").chmod(0o644)
    assert "chmod 600" in examine()["instance"].advice


def test_an_instance_that_cannot_be_written_is_found(tmp_path: Path) -> None:
    app = create_app(instance_path=tmp_path / "gone")
    with app.app_context():
        shutil.rmtree(tmp_path / "gone")  # its rights alone would not keep root out
        assert "COMMUNITY_INSTANCE_PATH" in doctor.examine()[0].advice


def test_the_command_shows_what_it_found_and_fails_when_it_needs_somebody(app: Flask) -> None:
    folder = app.extensions["community_settings"].instance_path
    folder.chmod(0o700)
    well = app.test_cli_runner().invoke(args=["doctor"])
    assert well.exit_code == 0
    assert "MEND" not in well.stdout
    folder.chmod(0o755)
    ill = app.test_cli_runner().invoke(args=["doctor"])
    folder.chmod(0o700)
    assert ill.exit_code == 1
    assert f"Run: chmod 700 '{folder}'" in ill.stdout
    assert len(ill.stderr.splitlines()) == 1


def test_a_mail_server_that_does_not_answer_is_found(examine: Examine) -> None:
    assert "COMMUNITY_MAIL_URL" in examine(mail_url="smtp://127.0.0.1:9")["mail"].advice


def test_a_mail_url_that_cannot_be_read_is_found(examine: Examine) -> None:
    assert "mail" in examine(mail_url="http://127.0.0.1")


def test_a_sender_that_nobody_can_answer_is_found(examine: Examine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"smtp://127.0.0.1:{server.getsockname()[1]}"
        assert "COMMUNITY_MAIL_FROM" in examine(mail_url=url)["mail"].advice


def test_a_spool_that_cannot_be_a_folder_is_found(examine: Examine, tmp_path: Path) -> None:
    examine()
    (tmp_path / "instance" / "mail").write_text("in the way")
    assert "mail" in examine()


@pytest.mark.parametrize(
    ("base_url", "advice"),
    [("http://community.example.org", "https://"), ("https://localhost", "your members")],
)
def test_an_address_unfit_for_production_is_found(
    examine: Examine, base_url: str, advice: str
) -> None:
    faults = examine(env="production", secret_key="x" * 40, base_url=base_url)
    assert advice in faults["addresses"].advice
    assert "COMMUNITY_MAIL_URL" in faults["mail"].advice  # a spool reaches nobody


def retention() -> doctor.Finding:
    db.session.rollback()
    return next(found for found in doctor.examine() if found.about == "retention")


def test_what_was_let_go_is_said_and_when_nothing_is_any_more(app: Flask) -> None:
    a_member()
    assert retention().is_well, "a new community has nothing old"
    with time_machine.travel(now() + timedelta(days=2)) as clock:
        assert retention().advice
        db.session.rollback()
        worker.work_once(app)
        known = retention()
        assert known.is_well
        assert "let go: limits.forget_old" in known.text or "let go: nothing" in known.text
        clock.shift(timedelta(hours=2, minutes=59))
        assert retention().is_well
        clock.shift(timedelta(minutes=2))
        assert retention().text.startswith("overdue: limits.forget_old, ")
        assert "flask worker" in retention().advice


def test_one_kind_that_fails_is_named(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    worker.work_once(app)

    def forget_walls() -> int:
        raise OSError("no such wall")

    forget_walls.__module__ = "community.walls"
    monkeypatch.setattr(worker, "HOUSEKEEPING", (*worker.HOUSEKEEPING, forget_walls))
    monkeypatch.setattr(doctor, "HOUSEKEEPING", worker.HOUSEKEEPING)
    with pytest.raises(OSError, match="wall"):
        worker.work_once(app)
    assert retention().text == "overdue: walls.forget_walls"
