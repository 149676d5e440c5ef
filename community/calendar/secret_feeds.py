"""Secret calendar addresses, a person's own and an organizer's: made, shown, ended, looked up.

The token is HMAC(SECRET_KEY, salt): the page can show it again, and a copy of the database alone
opens nothing. It is looked up by its hash, so that a new SECRET_KEY leaves subscriptions alive.
"""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from community.calendar.changes import FeedAddressCreated, FeedAddressRevoked
from community.core.clock import now
from community.core.db import Base, db, record, transactional
from community.core.errors import NotFound
from community.core.tokens import derived_token, digest, new_token, same
from community.core.types import choice
from community.events.queries import edited_by
from community.membership.models import Person
from community.membership.queries import get_person
from community.membership.viewer import Viewer

PURPOSE = "calendar feed"


class FeedKind(StrEnum):
    """What a secret address shows."""

    OWN = "own"  # what its person answered and is invited to
    ORGANIZER = "organizer"  # the events that they organize, with figures


class CalendarFeed(Base):
    """The one address of its kind that counts for a person."""

    __tablename__ = "calendar_feeds"

    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("people.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[FeedKind] = mapped_column(choice(FeedKind), primary_key=True)
    salt: Mapped[str] = mapped_column(sa.String(64))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    made_at: Mapped[datetime] = mapped_column(default=now)


@transactional
def make_feed(person_id: int, kind: FeedKind) -> str:
    """A new address of this kind; the one before ends at once. Returns its token.

    Raises NotFound when there is nothing of this kind for the person.
    """
    person = get_person(person_id)
    if not _may_have(person, kind):
        raise NotFound("feed")
    salt = new_token()
    token = derived_token(PURPOSE, salt)
    feed = db.session.get(CalendarFeed, (person_id, kind), populate_existing=True)
    if feed is None:
        feed = CalendarFeed(person_id=person_id, kind=kind)
        db.session.add(feed)
    feed.salt, feed.token_hash, feed.made_at = salt, digest(token), now()
    record(FeedAddressCreated(person_id, kind.value))
    return token


@transactional
def revoke_feed(person_id: int, kind: FeedKind) -> None:
    """End an address for everybody who has it. Without one nothing happens."""
    feed = db.session.get(CalendarFeed, (person_id, kind), populate_existing=True)
    if feed is not None:
        db.session.delete(feed)
        record(FeedAddressRevoked(person_id, kind.value))


def find_tokens(person_id: int) -> dict[FeedKind, str]:
    """The tokens that count, by kind, to show them to their person.

    ``""`` for one that was made with another SECRET_KEY: it works, and nobody can tell it again.
    """
    found = db.session.scalars(sa.select(CalendarFeed).where(CalendarFeed.person_id == person_id))
    return {feed.kind: _token_of(feed) for feed in found}


def get_secret_feed(token: str) -> tuple[FeedKind, Person]:
    """What a token shows, and whose. Raises NotFound for one that is wrong or was ended.

    Whoever organizes nothing any more has no feed of it either.
    """
    hashed = digest(token)
    feed = db.session.scalar(sa.select(CalendarFeed).where(CalendarFeed.token_hash == hashed))
    if feed is None or not same(feed.token_hash, hashed):
        raise NotFound("feed")
    person = get_person(feed.person_id)
    if not _may_have(person, feed.kind):
        raise NotFound("feed")
    return feed.kind, person


def _token_of(feed: CalendarFeed) -> str:
    token = derived_token(PURPOSE, feed.salt)
    return token if same(digest(token), feed.token_hash) else ""


def _may_have(person: Person, kind: FeedKind) -> bool:
    if kind == FeedKind.OWN:
        return True
    if person.is_shut_out or person.is_organizer:
        return person.is_organizer
    return db.session.scalar(edited_by(Viewer.of(person)).limit(1)) is not None
