"""Like-minded people: those who follow the same topics, live in the same place, came along."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db
from community.discovery.acquaintance import events_of, listed, may_read_column
from community.discovery.people import VisibleProfile, inline, people, seen_by
from community.events.models import Event
from community.membership.models import Person, PersonTerm, Topic, person_topics
from community.membership.terms import PLACE, place_of
from community.membership.viewer import Viewer
from community.rsvp.models import Rsvp, RsvpStatus

SHOWN = 6
_MOST_TOPICS = 20
_CANDIDATES = 100  # of each kind, so that a large community costs no more than a small one
_TOPIC, _SAME_PLACE, _EVENT = 3, 2, 2


@dataclass(frozen=True)
class LikeMinded:
    """Somebody to meet, and what the viewer shares with them as far as they may know."""

    profile: VisibleProfile
    topics: list[Topic] = field(default_factory=list)
    same_place: bool = False
    events: int = 0  # that both went to

    @property
    def weight(self) -> int:
        """How much there is to talk about."""
        return _TOPIC * len(self.topics) + _SAME_PLACE * self.same_place + _EVENT * self.events


def like_minded(viewer: Viewer, *, most: int = SHOWN) -> list[LikeMinded]:
    """The members with whom the viewer shares most, those first; empty for who is no member.

    Whoever shares a topic that few follow is found; of a topic of many, its newest followers.
    """
    me = db.session.get(Person, viewer.person_id) if viewer.person_id else None
    if me is None or not viewer.is_member:
        return []
    mine, place = sorted(topic.id for topic in me.topics), place_of(me.location)
    together = _events_together(me.id)
    ids = {*_by_topics(mine), *_by_place(viewer, place), *together} - {me.id}
    best = _best(viewer, _Shared(tuple(mine), place, together), sorted(ids))[:most]
    if not best:
        return []
    found = db.session.scalars(people(viewer).where(Person.id.in_(best))).all()
    handles = {person.handle: person.id for person in found}
    matches = [
        LikeMinded(
            profile,
            topics=[topic for topic in profile.topics or () if topic.id in mine],
            same_place=bool(place) and place_of(profile.location or "") == place,
            events=together.get(handles[profile.handle], 0),
        )
        for profile in seen_by(viewer, found)
    ]
    return sorted(matches, key=lambda m: (-m.weight, m.profile.name, m.profile.handle))


@dataclass(frozen=True)
class _Shared:
    """What a viewer may share with others: topics, a place, and events by person."""

    topics: tuple[int, ...]
    place: str
    events: dict[int, int]


def _best(viewer: Viewer, mine: _Shared, ids: Sequence[int]) -> list[int]:
    """Of these people, those who share something that the viewer may know; most of it first.

    Only the figures are read here, and whole profiles of the few that are shown.
    """
    if not ids:
        return []
    there = sa.select(
        Person.id,
        Person.name,
        Person.handle,
        sa.case((may_read_column(viewer, Person.location_audience, Person.id), Person.location)),
        may_read_column(viewer, Person.topics_audience, Person.id),
    ).where(Person.id.in_(inline(ids)), listed(viewer))
    rows = db.session.execute(there).all()
    counted = (
        sa.select(person_topics.c.person_id, sa.func.count())
        .where(person_topics.c.person_id.in_(inline(ids)))
        .where(person_topics.c.topic_id.in_(mine.topics))
        .group_by(person_topics.c.person_id)
    )
    topics: dict[int, int] = dict(iter(db.session.execute(counted))) if mine.topics else {}
    ranked = []
    for person_id, name, handle, location, shows_topics in rows:
        weight = _TOPIC * topics.get(person_id, 0) if shows_topics else 0
        if mine.place and place_of(location or "") == mine.place:
            weight += _SAME_PLACE
        weight += _EVENT * mine.events.get(person_id, 0)
        if weight:
            ranked.append((-weight, name, handle, person_id))
    return [person_id for *_, person_id in sorted(ranked)]


def _by_topics(mine: Sequence[int]) -> Sequence[int]:
    """The newest followers of each topic, at most so many: a sort of them all would grow."""
    if not mine:
        return []
    followers = [
        sa.select(person_topics.c.person_id)
        .where(person_topics.c.topic_id == topic_id)
        .order_by(person_topics.c.person_id.desc())
        .limit(_CANDIDATES)
        .subquery()
        for topic_id in mine[:_MOST_TOPICS]
    ]
    return db.session.scalars(sa.union(*(sa.select(one.c.person_id) for one in followers))).all()


def _by_place(viewer: Viewer, place: str) -> Sequence[int]:
    if not place:
        return []
    return db.session.scalars(
        sa.select(PersonTerm.person_id)
        .where(
            PersonTerm.term == place,
            PersonTerm.kind == PLACE,
            may_read_column(viewer, PersonTerm.audience, PersonTerm.person_id),
        )
        .order_by(PersonTerm.person_id.desc())
        .limit(_CANDIDATES)
    ).all()


def _events_together(person_id: int) -> dict[int, int]:
    """How many past events each of the people went to whom the person met most often."""
    both = sa.func.count().label("both")
    went = sa.select(Rsvp.event_id).where(
        Rsvp.person_id == person_id, Rsvp.status == RsvpStatus.GOING
    )
    counted = (
        sa.select(Rsvp.person_id, both)
        .join(Event, Event.id == Rsvp.event_id)
        .where(
            Rsvp.event_id.in_(events_of(person_id)),
            Rsvp.event_id.in_(went),
            Rsvp.status == RsvpStatus.GOING,
            Event.ends_at <= now(),
            Rsvp.person_id != person_id,
        )
        .group_by(Rsvp.person_id)
        .order_by(both.desc(), Rsvp.person_id)
        .limit(_CANDIDATES)
    )
    return dict(iter(db.session.execute(counted)))
