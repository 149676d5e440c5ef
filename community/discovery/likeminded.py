"""Like-minded people: those who follow the same topics, live in the same place, came along."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db
from community.discovery.acquaintance import (
    ME,
    listed,
    may_read_column,
    reader_of,
)
from community.discovery.cards import card_columns, cards, limit_to
from community.discovery.people import TopicName, VisibleProfile
from community.events.models import EventStatus
from community.membership.models import Person
from community.membership.terms import PLACE, place_of
from community.membership.viewer import Viewer
from community.rsvp.models import RsvpStatus

SHOWN = 6
# Of each kind, so that a large community costs no more than a small one.
_CANDIDATES = 100
_BY_TOPICS = 1_000  # of all topics together: whoever follows many gets fewer people of each
_EVENTS = 100  # the latest that the viewer went to
_TOPIC, _SAME_PLACE, _EVENT = 3, 2, 2
_tables = Person.metadata.tables
_people, _follows, _terms = (_tables[name] for name in ("people", "person_topics", "person_terms"))
_events, _rsvps = _tables["events"], _tables["rsvps"]
_MEMBER = reader_of(Viewer(0, is_member=True))


@dataclass(frozen=True)
class LikeMinded:
    """Somebody to meet, and what the viewer shares with them as far as they may know."""

    profile: VisibleProfile
    topics: list[TopicName] = field(default_factory=list)
    same_place: bool = False
    events: int = 0  # that both went to

    @property
    def weight(self) -> int:
        """How much there is to talk about."""
        return _TOPIC * len(self.topics) + _SAME_PLACE * self.same_place + _EVENT * self.events


def like_minded(viewer: Viewer, *, most: int = SHOWN) -> list[LikeMinded]:
    """The members with whom the viewer shares most, those first; empty for who is no member.

    They are ranked among the newest followers of each of the viewer's topics, the newest people of
    the same place, and those met most often at the latest events. Of up to ten topics 100 people
    each are looked at, of more topics as many as make 1,000 together: whoever shares a topic that
    fewer follow is always found.
    """
    if viewer.person_id is None or not viewer.is_member:
        return []
    me = {"me": viewer.person_id}
    place, mine = _of_viewer(viewer.person_id)
    if place is None:
        return []
    each = min(_CANDIDATES, max(_BY_TOPICS // max(len(mine), 1), 1))
    values = me | {
        "place": place,
        "each": each - 1,
        "candidates": _CANDIDATES,
        "events": _EVENTS,
        "now": now(),
        "most": most,
    }
    rows = db.session.execute(_best(), values).all()
    profiles = {profile.handle: profile for profile in cards(viewer, rows)}
    return [
        LikeMinded(
            profiles[row.handle],
            topics=[topic for topic in profiles[row.handle].topics or () if topic.id in mine],
            same_place=bool(row.same_place),
            events=row.met,
        )
        for row in rows
        if row.handle in profiles
    ]


def _of_viewer(person_id: int) -> tuple[str | None, set[int]]:
    """The viewer's place and topics; no place, not even ``""``, for a person who is not there."""
    rows = db.session.execute(_own(), {"me": person_id}).all()
    if not rows:
        return None, set()
    return place_of(rows[0].location), {row.topic_id for row in rows if row.topic_id is not None}


@lru_cache(1)
def _own() -> sa.Select[Any]:
    query = sa.select(_people.c.location, _follows.c.topic_id)
    return query.outerjoin(_follows, _follows.c.person_id == _people.c.id).where(_people.c.id == ME)


