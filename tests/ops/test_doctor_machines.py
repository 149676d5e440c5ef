"""``flask doctor`` finds workers that are missing and machines that do not fit together."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.core.errors import NotFound
from community.mail.models import MailState, OutboxMail
from community.ops import doctor, worker
from community.organizing.export_jobs import open_file
from community.rsvp.respond import say_yes
from tests.factories.attendee_files import an_attendee_file
from tests.factories.events import an_event
from tests.factories.people import a_member


@contextmanager
def set_to(app: Flask, **settings: object) -> Iterator[None]:
    """Another machine of the same community: the same database, and other settings."""
    before = app.extensions["community_settings"]
    app.extensions["community_settings"] = before.model_copy(update=settings)
    try:
        yield
    finally:
        app.extensions["community_settings"] = before


def findings(about: str) -> list[doctor.Finding]:
    db.session.rollback()
    return [one for one in doctor.examine() if one.about == about]


def test_mails_that_wait_while_no_worker_lives_are_found(app: Flask) -> None:
    assert findings("worker")[0].is_well
    say_yes(a_member().id, an_event().id)
    assert findings("worker")[0].is_well, "it was queued a moment ago"
    with time_machine.travel(now() + timedelta(minutes=3)) as clock:
        found = findings("worker")[0]
        assert "no worker was seen" in found.text
        assert "flask serve" in found.advice
        worker.work_once(app)
        assert findings("worker")[0].is_well
        say_yes(a_member().id, an_event().id)
        clock.shift(timedelta(minutes=3))
        assert "and a worker was seen" in findings("worker")[0].text
        assert findings("worker")[0].advice


def test_mails_that_a_restore_holds_are_found(app: Flask) -> None:
    say_yes(a_member().id, an_event().id)
    db.session.execute(sa.update(OutboxMail).values(state=MailState.HELD))
    db.session.commit()
    assert "flask mail release" in findings("worker")[1].advice


def test_a_machine_with_another_secret_key_is_found(app: Flask) -> None:
    worker.work_once(app)
    assert [one.is_well for one in findings("machines")] == [True]
    with set_to(app, secret_key="another" * 8):
        assert "COMMUNITY_SECRET_KEY" in findings("machines")[0].advice
        with time_machine.travel(now() + timedelta(minutes=3)):
            worker.work_once(app)
            assert findings("machines")[0].is_well, "the other one was given up"


def test_lists_that_lie_on_another_machine_are_found(app: Flask, tmp_path: Path) -> None:
    event = an_event()
    say_yes(a_member().id, event.id)
    (tmp_path / "shared").mkdir()
    with set_to(app, files_path=str(tmp_path / "shared")):
        made = an_attendee_file(event)
        assert findings("machines")[0].is_well
    assert "COMMUNITY_FILES_PATH" in findings("machines")[0].advice
    elsewhere = {"instance_path": tmp_path / "other", "files_path": str(tmp_path / "shared")}
    with set_to(app, **elsewhere):
        (tmp_path / "other").mkdir()
        assert b"".join(open_file(made)).count(b"\r\n") == 2
        shutil.rmtree(tmp_path / "shared")
        assert any("FILES_PATH" in one.advice for one in findings("machines") + findings("room"))


def test_a_list_made_on_one_machine_is_fetched_on_another(app: Flask, tmp_path: Path) -> None:
    """With a folder in common; without one, which is the control, it is not there."""
    event = an_event()
    say_yes(a_member().id, event.id)
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
    with set_to(app, instance_path=here, files_path=str(tmp_path)):
        made = an_attendee_file(event)
    with set_to(app, instance_path=there, files_path=str(tmp_path)):
        assert b"".join(open_file(made))
    with set_to(app, instance_path=there, files_path=""), pytest.raises(NotFound):
        open_file(made)
