"""What is held about somebody and others: connections, blocks and reports."""

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from community.core.db import Base
from community.membership.audiences import Audience
from community.membership.connection_models import ConnectionState
from community.membership.models import Membership, Person
from community.privacy import whose
from community.privacy.held import Held

_ID = "an id that leads to nobody"
_PAIRS = Base.metadata.tables["connections"]
_BLOCKS = Base.metadata.tables["blocks"]
_REPORTS = Base.metadata.tables["reports"]
_WORDS_ABOUT = (
    "about somebody else, for the organizers; gone a year after they dealt with it, or with whom "
    "it is about"
)


def _connected_with(other: sa.ColumnElement[int]) -> sa.ScalarSelect[str]:
    """The name of whom they are connected with now, as their contacts show it; else nothing."""
    them = aliased(Person)
    return (
        sa.select(them.name)
        .where(
            them.id == other,
            _PAIRS.c.state == ConnectionState.CONNECTED,
            them.membership == Membership.ACTIVE,
            them.erased_at.is_(None),
            them.name_audience != Audience.NOBODY,
        )
        .scalar_subquery()
    )


def _handle_of(column: sa.Column[int]) -> sa.ScalarSelect[str]:
    them = aliased(Person)
    found = sa.select(them.handle).where(them.id == column, them.erased_at.is_(None))
    return found.scalar_subquery()


_OTHER = sa.case((_PAIRS.c.asked_by == _PAIRS.c.low_id, _PAIRS.c.high_id), else_=_PAIRS.c.low_id)
_ASKED_BY_OTHERS = "connections_others_asked_for"
_OF_AN_ASK = ("state", "word", "asked_at", "connected_at")

BETWEEN: tuple[Held, ...] = (
    Held(
        "connections",
        by="asked_by",
        section="connections_you_asked_for",
        # Not whether the other one lets it lie, and since when: nobody is told of a refusal.
        given=_OF_AN_ASK,
        beside={"connected_with": _connected_with(_OTHER)},
        deleted=True,
    ),
    *(
        Held(
            "connections",
            by=column,
            whose=whose.asked_of(column),
            section=_ASKED_BY_OTHERS,
            given=(*_OF_AN_ASK, "lies_since"),
            beside={"connected_with": _connected_with(_PAIRS.c.asked_by)},
            deleted=True,
        )
        for column in ("low_id", "high_id")
    ),
    Held(
        "blocks",
        by="blocker_id",
        section="people_you_keep_away_from",
        given=("created_at",),
        beside={"handle": _handle_of(_BLOCKS.c.blocked_id)},
        deleted=True,
    ),
    Held(
        "blocks",
        by="blocked_id",
        withheld="nobody learns who keeps away from them",
        deleted=True,
    ),
    Held(
        "reports",
        by="reporter_id",
        section="reports_you_made",
        given=("reason", "created_at"),
        beside={"handle": _handle_of(_REPORTS.c.person_id)},
        blank={"reporter_id": None},
        kept={"reason": _WORDS_ABOUT, "word": "of whoever dealt with it"},
    ),
    Held(
        "reports",
        by="resolved_by",
        withheld="somebody else's report about somebody else",
        kept={"resolved_by": _ID, "word": "in office, and part of the report"},
    ),
    Held(
        "reports",
        by="person_id",
        withheld="whoever is reported is not told",
        deleted=True,
    ),
)
