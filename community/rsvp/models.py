"""The tables of RSVPs, their attendees, and the decisions made about them."""

import uuid
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from community.core.clock import now
from community.core.db import Base
from community.core.tokens import new_key
from community.core.types import JSONDict, choice
from community.events.models import MOST_GUESTS, Event
from community.membership.models import Person


class RsvpStatus(StrEnum):
    """Where one person stands with one event."""

    INVITED = "invited"
    REQUESTED = "requested"  # awaits approval
    WAITLISTED = "waitlisted"
    OFFERED = "offered"  # a seat is held for a while
    GOING = "going"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    REMOVED = "removed"  # by an organizer; also a withdrawn invitation
    REFUSED = "refused"  # an organizer said no to a request
    LAPSED = "lapsed"  # an offer or a reserve ran out


class Source(StrEnum):
    """Which way an answer came."""

    WEB = "web"
    CALENDAR = "calendar"
    ORGANIZER = "organizer"
    INVITATION = "invitation"
    IMPORT = "import"
    API = "api"


class Partstat(StrEnum):
    """What a calendar shows as somebody's answer (RFC 5545 section 3.2.12)."""

    NEEDS_ACTION = "NEEDS-ACTION"
    ACCEPTED = "ACCEPTED"
    TENTATIVE = "TENTATIVE"
    DECLINED = "DECLINED"


