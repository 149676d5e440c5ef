"""Joining: nothing is written of a stranger before the mailed page's button, and once after."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db, transactional
from community.core.errors import Refused
from community.mail.models import OutboxMail
from community.membership.joining import (
    ask_to_join,
    confirm_joining,
    forget_old_wishes,
    grant_role,
    pending_name,
)
from community.membership.models import Membership, Pending, PendingKind, Person, Role
from community.membership.pending import asked_here, find_pending
from community.membership.queries import find_person
from community.organizing.models import AuditEntry
from tests.factories.at_once import at_once
from tests.factories.events import a_topic
from tests.factories.people import a_member, a_person
from tests.factories.proofs import mailed_token

ADA = "ada@example.org"


def _count(model: type) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def _ask(**facts: object) -> str:
    """Ask to join as Ada, and the token that she would be mailed."""
    ask_to_join(**{"name": "Ada", "email": ADA, **facts})  # type: ignore[arg-type]  # any fact
    return mailed_token(PendingKind.JOIN, ADA)


@transactional
def _stand(person_id: int, membership: Membership) -> None:
    db.session.get_one(Person, person_id).membership = membership


def _joined() -> int:
    joined = AuditEntry.action == "MemberJoined"
    return len(db.session.scalars(sa.select(AuditEntry).where(joined)).all())


def test_asking_writes_a_wish_and_a_mail_and_nobody(app: Flask) -> None:
    ask_to_join(name="Ada", email="  ADA@Example.ORG ")
    assert _count(Person) == 0
    [mail] = db.session.scalars(sa.select(OutboxMail))
    assert (mail.kind, mail.recipient, mail.recipient_name) == ("join_confirm", ADA, "")


def test_the_button_makes_a_member_of_what_was_typed(app: Flask) -> None:
    a_topic(slug="data")
    token = _ask(
        name="Ada\n Lovelace", organization="Engines", job_title="Analyst", topics=["data"]
    )
    person = confirm_joining(token)
    assert (person.name, person.organization, person.job_title) == (
        "Ada Lovelace",
        "Engines",
        "Analyst",
    )
    assert person.membership == Membership.ACTIVE
    assert person.address == ADA
    assert [topic.slug for topic in person.topics] == ["data"]
    assert person.joined_at is not None
    assert person.addresses[0].verified_at is not None
    assert find_person(ADA) is person


def test_a_link_works_once(app: Flask) -> None:
    token = _ask()
    confirm_joining(token)
    assert find_pending(PendingKind.JOIN, token) is None
    with pytest.raises(Refused, match="link_dead"):
        confirm_joining(token)
    assert _count(Person) == 1


@pytest.mark.parametrize("token", ["", "x", "\u00e9", "a" * 5000])
def test_a_link_that_nobody_was_mailed_is_dead(app: Flask, token: str) -> None:
    _ask()
    with pytest.raises(Refused, match="link_dead"):
        confirm_joining(token)


def test_a_link_dies_after_two_days(app: Flask) -> None:
    token = _ask()
    with time_machine.travel(now() + timedelta(hours=47, minutes=59)):
        assert find_pending(PendingKind.JOIN, token) is not None
    with time_machine.travel(now() + timedelta(hours=48)):
        assert find_pending(PendingKind.JOIN, token) is None
        with pytest.raises(Refused, match="link_dead"):
            confirm_joining(token)
        assert forget_old_wishes() == 1
    assert _count(Pending) == 0


@pytest.mark.parametrize("kind", [PendingKind.RSVP, PendingKind.ADDRESS])
def test_a_join_token_is_good_for_joining_alone(app: Flask, kind: PendingKind) -> None:
    assert find_pending(kind, _ask()) is None


def test_a_member_who_asks_again_leaves_the_same_rows_and_gets_another_mail(app: Flask) -> None:
    a_member(email=ADA, name="Ada")
    ask_to_join(name="Eve was here", email=ADA)
    assert _count(Pending) == 1
    [mail] = db.session.scalars(sa.select(OutboxMail))
    assert (mail.kind, mail.recipient_name) == ("join_again", "Ada")


def test_confirming_changes_nothing_about_somebody_who_is_a_member_already(app: Flask) -> None:
    token = _ask(name="Somebody Else", organization="Elsewhere")
    member = a_member(email=ADA, name="Ada")
    joined_at = member.joined_at
    person = confirm_joining(token)
    assert (person.id, person.name, person.organization) == (member.id, "Ada", "")
    assert person.joined_at == joined_at
    assert _joined() == 0


def test_somebody_who_was_only_registered_becomes_a_member_and_keeps_what_is_known(
    app: Flask,
) -> None:
    a_topic("AI", "ai")
    person_id = a_person("A. L.", ADA).id
    person = confirm_joining(_ask(name="Ada", topics=["ai", "unknown"]))
    assert (person.id, person.name, person.membership) == (person_id, "Ada", Membership.ACTIVE)
    assert [topic.slug for topic in person.topics] == ["ai"]
    assert _count(Person) == 1


def test_whose_membership_ended_may_join_again(app: Flask) -> None:
    member = a_member(email=ADA)
    _stand(member.id, Membership.ENDED)
    assert confirm_joining(_ask()).membership == Membership.ACTIVE


def test_a_suspended_membership_is_not_opened_by_joining_again(app: Flask) -> None:
    member, closed = a_member(email=ADA), Membership.SUSPENDED
    _stand(member.id, closed)
    token = _ask()
    with pytest.raises(Refused, match="membership_closed"):
        confirm_joining(token)
    db.session.rollback()
    assert find_pending(PendingKind.JOIN, token) is not None, "a refusal used the link up"
    assert db.session.get_one(Person, member.id).membership == closed


def test_the_asking_browser_is_recognised_and_no_other(app: Flask) -> None:
    wish = find_pending(PendingKind.JOIN, _ask(browser="secret of this browser"))
    assert wish is not None
    assert asked_here(wish, "secret of this browser")
    for other in ("another", "", None):
        assert not asked_here(wish, other)
    assert pending_name(wish) == "Ada"


def test_a_wish_from_nowhere_belongs_to_no_browser(app: Flask) -> None:
    wish = find_pending(PendingKind.JOIN, _ask(browser=""))
    assert wish is not None
    assert not asked_here(wish, "")


def test_fifty_presses_of_one_button_are_one(app: Flask) -> None:
    token = _ask()
    answers = at_once(app, [lambda: confirm_joining(token).id] * 50)
    assert sum(isinstance(answer, int) for answer in answers) == 1
    dead = [answer for answer in answers if isinstance(answer, Refused)]
    assert {answer.code for answer in dead} == {"link_dead"}
    assert len(dead) == 49
    assert _joined() == 1


def test_several_links_for_one_new_address_make_one_member(app: Flask) -> None:
    tokens = [_ask(name=f"Ada {number}") for number in range(4)]
    answers = at_once(app, [lambda t=t: confirm_joining(t).id for t in tokens])
    assert len(set(answers)) == 1
    assert isinstance(answers[0], int)
    assert _count(Person) == 1
    assert _joined() == 1


@pytest.mark.parametrize("topics", [[], ["data-management"]])
def test_several_links_for_one_registered_person_make_one_member(
    app: Flask, topics: list[str]
) -> None:
    a_topic()
    a_person("Ada", ADA)
    tokens = [_ask(topics=topics) for _ in range(6)]
    answers = at_once(app, [lambda t=t: confirm_joining(t).id for t in tokens])
    assert len(set(answers)) == 1
    assert isinstance(answers[0], int)
    assert _joined() == 1


def test_an_operator_gives_a_role_to_somebody_new(app: Flask) -> None:
    person = grant_role("Grace@Example.org", Role.ORGANIZER)
    assert (person.address, person.name) == ("grace@example.org", "grace")
    assert person.membership == Membership.ACTIVE
    assert person.is_organizer
    assert find_person("grace@example.org") is person


def test_an_operator_gives_a_role_to_somebody_known(app: Flask) -> None:
    member = a_member(email=ADA, name="Ada")
    joined_at = member.joined_at
    person = grant_role(ADA, Role.ADMIN)
    assert (person.id, person.name, person.role) == (member.id, "Ada", Role.ADMIN)
    assert person.joined_at == joined_at
    assert grant_role(ADA, Role.MEMBER).is_organizer is False
    [entry] = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.details["role"].as_string() == "admin")
    )
    assert (entry.action, entry.person_id) == ("RoleGranted", member.id)


def test_roles_given_at_once_to_one_new_address_make_one_person(app: Flask) -> None:
    answers = at_once(app, [lambda: grant_role(ADA, Role.ORGANIZER).id] * 4)
    assert len(set(answers)) == 1
    assert isinstance(answers[0], int)


@pytest.mark.parametrize("closed", [Membership.SUSPENDED, Membership.ENDED])
def test_a_role_is_not_given_where_it_would_be_of_no_use(app: Flask, closed: Membership) -> None:
    member = a_member(email=ADA)
    _stand(member.id, closed)
    with pytest.raises(Refused, match="membership_closed"):
        grant_role(ADA, Role.ADMIN)
    assert db.session.get_one(Person, member.id).role == Role.MEMBER
