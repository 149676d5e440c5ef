"""The tables of events and venues."""

import uuid
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from community.core.clock import now
from community.core.db import Base
from community.core.types import choice
from community.events.series import EventSeries
from community.membership.models import Person, Topic

MOST_SEATS = 100_000
MOST_GUESTS = 9
LONGEST_OFFER = 14 * 24  # hours
LINK_LENGTH = 500


class EventFormat(StrEnum):
    """Where an event takes place."""

    IN_PERSON = "in_person"
    ONLINE = "online"
    HYBRID = "hybrid"


class Visibility(StrEnum):
    """Who may know of an event."""

    PUBLIC = "public"
    MEMBERS = "members"
    INVITED = "invited"


class EventStatus(StrEnum):
    """The life of an event; that it is past follows from the clock."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


class LinePolicy(StrEnum):
    """Who of those who wait is given a free seat."""

    ARRIVAL = "arrival"  # in order of their tickets
    ORGANIZER = "organizer"  # whom the organizer chooses


class AttendeesVisibleTo(StrEnum):
    """Who beside an event's team may read who is going."""

    HOSTS = "hosts"  # nobody else
    GOING = "going"
    MEMBERS = "members"  # and those who are going


class HostRole(StrEnum):
    """What somebody is to one event. Only the first two are its hosts."""

    OWNER = "owner"
    COHOST = "cohost"
    DOOR = "door"  # lets people in, and has no other right


HOSTS = (HostRole.OWNER, HostRole.COHOST)


