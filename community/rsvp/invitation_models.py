"""The tables of guest lists: people to be invited to an event, and what is said of each row."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from community.core.clock import now
from community.core.db import Base
from community.core.types import JSONDict, choice
from community.events.models import Event
from community.membership.models import Person


class GuestListState(StrEnum):
    """Where a list is. Nobody is invited before an organizer saw what each row would do."""

    CHECKED = "checked"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"  # put away, or the event was called off meanwhile


class GuestVerdict(StrEnum):
    """What becomes of a row. The first three are invited, unless that changes meanwhile."""

    NEW = "new"
    KNOWN = "known"
    AGAIN = "again"  # said no, left or was removed before
    ANSWERED = "answered"  # has answered, is invited, or comes as somebody's guest
    WRONG = "wrong"
    TWICE = "twice"  # stands further up, too, perhaps by another address
    INVITED = "invited"
    NO_SEAT = "no_seat"  # none was left to keep


OPEN = (GuestVerdict.NEW, GuestVerdict.KNOWN, GuestVerdict.AGAIN)


class GuestList(Base):
    """People to be invited to one event, with a word to them.

    ``typed`` is the text as it was handed in, for whoever corrects it. ``reserve_until`` is until
    when a seat is kept for each of them; None keeps none.
    """

    __tablename__ = "guest_lists"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(
        sa.ForeignKey("events.id", ondelete="CASCADE"), index=True
    )
    person_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("people.id", ondelete="SET NULL"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]
    state: Mapped[GuestListState] = mapped_column(
        choice(GuestListState), default=GuestListState.CHECKED
    )
    message: Mapped[str] = mapped_column(sa.Text, default="")
    reserve_until: Mapped[datetime | None]
    typed: Mapped[str] = mapped_column(sa.Text, default="", deferred=True)
    size: Mapped[int]  # rows in all
    cursor: Mapped[int] = mapped_column(default=0)  # rows that the worker is done with

    event: Mapped[Event] = relationship()
    person: Mapped[Person | None] = relationship()


class GuestRow(Base):
    """One row of a list. Forgotten a month after the list was made."""

    __tablename__ = "guest_rows"

    list_id: Mapped[int] = mapped_column(
        sa.ForeignKey("guest_lists.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)  # of the row, from 1
    line: Mapped[int]  # of the text, from 1
    verdict: Mapped[GuestVerdict] = mapped_column(choice(GuestVerdict))
    address: Mapped[str] = mapped_column(sa.String(254), default="", index=True)
    name: Mapped[str] = mapped_column(sa.String(120), default="")
    extra: Mapped[JSONDict] = mapped_column(default=dict)  # further columns by their names
    why: Mapped[str] = mapped_column(sa.String(300), default="")

    __table_args__ = (sa.Index("ix_guest_rows_verdict", "list_id", "verdict", "number"),)
