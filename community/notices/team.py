"""Notices to those who help at one event."""

from community.core.links import link
from community.events.changes import HelperAdded, HelperChanged, OwnerChanged
from community.events.models import HostRole
from community.events.queries import find_role, get_event
from community.events.visibility import shown_to_team
from community.mail.kinds import Rendered
from community.mail.models import OutboxMail
from community.mail.outbox import queue_mail
from community.membership.queries import get_person
from community.notices.facts import event_facts
from community.notices.mails import compose, kind


def tell_helper(change: HelperAdded | HelperChanged) -> None:
    """You help at this event, and this is what you can do."""
    _tell(change.event_id, change.person_id, change.role)


def tell_owner(change: OwnerChanged) -> None:
    """The event is yours now."""
    _tell(change.event_id, change.person_id, HostRole.OWNER.value)


def _tell(event_id: int, person_id: int, role: str) -> None:
    person, event = get_person(person_id), get_event(event_id)
    if person.address:
        queue_mail(
            "on_team",
            to=person.address,
            name=person.name,
            facts={**event_facts(event, shown_to_team(event)), "role": role},
            person_id=person.id,
            event_id=event.id,
        )


def _unwanted(mail: OutboxMail) -> str:
    """Whoever lost the role meanwhile would be led to a page that is not there for them."""
    if mail.event_id is None or find_role(mail.event_id, mail.person_id) != mail.facts["role"]:
        return "the person has another role by now"
    return ""


def _render(mail: OutboxMail) -> Rendered:
    page = "check_in" if mail.facts["role"] == HostRole.DOOR else "desk"
    return Rendered(compose(mail, url=link(page, slug=mail.facts["event_slug"])))


def register_kinds() -> None:
    """Make the mails of this module known to the outbox."""
    kind("on_team", _render, unwanted=_unwanted)
