"""What is said of each row of a list before anybody is added: new, known, wrong, twice."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from community.core.db import db
from community.core.text import fold, gettext, shorten
from community.membership.csv_rows import CsvRow
from community.membership.import_models import ImportRow, Verdict
from community.membership.models import PersonAddress, Topic
from community.membership.queries import all_topics

_WHY = 300


def judge(import_id: int, at: int, rows: Sequence[CsvRow]) -> list[dict[str, Any]]:
    """The verdict on each row as columns of ``import_rows``; ``at`` rows were judged before."""
    addresses = [row.email for row in rows if not row.fault]
    above, known, topics = _above(import_id, addresses), _known(addresses), topics_by_word()
    judged = []
    for number, row in enumerate(rows, at + 1):
        verdict, why = _judge_one(row, above, known, topics)
        judged.append(
            {
                "import_id": import_id,
                "number": number,
                "line": row.line,
                "verdict": verdict,
                "address": row.email,
                "name": row.name,
                "why": shorten(why, _WHY),
            }
        )
        if not row.fault:
            above.setdefault(row.email, row.line)
    return judged


def topics_by_word() -> dict[str, Topic]:
    """Every topic by its slug and by its folded name."""
    return {word: topic for topic in all_topics() for word in (topic.slug, fold(topic.name))}


def _judge_one(
    row: CsvRow, above: dict[str, int], known: set[str], topics: dict[str, Topic]
) -> tuple[Verdict, str]:
    if row.fault:
        return Verdict.WRONG, row.fault
    if row.email in above:
        return Verdict.TWICE, gettext("Line %(line)s has this address.", line=above[row.email])
    strange = ", ".join(word for word in row.topics if fold(word) not in topics)
    why = gettext("Left out as unknown topics: %(topics)s.", topics=strange) if strange else ""
    return (Verdict.KNOWN if row.email in known else Verdict.NEW), why


def _above(import_id: int, addresses: list[str]) -> dict[str, int]:
    """The lines of the same file in which these addresses stood first."""
    first = sa.select(ImportRow.address, ImportRow.line).where(
        ImportRow.import_id == import_id,
        ImportRow.address.in_(addresses),
        ImportRow.verdict.in_([Verdict.NEW, Verdict.KNOWN]),
    )
    return dict(iter(db.session.execute(first)))


def _known(addresses: list[str]) -> set[str]:
    known = sa.select(PersonAddress.address).where(PersonAddress.address.in_(addresses))
    return set(db.session.scalars(known))
