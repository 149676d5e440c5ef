"""The table of what organizers ask on the RSVP form.

A question has no versions: an answer holds the words that were asked and chosen (see
:mod:`community.rsvp.answers`), so that a question may change while what was said stays readable.
"""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from community.core.clock import now
from community.core.db import Base
from community.core.types import JSONDict, choice

LABEL_LENGTH, HELP_LENGTH, OPTION_LENGTH = 200, 300, 120
MOST_QUESTIONS, MOST_KEPT, MOST_OPTIONS = 30, 100, 50  # asked now, retired ones included, choices


class QuestionKind(StrEnum):
    """What an answer looks like."""

    SHORT_TEXT = "short_text"
    LONG_TEXT = "long_text"
    ONE_OF = "one_of"
    SEVERAL_OF = "several_of"
    YES_NO = "yes_no"
    NUMBER = "number"
    DATE = "date"
    DIETARY = "dietary"  # several of common needs, and words of one's own


WITH_OPTIONS = frozenset({QuestionKind.ONE_OF, QuestionKind.SEVERAL_OF, QuestionKind.DIETARY})


class AskedOf(StrEnum):
    """Who answers: the person alone, or each head of the party."""

    PERSON = "person"
    EACH = "each"


class Question(Base):
    """One question of one event. Retired ones are asked no more; what was answered stays."""

    __tablename__ = "questions"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("events.id", ondelete="CASCADE"))
    kind: Mapped[QuestionKind] = mapped_column(choice(QuestionKind))
    label: Mapped[str] = mapped_column(sa.String(LABEL_LENGTH))
    help: Mapped[str] = mapped_column(sa.String(HELP_LENGTH), default="")
    # [{"id": "o1", "label": "Fish"}, …]: an id is never used for another label.
    options: Mapped[list[JSONDict]] = mapped_column(sa.JSON, default=list)
    last_option: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    required: Mapped[bool] = mapped_column(default=False)
    asked_of: Mapped[AskedOf] = mapped_column(choice(AskedOf), default=AskedOf.PERSON)
    position: Mapped[int] = mapped_column(sa.SmallInteger)
    created_at: Mapped[datetime] = mapped_column(default=now)
    retired_at: Mapped[datetime | None]

    __table_args__ = (
        sa.Index("ix_questions_order", "event_id", "position"),
        # An answer that waits in somebody's mailbox must not meet a newer question's number.
        {"sqlite_autoincrement": True},
    )

    @property
    def labels(self) -> dict[str, str]:
        """The choices by their ids, in order."""
        return {option["id"]: option["label"] for option in self.options}

    @property
    def is_for_guests(self) -> bool:
        """Whether each guest is asked, too."""
        return self.asked_of == AskedOf.EACH
