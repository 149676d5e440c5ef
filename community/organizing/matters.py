"""What needs an organizer's decision now, at one event or at all those on the desk.

Each kind is looked up for all events at once: the number of queries does not grow with them.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from community.calendar.received_models import ReceivedMail, ReceivedVerdict
from community.core.clock import now
from community.core.db import db
from community.events.models import Event, EventStatus, LinePolicy
from community.mail.models import MailState, OutboxMail
from community.membership.queries import shown_name
from community.organizing.food import disagree, mentions_allergy
from community.organizing.replies import is_unread
from community.rsvp.answers import Given
from community.rsvp.models import Attendee, Rsvp, RsvpStatus, Source
from community.rsvp.question_models import AskedOf, Question, QuestionKind

OFFER_ENDS = timedelta(hours=12)
RESERVE_ENDS = timedelta(hours=24)
MOST_HEADS = 2000  # whose words about food are read in one go
MOST_NAMED = 10


class Kind(StrEnum):
    """What there is to decide, the most urgent first."""

    APPROVALS = "approvals"
    OFFERS_END = "offers_end"
    RESERVES_END = "reserves_end"
    CHOOSE = "choose"  # seats are free, and the line waits for the organizer's choice
    FAILED_MAILS = "failed_mails"
    FOOD_CONFLICTS = "food_conflicts"
    ALLERGIES = "allergies"  # nothing to decide, and the kitchen must know
    FOOD_OPEN = "food_open"
    ANSWERS_OPEN = "answers_open"
    DOUBTED = "doubted"
    WORDS = "words"  # that no host has read


@dataclass(frozen=True)
class Matter:
    """One of them. ``when`` (UTC) is the oldest, or the first that ends; None where neither is
    meant. ``who`` are the first few it is about, as pairs of an RSVP's id and a name."""

    kind: Kind
    count: int
    when: datetime | None = None
    who: tuple[tuple[int, str], ...] = ()

    @property
    def is_decision(self) -> bool:
        """Whether somebody has to decide something, and not only to know it."""
        return self.kind != Kind.ALLERGIES


def matters_of(events: Sequence[Event]) -> dict[int, list[Matter]]:
    """What there is to decide at each of these events, by its id and in order of urgency.

    Seven queries at most. Whose event is a draft, over or called off decides nothing more: then
    only mails that failed are left. Words about food are read of 2,000 heads at most.
    """
    moment = now()
    public = [one for one in events if one.status != EventStatus.DRAFT]
    alive = [
        one.id for one in public if one.status == EventStatus.PUBLISHED and one.ends_at > moment
    ]
    found: defaultdict[int, list[Matter]] = defaultdict(list)
    for event_id, matter in _failed([one.id for one in public]):
        found[event_id].append(matter)
    if alive:
        for kind in (_answers, _choices, _open_answers, _received, _food):
            for event_id, matter in kind(alive, moment):
                found[event_id].append(matter)
    order = list(Kind)
    return {
        event_id: sorted(matters, key=lambda one: order.index(one.kind))
        for event_id, matters in found.items()
    }


def decisions_waiting(events: Sequence[Event]) -> dict[int, int]:
    """How many kinds of things there are to decide at each event; events without are left out."""
    counts = {
        event_id: sum(matter.is_decision for matter in matters)
        for event_id, matters in matters_of(events).items()
    }
    return {event_id: count for event_id, count in counts.items() if count}


Found = Iterator[tuple[int, Matter]]


def _failed(ids: list[int]) -> Found:
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(OutboxMail.event_id, sa.func.count(), sa.func.min(OutboxMail.due_at))
        .where(OutboxMail.event_id.in_(ids), OutboxMail.state == MailState.FAILED)
        .group_by(OutboxMail.event_id)
    )
    for event_id, count, oldest in db.session.execute(query):
        yield event_id, Matter(Kind.FAILED_MAILS, count, oldest)


def _answers(ids: list[int], moment: datetime) -> Found:
    asked = Rsvp.status == RsvpStatus.REQUESTED
    offered = sa.and_(Rsvp.status == RsvpStatus.OFFERED, Rsvp.reserved_until <= moment + OFFER_ENDS)
    reserved = sa.and_(
        Rsvp.status == RsvpStatus.INVITED, Rsvp.reserved_until <= moment + RESERVE_ENDS
    )
    unasked = sa.and_(
        Rsvp.status == RsvpStatus.GOING,
        Rsvp.source == Source.ORGANIZER,
        sa.exists().where(
            Attendee.rsvp_id == Rsvp.id, Attendee.position == 0, Attendee.dietary == ""
        ),
    )
    since = sa.func.coalesce(Rsvp.answered_at, Rsvp.created_at)
    query = (
        sa.select(
            Rsvp.event_id,
            sa.func.count().filter(asked),
            sa.func.min(since).filter(asked),
            sa.func.count().filter(offered),
            sa.func.min(Rsvp.reserved_until).filter(offered),
            sa.func.count().filter(reserved),
            sa.func.min(Rsvp.reserved_until).filter(reserved),
            sa.func.count().filter(unasked),
        )
        .where(Rsvp.event_id.in_(ids), sa.or_(asked, offered, reserved, unasked))
        .group_by(Rsvp.event_id)
    )
    for event_id, asks, oldest, offers, ends, reserves, lapses, foods in db.session.execute(query):
        yield from (
            (event_id, Matter(kind, count, when))
            for kind, count, when in (
                (Kind.APPROVALS, asks, oldest),
                (Kind.OFFERS_END, offers, ends),
                (Kind.RESERVES_END, reserves, lapses),
                (Kind.FOOD_OPEN, foods, None),
            )
            if count
        )


