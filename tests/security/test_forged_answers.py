"""Forged answers by calendar: an RSVP moves by its own key, its own UID, its own attendee alone."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from community.calendar.invites import organizer_address
from community.core.clock import now
from community.core.db import db
from community.events.models import Event
from community.inbound import calendar_reply
from community.inbound.authentication import Trust
from community.inbound.receive import receive
from community.mail.kinds import get_kind
from community.mail.models import OutboxMail
from community.rsvp.models import Attendee, Rsvp
from community.rsvp.respond import say_yes
from tests.evidence import Evidence
from tests.factories.events import an_event
from tests.factories.mails import outbox
from tests.factories.people import a_member, an_organizer
from tests.inbound.answering import DOUBTFUL, FORGED, GENUINE, SAYS_ITSELF, SERVER, a_reply

SHOWN = "a forged, foreign, stale or odd answer by calendar moves no RSVP"
STRANGER = "mallory@elsewhere.example"
NOBODYS_KEY = "rsvp+abcdefghijklmnopqrstuvwx23@localhost"


@pytest.fixture(autouse=True)
def _our_mail_server_has_a_name(app: Flask) -> Iterator[None]:
    known = app.extensions["community_settings"]
    app.extensions["community_settings"] = known.model_copy(update={"authserv_id": SERVER})
    yield
    app.extensions["community_settings"] = known


def no(head: Attendee, **facts: object) -> bytes:
    return a_reply(head, "DECLINED", **facts)  # type: ignore[arg-type]  # as a_reply names them


def to_own(head: Attendee, data: bytes) -> tuple[str, bytes]:
    return organizer_address(head), data


def swapped(head: Attendee, old: str, new: str, **facts: object) -> tuple[str, bytes]:
    data = no(head, **facts)
    assert old.encode() in data, old
    return to_own(head, data.replace(old.encode(), new.encode()))


def twice(head: Attendee) -> tuple[str, bytes]:
    """Two events in one file, the second one another's."""
    data = no(head).decode()
    event = data[data.index("BEGIN:VEVENT") : data.index("END:VCALENDAR")]
    again = event.replace(head.uid, "somebody-elses")
    return to_own(head, data.replace("END:VCALENDAR", again + "END:VCALENDAR").encode())


def invite_of(head: Attendee) -> bytes:
    """The mail that they were sent."""
    (mail,) = outbox("seat_given", to=head.address)
    return get_kind(mail.kind).render(mail).data


Forgery = Callable[[Attendee, Attendee], tuple[str, bytes]]  # one's head, another one's
# What makes of an honest "no" of the first one, or of another's, a mail that must change nothing.
FORGERIES: dict[str, Forgery] = {
    "no key": lambda a, _: ("rsvp@localhost", no(a)),
    "nobody's key": lambda a, _: (NOBODYS_KEY, no(a)),
    "half a key": lambda a, _: (organizer_address(a).replace("@", "x@"), no(a)),
    "the key at another domain": lambda a, _: (
        organizer_address(a).replace("localhost", "evil.example"),
        no(a),
    ),
    "the key in the header alone": lambda a, _: ("bounces@localhost", no(a)),
    "another attendee's key": lambda a, b: (organizer_address(b), no(a)),
    "another attendee's UID": lambda a, b: to_own(a, no(a, uid=b.uid)),
    "a UID of nobody's": lambda a, _: to_own(a, no(a, uid="somebody-elses@x.test")),
    "somebody who is not invited": lambda a, _: to_own(a, no(a, attendee=STRANGER)),
    "another attendee by their name": lambda a, b: to_own(a, no(a, attendee=b.address)),
    "a sender whose domain says it is forged": lambda a, _: to_own(a, no(a, proof=FORGED)),
    "a forged sender and a result of another server": lambda a, _: to_own(
        a, no(a, proof=f"{FORGED}\r\nAuthentication-Results: {SAYS_ITSELF}")
    ),
    "a forged sender and a second result of ours below": lambda a, _: to_own(
        a, no(a, proof=f"{FORGED}\r\nAuthentication-Results: {GENUINE}")
    ),
    "a stranger's address and a pass for it": lambda a, _: to_own(
        a,
        no(a, attendee=STRANGER, sender=STRANGER, proof=f"{SERVER}; dmarc=pass"),
    ),
    "older than the last answer": lambda a, _: to_own(a, no(a, at=now() - timedelta(minutes=9))),
    "years old": lambda a, _: to_own(a, no(a, at=now() - timedelta(days=3000))),
    "an event that repeats": lambda a, _: to_own(a, no(a, extra="RECURRENCE-ID:20270716T223000Z")),
    "a rule without an end": lambda a, _: to_own(
        a, no(a, extra="RRULE:FREQ=SECONDLY;COUNT=999999999\r\nRECURRENCE-ID:20270716T223000Z")
    ),
    "a method that only organizers have": lambda a, _: to_own(a, no(a, method="REQUEST")),
    "a cancellation": lambda a, _: to_own(a, no(a, method="CANCEL")),
    "a publication": lambda a, _: to_own(a, no(a, method="PUBLISH")),
    "an ADD": lambda a, _: to_own(a, no(a, method="ADD")),
    "a proposal for another time": lambda a, _: to_own(a, no(a, method="COUNTER")),
    "a proposal that is declined": lambda a, _: to_own(a, no(a, method="DECLINECOUNTER")),
    "a wish to see it again": lambda a, _: to_own(a, no(a, method="REFRESH")),
    "delegated to somebody": lambda a, _: swapped(
        a, "PARTSTAT=DECLINED", f'PARTSTAT=DELEGATED;DELEGATED-TO="mailto:{STRANGER}"'
    ),
    "a method in the header that the file denies": lambda a, _: swapped(
        a, "\r\nMETHOD:REPLY", "\r\nMETHOD:CANCEL"
    ),
    "two events": lambda a, _: twice(a),
    "no attendee": lambda a, _: swapped(a, "ATTENDEE;", "X-ATTENDEE;"),
    "two answers of one": lambda a, _: swapped(
        a,
        "\r\nSEQUENCE:",
        f"\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:{a.address}\r\nSEQUENCE:",
    ),
    "no UID": lambda a, _: swapped(a, f"UID:{a.uid}\r\n", ""),
    "a UID with a line in it": lambda a, _: to_own(a, no(a, uid=f"x\\n{a.uid}")),
    "an answer that is none": lambda a, _: swapped(a, "PARTSTAT=DECLINED", "PARTSTAT=X-GONE"),
    "a file cut off": lambda a, _: to_own(a, no(a).partition(b"END:VEVENT")[0]),
    "an out-of-office note": lambda a, _: to_own(
        a,
        f"From: {a.address}\r\nAuto-Submitted: auto-replied\r\nSubject: DECLINED\r\n"
        f"In-Reply-To: <{a.uid}>\r\n\r\nDECLINED\r\n".encode(),
    ),
    "our own invite come back": lambda a, _: to_own(a, invite_of(a)),
}
# These are held by who sends and who answers; the others by what the mail is.
BY_WHO_SENDS = (
    "somebody who is not invited",
    "another attendee by their name",
    "a sender whose domain says it is forged",
    "a forged sender and a result of another server",
    "a forged sender and a second result of ours below",
    "a stranger's address and a pass for it",
)
# Answers that count all the same, so that the table is known to be told apart by what it is about.
HONEST: dict[str, Forgery] = {
    "their own": lambda a, _: to_own(a, no(a)),
    "their own from a domain that says nothing": lambda a, _: to_own(a, no(a, proof="")),
    "their own that a forwarder broke": lambda a, _: to_own(a, no(a, proof=DOUBTFUL)),
}


