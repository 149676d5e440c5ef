"""The one entry for mails that come in: kept first, then read, then acted on.

A mail that cannot be read, or at which we fail, is set aside after one try with what it was; the
next one is handled all the same.
"""

import hashlib
import logging
import re
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import unquote

import sqlalchemy as sa

from community.calendar.received_models import ReceivedMail, ReceivedSource, ReceivedVerdict
from community.core import limits
from community.core.clock import now
from community.core.current import settings
from community.core.db import DatabaseBusy, db, transactional
from community.core.errors import NotFound, Refused, TooMany
from community.core.origin import Origin, acting
from community.inbound import bounces
from community.inbound.calendar_reply import Reading, act, note_refusal, read_all
from community.inbound.reading import LARGEST
from community.inbound.selftest import take_answer
from community.mail.bounces import Verdict
from community.rsvp.models import Attendee

log = logging.getLogger(__name__)

MOST_A_DAY = 20
_MOST_TRIES = 3  # a mail at which the whole process dies comes back from its server
_KEY = re.compile(r"[a-z2-7]{26}")
# What is not the mail's fault: whoever hands it over keeps it and comes again.
OUTAGES = (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError, DatabaseBusy)

REPLAYABLE = frozenset(
    {
        ReceivedVerdict.POISON,
        ReceivedVerdict.REFUSED,
        ReceivedVerdict.DROPPED,
        ReceivedVerdict.FILED,
    }
)


@dataclass(frozen=True)
class Outcome:
    """What was made of a mail, or of a report of a mail server; ``detail`` is a short code."""

    verdict: ReceivedVerdict | Verdict
    detail: str = ""


def receive(
    recipient: str, data: bytes, *, source: ReceivedSource = ReceivedSource.PIPE
) -> Outcome:
    """Act on a mail that came for ``recipient``, the address in its envelope.

    The same mail again has no second effect. Raises nothing but an outage of the database: then
    the mail must be handed in again.
    """
    key = reply_key(recipient)
    if key is None:
        return _without_attendee(recipient, data, source)
    head_id = _find_attendee(key)
    if head_id is None:
        log.info("a mail for an address of nobody's was dropped")
        return Outcome(ReceivedVerdict.DROPPED, "unknown_address")
    digest = hashlib.sha256(key.encode() + b"\0" + data).hexdigest()
    known = _find_outcome(digest)
    if known is not None:
        return known
    try:
        mail_id, tries = _keep(recipient, data, digest, head_id, source)
    except TooMany:
        return Outcome(ReceivedVerdict.DROPPED, "too_many")
    if tries > _MOST_TRIES:
        return _set_aside(mail_id, "tries")
    return _handle(mail_id, data)


def _without_attendee(recipient: str, data: bytes, source: ReceivedSource) -> Outcome:
    """The answer to a test invite, or what came back to a return path."""
    said = take_answer(recipient, data, source=source)
    if said is not None:
        return Outcome(ReceivedVerdict.APPLIED, said)
    return Outcome(bounces.receive(recipient, data))


def replay(mail_id: int) -> Outcome:
    """Handle a mail again from its kept bytes, for instance after a fault of ours was mended.

    Raises NotFound for one whose bytes are gone, or that did have its effect.
    """
    return _handle(mail_id, _reopen(mail_id))


def reply_key(recipient: str) -> str | None:
    """The key in an address of ``RSVP_ADDRESS`` with ``+KEY`` or ``-KEY``; None for any other.

    Some clients write the plus as ``%2B``, and relays may change the case.
    """
    own, _, domain = settings().rsvp_address.lower().rpartition("@")
    name, _, host = unquote(recipient[:300]).strip().strip("<>").lower().rpartition("@")
    if host != domain or not name.startswith((f"{own}+", f"{own}-")):
        return None
    key = name[len(own) + 1 :]
    return key if _KEY.fullmatch(key) else None


def _find_attendee(key: str) -> int | None:
    return db.session.scalar(sa.select(Attendee.id).where(Attendee.reply_key == key))


def _find_outcome(digest: str) -> Outcome | None:
    """What was made of the same mail before; None when nothing was yet."""
    found = sa.select(ReceivedMail.verdict, ReceivedMail.detail)
    row = db.session.execute(found.where(ReceivedMail.digest == digest)).first()
    return Outcome(row.verdict, row.detail) if row and row.verdict else None


@transactional
def _keep(
    recipient: str, data: bytes, digest: str, head_id: int, source: ReceivedSource
) -> tuple[int, int]:
    """The mail's row, and how often it has been tried with this time."""
    row = db.session.scalar(sa.select(ReceivedMail).where(ReceivedMail.digest == digest))
    if row is None:
        # Within the same transaction: one commit less, and nothing is kept of what is too much.
        limits.take("received-mail", str(head_id), most=MOST_A_DAY, within=timedelta(days=1))
        head = db.session.get_one(Attendee, head_id)
        row = ReceivedMail(
            source=source,
            recipient=recipient[:254],
            digest=digest,
            raw=data if len(data) <= LARGEST else None,
            tries=0,
            attendee_id=head.id,
            rsvp_id=head.rsvp_id,
            event_id=head.rsvp.event_id,
            received_at=now(),
        )
        db.session.add(row)
    row.tries += 1
    db.session.flush()
    return row.id, row.tries


def _handle(mail_id: int, data: bytes) -> Outcome:
    with acting(Origin(via="mail")):
        try:
            return _read_and_act(mail_id, data)
        except OUTAGES:
            raise
        except Exception:  # poison: whatever it is that it met, the next mail must be handled
            log.exception("mail %s was set aside", mail_id)
            return _set_aside(mail_id, "fault")


def _read_and_act(mail_id: int, data: bytes) -> Outcome:
    reading: Reading = read_all(data)
    try:
        row = act(mail_id, reading)
    except Refused as refused:
        row = note_refusal(mail_id, reading, refused.code)
    assert row.verdict is not None
    return Outcome(row.verdict, row.detail)


@transactional
def _set_aside(mail_id: int, detail: str) -> Outcome:
    row = db.session.get_one(ReceivedMail, mail_id)
    row.verdict, row.detail, row.handled_at = ReceivedVerdict.POISON, detail, now()
    return Outcome(row.verdict, detail)


@transactional
def _reopen(mail_id: int) -> bytes:
    row = db.session.get(ReceivedMail, mail_id, with_for_update=True)
    if row is None or row.raw is None or row.verdict not in {None, *REPLAYABLE}:
        raise NotFound("mail")
    row.verdict, row.token_hash = None, None
    return row.raw
