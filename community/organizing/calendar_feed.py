"""What an organizer's calendar subscription shows: the events on their desk, with figures."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from community.calendar.facts import Published
from community.calendar.feed_files import FeedState
from community.calendar.ics import MOST_EVENTS
from community.calendar.publishing import KEPT, published
from community.core.clock import now
from community.core.db import db
from community.core.links import link
from community.core.text import gettext, ngettext
from community.events.models import Event, EventStatus
from community.events.queries import edited_by
from community.events.visibility import shown_to_team
from community.membership.viewer import Viewer
from community.organizing.models import AuditEntry
from community.rsvp.models import Decision, Rsvp
from community.rsvp.queries import Seats, seats_of, waiting_parties

# After these somebody has other events on their desk; the events themselves did not change.
_RIGHTS = (
    "HelperAdded",
    "HelperChanged",
    "HelperRemoved",
    "OwnerChanged",
    "RoleGranted",
    "RoleRevoked",
)


def organized_state(viewer: Viewer) -> FeedState:
    """Where an organizer's feed stands: figures of the database, no event is loaded."""
    moment = now()
    mine = _on_desk(viewer)
    shown = sa.and_(mine, Event.ends_at > moment - KEPT)
    events = db.session.execute(
        sa.select(
            sa.func.count(),
            sa.func.sum(Event.id),
            sa.func.sum(Event.version),
            sa.func.max(Event.changed_at),
            sa.func.sum(Event.seats_taken),
            sa.func.max(Event.uid),
        ).where(shown)
    ).one()
    changed, left = db.session.execute(
        sa.select(
            sa.func.max(Event.changed_at),
            sa.func.max(sa.case((Event.ends_at <= moment - KEPT, Event.ends_at))),
        ).where(mine)
    ).one()
    ids = sa.select(Event.id).where(shown)
    answers = db.session.execute(
        sa.select(sa.func.max(Decision.id), sa.func.max(Decision.at))
        .join(Rsvp)
        .where(Rsvp.event_id.in_(ids))
    ).one()
    rights = db.session.scalar(
        sa.select(sa.func.max(AuditEntry.at)).where(
            AuditEntry.person_id == viewer.person_id, AuditEntry.action.in_(_RIGHTS)
        )
    )
    times: list[datetime | None] = [changed, left and left + KEPT, answers[1], rights]
    version = (*events, answers[0], rights, viewer.is_admin)
    return FeedState(version, max(filter(None, times), default=None))


def organized_events(viewer: Viewer) -> Sequence[Published]:
    """The events that the viewer may edit, once they are published, soonest first."""
    query = sa.select(Event).where(_on_desk(viewer), Event.ends_at > now() - KEPT)
    query = query.options(selectinload(Event.venue)).order_by(Event.starts_at, Event.id)
    events = db.session.scalars(query.limit(MOST_EVENTS)).all()
    ids = [event.id for event in events]
    waiting, answered = waiting_parties(ids), _last_answers(ids)
    return [
        _with_figures(event, seats_of(event, waiting.get(event.id, 0)), answered.get(event.id))
        for event in events
    ]


def _on_desk(viewer: Viewer) -> sa.ColumnElement[bool]:
    published_ones = Event.status != EventStatus.DRAFT
    if viewer.is_admin:
        return published_ones
    return sa.and_(published_ones, Event.id.in_(edited_by(viewer)))


def _last_answers(ids: list[int]) -> dict[int, datetime]:
    newest = (
        sa.select(Rsvp.event_id, sa.func.max(Decision.at))
        .join(Decision)
        .where(Rsvp.event_id.in_(ids))
        .group_by(Rsvp.event_id)
    )
    return dict(iter(db.session.execute(newest)))


def _with_figures(event: Event, seats: Seats, answered_at: datetime | None) -> Published:
    facts = published(event, shown_to_team(event))
    newest = max(filter(None, (facts.last_modified, answered_at)))
    title = gettext("%(title)s (%(figures)s)", title=facts.summary, figures=_short(seats))
    return replace(
        facts,
        last_modified=newest.replace(microsecond=0),
        summary=facts.summary if facts.cancelled else title,
        description="\n\n".join(filter(None, (_figures(seats), facts.description))),
        url=link("desk", slug=event.slug),
    )


def _short(seats: Seats) -> str:
    if seats.capacity is None:
        return str(seats.taken)
    return gettext("%(taken)s of %(all)s", taken=seats.taken, all=seats.capacity)


def _figures(seats: Seats) -> str:
    if seats.capacity is None:
        taken = ngettext("One seat taken.", "%(num)s seats taken.", seats.taken)
    else:
        figures = {"taken": seats.taken, "all": seats.capacity}
        taken = gettext("%(taken)s of %(all)s seats taken.", **figures)
    if not seats.waiting:
        return taken
    waiting = ngettext("One party waits.", "%(num)s parties wait.", seats.waiting)
    return f"{taken} {waiting}"
