"""Joining the community, by double opt-in."""

from collections.abc import Sequence

import sqlalchemy as sa

from community.core.addresses import normal_address
from community.core.clock import now
from community.core.db import db, record, rows_changed, transactional
from community.core.errors import Refused
from community.core.text import clean_line
from community.membership.changes import JoinAsked, MemberJoined, RoleGranted
from community.membership.models import (
    Membership,
    Pending,
    PendingKind,
    Person,
    PersonAddress,
    Role,
)
from community.membership.pending import redeem, remember
from community.membership.queries import find_person, find_topics


@transactional
def ask_to_join(
    *,
    name: str,
    email: str,
    organization: str = "",
    job_title: str = "",
    topics: Sequence[str] = (),
    browser: str = "",
) -> None:
    """Note the wish to join and have a mail sent; the person exists only after its button.

    For somebody who has joined already the same rows are written, so that neither the answer nor
    its time tells who is a member; the mail is another one.
    """
    address = normal_address(email)
    person = find_person(address)
    payload = {
        "name": clean_line(name),
        "organization": clean_line(organization),
        "job_title": clean_line(job_title),
        "topics": list(topics),
        "consented_at": now().isoformat(),
    }
    pending = remember(PendingKind.JOIN, address, payload, browser=browser)
    is_member = person is not None and person.membership != Membership.NONE
    record(JoinAsked(pending.id, is_member))


@transactional
def confirm_joining(token: str) -> Person:
    """Make the person a member. Refuses a dead link and a suspended or ended membership."""
    pending = redeem(PendingKind.JOIN, token)
    facts = pending.payload
    person = person_at(pending.address, name=facts["name"])
    # Two links for one address, pressed at once: the second must find that the first joined.
    db.session.refresh(person, with_for_update={"key_share": True})
    if person.is_shut_out:
        raise Refused("membership_closed")
    if person.membership != Membership.ACTIVE:
        person.name = facts["name"]
        person.organization = facts["organization"] or person.organization
        person.job_title = facts["job_title"] or person.job_title
        known = {topic.id for topic in person.topics}
        person.topics.extend(t for t in find_topics(facts["topics"]) if t.id not in known)
        person.membership = Membership.ACTIVE
        person.joined_at = person.consented_at = now()
        record(MemberJoined(person.id))
    return person


def person_at(address: str, *, name: str) -> Person:
    """The person of a proven address, made if there is none. Call it inside a use-case."""
    person = find_person(address)
    if person is not None:
        return person
    person = Person(name=name)
    person.addresses.append(PersonAddress(address=address, verified_at=now()))
    db.session.add(person)
    # Two confirmations for one new address: the unique address makes the second use-case start
    # over (see core.db.transactional), and then it finds the person.
    db.session.flush()
    return person


@transactional
def grant_role(email: str, role: Role) -> Person:
    """Give a role, creating the person if need be: the operator vouches for the address.

    Refuses a suspended or ended membership, whose roles would be of no use.
    """
    address = normal_address(email)
    person = person_at(address, name=address.partition("@")[0])
    if person.is_shut_out:
        raise Refused("membership_closed")
    person.role = role
    if person.membership == Membership.NONE:
        person.membership = Membership.ACTIVE
        person.joined_at = now()
    record(RoleGranted(person.id, role.value))
    return person


def pending_name(pending: Pending) -> str:
    """The name that was typed with a wish, for the page that asks to confirm it."""
    return str(pending.payload.get("name", ""))


@transactional
def forget_old_wishes() -> int:
    """Delete wishes that can no longer be confirmed; says how many."""
    return rows_changed(sa.delete(Pending).where(Pending.expires_at <= now()))
