"""Applications: the organizers decide, once, whoever of them is first."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db, transactional
from community.core.errors import Forbidden, NotFound, Refused
from community.membership.applications import (
    Application,
    approve_application,
    approve_applications,
    decline_application,
    latest_application,
    waiting_applications,
)
from community.membership.joining import ask_to_join, confirm_joining, grant_role
from community.membership.models import Membership, PendingKind, Person, Role
from community.organizing.models import AuditEntry
from tests.factories.at_once import at_once
from tests.factories.joining import an_application, policy
from tests.factories.mails import outbox
from tests.factories.people import a_member, an_organizer
from tests.factories.proofs import mailed_token

ADA = "ada@example.org"


def stands(application: Application) -> tuple[str, Membership]:
    db.session.rollback()
    found = db.session.get_one(Application, application.id, populate_existing=True)
    db.session.refresh(found.person)
    return found.state.value, found.person.membership


def noted(action: str) -> int:
    db.session.rollback()
    count = sa.select(sa.func.count(AuditEntry.id)).where(AuditEntry.action == action)
    return db.session.scalar(count) or 0


def mails(kind: str) -> int:
    return len(outbox(kind))


@transactional
def suspend(person_id: int) -> None:
    db.session.get_one(Person, person_id).membership = Membership.SUSPENDED


def test_confirming_by_approval_makes_an_applicant_and_keeps_the_reason(app: Flask) -> None:
    application = an_application("Ada", ADA, reason="I build engines.\r\nAnd programs.")
    assert stands(application) == ("waiting", Membership.APPLIED)
    assert application.reason == "I build engines.\nAnd programs."
    assert application.person.joined_at is None
    assert noted("MemberJoined") == 0


def test_an_approved_applicant_is_a_member_and_told_so_once(app: Flask) -> None:
    application, organizer = an_application(), an_organizer()
    for _ in range(2):
        approve_application(organizer.id, application.id)
    assert stands(application) == ("approved", Membership.ACTIVE)
    assert application.person.joined_at is not None
    assert (mails("application_approved"), noted("MemberJoined")) == (1, 1)
    assert noted("ApplicationApproved") == 1


def test_a_declined_applicant_is_told_the_word_once_and_is_no_member(app: Flask) -> None:
    application, organizer = an_application(email=ADA), an_organizer()
    for word in ("Not this year.", "Never."):
        decline_application(organizer.id, application.id, word)
    assert stands(application) == ("declined", Membership.NONE)
    [mail] = outbox("application_declined")
    assert (mail.recipient, mail.facts["word"]) == (ADA, "Not this year.")


def test_what_one_organizer_decided_another_cannot_turn_round(app: Flask) -> None:
    organizer = an_organizer()
    approved, declined = an_application("A", "a@example.org"), an_application("B", "b@example.org")
    approve_application(organizer.id, approved.id)
    decline_application(organizer.id, declined.id)
    with pytest.raises(Refused, match="application_decided"):
        decline_application(organizer.id, approved.id)
    with pytest.raises(Refused, match="application_decided"):
        approve_application(organizer.id, declined.id)
    assert stands(approved) == ("approved", Membership.ACTIVE)
    assert stands(declined) == ("declined", Membership.NONE)


def test_two_organizers_at_once_make_one_decision(app: Flask) -> None:
    application_id = an_application().id
    one, two = an_organizer().id, an_organizer().id
    answers = at_once(
        app,
        [
            lambda: approve_application(one, application_id).state.value,
            lambda: decline_application(two, application_id).state.value,
            lambda: approve_application(two, application_id).state.value,
            lambda: decline_application(one, application_id).state.value,
        ],
    )
    decided = [answer for answer in answers if isinstance(answer, str)]
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert len(set(decided)) == 1
    assert (len(decided), len(refused)) == (2, 2)
    assert mails("application_approved") + mails("application_declined") == 1


def test_many_are_approved_together_and_what_waits_no_more_is_left(app: Flask) -> None:
    organizer = an_organizer()
    applications = [an_application(f"P{n}", f"p{n}@example.org") for n in range(4)]
    decline_application(organizer.id, applications[3].id)
    ids = [application.id for application in applications]
    assert approve_applications(organizer.id, [*ids, 999_999]) == 3
    assert approve_applications(organizer.id, ids) == 0
    assert [stands(one)[0] for one in applications] == ["approved"] * 3 + ["declined"]
    assert mails("application_approved") == 3


@pytest.mark.parametrize("use_case", [approve_application, decline_application])
def test_only_organizers_decide(app: Flask, use_case: object) -> None:
    application, member = an_application(), a_member()
    for person_id in (member.id, application.person_id):
        with pytest.raises(Forbidden, match="organizers_only"):
            use_case(person_id, application.id)  # type: ignore[operator]  # one of the two
        with pytest.raises(Forbidden, match="organizers_only"):
            approve_applications(person_id, [application.id])
    assert stands(application) == ("waiting", Membership.APPLIED)


def test_there_is_nothing_to_decide_on_that_nobody_applied_for(app: Flask) -> None:
    with pytest.raises(NotFound):
        approve_application(an_organizer().id, 999_999)


def test_who_was_declined_may_apply_again_after_thirty_days(app: Flask) -> None:
    application, organizer = an_application(email=ADA), an_organizer()
    decline_application(organizer.id, application.id)
    with policy("approval"):
        ask_to_join(name="Ada", email=ADA)
        token = mailed_token(PendingKind.JOIN, ADA)
        with pytest.raises(Refused, match="declined_lately"):
            confirm_joining(token)
        assert stands(application) == ("declined", Membership.NONE)
        with time_machine.travel(now() + timedelta(days=30, seconds=1)):
            again = an_application(email=ADA, reason="Once more.")
    assert again.id != application.id
    assert stands(again) == ("waiting", Membership.APPLIED)


def test_somebody_who_is_suspended_while_waiting_stays_so_and_hears_nothing(app: Flask) -> None:
    application, organizer = an_application(), an_organizer()
    suspend(application.person_id)
    approve_application(organizer.id, application.id)
    assert stands(application) == ("approved", Membership.SUSPENDED)
    assert mails("application_approved") == 0


def test_an_applicant_who_asks_again_gets_the_mail_of_an_account_and_one_application_is_left(
    app: Flask,
) -> None:
    application = an_application(email=ADA)
    with policy("approval"):
        ask_to_join(name="Ada", email=ADA)
        assert [mail.kind for mail in outbox(to=ADA)] == ["join_confirm", "join_again"]
        confirm_joining(mailed_token(PendingKind.JOIN, ADA))
    assert db.session.scalar(sa.select(sa.func.count(Application.id))) == 1
    assert stands(application) == ("waiting", Membership.APPLIED)


def test_a_role_from_the_operator_settles_an_application(app: Flask) -> None:
    application = an_application(email=ADA)
    grant_role(ADA, Role.ORGANIZER)
    assert stands(application) == ("approved", Membership.ACTIVE)


def test_two_links_of_one_address_make_one_application(app: Flask) -> None:
    with policy("approval"):
        tokens = []
        for _ in range(4):
            ask_to_join(name="Ada", email=ADA)
            tokens.append(mailed_token(PendingKind.JOIN, ADA))
        answers = at_once(app, [lambda t=t: confirm_joining(t).id for t in tokens])
    assert len(set(answers)) == 1
    assert isinstance(answers[0], int)
    assert db.session.scalar(sa.select(sa.func.count(Application.id))) == 1


def test_the_list_is_in_order_of_arrival_and_paged_by_key(app: Flask) -> None:
    made = [an_application(f"P{n}", f"p{n}@example.org").id for n in range(5)]
    first = waiting_applications(size=2)
    second = waiting_applications(first.after, size=2)
    third = waiting_applications(second.after, size=2)
    seen = [row.id for page in (first, second, third) for row in page.rows]
    assert seen == made
    assert third.after is None
    with pytest.raises(Refused, match="bad_cursor"):
        waiting_applications("nonsense")


def test_nobody_without_an_application_has_one(app: Flask) -> None:
    assert latest_application(a_member().id) is None
