"""What each row of a guest list would do, found out with a few questions for all of them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from community.core.db import db
from community.core.text import gettext, shorten
from community.mail.models import Suppression
from community.membership.models import PersonAddress
from community.rsvp.guest_texts import TypedGuest
from community.rsvp.invitation_models import OPEN, GuestVerdict
from community.rsvp.models import Attendee, Rsvp, RsvpStatus
from community.rsvp.transitions import LEAVABLE, Act, may_become

_AT_ONCE = 500
_LONGEST_WHY = 300


def judge(event_id: int, typed: Sequence[TypedGuest]) -> list[dict[str, Any]]:
    """A row for the database for each that was typed, in order, with its verdict."""
    addresses = [row.address for row in typed if not row.fault]
    owners = _owners(addresses)
    answers = _answers(event_id, list(set(owners.values())))
    guests = _guests(event_id, addresses)
    unreachable = _unreachable(addresses)
    seen: dict[int | str, int] = {}
    rows = []
    for number, row in enumerate(typed, start=1):
        verdict, why = GuestVerdict.WRONG, row.fault
        if not row.fault:
            key = owners.get(row.address, row.address)
            verdict, why = _verdict(row.address, key, answers, guests, seen)
            seen.setdefault(key, row.line)
            if row.address in unreachable and verdict in OPEN:
                why = f"{why} {gettext('Mail to this address is stopped.')}".strip()
        rows.append(
            {
                "number": number,
                "line": row.line,
                "verdict": verdict,
                "address": row.address,
                "name": row.name,
                "extra": row.extra,
                "why": shorten(why, _LONGEST_WHY),
            }
        )
    return rows


def _verdict(
    address: str,
    key: int | str,
    answers: Mapping[int, RsvpStatus],
    guests: frozenset[str],
    seen: Mapping[int | str, int],
) -> tuple[GuestVerdict, str]:
    if key in seen:
        return GuestVerdict.TWICE, gettext("The same person stands in line %(n)s.", n=seen[key])
    if address in guests:
        return GuestVerdict.ANSWERED, gettext("Comes as somebody's guest.")
    if isinstance(key, str):
        return GuestVerdict.NEW, ""
    status = answers.get(key)
    if status is None:
        return GuestVerdict.KNOWN, ""
    if may_become(status, Act.INVITE):
        return GuestVerdict.AGAIN, status_sentence(status)
    return GuestVerdict.ANSWERED, status_sentence(status)


def status_sentence(status: RsvpStatus) -> str:
    """Where somebody stands, for the preview."""
    return {
        RsvpStatus.INVITED: gettext("Is invited already."),
        RsvpStatus.REQUESTED: gettext("Asked to come."),
        RsvpStatus.WAITLISTED: gettext("Is on the waitlist."),
        RsvpStatus.OFFERED: gettext("A seat is held for them."),
        RsvpStatus.GOING: gettext("Is going."),
        RsvpStatus.DECLINED: gettext("Said no."),
        RsvpStatus.WITHDRAWN: gettext("Withdrew."),
        RsvpStatus.REMOVED: gettext("Was taken off the list."),
        RsvpStatus.REFUSED: gettext("Was refused."),
        RsvpStatus.LAPSED: gettext("Did not take a seat in time."),
    }[status]


def _owners(addresses: Sequence[str]) -> dict[str, int]:
    """By address whose it is; the same rule as ``membership.queries.find_owner``."""
    theirs = sa.or_(PersonAddress.verified_at.is_not(None), PersonAddress.is_primary)
    query = sa.select(PersonAddress.address, PersonAddress.person_id).where(theirs)
    found: dict[str, int] = {}
    for some in _pieces(addresses):
        found.update(iter(db.session.execute(query.where(PersonAddress.address.in_(some)))))
    return found


def _answers(event_id: int, people: Sequence[int]) -> dict[int, RsvpStatus]:
    query = sa.select(Rsvp.person_id, Rsvp.status).where(Rsvp.event_id == event_id)
    found: dict[int, RsvpStatus] = {}
    for some in _pieces(people):
        found.update(iter(db.session.execute(query.where(Rsvp.person_id.in_(some)))))
    return found


def _guests(event_id: int, addresses: Sequence[str]) -> frozenset[str]:
    """Those of the addresses that somebody brings along or has in line."""
    query = (
        sa.select(Attendee.address)
        .join(Rsvp)
        .where(Rsvp.event_id == event_id, Rsvp.status.in_(LEAVABLE), Attendee.position > 0)
    )
    found: set[str] = set()
    for some in _pieces(addresses):
        there = db.session.scalars(query.where(Attendee.address.in_(some)))
        found.update(one for one in there if one)
    return frozenset(found)


def _unreachable(addresses: Sequence[str]) -> frozenset[str]:
    """Those of the addresses to which no invitation is sent."""
    query = sa.select(Suppression.address)
    found: set[str] = set()
    for some in _pieces(addresses):
        found.update(db.session.scalars(query.where(Suppression.address.in_(some))))
    return frozenset(found)


def _pieces(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for at in range(0, len(values), _AT_ONCE):
        yield values[at : at + _AT_ONCE]
