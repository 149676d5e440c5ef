"""Saved views of an event's list: kept, renamed, replaced and deleted by any of its editors."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from community.core.db import db, record, transactional
from community.core.errors import NotFound, Refused
from community.core.text import clean_line, fold
from community.events.models import Event
from community.events.queries import lock_event, require_editor
from community.organizing.list_changes import ViewChanged, ViewDeleted, ViewSaved
from community.organizing.roster_order import EVERY_SORT, SORTS
from community.organizing.saved_view_models import VIEW_NAME_LENGTH, SavedView
from community.organizing.segments import EVERYBODY, Segment

__all__ = ["SavedView"]

MOST_VIEWS = 30
# What a list may show of each beside the name, in order; spelled as an export's columns are.
COLUMNS = (
    "organization",
    "email",
    "status",
    "party_size",
    "dietary",
    "note",
    "answers",
    "answered_at",
    "source",
    "checked_in_at",
)
USUAL = COLUMNS[:-1]  # whoever is in is marked as such anyway


@dataclass(frozen=True)
class Shown:
    """What a view keeps: whom it means, what is shown of them, and in which order.

    Unknown columns and orders are left out; without any it is what the list shows by itself.
    """

    segment: Segment = EVERYBODY
    columns: Sequence[str] = USUAL
    sort: str = SORTS[0]

    @property
    def known_columns(self) -> tuple[str, ...]:
        """Those of the columns that there are, in their order."""
        return tuple(one for one in COLUMNS if one in self.columns) or USUAL

    @property
    def known_sort(self) -> str:
        """The order, if there is such a one."""
        return self.sort if self.sort in EVERY_SORT else SORTS[0]


def list_views(event_id: int) -> list[SavedView]:
    """The saved views of an event by name, at most ``MOST_VIEWS``."""
    query = sa.select(SavedView).where(SavedView.event_id == event_id)
    return list(db.session.scalars(query.order_by(SavedView.folded).limit(MOST_VIEWS)))


@transactional
def save_view(organizer_id: int, event_id: int, name: str, shown: Shown) -> SavedView:
    """Keep what is shown under a name. Refuses a name that is taken, and the 31st view."""
    event = _locked(organizer_id, event_id)
    kept = sa.select(sa.func.count()).where(SavedView.event_id == event.id)
    if (db.session.scalar(kept) or 0) >= MOST_VIEWS:
        raise Refused("too_many_views", most=MOST_VIEWS)
    view = SavedView(event_id=event.id, made_by=organizer_id)
    _name(view, name)
    _fill(view, shown)
    db.session.add(view)
    db.session.flush()
    record(ViewSaved(event.id, view.id))
    return view


@transactional
def rename_view(organizer_id: int, event_id: int, view_id: int, name: str) -> SavedView:
    """Give a view another name. Refuses one that is taken."""
    view = _get(_locked(organizer_id, event_id), view_id)
    _name(view, name)
    record(ViewChanged(event_id, view.id))
    return view


@transactional
def replace_view(organizer_id: int, event_id: int, view_id: int, shown: Shown) -> SavedView:
    """Keep something else under the same name."""
    view = _get(_locked(organizer_id, event_id), view_id)
    _fill(view, shown)
    record(ViewChanged(event_id, view.id))
    return view


@transactional
def delete_view(organizer_id: int, event_id: int, view_id: int) -> None:
    """Forget a view. Twice is once."""
    event = _locked(organizer_id, event_id)
    view = db.session.get(SavedView, view_id)
    if view is not None and view.event_id == event.id:
        record(ViewDeleted(event.id, view.id))
        db.session.delete(view)


def _locked(organizer_id: int, event_id: int) -> Event:
    require_editor(organizer_id, event_id)
    return lock_event(event_id)


def _get(event: Event, view_id: int) -> SavedView:
    view = db.session.get(SavedView, view_id)
    if view is None or view.event_id != event.id:
        raise NotFound("view")
    return view


def _name(view: SavedView, name: str) -> None:
    clean = clean_line(name)
    folded = fold(clean)[: 2 * VIEW_NAME_LENGTH]
    if not folded:
        raise Refused("view_name_missing", field="name")
    if len(clean) > VIEW_NAME_LENGTH:
        raise Refused("view_name_too_long", field="name", most=VIEW_NAME_LENGTH)
    same = sa.select(SavedView.id).where(
        SavedView.event_id == view.event_id, SavedView.folded == folded
    )
    with db.session.no_autoflush:
        if db.session.scalar(same) not in {None, view.id}:
            raise Refused("view_name_taken", field="name")
    view.name, view.folded = clean, folded


def _fill(view: SavedView, shown: Shown) -> None:
    view.query, view.sort = shown.segment.to_args(), shown.known_sort
    view.columns = list(shown.known_columns)
