"""Who helps at one event: adding, changing and removing, and handing the event over."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from community.core.addresses import normal_address
from community.core.db import db, record, rows_changed, transactional
from community.core.errors import NotFound, Refused
from community.events.changes import HelperAdded, HelperChanged, HelperRemoved, OwnerChanged
from community.events.models import EventHost, HostRole
from community.events.queries import lock_event, require_leader
from community.events.team_models import TeamInvitation
from community.membership.models import Person, PersonAddress
from community.membership.queries import find_person, get_person

MOST_HELPERS = 50
GIVEN = (HostRole.COHOST, HostRole.DOOR)  # the owner's is handed over instead


@dataclass(frozen=True)
class Helper:
    """Somebody of an event's team. ``may_own`` when the event can be handed over to them."""

    person_id: int
    name: str
    address: str
    role: HostRole
    may_own: bool


@transactional
def add_helper(actor_id: int, event_id: int, email: str, role: HostRole) -> Person:
    """Give somebody with a proven address a role; they need not be an organizer.

    Refuses an address that nobody proved: no account is made here. Pages ask by mail instead
    (:mod:`community.events.team_invitations`), because this answer tells who is known.
    """
    _lock(actor_id, event_id)
    person = find_person(normal_address(email))
    if person is None or person.is_shut_out:
        raise Refused("helper_unknown", field="email")
    if db.session.get(EventHost, (event_id, person.id)) is not None:
        raise Refused("helper_already", field="email", name=person.name)
    _require_given(role)
    put_on_team(event_id, person, role)
    return person


def put_on_team(event_id: int, person: Person, role: HostRole) -> None:
    """Give the role, under the event's lock. Who helps already keeps the role that they have."""
    if db.session.get(EventHost, (event_id, person.id), populate_existing=True) is not None:
        return
    if len(_rows(event_id)) >= MOST_HELPERS:
        raise Refused("too_many_helpers", most=MOST_HELPERS)
    db.session.add(EventHost(event_id=event_id, person_id=person.id, role=role))
    record(HelperAdded(event_id, person.id, role.value))


@transactional
def change_helper(actor_id: int, event_id: int, person_id: int, role: HostRole) -> Person:
    """Give a helper another role. Doing it twice is doing it once; the owner's stays."""
    row = _helper(actor_id, event_id, person_id)
    _require_given(role)
    if row.role != role:
        was, row.role = row.role, role
        record(HelperChanged(event_id, person_id, role.value, was.value))
    return get_person(person_id)


@transactional
def remove_helper(actor_id: int, event_id: int, person_id: int) -> Person:
    """Take a helper's role away, and whatever else they were asked at the event.

    Refuses the last owner: somebody must answer for the event.
    """
    row = _helper(actor_id, event_id, person_id)
    db.session.delete(row)
    theirs = sa.select(PersonAddress.address).where(PersonAddress.person_id == person_id)
    asked = sa.delete(TeamInvitation).where(
        TeamInvitation.event_id == event_id, TeamInvitation.address.in_(theirs)
    )
    rows_changed(asked)
    record(HelperRemoved(event_id, person_id, row.role.value))
    return get_person(person_id)


@transactional
def hand_over(actor_id: int, event_id: int, person_id: int) -> Person:
    """Make an organizer of the team the event's owner; who owned it co-hosts it from now on."""
    _lock(actor_id, event_id)
    row = db.session.get(EventHost, (event_id, person_id), populate_existing=True)
    if row is None:
        raise NotFound("helper")
    person = get_person(person_id)
    if not person.is_organizer:
        raise Refused("owner_must_organize", name=person.name)
    if row.role == HostRole.OWNER:
        return person
    before = [one for one in _rows(event_id) if one.role == HostRole.OWNER]
    for one in before:
        one.role = HostRole.COHOST
    row.role = HostRole.OWNER
    record(OwnerChanged(event_id, person_id, tuple(one.person_id for one in before)))
    return person


def team_of(event_id: int) -> list[Helper]:
    """The owner first, then co-organizers, then the door, each by name."""
    ranks = {HostRole.OWNER: 0, HostRole.COHOST: 1, HostRole.DOOR: 2}
    found = db.session.execute(
        sa.select(EventHost.role, Person)
        .join(Person, Person.id == EventHost.person_id)
        .where(EventHost.event_id == event_id)
        .options(sa.orm.selectinload(Person.addresses))
        .order_by(sa.func.lower(Person.name), Person.id)
    )
    team = [
        Helper(
            person_id=person.id,
            name=person.name,
            address=person.address,
            role=role,
            may_own=role != HostRole.OWNER and person.is_organizer,
        )
        for role, person in found
    ]
    return sorted(team, key=lambda helper: ranks[helper.role])


def _helper(actor_id: int, event_id: int, person_id: int) -> EventHost:
    _lock(actor_id, event_id)
    row = db.session.get(EventHost, (event_id, person_id), populate_existing=True)
    if row is None:
        raise NotFound("helper")
    owners = [one for one in _rows(event_id) if one.role == HostRole.OWNER]
    if owners == [row]:
        raise Refused("last_owner")
    return row


def _lock(actor_id: int, event_id: int) -> None:
    """One at a time changes the team, so that it never loses its last owner to two of them."""
    require_leader(actor_id, event_id)
    lock_event(event_id)
    require_leader(actor_id, event_id)  # who waited for the lock may have handed the event over


def _rows(event_id: int) -> Sequence[EventHost]:
    rows = sa.select(EventHost).where(EventHost.event_id == event_id)
    return db.session.scalars(rows.execution_options(populate_existing=True)).all()


def _require_given(role: HostRole) -> None:
    if role not in GIVEN:
        raise Refused("role_not_given", field="role")
