"""Changing the address of an account: asked for when signed in, confirmed by the new mailbox."""

import sqlalchemy as sa

from community.core.addresses import normal_address
from community.core.clock import now
from community.core.db import db, record, rows_changed, transactional
from community.core.errors import NotFound, Refused
from community.membership.changes import AddressAsked, AddressChanged
from community.membership.models import Pending, PendingKind, Person, PersonAddress
from community.membership.pending import find_pending, redeem, remember
from community.membership.queries import get_person
from community.membership.sessions import revoke_sessions
from community.membership.signing_in import void_codes


@transactional
def ask_for_new_address(person_id: int, email: str, *, browser: str = "") -> None:
    """Note the wish and have both mailboxes told; nothing changes before the new one confirms.

    For an address of somebody else the same rows are written, so that neither the answer nor its
    time tells whose it is; the mail there is another one, without a link.
    """
    address = normal_address(email)
    person = get_person(person_id)
    primary = db.session.scalar(_primary(person.id))
    if primary is None:
        raise NotFound("person")
    if person.is_shut_out:
        raise Refused("membership_closed")
    if address == primary.address:
        raise Refused("address_same")
    payload = {"person_id": person.id, "was": primary.address}
    pending = remember(PendingKind.ADDRESS, address, payload, browser=browser)
    record(AddressAsked(pending.id, person.id, is_taken=_is_taken(address, person.id)))


def find_address_wish(token: str) -> Pending | None:
    """The wish behind a mailed token, for its page, while it can still come true."""
    pending = find_pending(PendingKind.ADDRESS, token)
    if pending is None:
        return None
    primary = db.session.scalar(_primary(pending.payload["person_id"]))
    return pending if _is_asked_from(pending, primary) else None


@transactional
def confirm_address(token: str, *, keep: str = "") -> Person:
    """Make the new address the only one, now that its mailbox is proven.

    Every session ends but that of ``keep``, the cookie of the browser that confirms: whoever
    asked may be a thief, or have led the owner of this mailbox to the button. Codes and links
    that wait in the old mailbox are dead. Refuses a dead link, and an address that became
    somebody else's meanwhile.
    """
    pending = redeem(PendingKind.ADDRESS, token)
    person = get_person(pending.payload["person_id"])
    # First of all, because signing in and answering read the address under a lock of this row:
    # they come before, and are found below, or after, and find the new address.
    primary = db.session.scalar(
        _primary(person.id).with_for_update().execution_options(populate_existing=True)
    )
    if primary is None or not _is_asked_from(pending, primary):
        raise Refused("link_dead")
    if person.is_shut_out:
        raise Refused("membership_closed")
    if _is_taken(pending.address, person.id):
        raise Refused("address_taken")
    _drop_others(primary)
    was, primary.address, primary.verified_at = primary.address, pending.address, now()
    db.session.flush()  # if somebody else was first with it, the use-case starts over
    _void_wishes(was)
    void_codes(person.id)
    revoke_sessions(person.id, keep=keep)
    db.session.expire(person, ["addresses"])
    record(AddressChanged(pending.id, person.id))
    return person


def _primary(person_id: int) -> sa.Select[PersonAddress]:
    return sa.select(PersonAddress).where(
        PersonAddress.person_id == person_id, PersonAddress.is_primary
    )


def _is_asked_from(pending: Pending, primary: PersonAddress | None) -> bool:
    """Whether the account still has the address that it had when this one was asked for."""
    return primary is not None and primary.address == pending.payload["was"]


def _is_taken(address: str, person_id: int) -> bool:
    found = sa.select(PersonAddress.id).where(
        PersonAddress.address == address, PersonAddress.person_id != person_id
    )
    return db.session.scalar(found) is not None


def _drop_others(primary: PersonAddress) -> None:
    rows_changed(
        sa.delete(PersonAddress).where(
            PersonAddress.person_id == primary.person_id, PersonAddress.id != primary.id
        )
    )


def _void_wishes(address: str) -> None:
    """What was asked for the old address would make a second person of it."""
    open_wishes = sa.update(Pending).where(Pending.address == address, Pending.used_at.is_(None))
    rows_changed(open_wishes.values(used_at=now()))
