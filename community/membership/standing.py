"""How a membership is suspended, lifted, or ended, and who may be organizer or admin."""

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, record, transactional
from community.core.errors import Forbidden, NotFound, Refused
from community.core.text import clean_text
from community.membership.applications import (
    ApplicationState,
    latest_application,
    withdraw_application,
)
from community.membership.changes import (
    MembershipEnded,
    MembershipReinstated,
    MembershipSuspended,
    RoleGranted,
    RoleRevoked,
)
from community.membership.models import Membership, Person, Role
from community.membership.pending import void_address_wishes
from community.membership.queries import get_person

MOST_WORD = 1000  # characters of what is said to the person


@transactional
def suspend(admin_id: int, person_id: int, word: str = "") -> Person:
    """Close the members' pages to somebody, with a word that they are told. Twice is once.

    A role is taken away for good: whoever lifts the suspension gives it anew, knowingly. Refuses
    oneself and the last admin.
    """
    person = _of_admin(admin_id, person_id)
    if person.membership == Membership.SUSPENDED:
        return person
    _let_go(person, admin_id)
    was, person.membership = person.membership, Membership.SUSPENDED
    person.standing_since, person.standing_word = now(), clean_text(word)[:MOST_WORD]
    void_address_wishes(person.id)
    record(MembershipSuspended(person.id, was.value))
    return person


@transactional
def reinstate(admin_id: int, person_id: int) -> Person:
    """Lift a suspension: the person is again what they were before. Twice is once."""
    person = _of_admin(admin_id, person_id)
    if person.membership != Membership.SUSPENDED:
        return person
    person.membership = _before(person)
    person.standing_since, person.standing_word = None, ""
    record(MembershipReinstated(person.id, person.membership.value))
    return person


@transactional
def end_membership(admin_id: int, person_id: int, word: str = "") -> Person:
    """End somebody's membership, with a word that they are told. Twice is once.

    They may join again. Refuses oneself (see :func:`leave_community`), the last admin, and who
    is no member.
    """
    person = _of_admin(admin_id, person_id)
    if person.membership == Membership.ENDED:
        return person
    if person.membership == Membership.NONE:
        raise Refused("no_membership")
    _let_go(person, admin_id)
    _end(person, clean_text(word)[:MOST_WORD], own_wish=False)
    return person


@transactional
def leave_community(person_id: int) -> Person:
    """End one's own membership. Twice is once; refuses the last admin, and a suspended member.

    A suspension would end with the membership, and joining again would undo it.
    """
    person = _locked(person_id)
    match person.membership:
        case Membership.ENDED | Membership.NONE:
            return person
        case Membership.SUSPENDED:
            raise Refused("membership_closed")
    _let_go(person, None)
    _end(person, "", own_wish=True)
    return person


@transactional
def give_role(admin_id: int, person_id: int, role: Role) -> Person:
    """Make a member an organizer or admin, or take that away. Twice is once.

    Refuses who is no member, oneself, and the last admin.
    """
    person = _of_admin(admin_id, person_id)
    if person.role == role:
        return person
    if person.membership != Membership.ACTIVE:
        raise Refused("no_membership")
    if person.id == admin_id:
        raise Refused("not_oneself")
    if person.is_admin:
        _keep_an_admin(person, admin_id)
    was, person.role = person.role, role
    if role == Role.MEMBER:
        record(RoleRevoked(person.id, was.value))
    else:
        record(RoleGranted(person.id, role.value, was.value))
    return person


def require_admin(person_id: int) -> None:
    """Refuse everybody but an admin."""
    if not get_person(person_id).is_admin:
        raise Forbidden("admins_only")


def _of_admin(admin_id: int, person_id: int) -> Person:
    require_admin(admin_id)
    return _locked(person_id)


def _locked(person_id: int) -> Person:
    lock = {"key_share": True}
    person = db.session.get(Person, person_id, populate_existing=True, with_for_update=lock)
    if person is None or person.erased_at is not None:
        raise NotFound("person")
    return person


def _let_go(person: Person, admin_id: int | None) -> None:
    if person.id == admin_id:
        raise Refused("not_oneself")
    if person.is_admin:
        _keep_an_admin(person, admin_id)
    person.role = Role.MEMBER


def _keep_an_admin(person: Person, admin_id: int | None) -> None:
    """Refuse to let the only admin go: nobody could give the role to anybody.

    All of them are locked: two who let each other go at the same moment would leave nobody.
    """
    admins = sa.select(Person).where(
        Person.role == Role.ADMIN,
        Person.membership == Membership.ACTIVE,
        Person.erased_at.is_(None),
    )
    locked = admins.order_by(Person.id).with_for_update(key_share=True)
    ids = {one.id for one in db.session.scalars(locked.execution_options(populate_existing=True))}
    if admin_id is not None and admin_id not in ids:
        raise Forbidden("admins_only")
    if not ids - {person.id}:
        raise Refused("last_admin")


def _end(person: Person, word: str, *, own_wish: bool) -> None:
    withdraw_application(person.id)
    was, person.membership = person.membership, Membership.ENDED
    person.standing_since, person.standing_word = now(), word
    void_address_wishes(person.id)
    record(MembershipEnded(person.id, own_wish, was.value))


def _before(person: Person) -> Membership:
    last = latest_application(person.id)
    if last is not None and last.state == ApplicationState.WAITING:
        return Membership.APPLIED
    return Membership.ACTIVE if person.joined_at else Membership.NONE
