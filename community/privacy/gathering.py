"""What is held about a person, read by the table of holdings and put into plain values."""

from datetime import date, datetime
from enum import Enum
from typing import Any

import sqlalchemy as sa

from community.core.db import db
from community.core.types import JSONDict
from community.organizing.history import own_history
from community.privacy.held import Held
from community.privacy.holdings import HOLDINGS
from community.privacy.subject import subject_of


def everything_about(person_id: int) -> JSONDict:
    """Section by section a list of rows; times are ISO 8601 in UTC. Raises NotFound.

    Every section is there, also an empty one: that nothing is held is an answer, too.
    """
    subject = subject_of(person_id)
    sections: JSONDict = {}
    for held in HOLDINGS:
        if not held.section:
            continue
        rows = sections.setdefault(held.section, [])
        found = db.session.execute(_query(held).where(held.of(subject)))
        rows.extend({key: _plain(value) for key, value in row.items()} for row in found.mappings())
    sections["events_over_time"] = [
        {
            "event": past.title,
            "starts_at": past.starts_at.isoformat(),
            "what_became_of_it": past.outcome.value,
            "guests": past.guests,
        }
        for past in own_history(subject.records)
    ]
    return dict(sorted(sections.items()))


def _query(held: Held) -> sa.Select[Any]:
    table = held.rows
    columns = [table.c[name] for name in held.given]
    beside = [expression.label(name) for name, expression in held.beside.items()]
    return sa.select(*columns, *beside).order_by(*table.primary_key)


def _plain(value: Any) -> Any:
    match value:
        case Enum():
            return value.value
        case datetime() | date():
            return value.isoformat()
        case dict():
            # The keys to a person's own pages are theirs, and would be in the wrong hands with
            # the file.
            return {k: _plain(v) for k, v in value.items() if not k.endswith("token")}
        case list():
            return [_plain(one) for one in value]
    return value
