"""An answer in each client's shape moves the RSVP, and the line behind it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import time_machine
from flask import Flask

from community.calendar.invites import organizer_address
from community.calendar.received_models import ReceivedVerdict
from community.core.clock import now
from community.core.db import db, transactional
from community.events.models import Event
from community.inbound.receive import receive
from community.rsvp.models import Attendee
from community.rsvp.respond import say_yes
from tests.factories.events import an_event
from tests.factories.people import a_member
from tests.inbound import answers
from tests.inbound.answers import BY_CLIENT
from tests.inbound.hostile import POISON
from tests.inbound.in_words import BY_PROGRAMS, REPORTS
from tests.inbound.odd_answers import ATTENDEES, FILES, LINES, MAILS
from tests.inbound.shapes import CLIENTS, NOON, reply
from tests.rsvp.states import statuses
from tests.rsvp.test_by_calendar import rsvp_of


def answered(client: str, event: Event, person_id: int, partstat: str, seconds: int) -> str:
    head = rsvp_of(event, person_id).head
    recipient = organizer_address(head)
    data = reply(
        client,
        recipient=recipient,
        uid=head.uid,
        attendee=head.address,
        partstat=partstat,
        sequence=head.sequence,
        dtstamp=(now() + timedelta(seconds=seconds)).replace(microsecond=0),
    )
    return receive(recipient, data).verdict.value


def test_each_client_frees_a_seat_gives_it_on_and_comes_back_into_the_line(app: Flask) -> None:
    event = an_event(capacity=1)
    going, waiting = a_member(), a_member()
    for person in (going, waiting):
        say_yes(person.id, event.id)
    for client in CLIENTS:
        assert answered(client, event, going.id, "DECLINED", 30) == "applied", client
        assert statuses(event.id) == ["withdrawn", "going"], client
        assert answered(client, event, going.id, "ACCEPTED", 60) == "applied", client
        assert statuses(event.id) == ["going", "waitlisted"], client
        going, waiting = waiting, going


def test_no_mail_of_the_tables_is_a_fault_of_ours(app: Flask) -> None:
    """However odd: it counts, is refused, or is set aside for a reason that the reader names."""
    tables = (BY_CLIENT, ATTENDEES, LINES, FILES, MAILS, BY_PROGRAMS, REPORTS, POISON)
    mails = [mail for table in tables for mail in _mails_of(table.values())]
    mails = [mail for mail in mails if len(mail) < 50_000]  # the longest ones have a test of theirs
    assert len(mails) > 60
    with without_limits(app), time_machine.travel(NOON - timedelta(hours=1)) as clock:
        head = say_yes(a_member("Ann", answers.ANN).id, an_event().id).head
        _known_by(head.id, answers.Case.uid)
        recipient = organizer_address(head)
        clock.move_to(NOON + timedelta(seconds=10))
        seen = {receive(recipient, mail) for mail in mails}
    assert {one.detail for one in seen if one.verdict == ReceivedVerdict.POISON}.isdisjoint(
        {"fault", "tries"}
    )
    assert {"applied", "filed", "told_hosts", "poison"} <= {one.verdict.value for one in seen}


def _mails_of(cases: Iterable[Any]) -> Iterator[bytes]:
    for case in cases:
        found = getattr(case, "mail", case)
        yield found if isinstance(found, bytes) else found[0]


@transactional
def _known_by(head_id: int, uid: str) -> None:
    db.session.get_one(Attendee, head_id).uid = uid


@contextmanager
def without_limits(app: Flask) -> Iterator[None]:
    """So many mails a day have no key otherwise."""
    before = app.extensions["community_settings"]
    app.extensions["community_settings"] = before.model_copy(update={"rate_limits": "off"})
    try:
        yield
    finally:
        app.extensions["community_settings"] = before
