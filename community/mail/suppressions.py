"""Addresses that must not be written to, and what that stops.

News stops for every reason. What follows from something the reader did goes on, unless the
address bounced; a code to sign in, which its reader asked for just now, always goes.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, rows_changed, transactional
from community.core.errors import NotFound
from community.core.text import clean_line, shorten
from community.mail.failures import LONGEST_REASON
from community.mail.kinds import Purpose, find_kind
from community.mail.models import Bounce, OutboxMail, Suppression, SuppressionReason


@transactional
def suppress(address: str, reason: SuppressionReason, details: str = "") -> Suppression:
    """Stop writing to a normal address. Twice is once; a bounce outweighs the other reasons."""
    known = find_suppression(address)
    if known is None:
        known = Suppression(address=address, reason=reason, at=now(), details=_short(details))
        db.session.add(known)
        db.session.flush()  # two at once: the second starts over and finds the first
    elif reason == SuppressionReason.BOUNCED != known.reason:
        known.reason, known.at, known.details = reason, now(), _short(details)
    return known


@transactional
def lift_suppression(address: str) -> None:
    """Write to an address again, and forget what it bounced. Raises NotFound."""
    if not rows_changed(sa.delete(Suppression).where(Suppression.address == address)):
        raise NotFound("suppressed address")
    counted = sa.update(Bounce).where(Bounce.address == address, Bounce.scored_on.is_not(None))
    rows_changed(counted.values(scored_on=None))


def find_suppression(address: str) -> Suppression | None:
    """Why an address must not be written to; None if it may be."""
    return db.session.scalar(sa.select(Suppression).where(Suppression.address == address))


def find_suppressions(addresses: Sequence[str]) -> dict[str, Suppression]:
    """The same for many, by address."""
    found = sa.select(Suppression).where(Suppression.address.in_(list(addresses)))
    return {one.address: one for one in db.session.scalars(found)}


def list_suppressions(*, after: str = "", most: int = 200) -> Sequence[Suppression]:
    """The suppressed addresses behind ``after`` in alphabetical order."""
    query = sa.select(Suppression).where(Suppression.address > after)
    return db.session.scalars(query.order_by(Suppression.address).limit(most)).all()


def reason_to_stop(mail: OutboxMail, found: Suppression | None) -> str:
    """Why a mail must not leave any more, in a line for the operator; ``""`` when it may.

    ``found`` is the suppression of its recipient.
    """
    kind = find_kind(mail.kind)
    if kind is None or kind.purpose == Purpose.PROOF:
        return ""
    if found and (kind.purpose == Purpose.NEWS or found.reason == SuppressionReason.BOUNCED):
        return f"the address is suppressed: {found.reason.value}"
    return _short(kind.unwanted(mail))


def _short(text: str) -> str:
    return shorten(clean_line(text), LONGEST_REASON)
