"""An answer by calendar through real servers moves the RSVP, and the next in line moves up."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.calendar.received_models import ReceivedMail, ReceivedVerdict
from community.core.clock import now
from community.core.db import db
from community.inbound import polling
from community.ops import worker
from community.rsvp.models import RsvpStatus
from community.rsvp.queries import find_rsvp
from community.rsvp.respond import say_yes
from tests.factories.events import an_event
from tests.factories.mails import Letter, letter
from tests.factories.people import a_member
from tests.factories.replies import answer_to
from tests.gateway.conftest import url_of
from tests.gateway.dovecot import Dovecot
from tests.gateway.postfix import Postfix
from tests.ops.program import soon


@pytest.fixture
def round_trip(app: Flask, imap_server: Dovecot, mail_server: Postfix) -> Iterator[Flask]:
    """The program with real servers on both sides."""
    known = app.extensions["community_settings"]
    app.extensions["community_settings"] = known.model_copy(
        update={
            "mail_url": f"smtp://127.0.0.1:{mail_server.port}",
            "mail_from": "hello@imap.test",
            "rsvp_address": "rsvp@imap.test",
            "imap_url": url_of(imap_server, "rsvp"),
        }
    )
    yield app
    app.extensions["community_settings"] = known


def newest(server: Dovecot, user: str, count: int) -> Letter:
    """The mail that is the last of ``count``, once it is there."""
    assert soon(lambda: len(server.mails(user)) == count, 20), server.mails(user)
    return letter(server.mails(user)[-1][1])


@pytest.mark.slow
def test_a_no_by_calendar_gives_the_seat_to_the_next_in_line(
    round_trip: Flask, imap_server: Dovecot, mail_server: Postfix
) -> None:
    before = {user: len(imap_server.mails(user)) for user in ("ann", "bob")}
    ann, bob = a_member("Ann", "ann@imap.test"), a_member("Bob", "bob@imap.test")
    event = an_event(capacity=1)
    say_yes(ann.id, event.id)
    say_yes(bob.id, event.id)
    worker.work_once(round_trip)
    invite = newest(imap_server, "ann", before["ann"] + 1)
    newest(imap_server, "bob", before["bob"] + 1)
    mail_server.send(invite.sender, answer_to(invite, "DECLINED"), sender="ann@imap.test")
    assert soon(lambda: imap_server.mails("rsvp"), 20), mail_server.log
    with time_machine.travel(now() + polling.EVERY + timedelta(seconds=1)):
        worker.work_once(round_trip)
    db.session.rollback()
    stands = {name: find_rsvp(event.id, person.id) for name, person in (("ann", ann), ("bob", bob))}
    assert {name: rsvp and rsvp.status for name, rsvp in stands.items()} == {
        "ann": RsvpStatus.WITHDRAWN,
        "bob": RsvpStatus.GOING,
    }
    kept = db.session.scalars(sa.select(ReceivedMail)).one()
    assert (kept.verdict, kept.source) == (ReceivedVerdict.APPLIED, "imap")
    assert "A seat is yours" in newest(imap_server, "bob", before["bob"] + 2).subject
    assert imap_server.mails("rsvp") == []