class Rsvp(Base):
    """One row for each (event, person)."""

    __tablename__ = "rsvps"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("events.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("people.id"), index=True)
    status: Mapped[RsvpStatus] = mapped_column(choice(RsvpStatus))
    party_size: Mapped[int] = mapped_column(sa.SmallInteger, default=1)
    # Place in line: given under the event's lock, a new one to whoever leaves and comes back.
    ticket: Mapped[int]
    note: Mapped[str] = mapped_column(sa.Text, default="")
    source: Mapped[Source] = mapped_column(choice(Source), default=Source.WEB)
    link_generation: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    answered_at: Mapped[datetime | None]
    # Until when an offer, or an invitation's own seat, is held.
    reserved_until: Mapped[datetime | None] = mapped_column(index=True)
    # An invited person needs no approval, also when they come back after a no.
    invited_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    # Where it stands in a list by time: an invitation has no answer yet.
    listed_at: Mapped[datetime] = mapped_column(
        sa.Computed("coalesce(answered_at, created_at)"), deferred=True
    )

    event: Mapped[Event] = relationship()
    person: Mapped[Person] = relationship()
    attendees: Mapped[list["Attendee"]] = relationship(
        back_populates="rsvp", order_by="Attendee.position", cascade="all, delete-orphan"
    )
    decisions: Mapped[list["Decision"]] = relationship(
        back_populates="rsvp", order_by="Decision.id"
    )

    __table_args__ = (
        sa.UniqueConstraint("event_id", "person_id"),
        sa.Index("ix_rsvps_line", "event_id", "status", "ticket"),
        # An organizer's list by time, a part for each state.
        sa.Index("ix_rsvps_listed", "event_id", "status", "listed_at", "id"),
        # The first of each size in line.
        sa.Index("ix_rsvps_fit", "event_id", "status", "party_size", "ticket"),
        sa.CheckConstraint(f"party_size BETWEEN 1 AND {MOST_GUESTS + 1}", name="party_size"),
        # Links and mails name a row by its id, also after it is gone: nobody else may get that id.
        {"sqlite_autoincrement": True},
    )

    @property
    def holds_seats(self) -> bool:
        """Whether the party's seats are taken: it goes, or they are held for it for a while."""
        if self.status == RsvpStatus.INVITED:
            return self.reserved_until is not None
        return self.status in {RsvpStatus.GOING, RsvpStatus.OFFERED}

    @property
    def head(self) -> "Attendee":
        """The person's own attendee; the others are guests."""
        return self.attendees[0]

    @property
    def guests(self) -> list["Attendee"]:
        """The guests, in the order given."""
        return self.attendees[1:]


class Attendee(Base):
    """One head of an RSVP, with a calendar entry of its own: position 0 is the person."""

    __tablename__ = "attendees"

    id: Mapped[int] = mapped_column(primary_key=True)
    rsvp_id: Mapped[int] = mapped_column(sa.ForeignKey("rsvps.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    name: Mapped[str] = mapped_column(sa.String(120))
    address: Mapped[str | None] = mapped_column(sa.String(254), index=True)
    dietary: Mapped[str] = mapped_column(sa.String(300), default="")
    answers: Mapped[JSONDict] = mapped_column(default=dict)
    checked_in_at: Mapped[datetime | None]
    checked_in_by: Mapped[int | None] = mapped_column(
        sa.ForeignKey("people.id", ondelete="SET NULL"), index=True
    )

    # The calendar entry. Random and stored: never made of an address of this site, so that
    # moving the site or renaming an event leaves every calendar right.
    uid: Mapped[str] = mapped_column(sa.String(64), unique=True, default=lambda: str(uuid.uuid4()))
    reply_key: Mapped[str] = mapped_column(sa.String(32), unique=True, default=new_key)
    sequence: Mapped[int] = mapped_column(default=-1)  # of the newest mail; -1 before the first
    dtstamp: Mapped[datetime | None]
    partstat: Mapped[Partstat] = mapped_column(choice(Partstat), default=Partstat.NEEDS_ACTION)
    # SEQUENCE and DTSTAMP of the newest answer by calendar, and the SEQUENCE of the newest mail
    # with another time: an answer to an older one is an answer to something else.
    answered_sequence: Mapped[int | None]
    answered_stamp: Mapped[datetime | None]
    rescheduled_sequence: Mapped[int | None]
    # When the bytes of a first REQUEST were stored: from then on a client may know the event.
    invited_at: Mapped[datetime | None]

    rsvp: Mapped[Rsvp] = relationship(back_populates="attendees")

    __table_args__ = (
        sa.UniqueConstraint("rsvp_id", "position"),
        sa.CheckConstraint("sequence >= -1", name="sequence"),
        sa.CheckConstraint(f"position BETWEEN 0 AND {MOST_GUESTS}", name="position"),
        {"sqlite_autoincrement": True},  # as above
    )


class Reason(StrEnum):
    """Why an RSVP changed its state."""

    SEAT_FREE = "seat_free"
    FULL = "full"
    IN_LINE = "in_line"  # seats are free, and others came first
    FREED_SEAT = "freed_seat"
    MORE_SEATS = "more_seats"
    NEEDS_APPROVAL = "needs_approval"
    OFFERED = "offered"  # a freed seat, held for a while
    RAN_OUT = "ran_out"  # the time to take what was held
    OWN_WISH = "own_wish"
    GREW = "grew"  # the party, by guests
    SHRANK = "shrank"
    INVITED = "invited"
    ORGANIZER = "organizer"
    KEPT_BACK = "kept_back"  # by an organizer, with seats that were kept back
    MOVED = "moved"  # within the line, by an organizer
    MERGED = "merged"  # two records of one person became one
    ERASED = "erased"


class Decision(Base):
    """Why an RSVP changed its state, with the figures that it rested on at that moment."""

    __tablename__ = "decisions"

    id: Mapped[int] = mapped_column(primary_key=True)
    rsvp_id: Mapped[int] = mapped_column(sa.ForeignKey("rsvps.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(default=now)
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("people.id", ondelete="SET NULL"))
    via: Mapped[str] = mapped_column(sa.String(20))
    was: Mapped[RsvpStatus | None] = mapped_column(choice(RsvpStatus, "was"))
    became: Mapped[RsvpStatus] = mapped_column(choice(RsvpStatus, "became"))
    reason: Mapped[Reason] = mapped_column(choice(Reason))
    ticket: Mapped[int]
    party: Mapped[int] = mapped_column(sa.SmallInteger)
    free: Mapped[int | None]  # seats free before this decision; None = no limit
    word: Mapped[str] = mapped_column(sa.Text, default="")

    rsvp: Mapped[Rsvp] = relationship(back_populates="decisions")
