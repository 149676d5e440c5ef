"""The figures of events counted one by one, from rows that are read one by one."""

import math
from datetime import timedelta

import sqlalchemy as sa

from community.core.db import db
from community.events.models import Event
from community.organizing.answer_times import AnswerTimes
from community.organizing.figures import Attendance
from community.organizing.seat_moves import NO_MOVES, SeatMoves
from community.rsvp.models import Decision, Rsvp

_BY_HAND = {"organizer", "kept_back"}


def decisions(event_id: int) -> list[Decision]:
    query = sa.select(Decision).join(Rsvp).where(Rsvp.event_id == event_id).order_by(Decision.id)
    return list(db.session.scalars(query))


def moved(event: Event) -> SeatMoves:
    found = dict.fromkeys(vars(NO_MOVES), 0)
    for one in decisions(event.id):
        for name in _names(event, one):
            found[name] += one.party
    return SeatMoves(**found)


def _names(event: Event, one: Decision) -> list[str]:
    match (one.was.value if one.was else "new", one.became.value):
        case (was, "going") if was != "going":
            return [_way(was, one.reason.value)]
        case (was, "offered") if was != "offered":
            return ["offered"]
        case ("offered", "lapsed"):
            return ["expired"]
        case ("going", "withdrawn") if one.reason != "merged":
            is_late = event.starts_at - one.at <= timedelta(hours=24)
            return ["left", "late"] if is_late else ["left"]
        case _:
            return []


def _way(was: str, reason: str) -> str:
    if was == "requested":
        return "approved"
    if reason in _BY_HAND:
        return "by_hand"
    return {"waitlisted": "promoted", "offered": "taken"}.get(was, "direct")


def took(event_ids: list[int]) -> list[timedelta]:
    times, last = [], {}
    for event_id in event_ids:
        for one in decisions(event_id):
            known = last.get(one.rsvp_id)
            said = one.became in {"going", "waitlisted", "requested", "declined"}
            theirs = one.reason not in {*_BY_HAND, "merged", "erased"}
            if known is not None and one.was == "invited" and said and theirs:
                times.append(one.at - known)
            last[one.rsvp_id] = one.at
    return sorted(times)


def ranked(times: list[timedelta]) -> AnswerTimes:
    if not times:
        return AnswerTimes()
    median, p90 = (times[math.ceil(share * len(times)) - 1] for share in (0.5, 0.9))
    return AnswerTimes(len(times), median, p90)


def at_start(event: Event) -> int:
    going: dict[int, int] = {}
    for one in decisions(event.id):
        if one.at <= event.starts_at:
            going[one.rsvp_id] = one.party if one.became == "going" else 0
    return sum(going.values())


def attended(event: Event) -> Attendance:
    rsvps = list(db.session.scalars(sa.select(Rsvp).where(Rsvp.event_id == event.id)))
    heads = [head for rsvp in rsvps if rsvp.status == "going" for head in rsvp.attendees]
    came = sum(head.checked_in_at is not None for head in heads)
    invited = sum(rsvp.invited_at is not None for rsvp in rsvps)
    return Attendance(1, invited, len(heads), len(heads) if came else 0, came)
