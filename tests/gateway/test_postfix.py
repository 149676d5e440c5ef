"""A real Postfix hands mails to the program by its pipe, and into a real mailbox by LMTP."""

import os
import pwd
import shlex
import shutil
import site
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from community.app import create_app
from community.core.db import db
from community.inbound import polling
from community.inbound.mailbox import account_from_url
from community.mail.models import Bounce
from community.mail.return_path import return_path
from tests.factories.bounces import a_report
from tests.factories.databases import migrate
from tests.factories.mails import outbox, post, queued
from tests.gateway.conftest import url_of
from tests.gateway.dovecot import Dovecot
from tests.gateway.postfix import USER, Postfix
from tests.ops.program import ROOT, soon


def _python() -> list[str] | None:
    """An interpreter that the pipe's user may run; None when there is none.

    Root's own may lie in root's home. The system's of the same version runs the same packages.
    """
    packages = f"PYTHONPATH={site.getsitepackages()[0]}"
    for words in ([sys.executable], ["env", packages, "/usr/bin/python3"]):
        version = f"import flask, sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"
        try:
            tried = subprocess.run([*words, "-c", version], user=USER, cwd="/", check=False)
        except OSError:
            continue
        if tried.returncode == 0:
            return words
    return None


@dataclass(frozen=True)
class Served:
    """An instance that belongs to the pipe's user, and the server that hands it mails."""

    app: Flask
    instance: Path
    server: Postfix

    @property
    def bounces(self) -> int:
        """How many reports were acted on."""
        with self.app.app_context():
            return db.session.scalar(sa.select(sa.func.count()).select_from(Bounce)) or 0


@pytest.fixture(scope="module")
def served(mail_server: Postfix) -> Iterator[Served]:
    python = _python()
    assert python is not None, f"{USER} may run no Python here"
    folder = Path(tempfile.mkdtemp(prefix="community-pipe-"))
    app = create_app(instance_path=folder / "instance", bounce_address="bounces@pipe.test")
    with app.app_context():
        migrate()
        db.engine.dispose()
    # What an operator has in settings.toml and in the virtual environment.
    (folder / "instance" / "settings.toml").write_text('bounce_address = "bounces@pipe.test"\n')
    (folder / "python").write_text(f'#!/bin/sh\nexec {shlex.join(python)} "$@"\n')
    mail_server.script.write_text(
        f"export PYTHON={folder}/python COMMUNITY_INSTANCE_PATH={folder}/instance\n"
        f'exec sh {shlex.quote(str(ROOT / "tools" / "receive.sh"))} "$@"\n'
    )
    (folder / "python").chmod(0o755)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, pwd.getpwnam(USER).pw_uid, -1)
    yield Served(app, folder / "instance", mail_server)
    mail_server.script.unlink()
    with app.app_context():
        db.engine.dispose()
    shutil.rmtree(folder)


def a_returned_mail(app: Flask, address: str) -> tuple[str, bytes]:
    """The return path of a mail that was sent, and a report about it."""
    mail_id = queued(address).id
    post()
    (mail,) = [mail for mail in outbox() if mail.id == mail_id]
    return return_path(mail.id), a_report(mail)


@pytest.mark.slow
def test_the_pipe_hands_a_mail_in_and_keeps_it_while_the_database_is_away(served: Served) -> None:
    with served.app.app_context():
        path, report = a_returned_mail(served.app, "ann@example.org")
        db.session.remove()
        db.engine.dispose()
    assert path.endswith("@pipe.test")
    database, aside = served.instance / "community.db", served.instance / "aside.db"
    database.rename(aside)
    served.server.send(path, report)
    assert soon(lambda: "temporary failure" in served.server.waiting(), 30), served.server.log
    database.unlink()  # an empty one, which the program has made meanwhile
    aside.rename(database)
    assert soon(lambda: served.bounces == 1, 30), served.server.log
    assert soon(lambda: "queue is empty" in served.server.waiting(), 10)


@pytest.mark.slow
def test_what_is_of_no_use_is_taken_and_returned_to_nobody(served: Served) -> None:
    before = served.bounces
    long = b"Subject: long\r\n\r\n" + b"x" * 70 + b"\r\n" * 400_000
    for host, data in (
        ("pipe.test", long),
        ("both.test", b"Subject: junk\r\n\r\n"),
    ):
        served.server.send(f"rsvp+`id`$HOME'x@{host}", data, sender="ann@example.org")
    assert soon(lambda: "queue is empty" in served.server.waiting(), 30), served.server.log
    assert "status=bounced" not in served.server.log
    assert served.server.log.count("status=sent (delivered via community service") >= 2
    assert served.bounces == before


@pytest.mark.slow
def test_by_lmtp_a_mail_lies_in_the_mailbox_with_the_address_of_its_envelope(
    app: Flask, mail_server: Postfix, imap_server: Dovecot
) -> None:
    known = app.extensions["community_settings"]
    ours = known.model_copy(update={"bounce_address": "bounces@imap.test"})
    app.extensions["community_settings"] = ours
    try:
        path, report = a_returned_mail(app, "ann@example.org")
        hidden = report.replace(path.encode(), b"undisclosed-recipients:;")
        mail_server.send(path, hidden)
        assert soon(lambda: imap_server.mails("rsvp"), 20), mail_server.log
        polling.poll_due(account_from_url(url_of(imap_server, "rsvp%40imap.test")), lease="one")
        db.session.rollback()
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Bounce)) == 1
    finally:
        app.extensions["community_settings"] = known