class Venue(Base):
    """A place. Its zone is proposed for events that take place there."""

    __tablename__ = "venues"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    address: Mapped[str] = mapped_column(sa.String(240), default="")
    city: Mapped[str] = mapped_column(sa.String(120), default="")
    country: Mapped[str] = mapped_column(sa.String(80), default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    timezone: Mapped[str | None] = mapped_column(sa.String(64))
    access_notes: Mapped[str] = mapped_column(sa.Text, default="")


event_topics = sa.Table(
    "event_topics",
    Base.metadata,
    sa.Column("event_id", sa.ForeignKey("events.id", ondelete="CASCADE"), primary_key=True),
    sa.Column(
        "topic_id", sa.ForeignKey("topics.id", ondelete="CASCADE"), primary_key=True, index=True
    ),
)


class EventHost(Base):
    """Who owns an event, co-hosts it or works at its door.

    Whoever asks for hosts asks :mod:`community.events.queries`, which leaves the door out.
    """

    __tablename__ = "event_hosts"

    event_id: Mapped[int] = mapped_column(
        sa.ForeignKey("events.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("people.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[HostRole] = mapped_column(choice(HostRole), default=HostRole.OWNER)


class Event(Base):
    """An event. Its wall time and zone are the truth; ``starts_at`` and ``ends_at`` follow."""

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(100), unique=True)
    # What public calendars know it by: random, never made of an address of this site.
    uid: Mapped[str] = mapped_column(sa.String(64), unique=True, default=lambda: str(uuid.uuid4()))
    title: Mapped[str] = mapped_column(sa.String(160))
    summary: Mapped[str] = mapped_column(sa.String(300), default="")
    description: Mapped[str] = mapped_column(sa.Text, default="")
    format: Mapped[EventFormat] = mapped_column(choice(EventFormat), default=EventFormat.IN_PERSON)
    venue_id: Mapped[int | None] = mapped_column(sa.ForeignKey("venues.id"), index=True)
    # Where the place and the link are shown, and to whom: visibility.shown, visibility.place_of.
    address_private: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    online_link: Mapped[str] = mapped_column(
        sa.String(LINK_LENGTH), default="", server_default=sa.text("''")
    )
    attendees_visible_to: Mapped[AttendeesVisibleTo] = mapped_column(
        choice(AttendeesVisibleTo),
        default=AttendeesVisibleTo.HOSTS,
        server_default=AttendeesVisibleTo.HOSTS.value,
    )
    # The first digits of its digest; "" without a cover. See community.events.covers.
    cover_version: Mapped[str] = mapped_column(
        sa.String(16), default="", server_default=sa.text("''")
    )
    series_id: Mapped[int | None] = mapped_column(sa.ForeignKey(EventSeries.id), index=True)

    starts_local: Mapped[datetime] = mapped_column(sa.DateTime(timezone=False))
    ends_local: Mapped[datetime] = mapped_column(sa.DateTime(timezone=False))
    fold: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    timezone: Mapped[str] = mapped_column(sa.String(64))
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    opens_at: Mapped[datetime | None]  # the first moment to answer; None = once it is published
    answer_by: Mapped[datetime | None]
    edit_until: Mapped[datetime | None]  # guests, food and answers; None = as long as answers are
    takes_answers: Mapped[bool] = mapped_column(
        default=True, server_default=sa.true()
    )  # "take no more answers" ends it

    capacity: Mapped[int | None]
    kept_back: Mapped[int] = mapped_column(default=0)
    seats_taken: Mapped[int] = mapped_column(default=0)
    next_ticket: Mapped[int] = mapped_column(default=1)
    # Whether a smaller party that fits may pass a larger one that does not.
    smaller_may_pass: Mapped[bool] = mapped_column(default=True)
    line_policy: Mapped[LinePolicy] = mapped_column(
        choice(LinePolicy), default=LinePolicy.ARRIVAL, server_default=LinePolicy.ARRIVAL.value
    )
    # For how long a freed seat is held for the next in line, at most; None = it is given at once.
    offer_hours: Mapped[int | None] = mapped_column(sa.SmallInteger)
    guests_allowed: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    requires_approval: Mapped[bool] = mapped_column(default=False)
    # Whether who answers "maybe" by calendar, and has a seat, keeps it.
    maybe_keeps_seat: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    visibility: Mapped[Visibility] = mapped_column(choice(Visibility), default=Visibility.PUBLIC)

    status: Mapped[EventStatus] = mapped_column(choice(EventStatus), default=EventStatus.DRAFT)
    cancel_message: Mapped[str] = mapped_column(sa.Text, default="")
    sequence: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)  # rises with every edit
    created_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now)
    published_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    moved_from: Mapped[datetime | None]  # when it was to start before it was moved, once published
    archived_at: Mapped[datetime | None]  # on the desk alone; everybody else sees no difference
    # When what attendees wrote was emptied; see community.privacy.retention.
    answers_forgotten_at: Mapped[datetime | None]

    venue: Mapped[Venue | None] = relationship()
    topics: Mapped[list[Topic]] = relationship(secondary="event_topics", order_by=Topic.name)
    hosts: Mapped[list[Person]] = relationship(
        secondary="event_hosts",
        secondaryjoin=sa.and_(EventHost.person_id == Person.id, EventHost.role.in_(HOSTS)),
        order_by=(EventHost.role.desc(), Person.id),
        viewonly=True,
    )

    __table_args__ = (
        sa.CheckConstraint("fold IN (0, 1)", name="fold"),
        sa.CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        sa.CheckConstraint(f"capacity BETWEEN 1 AND {MOST_SEATS}", name="capacity"),
        sa.CheckConstraint("kept_back >= 0", name="kept_back"),
        sa.CheckConstraint(f"offer_hours BETWEEN 1 AND {LONGEST_OFFER}", name="offer_hours"),
        sa.CheckConstraint(
            "seats_taken >= 0 AND (capacity IS NULL OR seats_taken <= capacity)", name="seats"
        ),
        sa.CheckConstraint(f"guests_allowed BETWEEN 0 AND {MOST_GUESTS}", name="guests_allowed"),
        sa.CheckConstraint("sequence >= 0", name="sequence"),
        sa.Index("ix_events_ends_at_starts_at", "ends_at", "starts_at"),
        {"sqlite_autoincrement": True},  # links name a row by its id, also after it is gone
    )