def _choices(ids: list[int], _moment: datetime) -> Found:
    """Parties that fit into the free seats, where the organizer chooses who moves up."""
    fits = Rsvp.party_size <= Event.capacity - Event.kept_back - Event.seats_taken
    query = (
        sa.select(Rsvp.event_id, sa.func.count())
        .join(Event)
        .where(
            Rsvp.event_id.in_(ids),
            Event.line_policy == LinePolicy.ORGANIZER,
            Rsvp.status == RsvpStatus.WAITLISTED,
            sa.or_(Event.capacity.is_(None), fits),
        )
        .group_by(Rsvp.event_id)
    )
    for event_id, count in db.session.execute(query):
        yield event_id, Matter(Kind.CHOOSE, count)


def _open_answers(ids: list[int], _moment: datetime) -> Found:
    """Parties that are going and have not answered what they must."""
    # Keys of what is kept are numbers, and a quotation mark inside a text is written \".
    key = sa.literal('"') + sa.cast(Question.id, sa.String) + sa.literal('":')
    query = (
        sa.select(Rsvp.event_id, sa.func.count(Rsvp.id.distinct()))
        .join(Attendee, Attendee.rsvp_id == Rsvp.id)
        .join(Question, Question.event_id == Rsvp.event_id)
        .where(
            Rsvp.event_id.in_(ids),
            Rsvp.status == RsvpStatus.GOING,
            Question.required,
            Question.retired_at.is_(None),
            sa.or_(Question.asked_of == AskedOf.EACH, Attendee.position == 0),
            ~sa.cast(Attendee.answers, sa.Text).contains(key),
        )
        .group_by(Rsvp.event_id)
    )
    for event_id, count in db.session.execute(query):
        yield event_id, Matter(Kind.ANSWERS_OPEN, count)


def _received(ids: list[int], moment: datetime) -> Found:
    doubted = sa.and_(
        ReceivedMail.verdict == ReceivedVerdict.HELD,
        ReceivedMail.token_used_at.is_(None),
        ReceivedMail.token_expires_at > moment,
    )
    words = is_unread()
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            ReceivedMail.event_id,
            sa.func.count().filter(doubted),
            sa.func.min(ReceivedMail.received_at).filter(doubted),
            sa.func.count().filter(words),
            sa.func.min(ReceivedMail.received_at).filter(words),
        )
        .where(ReceivedMail.event_id.in_(ids), sa.or_(doubted, words))
        .group_by(ReceivedMail.event_id)
    )
    for event_id, held, held_since, told, told_since in db.session.execute(query):
        if held:
            yield event_id, Matter(Kind.DOUBTED, held, held_since)
        if told:
            yield event_id, Matter(Kind.WORDS, told, told_since)


def _food(ids: list[int], _moment: datetime) -> Found:
    """Heads with a seat whose words about food disagree, and those that mention an allergy."""
    kept = sa.cast(Attendee.answers, sa.Text)
    query = (
        sa.select(Rsvp.event_id, Rsvp.id, Attendee.name, Attendee.dietary, Attendee.answers)
        .join(Attendee, Attendee.rsvp_id == Rsvp.id)
        .where(
            Rsvp.event_id.in_(ids),
            Rsvp.status.in_((RsvpStatus.GOING, RsvpStatus.OFFERED)),
            sa.or_(Attendee.dietary != "", kept.contains(f'"{QuestionKind.DIETARY.value}"')),
        )
        .order_by(Attendee.id)
        .limit(MOST_HEADS)
    )
    conflicts: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    allergies: defaultdict[int, int] = defaultdict(int)
    for row in db.session.execute(query):
        needs, dishes = words_about_food(row)
        if disagree(needs, dishes):
            conflicts[row.event_id].append((row.id, shown_name(row.name)))
        allergies[row.event_id] += mentions_allergy(needs)
    for event_id, who in conflicts.items():
        yield event_id, Matter(Kind.FOOD_CONFLICTS, len(who), who=tuple(who[:MOST_NAMED]))
    for event_id, count in allergies.items():
        if count:
            yield event_id, Matter(Kind.ALLERGIES, count)


def words_about_food(head: Any) -> tuple[list[str], list[str]]:
    """What a head says that it does not eat, in its own field and to questions about that, and
    what it chose elsewhere."""
    needs, dishes = [head.dietary], []
    for kept in head.answers.values():
        given = Given.of(kept)
        chosen = [label for _id, label in given.options]
        if given.kind == QuestionKind.DIETARY:
            needs += [*chosen, given.text]
        else:
            dishes += chosen
    return needs, dishes
