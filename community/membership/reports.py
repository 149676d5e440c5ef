"""Reports: a member tells the organizers about another one, and they say what they did."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from community.core import limits
from community.core.clock import now
from community.core.db import db, record, transactional
from community.core.errors import NotFound, Refused
from community.core.pages import Page, cursor, read_cursor
from community.core.text import clean_text
from community.membership.connection_changes import MemberReported, ReportResolved
from community.membership.connection_models import REASON_LENGTH, Report
from community.membership.pairs import lock_members

MOST_A_DAY = 10
PAGE = 50


def report(reporter_id: int, person_id: int, reason: str) -> None:
    """Tell the organizers about a member, who is not told. Raises TooMany after ten in a day."""
    limits.take("report", str(reporter_id), most=MOST_A_DAY, within=timedelta(days=1))
    _report(reporter_id, person_id, clean_text(reason)[:REASON_LENGTH])


@transactional
def _report(reporter_id: int, person_id: int, reason: str) -> None:
    lock_members(reporter_id, person_id)
    if not reason:
        raise Refused("reason_missing", field="reason")
    row = Report(person_id=person_id, reporter_id=reporter_id, reason=reason)
    db.session.add(row)
    db.session.flush()
    record(MemberReported(person_id, row.id))


@transactional
def resolve_report(organizer_id: int, report_id: int, word: str = "") -> None:
    """Close a report with a word on what was done; the first word stands. Raises NotFound."""
    found = db.session.get(Report, report_id, with_for_update=True, populate_existing=True)
    if found is None or found.person_id == organizer_id:
        raise NotFound("report")
    if found.resolved_at is not None:
        return
    found.resolved_at, found.resolved_by = now(), organizer_id
    found.word = clean_text(word)[:REASON_LENGTH]
    record(ReportResolved(found.person_id, found.id))


def list_reports(
    organizer_id: int, *, resolved: bool = False, after: str = "", size: int = PAGE
) -> Page[Report]:
    """Open reports, oldest first, or resolved ones, newest first.

    Never those about the organizer who looks: whoever is reported is not told.
    """
    closed = Report.resolved_at.is_not(None) if resolved else Report.resolved_at.is_(None)
    query = (
        sa.select(Report)
        .where(closed, Report.person_id != organizer_id)
        .options(*[joinedload(each) for each in (Report.person, Report.reporter, Report.resolver)])
        .order_by(Report.id.desc() if resolved else Report.id)
        .limit(size + 1)
    )
    if key := read_cursor(after, (int,)):
        query = query.where(Report.id < key[0] if resolved else Report.id > key[0])
    found = list(db.session.scalars(query))
    return Page(found[:size], cursor(found[size - 1].id) if len(found) > size else None)
