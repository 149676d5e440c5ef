"""The community's paperwork is let go of in time, and what still counts stays."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.core.identity import CommunityLogo, find_logo, identity
from community.core.origin import Origin, acting
from community.membership.applications import Application, approve_application, decline_application
from community.membership.connection_models import Report
from community.membership.identity import as_logo, publish_identity
from community.membership.reports import report, resolve_report
from community.organizing.models import AuditEntry
from community.privacy import retention_in_office
from community.rsvp.respond import say_yes
from tests.factories.events import an_event
from tests.factories.joining import an_application
from tests.factories.people import a_member, an_admin, an_organizer
from tests.factories.pictures import BLUE, RED, a_picture

Clock = time_machine.Traveller


@pytest.fixture
def clock(app: Flask) -> Iterator[Clock]:
    with time_machine.travel(now(), tick=False) as clock:
        yield clock


def shift(clock: Clock, **by: float) -> None:
    clock.shift(timedelta(**by))
    db.session.rollback()
    db.session.expire_all()


def networks() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(AuditEntry.network).where(AuditEntry.network != "")))


def from_somewhere(network: str) -> None:
    with acting(Origin(None, "web", network)):
        say_yes(a_member().id, an_event().id)


def test_networks_of_the_log_vanish_after_ninety_days(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention_in_office, "BATCH", 1)
    from_somewhere("203.0.113.7")
    old = len(networks())
    shift(clock, days=89)
    from_somewhere("203.0.113.8")
    assert retention_in_office.forget_networks() == 0
    shift(clock, days=2)
    assert retention_in_office.forget_networks() == old
    assert set(networks()) == {"203.0.113.8"}
    assert retention_in_office.forget_networks() == 0


def test_what_declined_applicants_wrote_vanishes_after_180_days(clock: Clock) -> None:
    host = an_organizer()
    declined = an_application("Ada", "ada@example.org", "Out of work.")
    decline_application(host.id, declined.id, "Not now.")
    approved = an_application("Bo", "bo@example.org", "I like tea.")
    approve_application(host.id, approved.id)
    waiting = an_application("Cy", "cy@example.org", "I wait.")
    shift(clock, days=179)
    assert retention_in_office.forget_refusals() == 0
    shift(clock, days=2)
    assert retention_in_office.forget_refusals() == 1
    db.session.rollback()
    left = dict(iter(db.session.execute(sa.select(Application.id, Application.reason))))
    assert left == {declined.id: "", approved.id: "I like tea.", waiting.id: "I wait."}
    assert db.session.scalars(sa.select(Application.word)).all() == ["", "", ""]


def test_reports_lose_their_words_a_year_after_they_were_closed(clock: Clock) -> None:
    host, ada, bob = an_organizer(), a_member(), a_member()
    for reason in ("Loud.", "Rude."):
        report(ada.id, bob.id, reason)
    resolve_report(host.id, _first_report(), "We spoke.")
    shift(clock, days=364)
    assert retention_in_office.forget_reports() == 0
    shift(clock, days=2)
    assert retention_in_office.forget_reports() == 1
    db.session.rollback()
    rows = db.session.execute(sa.select(Report.reason, Report.word).order_by(Report.id)).all()
    assert [tuple(row) for row in rows] == [("", ""), ("Rude.", "")], "what is open stays"


def _first_report() -> int:
    return db.session.scalars(sa.select(sa.func.min(Report.id))).one()


def contents() -> dict[str, int]:
    db.session.rollback()
    known = sa.select(CommunityLogo.digest, sa.func.length(CommunityLogo.content))
    return dict(iter(db.session.execute(known)))


def test_a_logo_that_was_replaced_is_emptied_and_can_come_back(app: Flask) -> None:
    admin = an_admin()
    red, blue = (as_logo(a_picture(colour=colour)) for colour in (RED, BLUE))
    publish_identity(admin.id, "Ours", seen=0, logo=red)
    assert retention_in_office.forget_logos() == 0
    publish_identity(admin.id, "Ours", seen=1, logo=blue)
    assert retention_in_office.forget_logos() == 1
    assert contents() == {red.digest: 0, blue.digest: len(blue.content)}
    publish_identity(admin.id, "Ours", seen=2, logo=red)
    found = find_logo(red.digest)
    assert found is not None
    assert found.content == red.content
    publish_identity(admin.id, "Ours", seen=3, remove_logo=True)
    assert identity().logo is None
    assert retention_in_office.forget_logos() == 2
