"""Profiles of a page of people, read as plain rows: objects cost more than the database does."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from community.core.db import db
from community.discovery.acquaintance import ME, Reader, fellows_among, relation_to
from community.discovery.people import TopicName, VisibleProfile
from community.membership.audiences import DEFAULTS, Audience, Relation, readable
from community.membership.models import Person
from community.membership.viewer import Viewer

_tables = Person.metadata.tables
_people, _topics, _follows = _tables["people"], _tables["topics"], _tables["person_topics"]
_addresses = _tables["person_addresses"]
_FIELDS = tuple(DEFAULTS)
_BEFORE = 3  # columns before those of audiences
_AFTER = _BEFORE + len(_FIELDS)
_END = _AFTER + len(_FIELDS)


@lru_cache(8)
def card_columns(reader: Reader) -> list[sa.ColumnElement[Any]]:
    """What a statement selects for :func:`cards`: of ``people``, and an address that is shown."""
    shown: sa.ColumnElement[bool] = _people.c.email_audience != Audience.NOBODY
    if reader.person_id is not None:
        shown = sa.or_(shown, _people.c.id == ME)
    address = sa.select(_addresses.c.address).where(
        _addresses.c.person_id == _people.c.id, _addresses.c.is_primary
    )
    kept = {"photo": _people.c.photo_version, "email": sa.case((shown, address.scalar_subquery()))}
    kept["topics"] = sa.null()  # in rows of their own
    return [
        _people.c.id,
        _people.c.handle,
        _people.c.sort_name,
        *(_people.c[f"{field}_audience"] for field in _FIELDS),
        *((kept[field] if field in kept else _people.c[field]).label(field) for field in _FIELDS),
    ]


def limit_to(name: str) -> sa.BindParameter[int]:
    """A LIMIT that is part of the statement: PostgreSQL plans well only for one that it knows."""
    return sa.bindparam(name, type_=sa.Integer, literal_execute=True)


def cards(viewer: Viewer, rows: Sequence[sa.Row[Any]]) -> list[VisibleProfile]:
    """These rows of :func:`card_columns` as the viewer sees them, with two queries at most.

    Whose name is hidden from the viewer is left out.
    """
    if not rows:
        return []
    asking = [row[0] for row in rows if Audience.SAME_EVENT in row[_BEFORE:_AFTER]]
    fellows = fellows_among(viewer, asking)
    topics = _topics_of([row[0] for row in rows])
    shown = []
    for row in rows:
        relation = relation_to(viewer, row[0], fellows)
        may = readable(relation)
        seen: dict[str, Any] = {
            field: value if audience in may else None
            for field, audience, value in zip(
                _FIELDS, row[_BEFORE:_AFTER], row[_AFTER:_END], strict=True
            )
        }
        if seen["name"] is None:
            continue
        if seen["links"] is not None:
            seen["links"] = seen["links"].splitlines()
        if row.topics_audience in may:
            seen["topics"] = topics.get(row[0], [])
        if row.email_audience in may:
            seen["email"] = seen["email"] or ""
        shown.append(VisibleProfile(row.handle, relation == Relation.SELF, **seen))
    return shown


def _topics_of(ids: Sequence[int]) -> dict[int, list[TopicName]]:
    by_person: dict[int, list[TopicName]] = {}
    for person_id, topic_id, slug, name in db.session.execute(_topics_of_people(), {"ids": ids}):
        by_person.setdefault(person_id, []).append(TopicName(topic_id, slug, name))
    return by_person


@lru_cache(1)
def _topics_of_people() -> sa.Select[int, int, str, str]:
    return (
        sa.select(_follows.c.person_id, _topics.c.id, _topics.c.slug, _topics.c.name)
        .join(_topics, _topics.c.id == _follows.c.topic_id)
        .where(_follows.c.person_id.in_(sa.bindparam("ids", expanding=True)))
        .order_by(_topics.c.name)
    )
