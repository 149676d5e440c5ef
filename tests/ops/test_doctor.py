"""``flask doctor`` finds what is wrong and says what to do."""

import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask

from community.app import create_app
from community.core.clock import now
from community.core.db import db
from community.ops import database_doctor, doctor, worker
from tests.factories.people import a_member
from tests.mail.moody import moody
from tests.ops.conftest import Examine


def test_a_new_instance_is_well(examine: Examine) -> None:
    assert examine() == {}


@pytest.mark.usefixtures("durable")
def test_a_real_database_of_either_kind_is_well(app: Flask) -> None:
    found = {finding.about: finding for finding in doctor.examine()}
    only_there = ["durability", "letters"] * (db.engine.dialect.name == "postgresql")
    about = ["instance", "database", "migrations", *only_there, "room", "clock", "limits", "mail"]
    later = ["replies", "addresses", "proxies", "zones", "worker", "machines", "retention"]
    assert list(found) == [*about, *later]
    assert all(found[about].is_well for about in ("database", "migrations", "clock", *only_there))


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


@pytest.mark.usefixtures("durable")
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
    with moody() as server:
        url = f"smtp://127.0.0.1:{server.port}"
        assert "COMMUNITY_MAIL_FROM" in examine(mail_url=url)["mail"].advice


def test_a_spool_that_cannot_be_a_folder_is_found(examine: Examine, tmp_path: Path) -> None:
    examine()
    (tmp_path / "instance" / "mail").write_text("in the way")
    assert "mail" in examine()


PRODUCTION = {
    "env": "production",
    "secret_key": "x" * 40,
    "base_url": "https://community.example.org",
    "trusted_proxies": 1,
}


@pytest.mark.parametrize(
    ("base_url", "advice"),
    [
        ("http://community.example.org", "https://"),
        ("https://localhost", "your members"),
        ("https://example.org/community", "without a path"),
    ],
)
def test_an_address_unfit_for_production_is_found(
    examine: Examine, base_url: str, advice: str
) -> None:
    faults = examine(**PRODUCTION | {"base_url": base_url})
    assert advice in faults["addresses"].advice
    assert "COMMUNITY_MAIL_URL" in faults["mail"].advice  # a spool reaches nobody


def test_links_to_another_port_than_the_one_that_is_listened_on_are_found(
    examine: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "8001")
    assert examine() == {}
    assert "8001" in examine(base_url="http://localhost:8000")["addresses"].text
    assert examine(base_url="http://localhost:8001") == {}


def test_a_community_in_public_that_is_set_to_development_is_found(examine: Examine) -> None:
    faults = examine(base_url="https://community.example.org")
    assert "COMMUNITY_ENV=production" in faults["addresses"].advice


def test_a_proxy_in_front_that_is_not_trusted_is_found(examine: Examine) -> None:
    assert "proxies" not in examine(**PRODUCTION)
    faults = examine(**PRODUCTION | {"trusted_proxies": 0})
    assert "COMMUNITY_TRUSTED_PROXIES=1" in faults["proxies"].advice


def test_time_zones_of_years_ago_are_found(examine: Examine) -> None:
    assert examine() == {}
    with time_machine.travel(now() + timedelta(days=800)):
        assert "make db" in examine()["zones"].advice


def test_a_disk_that_is_nearly_full_is_found(
    examine: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "room" not in examine()
    monkeypatch.setattr(database_doctor, "_LEAST_FREE", 2**62)
    assert "Make room" in examine()["room"].advice


def test_files_that_a_command_made_as_root_are_found(
    examine: Examine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    examine()
    if os.geteuid() != 0:  # nobody else can give a file away
        return
    os.chown(tmp_path / "instance" / "community.db", 65534, -1)
    fault = examine()["instance"]
    assert "community.db" in fault.text
    assert "chown" in fault.advice


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