def two_going(event: Event) -> tuple[Attendee, Attendee]:
    ann, bob = (say_yes(a_member().id, event.id).head for _ in range(2))
    return ann, bob


def statuses_of(*heads: Attendee) -> list[str]:
    ids = [head.rsvp_id for head in heads]
    db.session.rollback()
    found = sa.select(Rsvp.status).where(Rsvp.id.in_(ids)).order_by(Rsvp.id)
    return [status.value for status in db.session.scalars(found)]


def told_since(last: int) -> list[tuple[str, str]]:
    db.session.rollback()
    found = sa.select(OutboxMail.recipient, OutboxMail.kind).where(OutboxMail.id > last)
    return [(recipient, kind) for recipient, kind in db.session.execute(found)]


def last_mail() -> int:
    return db.session.scalar(sa.select(sa.func.max(OutboxMail.id))) or 0


@pytest.mark.proof
def test_nothing_moves_by_a_forged_answer(app: Flask, evidence: Evidence) -> None:
    event = an_event(an_organizer())
    for name, forgery in FORGERIES.items():
        ann, bob = two_going(event)
        address, data = forgery(ann, bob)
        before = last_mail()
        for _ in range(2):
            receive(address, data)
        assert statuses_of(ann, bob) == ["going", "going"], name
        told = told_since(before)
        ours = [one for one in told if one[0] in {ann.address, bob.address}]
        assert len(ours) <= 1, (name, told)
        assert STRANGER not in {recipient for recipient, _ in told}, name
    assert len(FORGERIES) >= 30
    evidence("S13", SHOWN, count=f"{len(FORGERIES)} forgeries, each handed in twice")


def test_an_honest_answer_moves_it(app: Flask) -> None:
    event = an_event(an_organizer())
    for name, make in HONEST.items():
        ann, bob = two_going(event)
        assert receive(*make(ann, bob)).verdict.value == "applied", name
        assert statuses_of(ann, bob) == ["withdrawn", "going"], name


@pytest.mark.proof
def test_control_without_its_protections_forged_answers_count(
    app: Flask, monkeypatch: pytest.MonkeyPatch, evidence: Evidence
) -> None:
    monkeypatch.setattr(calendar_reply, "is_theirs", lambda *_: True)
    monkeypatch.setattr(calendar_reply, "trust", lambda *_, **__: Trust.NONE)
    event, moved = an_event(an_organizer()), []
    for name in (*BY_WHO_SENDS, *list(FORGERIES)[:5]):
        ann, bob = two_going(event)
        receive(*FORGERIES[name](ann, bob))
        if statuses_of(ann, bob) != ["going", "going"]:
            moved.append(name)
    assert set(moved) == set(BY_WHO_SENDS)
    evidence("S13", SHOWN, control=f"attendee and sender unchecked: {len(moved)} count")
