"""The tables of imports: lists of people that were handed in, and what is said of each row."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from community.core.clock import now
from community.core.db import Base
from community.core.types import JSONDict, choice
from community.membership.models import Person


class ImportState(StrEnum):
    """Where an import is. Nobody is added before it was checked and somebody said so."""

    UPLOADED = "uploaded"
    CHECKING = "checking"
    CHECKED = "checked"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Verdict(StrEnum):
    """What becomes of a row: ``twice`` is an address that stands further up, too."""

    NEW = "new"
    KNOWN = "known"
    WRONG = "wrong"
    TWICE = "twice"


@dataclass(frozen=True)
class PersonImported:
    """A row of a list added somebody or filled in ``fields``.

    ``joined``: they are a member now because the importer stated their consent. ``invited``: the
    importer wants one mail to lead them to the join page.
    """

    person_id: int
    import_id: int
    is_new: bool
    fields: tuple[str, ...]
    joined: bool
    invited: bool


class Import(Base):
    """A file of people. The file itself lies in the instance folder until the import is over.

    ``cursor`` is how many rows are dealt with in the pass that is going on: checking, or adding.
    ``options`` hold what was stated at the start: ``consented``, ``invite``.
    """

    __tablename__ = "imports"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("people.id", ondelete="SET NULL"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]
    file_name: Mapped[str] = mapped_column(sa.String(120))
    stored_as: Mapped[str] = mapped_column(sa.String(64))
    encoding: Mapped[str] = mapped_column(sa.String(20))
    state: Mapped[ImportState] = mapped_column(
        choice(ImportState), default=ImportState.UPLOADED, index=True
    )
    cursor: Mapped[int] = mapped_column(default=0)
    new: Mapped[int] = mapped_column(default=0)
    known: Mapped[int] = mapped_column(default=0)
    wrong: Mapped[int] = mapped_column(default=0)
    twice: Mapped[int] = mapped_column(default=0)
    options: Mapped[JSONDict] = mapped_column(default=dict)

    person: Mapped[Person | None] = relationship()

    @property
    def rows(self) -> int:
        """How many rows were judged so far."""
        return self.new + self.known + self.wrong + self.twice

    @property
    def is_working(self) -> bool:
        """Whether the worker has something to do for it."""
        return self.state in {ImportState.UPLOADED, ImportState.CHECKING, ImportState.RUNNING}


class ImportRow(Base):
    """What is said of one row of a file. Kept for a month, then forgotten with its address."""

    __tablename__ = "import_rows"

    import_id: Mapped[int] = mapped_column(
        sa.ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)  # of the row, from 1
    line: Mapped[int]
    verdict: Mapped[Verdict] = mapped_column(choice(Verdict))
    address: Mapped[str] = mapped_column(sa.String(254), default="")
    name: Mapped[str] = mapped_column(sa.String(120), default="")
    why: Mapped[str] = mapped_column(sa.String(300), default="")

    __table_args__ = (
        sa.Index("ix_import_rows_address", "import_id", "address"),
        sa.Index("ix_import_rows_verdict", "import_id", "verdict", "number"),
    )
