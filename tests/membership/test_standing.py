"""Memberships are suspended, reinstated and ended, by those who may, and somebody stays admin."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.db import db
from community.core.errors import Forbidden, NotFound, Refused
from community.discovery.directory import Searched, list_members
from community.discovery.people import visible_profile
from community.membership.addresses import ask_for_new_address
from community.membership.applications import waiting_applications
from community.membership.models import Membership, Pending, Person, Role
from community.membership.queries import get_person
from community.membership.standing import (
    end_membership,
    give_role,
    leave_community,
    reinstate,
    suspend,
)
from community.membership.viewer import Viewer
from community.organizing.models import AuditEntry
from tests.factories.at_once import at_once
from tests.factories.joining import an_application
from tests.factories.mails import outbox
from tests.factories.people import a_member, a_person, an_admin, an_organizer

WORD = "You sold insurance at dinner."


def stands(person: Person) -> tuple[Membership, Role, str]:
    db.session.expire_all()
    found = get_person(person.id)
    return found.membership, found.role, found.standing_word


def told(person: Person) -> list[str]:
    return [mail.kind for mail in outbox() if mail.person_id == person.id]


def noted(action: str) -> int:
    counted = sa.select(sa.func.count()).where(AuditEntry.action == action)
    return db.session.scalar(counted) or 0


def test_a_suspended_member_is_shown_to_nobody_and_told_why(app: Flask) -> None:
    admin, ada, bob = an_admin(), a_member("Ada"), a_member("Bob")
    seen_by_bob = Viewer.of(bob)
    assert visible_profile(seen_by_bob, ada.handle).name == "Ada"
    for _ in range(2):
        suspend(admin.id, ada.id, WORD)
    assert stands(ada) == (Membership.SUSPENDED, Role.MEMBER, WORD)
    with pytest.raises(NotFound):
        visible_profile(seen_by_bob, ada.handle)
    assert "Ada" not in [one.name for one in list_members(seen_by_bob, Searched()).rows]
    assert [(m.kind, m.facts["word"]) for m in outbox()] == [("suspended", WORD)]
    assert noted("MembershipSuspended") == 1


def test_a_suspension_that_is_lifted_gives_back_all_but_the_role(app: Flask) -> None:
    admin, olga = an_admin(), an_organizer()
    suspend(admin.id, olga.id, WORD)
    for _ in range(2):
        reinstate(admin.id, olga.id)
    assert stands(olga) == (Membership.ACTIVE, Role.MEMBER, "")
    assert told(olga) == ["suspended", "reinstated"]


def test_whoever_waited_or_had_not_joined_is_so_again(app: Flask) -> None:
    admin, guest, applicant = an_admin(), a_person(), an_application().person
    for person, before in ((guest, Membership.NONE), (applicant, Membership.APPLIED)):
        suspend(admin.id, person.id)
        reinstate(admin.id, person.id)
        assert stands(person)[0] == before


def test_a_suspension_takes_back_an_address_that_was_asked_for(app: Flask) -> None:
    admin, ada = an_admin(), a_member()
    ask_for_new_address(ada.id, "ada@example.net")
    suspend(admin.id, ada.id)
    assert db.session.scalars(sa.select(Pending)).one().used_at is not None
    with pytest.raises(Refused, match="membership_closed"):
        ask_for_new_address(ada.id, "ada@example.net")


def test_a_membership_is_ended_by_an_admin_or_by_ones_own_wish(app: Flask) -> None:
    admin, ada, bob = an_admin(), a_member(), a_member()
    for _ in range(2):
        end_membership(admin.id, ada.id, WORD)
        leave_community(bob.id)
    assert stands(ada) == (Membership.ENDED, Role.MEMBER, WORD)
    assert stands(bob) == (Membership.ENDED, Role.MEMBER, "")
    assert [(m.kind, m.facts["own_wish"]) for m in outbox()] == [
        ("membership_ended", False),
        ("membership_ended", True),
    ]


def test_an_applicant_who_leaves_waits_no_longer(app: Flask) -> None:
    applicant = an_application().person
    leave_community(applicant.id)
    assert waiting_applications().rows == []


def test_a_suspended_member_cannot_leave_and_so_join_again(app: Flask) -> None:
    admin, ada = an_admin(), a_member()
    suspend(admin.id, ada.id)
    with pytest.raises(Refused, match="membership_closed"):
        leave_community(ada.id)


ACTS: dict[str, Callable[[int, int], object]] = {
    "suspend": suspend,
    "reinstate": reinstate,
    "end": end_membership,
    "give a role": lambda who, whom: give_role(who, whom, Role.ADMIN),
}


@pytest.mark.parametrize("act", ACTS)
def test_only_admins_may(app: Flask, act: str) -> None:
    ada, suspended = a_member(), an_admin()
    suspend(an_admin().id, suspended.id)
    for who in (a_person(), a_member(), an_organizer(), suspended):
        with pytest.raises(Forbidden, match="admins_only"):
            ACTS[act](who.id, ada.id)
    assert stands(ada)[0] == Membership.ACTIVE
    assert stands(ada)[1] == Role.MEMBER


@pytest.mark.parametrize("act", ["suspend", "end"])
def test_nobody_does_it_to_themselves(app: Flask, act: str) -> None:
    admin = an_admin()
    an_admin()
    with pytest.raises(Refused, match="not_oneself"):
        ACTS[act](admin.id, admin.id)


def test_the_last_admin_cannot_leave_and_one_of_two_can(app: Flask) -> None:
    one, two = an_admin(), an_admin()
    leave_community(two.id)
    with pytest.raises(Refused, match="last_admin"):
        leave_community(one.id)


@pytest.mark.parametrize("_again", range(3))
def test_two_admins_who_let_each_other_go_at_once_leave_one(app: Flask, _again: int) -> None:
    one, two = an_admin().id, an_admin().id
    answers = at_once(app, [lambda: suspend(one, two), lambda: suspend(two, one)])
    assert sum(isinstance(answer, Person) for answer in answers) == 1, answers
    admins = sa.select(sa.func.count()).where(Person.role == Role.ADMIN)
    assert db.session.scalar(admins) == 1


def test_a_role_is_given_and_taken_away(app: Flask) -> None:
    admin, ada = an_admin(), a_member()
    give_role(admin.id, ada.id, Role.ORGANIZER)
    assert get_person(ada.id).is_organizer
    for _ in range(2):
        give_role(admin.id, ada.id, Role.MEMBER)
    assert stands(ada)[1] == Role.MEMBER
    assert noted("RoleRevoked") == 1


@pytest.mark.parametrize("person", [a_person, lambda: an_application().person])
def test_who_is_no_member_gets_no_role(app: Flask, person: Callable[[], Person]) -> None:
    with pytest.raises(Refused, match="no_membership"):
        give_role(an_admin().id, person().id, Role.ORGANIZER)


def test_who_never_joined_has_nothing_to_end(app: Flask) -> None:
    with pytest.raises(Refused, match="no_membership"):
        end_membership(an_admin().id, a_person().id)


def test_nobody_and_the_erased_are_not_found(app: Flask) -> None:
    admin = an_admin()
    with pytest.raises(NotFound):
        suspend(admin.id, 12345)