@lru_cache(1)
def _best() -> sa.Select[Any]:
    """The candidates who share something that the viewer may know, most of it first."""
    met = _met()
    candidates = sa.union(_by_topics(), _by_place(), sa.select(met.c.person_id)).subquery(
        "candidates"
    )
    own = _follows.alias("own_topics")
    shared = (
        sa.select(sa.func.count())
        .select_from(own)
        .join(_follows, _follows.c.topic_id == own.c.topic_id)
        .where(own.c.person_id == ME, _follows.c.person_id == _people.c.id)
        .correlate(_people)
        .scalar_subquery()
    )
    readable = may_read_column(_MEMBER, _people.c.topics_audience, _people.c.id)
    # No EXISTS: PostgreSQL would answer it by reading everybody of the place.
    neighbour = sa.select(sa.literal_column("1", sa.Integer)).where(
        _terms.c.person_id == _people.c.id, *_in_the_place()
    )
    facts = (
        sa.select(
            _people.c.id,
            _people.c.sort_name,
            _people.c.handle,
            sa.case((readable, shared), else_=0).label("topics"),
            sa.func.coalesce(neighbour.correlate(_people).scalar_subquery(), 0).label("same_place"),
            sa.func.coalesce(met.c.both, 0).label("met"),
        )
        .join(candidates, candidates.c.person_id == _people.c.id)
        .outerjoin(met, met.c.person_id == _people.c.id)
        .where(_people.c.id != ME, listed(_MEMBER, by_id=True))
        .cte("facts")
        .prefix_with("MATERIALIZED")  # or each fact is found again wherever it is named
    )
    weight = _TOPIC * facts.c.topics + _SAME_PLACE * facts.c.same_place + _EVENT * facts.c.met
    best = (
        sa.select(facts.c.id, weight.label("weight"), facts.c.same_place, facts.c.met)
        .where(weight > 0)
        .order_by(weight.desc(), facts.c.sort_name, facts.c.handle)
        .limit(limit_to("most"))
        .subquery("best")
    )
    return (
        sa.select(*card_columns(_MEMBER), best.c.same_place, best.c.met)
        .join(best, best.c.id == _people.c.id)
        .order_by(best.c.weight.desc(), _people.c.sort_name, _people.c.handle)
    )


def _by_topics() -> sa.Select[int]:
    """The newest followers of each topic, at most so many: a sort of them all would grow."""
    own, theirs, last = _follows.alias("own"), _follows.alias("theirs"), _follows.alias("last")
    oldest = (
        sa.select(last.c.person_id)
        .where(last.c.topic_id == own.c.topic_id)
        .order_by(last.c.person_id.desc())
        .limit(1)
        .offset(limit_to("each"))
        .correlate(own)
        .scalar_subquery()
    )
    return (
        sa.select(theirs.c.person_id)
        .select_from(own)
        .join(theirs, theirs.c.topic_id == own.c.topic_id)
        .where(own.c.person_id == ME, theirs.c.person_id >= sa.func.coalesce(oldest, 0))
    )


def _by_place() -> sa.Select[int]:
    newest = (
        sa.select(_terms.c.person_id)
        .where(*_in_the_place())
        .order_by(_terms.c.person_id.desc())
        .limit(limit_to("candidates"))
        .subquery("neighbours")
    )
    return sa.select(newest.c.person_id)


def _in_the_place() -> list[sa.ColumnElement[bool]]:
    """Conditions on a term: the viewer's place, where the viewer may read it."""
    place = sa.bindparam("place", type_=_terms.c.term.type)
    return [
        _terms.c.term == place,
        place != "",
        _terms.c.kind == PLACE,
        may_read_column(_MEMBER, _terms.c.audience, _terms.c.person_id),
    ]


def _met() -> sa.CTE:
    """How many of the latest events each of the people went to whom the viewer met most often."""
    mine, both = _rsvps.alias("mine"), sa.func.count().label("both")
    went = (
        sa.select(_events.c.id)
        .join(mine, mine.c.event_id == _events.c.id)
        .where(
            mine.c.person_id == ME,
            mine.c.status == RsvpStatus.GOING,
            _events.c.status == EventStatus.PUBLISHED,
            _events.c.ends_at <= sa.bindparam("now", type_=_events.c.ends_at.type),
        )
        .order_by(_events.c.ends_at.desc(), _events.c.id.desc())
        .limit(limit_to("events"))
        .subquery("went")
    )
    return (
        sa.select(_rsvps.c.person_id, both)
        .join(went, went.c.id == _rsvps.c.event_id)
        .where(_rsvps.c.status == RsvpStatus.GOING, _rsvps.c.person_id != ME)
        .group_by(_rsvps.c.person_id)
        .order_by(both.desc(), _rsvps.c.person_id)
        .limit(limit_to("candidates"))
        .cte("met")
    )
