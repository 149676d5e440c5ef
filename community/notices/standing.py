"""Notices about a membership that is suspended, reinstated or over."""

from community.mail.outbox import queue_mail
from community.membership.changes import (
    MembershipEnded,
    MembershipReinstated,
    MembershipSuspended,
)
from community.membership.queries import get_person
from community.membership.texts import TextKind, pages_in_force
from community.notices.mails import plain_kind


def tell_suspended(change: MembershipSuspended) -> None:
    """The members' pages are closed, with the admin's word."""
    _tell("suspended", change.person_id, has_contact=TextKind.CONTACT in pages_in_force())


def tell_reinstated(change: MembershipReinstated) -> None:
    """They are open again."""
    _tell("reinstated", change.person_id)


def tell_ended(change: MembershipEnded) -> None:
    """The membership is over, by an admin's word or one's own wish."""
    _tell("membership_ended", change.person_id, own_wish=change.own_wish)


def _tell(name: str, person_id: int, **facts: object) -> None:
    person = get_person(person_id)
    if person.address:
        known = {"word": person.standing_word, **facts}
        queue_mail(name, to=person.address, name=person.name, facts=known, person_id=person.id)


def register_kinds() -> None:
    """Make the mails of this module known to the outbox."""
    plain_kind("suspended")
    plain_kind("reinstated")
    plain_kind("membership_ended")
