"""The audit log as it is read: narrowed, the newest first, with the names of today.

Entries hold ids alone. Who they are is looked up when they are shown, so that nobody's name is
kept here, and whoever was erased is nobody in what was noted before, too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from community.core.db import db
from community.core.pages import Page, cursor, read_cursor, read_instant
from community.membership.connection_changes import (
    ConnectionAskIgnored,
    MemberBlocked,
    MemberReported,
    MemberUnblocked,
    ReportResolved,
)
from community.membership.models import Person
from community.organizing.audit_names import AuditNames, EventNamed, Named, names_in
from community.organizing.models import AuditEntry
from community.rsvp.models import Rsvp

PAGE, BATCH = 50, 500
# What is done about somebody of which they are not told, admins included.
UNTOLD = tuple(
    one.__name__ for one in (MemberBlocked, MemberUnblocked, MemberReported, ReportResolved)
)
Condition = sa.ColumnElement[bool]


@dataclass(frozen=True)
class LogSought:
    """What the log is narrowed to; everything that is given must hold.

    ``person_id`` acted, or is whom it was about, or whose answer it was. ``since`` and ``until``
    are aware instants, ``until`` not included. ``reader_id``: who reads is not shown what others
    noted about them in confidence.
    """

    event_id: int | None = None
    person_id: int | None = None
    rsvp_id: int | None = None
    actions: Sequence[str] = ()
    via: str = ""
    since: datetime | None = None
    until: datetime | None = None
    reader_id: int | None = None


@dataclass(frozen=True)
class LogEntry:
    """One entry with what its ids lead to now. ``actor`` None: the program did it by itself."""

    id: int
    at: datetime
    action: str
    via: str
    network: str
    details: dict[str, Any]
    actor: Named | None
    person: Named | None
    event: EventNamed | None
    rsvp_id: int | None
    names: AuditNames = field(repr=False)


def read_log(sought: LogSought, after: str = "") -> Page[LogEntry]:
    """One page, the newest first. A handful of queries, however long the log is."""
    key = read_cursor(after, (str, int))
    mark = (read_instant(key[0]), int(key[1])) if key else None
    found = _found(sought, mark, PAGE + 1)
    rows = _entries(found[:PAGE])
    last = rows[-1] if len(found) > PAGE else None
    return Page(rows, cursor(last.at.isoformat(), last.id) if last else None)


def iter_log(sought: LogSought) -> Iterator[LogEntry]:
    """All of it in the same order, in batches by key, so that memory stays flat."""
    mark = None
    while found := _found(sought, mark, BATCH):
        yield from _entries(found)
        mark = found[-1].at, found[-1].id
        db.session.expunge_all()  # what was read is not kept


def _found(sought: LogSought, mark: tuple[datetime, int] | None, most: int) -> list[AuditEntry]:
    """The next entries, each part of the question from an index that has them in order."""
    common = _common(sought, mark)
    ways = _ways(sought)
    order = AuditEntry.at.desc(), AuditEntry.id.desc()
    query = sa.select(AuditEntry).order_by(*order).limit(most)
    if len(ways) == 1:
        return list(db.session.scalars(query.where(*common, *ways[0])))
    # The newest of all ways are among the newest of each; an entry that two lead to is one.
    newest = sa.select(AuditEntry.at, AuditEntry.id).where(*common).order_by(*order).limit(most)
    parts = [newest.where(*way).subquery() for way in ways]
    ids = sa.union(*(sa.select(part.c.at, part.c.id) for part in parts)).subquery()
    chosen = sa.select(ids.c.id).order_by(ids.c.at.desc(), ids.c.id.desc()).limit(most)
    return list(db.session.scalars(query.where(AuditEntry.id.in_(chosen))))


def _common(sought: LogSought, mark: tuple[datetime, int] | None) -> list[Condition]:
    conditions: list[Condition] = []
    if mark:
        key = sa.literal(mark[0], AuditEntry.at.type), sa.literal(mark[1])
        conditions.append(sa.tuple_(AuditEntry.at, AuditEntry.id) < sa.tuple_(*key))
    if sought.since:
        conditions.append(AuditEntry.at >= sought.since)
    if sought.until:
        conditions.append(AuditEntry.at < sought.until)
    if sought.event_id is not None:
        conditions.append(AuditEntry.event_id == sought.event_id)
    if sought.rsvp_id is not None:
        conditions.append(AuditEntry.rsvp_id == sought.rsvp_id)
    if sought.via:
        conditions.append(AuditEntry.via == sought.via)
    if sought.reader_id is not None:
        conditions.extend(_told(sought.reader_id))
    return conditions


def _told(reader_id: int) -> list[Condition]:
    """Without what was noted about the reader in confidence."""
    about = sa.func.coalesce(AuditEntry.person_id, 0)
    asker = sa.func.coalesce(AuditEntry.details["asker_id"].as_integer(), 0)
    ignored = AuditEntry.action == ConnectionAskIgnored.__name__
    return [
        sa.not_(sa.and_(AuditEntry.action.in_(UNTOLD), about == reader_id)),
        sa.case((ignored, asker != reader_id), else_=sa.true()),
    ]


def _ways(sought: LogSought) -> list[list[Condition]]:
    """The ways to what is sought, each along an index of its own."""
    of_actions = [AuditEntry.action.in_(sought.actions)] if sought.actions else []
    narrow = sought.event_id is not None or sought.rsvp_id is not None
    if sought.person_id is not None:
        ways = [[way, *of_actions] for way in _about(sought.person_id)]
        return [[sa.or_(*(way[0] for way in ways)), *of_actions]] if narrow else ways
    if sought.actions and not narrow and not sought.via:
        return [[AuditEntry.action == one] for one in sought.actions]
    return [[*of_actions]]


def _about(person_id: int) -> list[Condition]:
    """Entries of what they did, of what was done to them, and of their answers.

    Of records that were merged into theirs, too.
    """
    merged = sa.select(Person.id).where(Person.merged_into_id == person_id).order_by(Person.id)
    ids = [person_id, *db.session.scalars(merged.limit(20))]
    answers = sa.select(Rsvp.id).where(Rsvp.person_id.in_(ids))
    return [
        *(AuditEntry.actor_id == one for one in ids),
        *(AuditEntry.person_id == one for one in ids),
        AuditEntry.rsvp_id.in_(answers),
    ]


def _entries(found: Sequence[AuditEntry]) -> list[LogEntry]:
    names = names_in(found)
    return [
        LogEntry(
            id=one.id,
            at=one.at,
            action=one.action,
            via=one.via,
            network=one.network,
            details=one.details,
            actor=names.person(one.actor_id),
            person=names.person(names.concerned(one)),
            event=names.event(one.event_id),
            rsvp_id=one.rsvp_id,
            names=names,
        )
        for one in found
    ]
