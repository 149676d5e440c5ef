"""The audit log: an entry for every recorded change, in the same transaction."""

from dataclasses import fields
from typing import Any

import sqlalchemy as sa

from community.core.bulk import insert_many
from community.core.clock import now
from community.core.db import execute_plain
from community.core.origin import origin
from community.membership.changes import PeopleImported
from community.organizing.models import AuditEntry

_table: sa.Table = AuditEntry.metadata.tables["audit"]
_ADD = sa.insert(_table).inline()  # nobody asks for its number


def note(change: object) -> None:
    """Add the entry of a change: its name is the action, its values are the details.

    A field with ``metadata={"audited": False}`` is left out: what names somebody is kept where it
    can be erased.
    """
    execute_plain(_ADD, _entry(change))


def note_each(change: PeopleImported) -> None:
    """Add an entry for everybody in a batch, so that each person's log says where they are from.

    All in one statement: an object for each would cost more than adding the person did.
    """
    insert_many(_table, [_entry(one) for one in change.people])


def _entry(change: object) -> dict[str, Any]:
    unaudited = {one.name for one in fields(change) if not one.metadata.get("audited", True)}  # type: ignore[arg-type]  # changes are dataclasses by rule
    facts = {name: value for name, value in vars(change).items() if name not in unaudited}
    who = origin()
    return {
        "at": now(),
        "actor_id": who.person_id,
        "via": who.via,
        "network": who.network[:64],
        "action": type(change).__name__,
        "event_id": facts.pop("event_id", None),
        "person_id": facts.pop("person_id", None),
        "rsvp_id": facts.pop("rsvp_id", None),
        "details": {name: list(v) if isinstance(v, tuple) else v for name, v in facts.items()},
    }
