"""Deciding about many at once: who is concerned, who is passed over and why, and the act itself.

What was shown is frozen with the state in which each stood. Whoever stands elsewhere by the time
the button is pressed is passed over and named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from community.core.clock import now
from community.core.db import db, record, transactional
from community.core.errors import NotFound, Refused
from community.events.models import Event
from community.events.queries import lock_event, require_editor
from community.organizing.bulk_parties import Party, parties_of
from community.organizing.list_changes import AttendeesRemoved
from community.organizing.restoring import restore
from community.organizing.segments import Segment, rsvp_ids
from community.rsvp import approval, hand, reminding
from community.rsvp.models import Rsvp, RsvpStatus
from community.rsvp.seating import free_now
from community.rsvp.transitions import REMOVABLE

MOST = 500


class Action(StrEnum):
    """What can be done to many."""

    APPROVE = "approve"
    REFUSE = "refuse"
    REMIND = "remind"
    REMOVE = "remove"
    RESTORE = "restore"  # seat or invite again whoever was removed


@dataclass(frozen=True)
class Preview:
    """Who would be concerned, and who would not; each of ``passed`` says ``why``.

    ``free`` are seats free now (None: no limit), ``wanted`` those that the concerned ask for.
    """

    action: Action
    concerned: list[Party]
    passed: list[Party]
    free: int | None
    wanted: int


@dataclass(frozen=True)
class Done:
    """What became of them: ``passed`` were left as they were."""

    action: Action
    did: list[Party]
    passed: list[Party] = field(default_factory=list)
    going: int = 0


def meant_by(event: Event, segment: Segment) -> list[int]:
    """The RSVPs that a segment means. Refuses more than can be decided on at once."""
    ids = list(db.session.scalars(rsvp_ids(event, segment).order_by(Rsvp.id).limit(MOST + 1)))
    if len(ids) > MOST:
        raise Refused("too_many_at_once", most=MOST)
    return ids


def preview(
    event: Event, action: Action, ids: Sequence[int], frozen: Mapping[int, str] | None = None
) -> Preview:
    """What would happen to whom; to those of ``frozen`` if they still stand where they stood.

    Raises NotFound for an RSVP of another event.
    """
    parties = _judged(action, _found(event, ids), frozen or {})
    concerned = [one for one in parties if not one.why]
    return Preview(
        action=action,
        concerned=concerned,
        passed=[one for one in parties if one.why],
        free=free_now(event),
        wanted=sum(one.seats for one in concerned),
    )


@transactional
def act_on_many(
    organizer_id: int,
    event_id: int,
    action: Action,
    frozen: Mapping[int, str],
    *,
    word: str = "",
    or_waitlist: bool = False,
) -> Done:
    """Do it to those who still stand where they stood; ``frozen`` are states by RSVP.

    All of it or nothing. Refuses when nobody is left, and what the single act would refuse for all.
    """
    require_editor(organizer_id, event_id)
    event = lock_event(event_id)
    parties = _judged(action, _found(event, list(frozen)), frozen)
    meant = [one for one in parties if not one.why]
    done = Done(action, meant, [one for one in parties if one.why])
    if not meant:
        raise Refused("nobody_left")
    ids = [one.rsvp_id for one in meant]
    match action:
        case Action.APPROVE:
            seated = approval.approve_requests(organizer_id, event.id, ids, or_waitlist=or_waitlist)
            going = len([one for one in seated if one.status == RsvpStatus.GOING])
            return replace(done, going=going)
        case Action.REFUSE:
            approval.refuse_requests(organizer_id, event.id, ids, word=word)
        case Action.REMIND:
            reminding.remind(organizer_id, event.id, chosen=ids, word=word)
        case Action.REMOVE:
            _remove(organizer_id, event, meant, word)
        case Action.RESTORE:
            did, left = restore(organizer_id, event, meant, word)
            return replace(done, did=did, passed=[*done.passed, *left])
    return done


def _remove(organizer_id: int, event: Event, parties: Sequence[Party], word: str) -> None:
    # Those without seats first: else the line would seat somebody, only to remove them next.
    for one in sorted(parties, key=lambda party: party.holds_seats):
        hand.remove_attendee(organizer_id, event.id, one.rsvp_id, word=word)
    record(AttendeesRemoved(event.id, tuple(one.rsvp_id for one in parties)))


def _found(event: Event, ids: Sequence[int]) -> list[Party]:
    if len(ids) > MOST:
        raise Refused("too_many_at_once", most=MOST)
    parties = parties_of(event, ids)
    if len(parties) != len(set(ids)):
        raise NotFound("rsvp")
    return parties


def _judged(action: Action, parties: Sequence[Party], frozen: Mapping[int, str]) -> list[Party]:
    return [
        replace(one, why=_why_not(action, one))
        if frozen.get(one.rsvp_id, one.status) == one.status
        else replace(one, why="changed")
        for one in parties
    ]


def _why_not(action: Action, party: Party) -> str:
    """Why somebody is passed over; nothing when they are not."""
    match action:
        case Action.APPROVE | Action.REFUSE:
            return "" if party.status == RsvpStatus.REQUESTED else "not_asking"
        case Action.REMIND if party.status != RsvpStatus.INVITED:
            return "not_silent"
        case Action.REMIND:
            at = party.reminded_at
            return "reminded_lately" if at and at > now() - reminding.PAUSE else ""
        case Action.REMOVE:
            return "" if party.status in REMOVABLE else "not_there"
        case Action.RESTORE if party.status != RsvpStatus.REMOVED:
            return "not_removed"
    return "" if party.address else "no_address"
