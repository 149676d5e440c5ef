"""Addresses that somebody confirmed to answer from with their calendar, and taking one back."""

import sqlalchemy as sa

from community.calendar.alias_changes import AliasConfirmed, AliasRemoved
from community.calendar.received_models import CalendarAlias
from community.core.db import db, record, rows_changed, transactional

_MOST = 100


def list_aliases(person_id: int) -> list[str]:
    """Their other addresses in alphabetical order."""
    found = sa.select(CalendarAlias.address).where(CalendarAlias.person_id == person_id)
    return list(db.session.scalars(found.order_by(CalendarAlias.address).limit(_MOST)))


@transactional
def bind_alias(person_id: int, address: str) -> None:
    """Let answers from the address count as theirs. Twice is once."""
    if db.session.get(CalendarAlias, (person_id, address)) is None:
        db.session.add(CalendarAlias(person_id=person_id, address=address))
        record(AliasConfirmed(person_id, address))


@transactional
def remove_alias(person_id: int, address: str) -> None:
    """Ask again from now on when an answer comes from there. One that is not theirs is nothing."""
    mine = sa.delete(CalendarAlias).where(
        CalendarAlias.person_id == person_id, CalendarAlias.address == address
    )
    if rows_changed(mine):
        record(AliasRemoved(person_id, address))
