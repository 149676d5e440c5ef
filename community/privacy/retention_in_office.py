"""What is let go of the community's own paperwork: networks, refusals, reports and old logos.

As in :mod:`community.privacy.retention`, each is done when it says 0, a batch at a time.
"""

from datetime import timedelta

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, rows_changed, transactional
from community.core.identity import CommunityLogo, identity
from community.membership.applications import Application, ApplicationState
from community.membership.connection_models import Report
from community.organizing.models import AuditEntry
from community.privacy.retention import BATCH, until_done

NETWORKS_KEPT = timedelta(days=90)
REFUSALS_KEPT = timedelta(days=180)  # an applicant may ask again after thirty
REPORTS_KEPT = timedelta(days=365)
# A literal, so that both databases see that the partial index holds these rows.
_HAS_NETWORK = sa.text("audit.network <> ''")


def forget_networks() -> int:
    """Empty where entries of the audit log came from, after ninety days; says of how many."""
    return until_done(_forget_some_networks)


def forget_refusals() -> int:
    """Empty what was written in applications that were declined 180 days ago; says of how many."""
    return until_done(_forget_some_refusals)


def forget_reports() -> int:
    """Empty the words of reports that were closed a year ago; says of how many."""
    return until_done(_forget_some_reports)


@transactional
def forget_logos() -> int:
    """Empty logos that are not in force; says how many. Their digests stay with the versions."""
    kept = sa.select(CommunityLogo.digest).where(sa.func.length(CommunityLogo.content) > 0)
    digests = set(db.session.scalars(kept.order_by(CommunityLogo.digest).with_for_update()))
    logo = identity().logo  # after the lock: a version that brings one back holds it, too
    old = digests - {logo.digest if logo else ""}
    emptied = sa.update(CommunityLogo).where(CommunityLogo.digest.in_(old))
    return rows_changed(emptied.values(content=b"")) if old else 0


@transactional
def _forget_some_networks() -> int | None:
    old = sa.select(AuditEntry.id).where(_HAS_NETWORK, AuditEntry.at <= now() - NETWORKS_KEPT)
    ids = db.session.scalars(old.order_by(AuditEntry.at).limit(BATCH)).all()
    return (
        rows_changed(sa.update(AuditEntry).where(AuditEntry.id.in_(ids)).values(network="")) or None
    )


@transactional
def _forget_some_refusals() -> int | None:
    old = sa.select(Application.id).where(
        Application.state == ApplicationState.DECLINED,
        Application.decided_at <= now() - REFUSALS_KEPT,
        sa.or_(Application.reason != "", Application.word != ""),
    )
    ids = db.session.scalars(old.order_by(Application.id).limit(BATCH)).all()
    emptied = sa.update(Application).where(Application.id.in_(ids))
    return rows_changed(emptied.values(reason="", word="")) or None


@transactional
def _forget_some_reports() -> int | None:
    old = sa.select(Report.id).where(
        Report.resolved_at <= now() - REPORTS_KEPT,
        sa.or_(Report.reason != "", Report.word != ""),
    )
    ids = db.session.scalars(old.order_by(Report.id).limit(BATCH)).all()
    emptied = sa.update(Report).where(Report.id.in_(ids))
    return rows_changed(emptied.values(reason="", word="")) or None
