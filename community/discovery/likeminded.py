"""Like-minded people: those who follow the same topics, live in the same place, came along."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db
from community.discovery.acquaintance import events_of, listed, may_read_column
from community.discovery.people import VisibleProfile, people, seen_by
from community.events.models import Event
from community.membership.models import Person, PersonTerm, Topic, person_topics
from community.membership.terms import PLACE, place_of
from community.membership.viewer import Viewer
from community.rsvp.models import Rsvp, RsvpStatus

SHOWN = 6
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
    """The members with whom the viewer shares most, those first; empty for who is no member."""
    me = db.session.get(Person, viewer.person_id) if viewer.person_id else None
    if me is None or not viewer.is_member:
        return []
    mine, place = {topic.id for topic in me.topics}, place_of(me.location)
    together = _events_together(me.id)
    ids = {*_by_topics(viewer, mine), *_by_place(viewer, place), *together} - {me.id}
    if not ids:
        return []
    found = db.session.scalars(people(viewer).where(Person.id.in_(ids))).all()
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
    matches = [match for match in matches if match.weight]
    return sorted(matches, key=lambda m: (-m.weight, m.profile.name, m.profile.handle))[:most]


def _by_topics(viewer: Viewer, mine: set[int]) -> Sequence[int]:
    if not mine:
        return []
    shared = sa.func.count().label("shared")
    return db.session.scalars(
        sa.select(Person.id)
        .join(person_topics, person_topics.c.person_id == Person.id)
        .where(
            person_topics.c.topic_id.in_(mine),
            listed(viewer),
            may_read_column(viewer, Person.topics_audience, Person.id),
            Person.id != viewer.person_id,
        )
        .group_by(Person.id)
        .order_by(shared.desc(), Person.id)
        .limit(_CANDIDATES)
    ).all()


def _by_place(viewer: Viewer, place: str) -> Sequence[int]:
    if not place:
        return []
    return db.session.scalars(
        sa.select(PersonTerm.person_id)
        .join(Person, Person.id == PersonTerm.person_id)
        .where(
            PersonTerm.term == place,
            PersonTerm.kind == PLACE,
            may_read_column(viewer, PersonTerm.audience, PersonTerm.person_id),
            listed(viewer),
        )
        .order_by(PersonTerm.person_id)
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
