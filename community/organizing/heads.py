"""What the heads of a party said, as the list of an event's answers shows it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from community.core.db import db
from community.core.text import gettext
from community.membership.queries import shown_name
from community.organizing.segment_clauses import MAY_SAY_MAYBE
from community.rsvp.answers import Given
from community.rsvp.models import Attendee, Partstat, Source
from community.rsvp.question_models import Question
from community.rsvp.transitions import SETTLED


@dataclass(frozen=True)
class HeadAnswer:
    """What one head said to one question, in the words of its time.

    ``number`` is 0 for the person, 1 for the first guest; ``who`` is the guest's name.
    """

    question_id: int
    number: int
    who: str
    label: str
    words: str


def says_maybe(row: sa.Row[Any], heads: list[sa.Row[Any]]) -> bool:
    """Said by them: TENTATIVE is also what we tell the calendars of those who wait."""
    return row.status in MAY_SAY_MAYBE and any(
        head.answered_stamp is not None and head.partstat == Partstat.TENTATIVE
        for head in heads
        if not head.position
    )


def heads_of(ids: list[int]) -> dict[int, list[sa.Row[Any]]]:
    """The attendees of these RSVPs, each RSVP's in order of position."""
    found: sa.Result[Any] = db.session.execute(
        sa.select(
            Attendee.rsvp_id,
            Attendee.position,
            Attendee.name,
            Attendee.dietary,
            Attendee.answers,
            Attendee.checked_in_at,
            Attendee.partstat,
            Attendee.answered_stamp,
        )
        .where(Attendee.rsvp_id.in_(ids))
        .order_by(Attendee.rsvp_id, Attendee.position)
    )
    heads: dict[int, list[sa.Row[Any]]] = defaultdict(list)
    for row in found.all():
        heads[row.rsvp_id].append(row)
    return heads


def dietary_of(heads: list[sa.Row[Any]]) -> str:
    """What all of them do not eat, a guest's behind the guest's name."""
    return "; ".join(
        f"{shown_name(head.name)}: {head.dietary}" if head.position else head.dietary
        for head in heads
        if head.dietary
    )


def answers_of(heads: list[sa.Row[Any]]) -> list[HeadAnswer]:
    """What all of them said, in order of heads."""
    found: list[HeadAnswer] = []
    for number, head in enumerate(heads):
        for question_id, kept in head.answers.items():
            given, who = Given.of(kept), head.name if number else ""
            found.append(HeadAnswer(int(question_id), number, who, given.label, given.words))
    return found


def open_of(
    row: sa.Row[Any], heads: list[sa.Row[Any]], required: Sequence[Question]
) -> list[tuple[str, str]]:
    """Pairs of what somebody must answer and has not, and the guest's name for a guest's."""
    if row.status not in SETTLED:
        return []
    asked_food = row.source != Source.ORGANIZER or heads[0].dietary
    left = [] if asked_food else [(gettext("What they do not eat"), "")]
    for number, head in enumerate(heads):
        who = shown_name(head.name) if number else ""
        asked = [one for one in required if not number or one.is_for_guests]
        left += [(one.label, who) for one in asked if str(one.id) not in head.answers]
    return left
