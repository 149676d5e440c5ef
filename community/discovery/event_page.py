"""One event's page as one viewer may read it, in at most three statements beside who looks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from community.core.clock import now
from community.core.db import db
from community.core.errors import NotFound
from community.core.identity import newest_columns, remember_identity, with_newest
from community.core.types import UTCDateTime
from community.discovery.acquaintance import listed
from community.discovery.events import MOST_OTHERS, may_be_seen
from community.discovery.going import MOST_NAMES, Going
from community.events import visibility
from community.events.models import (
    HOSTS,
    Event,
    EventHost,
    EventStatus,
    event_topics,
)
from community.events.visibility import Rights, Shown
from community.membership.models import Person, Topic
from community.membership.texts import TextKind, in_order, kinds_in_force
from community.membership.viewer import Viewer
from community.rsvp.models import Decision, Rsvp, RsvpStatus
from community.rsvp.question_models import AskedOf, Question

_MOST_DECISIONS = 100
_WALL = sa.DateTime(timezone=False)
_EVENT_ID = sa.bindparam("event_id", type_=sa.Integer)


@dataclass(frozen=True)
class Host:
    """A host as a page names them."""

    name: str
    job_title: str
    organization: str


@dataclass(frozen=True)
class Named:
    """A topic: where its page is, and what it is called."""

    slug: str
    name: str


@dataclass(frozen=True)
class Other:
    """Another date of the series."""

    slug: str
    starts_local: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Required:
    """A question that has to be answered; see :func:`community.rsvp.answering.missing`."""

    id: int
    is_for_guests: bool
    required: bool = True


@dataclass(frozen=True)
class EventPage:
    """What the page of ``event`` says to its viewer, of whom ``mine`` is the answer."""

    event: Event
    mine: Rsvp | None
    place: int | None
    decisions: Sequence[Decision]
    waiting: int
    rights: Rights
    may_know: Shown
    hosts: Sequence[Host]
    topics: Sequence[Named]
    required: Sequence[Required]
    others: Sequence[Other]
    going: Going | None
    texts: Sequence[TextKind]


def get_event_page(viewer: Viewer, slug: str) -> EventPage:
    """The page of that address. Raises NotFound also when the viewer may not know of it."""
    row = db.session.execute(_event(), {"slug": slug, "viewer": viewer.person_id}).one_or_none()
    # Where there is none the same is asked: the time of an answer tells nothing, either.
    mine, place = _answer_of(viewer, row[0].id if row else 0)
    if row is None:
        raise NotFound("event")
    event, role, waiting, *newest = row
    is_host, answer = role in HOSTS, mine.status if mine else None
    if not visibility.may_see(event, viewer, is_host=is_host, answer=answer):
        raise NotFound("event")
    remember_identity(*newest)
    may_know = visibility.shown(
        event,
        is_team=viewer.is_admin or role is not None,
        is_going=answer == RsvpStatus.GOING,
        is_member=viewer.is_member,
    )
    beside = _Beside(viewer, event, names=may_know.attendees)
    decisions = sorted(mine.decisions, key=lambda one: one.id, reverse=True) if mine else []
    return EventPage(
        event=event,
        mine=mine,
        place=place,
        decisions=decisions[:_MOST_DECISIONS],
        waiting=waiting,
        rights=visibility.rights(viewer, role),
        may_know=may_know,
        hosts=beside.hosts,
        topics=beside.topics,
        required=beside.required,
        others=beside.others,
        going=beside.going,
        texts=beside.texts,
    )


@cache
def _event() -> sa.Select[Any]:
    """The event with its place, the viewer's role, and how many wait; and the community's name."""
    waiting = sa.select(sa.func.count()).where(
        Rsvp.event_id == Event.id, Rsvp.status == RsvpStatus.WAITLISTED
    )
    viewer = sa.bindparam("viewer", type_=sa.Integer)
    mine = sa.and_(EventHost.event_id == Event.id, EventHost.person_id == viewer)
    query = sa.select(Event, EventHost.role, waiting.scalar_subquery(), *newest_columns())
    query = query.select_from(Event).outerjoin(EventHost, mine)
    query = with_newest(query).where(Event.slug == sa.bindparam("slug", type_=sa.String))
    return query.options(joinedload(Event.venue))


def _answer_of(viewer: Viewer, event_id: int) -> tuple[Rsvp | None, int | None]:
    """What the viewer answered, with attendees and decisions, and their place in line."""
    if viewer.person_id is None:
        return None, None
    given = {"event_id": event_id, "viewer": viewer.person_id}
    row = db.session.execute(_answer(), given).unique().one_or_none()
    if row is None:
        return None, None
    mine, ahead = row
    return mine, ahead + 1 if mine.status == RsvpStatus.WAITLISTED else None


@cache
def _answer() -> sa.Select[Any]:
    before = aliased(Rsvp)
    ahead = sa.select(sa.func.count()).where(
        Rsvp.status == RsvpStatus.WAITLISTED,
        before.event_id == Rsvp.event_id,
        before.status == RsvpStatus.WAITLISTED,
        before.ticket < Rsvp.ticket,
    )
    return (
        sa.select(Rsvp, ahead.correlate(Rsvp).scalar_subquery())
        .where(Rsvp.event_id == _EVENT_ID, Rsvp.person_id == sa.bindparam("viewer"))
        .options(joinedload(Rsvp.attendees), joinedload(Rsvp.decisions))
    )


class _Beside:
    """The short lists beside an event, all of them by one statement."""

    def __init__(self, viewer: Viewer, event: Event, *, names: bool) -> None:
        self._parts: dict[str, list[Any]] = {}
        given = {"event_id": event.id, "series_id": event.series_id, "moment": now()}
        more = [*(_going(viewer) if names else ())]
        more += [_others(viewer)] if event.series_id is not None else []
        statement = sa.union_all(*_always(), *more) if more else _usual()
        for row in db.session.execute(statement, given):
            self._parts.setdefault(row.part, []).append(row)
        self.hosts = [Host(row.a, row.b, row.c) for row in self._of("host")]
        self.topics = [Named(row.a, row.b) for row in self._of("topic")]
        self.required = [Required(row.n, row.a == AskedOf.EACH) for row in self._of("question")]
        self.texts = in_order(row.a for row in self._of("text"))
        self.others = [Other(row.a, row.starts, row.ends) for row in self._of("other")]
        heads = sum(row.n or 0 for row in self._of("heads"))
        known = tuple(row.a for row in self._of("going"))
        self.going = Going(known, int(heads) - len(known)) if heads else None

    def _of(self, part: str) -> list[Any]:
        return sorted(self._parts.get(part, ()), key=lambda row: row.n or 0)


@cache
def _always() -> tuple[sa.Select[Any], ...]:
    is_host = sa.and_(EventHost.event_id == _EVENT_ID, EventHost.role.in_(HOSTS))
    hosts = (
        _part(
            "host",
            _rank(EventHost.role.desc(), Person.id),
            Person.name,
            Person.job_title,
            Person.organization,
        )
        .join(EventHost, EventHost.person_id == Person.id)
        .where(is_host)
    )
    about = event_topics.c.event_id == _EVENT_ID
    topics = (
        _part("topic", _rank(Topic.name), Topic.slug, Topic.name)
        .join(event_topics, event_topics.c.topic_id == Topic.id)
        .where(about)
    )
    questions = _part("question", Question.id, sa.cast(Question.asked_of, sa.String)).where(
        Question.event_id == _EVENT_ID, Question.required, Question.retired_at.is_(None)
    )
    kinds = kinds_in_force().subquery()
    texts = _part("text", sa.literal(0), sa.cast(kinds.c.kind, sa.String))
    return hosts, topics, questions, texts


@cache
def _usual() -> sa.CompoundSelect[Any]:
    return sa.union_all(*_always())


def _going(viewer: Viewer) -> tuple[sa.Select[Any], ...]:
    """How many heads there are, and the names that the viewer may read."""
    going = sa.and_(Rsvp.event_id == _EVENT_ID, Rsvp.status == RsvpStatus.GOING)
    heads = _part("heads", sa.func.sum(Rsvp.party_size)).select_from(Rsvp).where(going)
    first = (
        sa.select(Person.name, _rank(Person.sort_name, Person.id).label("n"))
        .join(Rsvp, Rsvp.person_id == Person.id)
        .where(going, listed(viewer))
        .order_by("n")
        .limit(MOST_NAMES)
        .subquery()
    )
    return heads, _part("going", first.c.n, first.c.name)


def _others(viewer: Viewer) -> sa.Select[Any]:
    """The next other dates of the series."""
    coming = (
        sa.select(
            Event.slug,
            Event.starts_local,
            Event.ends_at,
            _rank(Event.starts_at, Event.id).label("n"),
        )
        .where(
            may_be_seen(viewer),
            Event.series_id == sa.bindparam("series_id", type_=sa.Integer),
            Event.id != _EVENT_ID,
            Event.status == EventStatus.PUBLISHED,
            Event.ends_at > sa.bindparam("moment", type_=UTCDateTime),
        )
        .order_by("n")
        .limit(MOST_OTHERS)
        .subquery()
    )
    dates = {"starts": coming.c.starts_local, "ends": coming.c.ends_at}
    return _part("other", coming.c.n, coming.c.slug, **dates)


def _rank(*order: Any) -> sa.Over[Any]:
    return sa.func.row_number().over(order_by=order)


def _part(part: str, n: Any, *texts: Any, starts: Any = None, ends: Any = None) -> sa.Select[Any]:
    """Rows of one list in the shape of all."""
    nothing = sa.cast(sa.null(), sa.String)
    a, b, c = [*texts, nothing, nothing, nothing][:3]
    return sa.select(
        sa.literal(part, sa.String).label("part"),
        n.label("n"),
        a.label("a"),
        b.label("b"),
        c.label("c"),
        (sa.cast(sa.null(), _WALL) if starts is None else starts).label("starts"),
        (sa.cast(sa.null(), UTCDateTime) if ends is None else ends).label("ends"),
    )
