"""Notices about connections: somebody would like to connect, somebody accepted."""

from community.core.links import link
from community.mail.kinds import Purpose, Rendered
from community.mail.models import OutboxMail
from community.mail.outbox import queue_mail
from community.membership.connection_changes import ConnectionAccepted, ConnectionAsked
from community.membership.connection_models import Connection, ConnectionState
from community.membership.mail_wishes import unsubscribe_tokens, wanted_categories
from community.membership.models import Person
from community.membership.pairs import are_apart, find_connection, is_active
from community.membership.queries import get_person
from community.membership.wish_models import MailCategory
from community.notices.mails import compose, kind


def tell_asked(change: ConnectionAsked) -> None:
    """Whom somebody would like to connect with, unless they know of it or want no such mails."""
    if change.tell:
        _tell("connection_asked", change.person_id, get_person(change.asker_id))


def tell_accepted(change: ConnectionAccepted) -> None:
    """Who asked: the other one said yes, and each sees the other's address now."""
    _tell("connection_accepted", change.asker_id, get_person(change.person_id))


def _tell(name: str, to_id: int, other: Person) -> None:
    reader = get_person(to_id)
    if not reader.address or MailCategory.CONNECTIONS not in wanted_categories(to_id):
        return
    pair = find_connection(to_id, other.id)
    queue_mail(
        name,
        to=reader.address,
        name=reader.name,
        facts={
            "other_id": other.id,
            "other": other.name,
            "handle": other.handle,
            "word": pair.word if pair else "",
            "unsubscribe_token": unsubscribe_tokens([to_id], MailCategory.CONNECTIONS)[to_id],
        },
        person_id=to_id,
        urgency=6,
    )


def _asked_in_vain(mail: OutboxMail) -> str:
    pair = _pair(mail)
    is_open = (
        pair is not None
        and pair.state == ConnectionState.ASKED
        and pair.asked_by != mail.person_id
        and pair.lies_since is None
    )
    return _unwanted(mail) if is_open else "the ask is not open any more"


def _accepted_in_vain(mail: OutboxMail) -> str:
    pair = _pair(mail)
    connected = pair is not None and pair.state == ConnectionState.CONNECTED
    return _unwanted(mail) if connected else "the two are not connected any more"


def _pair(mail: OutboxMail) -> Connection | None:
    return find_connection(mail.person_id or 0, mail.facts["other_id"])


def _unwanted(mail: OutboxMail) -> str:
    """What may have happened since it was queued."""
    if mail.person_id is None:
        return "the person is gone"
    reader, other = get_person(mail.person_id), get_person(mail.facts["other_id"])
    if MailCategory.CONNECTIONS not in wanted_categories(reader.id):
        return "the person does not want such mails any more"
    if not is_active(reader) or not is_active(other) or are_apart(reader.id, other.id):
        return "the two are not there for each other any more"
    return ""


def _render(mail: OutboxMail) -> Rendered:
    url = link("unsubscribe", token=mail.facts["unsubscribe_token"])
    return Rendered(compose(mail, unsubscribe=url, unsubscribe_url=url))


def register_kinds() -> None:
    """Make the mails of this module known to the outbox."""
    kind("connection_asked", _render, purpose=Purpose.NEWS, unwanted=_asked_in_vain)
    kind("connection_accepted", _render, purpose=Purpose.NEWS, unwanted=_accepted_in_vain)
