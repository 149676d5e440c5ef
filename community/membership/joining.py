"""Joining the community, by double opt-in."""

from collections.abc import Sequence

import sqlalchemy as sa

from community.core.addresses import normal_address
from community.core.clock import now
from community.core.current import settings
from community.core.db import db, record, rows_changed, transactional
from community.core.errors import Refused
from community.core.text import clean_line, clean_text
from community.core.types import JSONDict
from community.membership.admission import admit
from community.membership.applications import apply_for_membership, settle_waiting
from community.membership.changes import JoinAsked, MemberJoined, RoleGranted
from community.membership.consents import agreement, note_consent
from community.membership.handles import new_handle
from community.membership.invitations import redeem_invitation
from community.membership.models import (
    Membership,
    Pending,
    PendingKind,
    Person,
    PersonAddress,
    Role,
)
from community.membership.pending import redeem, remember
from community.membership.queries import find_owner, find_person, find_topics

# Who left, or was let go, may come again; who is suspended may not.
JOINABLE = frozenset({Membership.NONE, Membership.ENDED})


@transactional
def ask_to_join(
    *,
    name: str,
    email: str,
    organization: str = "",
    job_title: str = "",
    topics: Sequence[str] = (),
    reason: str = "",
    consent: int | None = None,
    browser: str = "",
) -> None:
    """Note the wish to join and have a mail sent; the person exists only after its button.

    ``reason`` is kept with an application, ``consent`` is the version of the consent text that
    was read. For somebody who has joined already the same rows are written, so that neither the
    answer nor its time tells who is a member; the mail is another one. Refuses where joining is
    by invitation.
    """
    admit(settings().join_policy, invited=False)
    address = normal_address(email)
    person = find_person(address)
    facts = _facts(name, organization, job_title, topics)
    payload = {**facts, "reason": clean_text(reason), "consent": agreement(consent)}
    pending = remember(PendingKind.JOIN, address, payload, browser=browser)
    is_member = person is not None and person.membership not in JOINABLE
    record(JoinAsked(pending.id, is_member))


def _facts(name: str, organization: str, job_title: str, topics: Sequence[str]) -> JSONDict:
    return {
        "name": clean_line(name),
        "organization": clean_line(organization),
        "job_title": clean_line(job_title),
        "topics": list(topics),
    }


@transactional
def confirm_joining(token: str) -> Person:
    """Make the person a member, or an applicant where organizers decide.

    Refuses a dead link, a suspended membership, and what the policy does not allow.
    """
    pending = redeem(PendingKind.JOIN, token)
    return _take_in(pending.address, pending.payload, via="join")


@transactional
def join_by_invitation(
    token: str,
    *,
    name: str,
    organization: str = "",
    job_title: str = "",
    topics: Sequence[str] = (),
    consent: int | None = None,
) -> Person:
    """Make whoever holds a mailed invitation a member: the mail has proven the address."""
    invitation = redeem_invitation(token)
    facts = _facts(name, organization, job_title, topics)
    facts["consent"] = agreement(consent)
    return _take_in(invitation.address, facts, via="invitation")


def _take_in(address: str, facts: JSONDict, *, via: str) -> Person:
    was_proven = find_person(address) is not None
    person = person_at(address, name=facts["name"])
    # Two links for one address, pressed at once: the second must find that the first joined.
    db.session.refresh(person, with_for_update={"key_share": True})
    if person.membership == Membership.SUSPENDED or person.erased_at is not None:
        raise Refused("membership_closed")
    invited = via == "invitation"
    # Who was imported as a member speaks for the first time.
    is_silent = person.consented_at is None and not was_proven
    is_member = person.membership == Membership.ACTIVE
    open_to = JOINABLE | {Membership.APPLIED} if invited else JOINABLE
    if person.membership in open_to or (is_member and is_silent):
        policy = settings().join_policy
        becomes = Membership.ACTIVE if is_member else admit(policy, invited=invited)
        _fill_in(person, facts)
        if "consent" in facts:  # a wish from before consents were written down has none
            note_consent(person.id, facts["consent"], via=via)
        if becomes == Membership.APPLIED:
            apply_for_membership(person, facts.get("reason", ""))
        else:
            settle_waiting(person, by=None)
            person.membership = Membership.ACTIVE
            person.joined_at = now()
            record(MemberJoined(person.id))
        person.standing_since, person.standing_word = None, ""
    return person


def _fill_in(person: Person, facts: JSONDict) -> None:
    person.name = facts["name"]
    person.organization = facts["organization"] or person.organization
    person.job_title = facts["job_title"] or person.job_title
    known = {topic.id for topic in person.topics}
    person.topics.extend(t for t in find_topics(facts["topics"]) if t.id not in known)
    person.consented_at = now()


def person_at(address: str, *, name: str, handle: str = "") -> Person:
    """The person of a proven address, made if there is none. Call it inside a use-case."""
    person = find_owner(address)
    if person is not None:
        prove_address(person.id, address)
        return person
    person = Person(name=name, handle=handle or new_handle(name))
    person.addresses.append(PersonAddress(address=address, verified_at=now()))
    db.session.add(person)
    # Two confirmations for one new address: the unique address makes the second use-case start
    # over (see core.db.transactional), and then it finds the person.
    db.session.flush()
    return person


def prove_address(person_id: int, address: str) -> None:
    """Note that a mail to this imported address was answered. Call it inside a use-case."""
    proven = sa.update(PersonAddress).where(
        PersonAddress.person_id == person_id,
        PersonAddress.address == address,
        PersonAddress.verified_at.is_(None),
    )
    rows_changed(proven.values(verified_at=now()))


@transactional
def grant_role(email: str, role: Role, *, name: str = "") -> Person:
    """Give a role, creating the person if need be: the operator vouches for the address.

    Without a ``name`` a new person is called as the address begins, until they say otherwise.
    Refuses a suspended or ended membership, whose roles would be of no use.
    """
    address = normal_address(email)
    person = find_person(address)
    if person is None:
        # The handle stays for good, and must not keep a piece of the address in a page's name.
        person = person_at(address, name=name or address.partition("@")[0], handle=new_handle(name))
    if person.is_shut_out:
        raise Refused("membership_closed")
    was, person.role = person.role, role
    if person.membership in {Membership.NONE, Membership.APPLIED}:
        settle_waiting(person, by=None)
        person.membership = Membership.ACTIVE
        person.joined_at = now()
    record(RoleGranted(person.id, role.value, was.value))
    return person


def pending_name(pending: Pending) -> str:
    """The name that was typed with a wish, for the page that asks to confirm it."""
    return str(pending.payload.get("name", ""))


@transactional
def forget_old_wishes() -> int:
    """Delete wishes that can no longer be confirmed; says how many."""
    return rows_changed(sa.delete(Pending).where(Pending.expires_at <= now()))
