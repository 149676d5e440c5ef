"""Links by which whoever cooks for an event sees the kitchen sheet, without signing in.

A link holds a random secret of which the database has the hash. It ends with the event at the
latest, when it is revoked, and when whoever made it is no host of the event any more.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from community.core.clock import now
from community.core.db import Base, db, record, rows_changed, transactional
from community.core.errors import NotFound, Refused
from community.core.tokens import digest, new_token, same
from community.events.models import Event, EventStatus
from community.events.queries import lock_event, require_editor
from community.membership.models import Person
from community.organizing.kitchen_changes import KitchenLinkCreated, KitchenLinkRevoked

MOST_LINKS = 10  # that open something, for one event


class Lasts(StrEnum):
    """For how long a link opens something; none outlives its event."""

    DAY = "day"
    WEEK = "week"
    EVENT = "event"


_TIMES = {Lasts.DAY: timedelta(days=1), Lasts.WEEK: timedelta(days=7)}


class KitchenLink(Base):
    """One link. What was revoked is deleted at once, what ran out by the worker."""

    __tablename__ = "kitchen_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(
        sa.ForeignKey("events.id", ondelete="CASCADE"), index=True
    )
    made_by: Mapped[int | None] = mapped_column(
        sa.ForeignKey("people.id", ondelete="SET NULL"), index=True
    )
    made_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None]  # None = when the event ends, whenever that will be
    with_names: Mapped[bool] = mapped_column(default=False)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)

    event: Mapped[Event] = relationship()
    maker: Mapped[Person | None] = relationship()

    # The audit log names a link by its id, also after it is gone.
    __table_args__ = ({"sqlite_autoincrement": True},)

    @property
    def ends_at(self) -> datetime:
        """From when on it opens nothing."""
        ends = self.event.ends_at
        return min(self.expires_at, ends) if self.expires_at else ends


@transactional
def make_link(
    organizer_id: int, event_id: int, *, lasts: Lasts = Lasts.EVENT, with_names: bool = False
) -> str:
    """A new link's token, which nobody can tell again. Refuses more than ten at a time."""
    require_editor(organizer_id, event_id)
    event = lock_event(event_id)
    _require_kitchen(event)
    known = _links(event)
    open_ones = [one for one in known if _opens(one)]
    rows_changed(sa.delete(KitchenLink).where(KitchenLink.id.in_(_ids(known) - _ids(open_ones))))
    if len(open_ones) >= MOST_LINKS:
        raise Refused("too_many_kitchen_links", most=MOST_LINKS)
    token = new_token()
    link = KitchenLink(
        event_id=event.id,
        made_by=organizer_id,
        expires_at=now() + _TIMES[lasts] if lasts in _TIMES else None,
        with_names=with_names,
        token_hash=digest(token),
    )
    db.session.add(link)
    db.session.flush()
    record(KitchenLinkCreated(event.id, link.id, with_names))
    return token


@transactional
def revoke_link(organizer_id: int, event_id: int, link_id: int) -> None:
    """End a link for everybody who has it. One that ended already is left as it is."""
    require_editor(organizer_id, event_id)
    event = lock_event(event_id)
    gone = sa.delete(KitchenLink).where(_of(event), KitchenLink.id == link_id)
    if rows_changed(gone):
        record(KitchenLinkRevoked(event.id, link_id))


@transactional
def forget_old_links() -> int:
    """Delete links that ran out, or whose event is over; says how many."""
    over = sa.select(Event.id).where(Event.ends_at <= now())
    old = sa.or_(KitchenLink.expires_at <= now(), KitchenLink.event_id.in_(over))
    return rows_changed(sa.delete(KitchenLink).where(old))


def may_have_links(event: Event) -> bool:
    """Whether there is something to cook for: it is published and not over."""
    return event.status == EventStatus.PUBLISHED and now() < event.ends_at


def list_links(event: Event) -> list[KitchenLink]:
    """The links that open something, the newest first; ten at most."""
    return [link for link in _links(event) if _opens(link)]


def get_by_token(token: str) -> KitchenLink:
    """The link with that secret. Raises NotFound for one that is wrong, ran out or was ended."""
    hashed = digest(token)
    link = db.session.scalar(
        sa.select(KitchenLink)
        .where(KitchenLink.token_hash == hashed)
        .options(joinedload(KitchenLink.event))
    )
    if link is None or not same(link.token_hash, hashed) or not _opens(link):
        raise NotFound("kitchen")
    return link


def _links(event: Event) -> Sequence[KitchenLink]:
    found = sa.select(KitchenLink).where(_of(event)).order_by(KitchenLink.id.desc())
    found = found.options(joinedload(KitchenLink.maker), joinedload(KitchenLink.event))
    return db.session.scalars(found).all()


def _opens(link: KitchenLink) -> bool:
    if now() >= link.ends_at or link.made_by is None:
        return False
    try:
        require_editor(link.made_by, link.event_id)
    except NotFound:
        return False  # who is taken off a team is so at once
    return True


def _ids(links: Sequence[KitchenLink]) -> set[int]:
    return {link.id for link in links}


def _require_kitchen(event: Event) -> None:
    if event.status == EventStatus.DRAFT:
        raise Refused("event_is_draft")
    if event.status == EventStatus.CANCELLED:
        raise Refused("event_cancelled")
    if now() >= event.ends_at:
        raise Refused("kitchen_is_over")


def _of(event: Event) -> sa.ColumnElement[bool]:
    return KitchenLink.event_id == event.id
