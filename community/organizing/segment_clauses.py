"""The conditions of a segment as SQL that both databases know; each is about one RSVP."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from community.core.walltime import to_utc
from community.events.models import Event, EventStatus
from community.membership.models import (
    Person,
    PersonAddress,
    Topic,
    TopicRedirect,
    person_topics,
)
from community.rsvp.models import Attendee, Partstat, Rsvp, RsvpStatus
from community.rsvp.question_models import AskedOf, Question, QuestionKind

MAY_SAY_MAYBE = (RsvpStatus.GOING, RsvpStatus.OFFERED, RsvpStatus.INVITED)
_WORDS = (QuestionKind.SHORT_TEXT, QuestionKind.LONG_TEXT, QuestionKind.DIETARY)
_heads: sa.Table = Attendee.metadata.tables["attendees"]
_other, _past = aliased(Rsvp), aliased(Event)


def mentions(word: str) -> sa.ColumnElement[bool]:
    """The word is part of the name, the address or the organization."""
    # In one: SQLite's lower() is Python's, and takes longest of all. No word holds a line end.
    address = sa.func.coalesce(PersonAddress.address, "")
    return (Person.name + "\n" + address + "\n" + Person.organization).icontains(
        word, autoescape=True
    )


def follows(slugs: Sequence[str]) -> sa.ColumnElement[bool]:
    """The person follows one of the topics, which may be called by a name that it had before."""
    now_called = sa.select(Topic.id).where(Topic.slug.in_(slugs))
    once_called = sa.select(TopicRedirect.topic_id).where(TopicRedirect.slug.in_(slugs))
    followed = person_topics.c
    return sa.exists().where(
        followed.person_id == Rsvp.person_id,
        followed.topic_id.in_(now_called.union(once_called).scalar_subquery()),
    )


def said(event_id: int, question_id: int, value: str) -> sa.ColumnElement[bool]:
    """A head of the party answered so.

    Words are sought in words; a choice, a yes, a number and a date are as they are kept.
    """
    kept = _heads.c.answers
    text = kept[(str(question_id), "text")].as_string()
    kind = kept[(str(question_id), "kind")].as_string()
    # [["o1", "Fish"]], with or without the space; a quotation mark in a label is written \".
    chosen = kept[(str(question_id), "options")].as_string()
    is_words = kind.in_([one.value for one in _WORDS])
    found = sa.or_(
        sa.and_(is_words, text.icontains(value, autoescape=True)),
        sa.and_(~is_words, text == value.replace(",", ".")),
        sa.and_(~is_words, text == value),
        chosen.contains(f'["{value}",', autoescape=True) if _is_plain(value) else sa.false(),
    )
    is_ours = sa.exists().where(Question.id == question_id, Question.event_id == event_id)
    heads = sa.select(_heads.c.id).where(_heads.c.rsvp_id == Rsvp.id, found)
    return sa.and_(is_ours, _one_by_one(heads))


def unanswered(event_id: int, question_id: int) -> sa.ColumnElement[bool]:
    """A head of the party who is asked has not answered."""
    kind = _heads.c.answers[(str(question_id), "kind")].as_string()
    ours = sa.and_(Question.id == question_id, Question.event_id == event_id)
    asked = sa.or_(_heads.c.position == 0, Question.asked_of == AskedOf.EACH)
    heads = sa.select(_heads.c.id).select_from(_heads.join(Question, ours))
    return _one_by_one(heads.where(_heads.c.rsvp_id == Rsvp.id, asked, kind.is_(None)))


def checked_in() -> sa.ColumnElement[bool]:
    """Somebody of the party is in."""
    return sa.exists().where(_heads.c.rsvp_id == Rsvp.id, _heads.c.checked_in_at.is_not(None))


def first_timer(event: Event) -> sa.ColumnElement[bool]:
    """The person had a seat at no event that took place and began before this one."""
    return ~sa.exists().where(
        _other.person_id == Rsvp.person_id,
        _other.status == RsvpStatus.GOING,
        _past.id == _other.event_id,
        _past.id != event.id,
        _past.status == EventStatus.PUBLISHED,
        _past.starts_at < event.starts_at,
    )


def silent_since(day: date, zone: str) -> sa.ColumnElement[bool]:
    """Invited until the end of that day, and has not answered."""
    end = to_utc(datetime.combine(day + timedelta(days=1), time()), zone)
    invited_at = sa.func.coalesce(Rsvp.invited_at, Rsvp.created_at)
    return sa.and_(
        Rsvp.status == RsvpStatus.INVITED, invited_at < sa.literal(end, Rsvp.created_at.type)
    )


def maybe() -> sa.ColumnElement[bool]:
    """Their calendar says maybe, and they keep what they have."""
    return sa.and_(
        Rsvp.status.in_(MAY_SAY_MAYBE),
        sa.exists().where(
            _heads.c.rsvp_id == Rsvp.id,
            _heads.c.position == 0,
            _heads.c.answered_stamp.is_not(None),
            _heads.c.partstat == Partstat.TENTATIVE,
        ),
    )


def _one_by_one(query: sa.Select[int]) -> sa.ColumnElement[bool]:
    """EXISTS that PostgreSQL asks for each RSVP in turn: as a join it would read every answer of
    every event to find the fifty of a page, since it knows nothing of what JSON holds."""
    return query.offset(0).exists()


def _is_plain(value: str) -> bool:
    """Whether it could be the id of an option."""
    return value.isascii() and value.isalnum()
