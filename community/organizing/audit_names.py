"""What the ids of audit entries lead to today: people, events, topics, places, questions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from community.core.db import db
from community.events.models import Event, EventStatus, Venue, Visibility
from community.membership.models import Person, Topic
from community.organizing.models import AuditEntry
from community.rsvp.models import Rsvp
from community.rsvp.question_models import Question

# Details that are ids, by what they lead to.
_PEOPLE = ("merged_id", "invited_by", "asked_by", "reminded_by", "other_id")
_EVENTS = ("source_id", "from_event_id")
_LABELS: dict[str, Any] = {
    "topic_id": (Topic, Topic.name),
    "into_id": (Topic, Topic.name),
    "venue_id": (Venue, Venue.name),
    "question_id": (Question, Question.label),
}

# Of another event that an entry mentions, whoever reads this one's log may know nothing.
_KNOWN_TO_MANY = sa.and_(
    Event.status != EventStatus.DRAFT, Event.visibility.in_([Visibility.PUBLIC, Visibility.MEMBERS])
)


@dataclass(frozen=True)
class Named:
    """Somebody. Without a name: erased. ``id`` is the record that stays after a merge."""

    id: int
    name: str


@dataclass(frozen=True)
class EventNamed:
    """An event. Without a slug: deleted."""

    id: int
    title: str
    slug: str
    zone: str


@dataclass(frozen=True)
class AuditNames:
    """Everything that some entries name, read at once."""

    people: dict[int, Named] = field(default_factory=dict)
    answers: dict[int, int] = field(default_factory=dict)  # of RSVPs, whose they are
    events: dict[int, EventNamed] = field(default_factory=dict)
    labels: dict[tuple[Any, int], str] = field(default_factory=dict)

    def person(self, person_id: int | None) -> Named | None:
        """Who has that id, or had it."""
        if person_id is None:
            return None
        return self.people.get(person_id, Named(person_id, ""))

    def concerned(self, entry: AuditEntry) -> int | None:
        """Whom an entry is about: the person in it, or whose answer it was."""
        if entry.person_id is not None:
            return entry.person_id
        return self.answers.get(entry.rsvp_id) if entry.rsvp_id is not None else None

    def event(self, event_id: int | None) -> EventNamed | None:
        """The event of that id; one without a slug when it is gone."""
        if event_id is None:
            return None
        return self.events.get(event_id, EventNamed(event_id, "", "", ""))

    def label(self, key: str, value: object) -> str:
        """What the detail ``key`` leads to; ``""`` when it is no id, or leads to nothing now."""
        if not isinstance(value, int):
            return ""
        if key in _PEOPLE:
            return self.people.get(value, Named(value, "")).name
        if key in _EVENTS:
            return self.events.get(value, EventNamed(value, "", "", "")).title
        return self.labels.get((_LABELS[key][0], value), "") if key in _LABELS else ""


def names_in(entries: Sequence[AuditEntry]) -> AuditNames:
    """Look up everything that they name: one query for each kind of thing."""
    answers = _answers({one.rsvp_id for one in entries if one.rsvp_id is not None})
    people = {*answers.values(), *_ids(entries, _PEOPLE)}
    people.update(one.actor_id for one in entries if one.actor_id is not None)
    people.update(one.person_id for one in entries if one.person_id is not None)
    events = {one.event_id for one in entries if one.event_id}
    sources = _ids(entries, _EVENTS) - events
    named = _events(events, sa.true()) | _events(sources, _KNOWN_TO_MANY)
    return AuditNames(_people(people), answers, named, _labels(entries))


def _ids(entries: Iterable[AuditEntry], keys: Iterable[str]) -> set[int]:
    found = (one.details.get(key) for one in entries for key in keys)
    return {value for value in found if isinstance(value, int)}


def _answers(ids: set[int]) -> dict[int, int]:
    query = sa.select(Rsvp.id, Rsvp.person_id).where(Rsvp.id.in_(ids))
    return dict(iter(db.session.execute(query))) if ids else {}


def _people(ids: set[int]) -> dict[int, Named]:
    """By their ids; whoever was merged is the record that stays, and who was erased is nobody."""
    if not ids:
        return {}
    stays = aliased(Person)
    query = (
        sa.select(
            Person.id,
            sa.func.coalesce(stays.id, Person.id),
            sa.func.coalesce(stays.name, Person.name),
        )
        .outerjoin(stays, stays.id == Person.merged_into_id)
        .where(Person.id.in_(ids))
    )
    return {one: Named(kept, name) for one, kept, name in db.session.execute(query)}


def _events(ids: set[int], which: sa.ColumnElement[bool]) -> dict[int, EventNamed]:
    if not ids:
        return {}
    query = sa.select(Event.id, Event.title, Event.slug, Event.timezone)
    query = query.where(Event.id.in_(ids), which)
    return {row.id: EventNamed(*row) for row in db.session.execute(query)}


def _labels(entries: Sequence[AuditEntry]) -> dict[tuple[Any, int], str]:
    labels: dict[tuple[Any, int], str] = {}
    for model, name in dict.fromkeys(_LABELS.values()):
        keys = [key for key, (of, _) in _LABELS.items() if of is model]
        ids = _ids(entries, keys)
        if model is Venue:
            ids |= {value for one in entries for value in _places(one)}
        if ids:
            query = sa.select(model.id, name).where(model.id.in_(ids))
            labels.update({(model, one): label for one, label in db.session.execute(query)})
    return labels


def _places(entry: AuditEntry) -> list[int]:
    """Places that an edited event was at, before and after."""
    values = entry.details.get("values")
    moved = values.get("venue_id") if isinstance(values, dict) else None
    return [one for one in moved or () if isinstance(one, int)]
