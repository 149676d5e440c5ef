"""The whole way round: the worker, Postfix, a mailbox, its owner's calendar, and back."""

import threading
from datetime import timedelta
from email import message_from_bytes

import pytest
from flask import Flask

from community.core.db import db
from community.inbound import polling
from community.ops import worker
from tests.factories.mails import letter
from tests.factories.replies import answer_to
from tests.gateway.conftest import url_of
from tests.gateway.dovecot import Dovecot
from tests.gateway.postfix import Postfix
from tests.ops.program import soon


@pytest.mark.slow
def test_a_test_invite_and_its_answer_go_through_real_servers(
    app: Flask,
    imap_server: Dovecot,
    mail_server: Postfix,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(polling, "EVERY", timedelta(seconds=1))
    known = app.extensions["community_settings"]
    app.extensions["community_settings"] = known.model_copy(
        update={
            "mail_url": f"smtp://127.0.0.1:{mail_server.port}",
            "mail_from": "hello@imap.test",
            "rsvp_address": "rsvp@imap.test",
            "imap_url": url_of(imap_server, "rsvp"),
        }
    )
    before = len(imap_server.mails("ann"))
    stop = threading.Event()
    threads = worker.start(app, stop)
    try:
        said: list[str] = []

        def operate() -> None:
            asked = ["calendar", "selftest", "ann@imap.test", "--wait", "60"]
            said.append(app.test_cli_runner().invoke(args=asked).output)

        operator = threading.Thread(target=operate)
        operator.start()
        assert soon(lambda: imap_server.mails("ann")[before:], 30), mail_server.log
        ((_, data),) = imap_server.mails("ann")[before:]
        assert message_from_bytes(data)["Delivered-To"] == "ann@imap.test"
        invite = letter(data)
        mail_server.send(invite.sender, answer_to(invite, "ACCEPTED"), sender="ann@imap.test")
        operator.join(60)
        assert "by imap: ACCEPTED." in said[0]
        assert soon(lambda: imap_server.mails("rsvp") == [], 10)
    finally:
        stop.set()
        worker.finish(threads)
        app.extensions["community_settings"] = known
        db.session.rollback()
