"""How every notice becomes bytes: the words of its kind in the frame that all mails share."""

from collections.abc import Callable
from typing import Any

from community.calendar import ics
from community.calendar.facts import Invite
from community.calendar.invites import thread_id
from community.core.current import settings
from community.core.identity import community_name
from community.core.text import without_links
from community.mail.kinds import Kind, Purpose, Rendered, always_wanted, register
from community.mail.message import Mail, to_bytes
from community.mail.mime import picture_id
from community.mail.models import OutboxMail
from community.mail.rendering import word
from community.notices.facts import event_as_read

# Facts that are names which people typed, of themselves or of those whom they bring.
_NAMES = ("inviter", "brought_by", "guests", "name")


def compose(
    mail: OutboxMail,
    *,
    invite: Invite | None = None,
    unsubscribe: str = "",
    words_of: str = "",
    picture: bytes | None = None,
    **facts: Any,
) -> bytes:
    """The bytes of an outbox row. With an invite, sender and ORGANIZER are the same address, and
    the mail answers the first one about its entry.

    ``unsubscribe`` is the address at which one POST stops such mails (RFC 8058), ``words_of`` the
    kind whose words it has when that is another than the row's. ``picture`` is a PNG, which the
    words show as ``picture_id``.
    """
    known = {**mail.facts, **facts, "facts_of_event": event_as_read(mail.facts)}
    known |= {name: _plain(known[name]) for name in _NAMES if name in known}
    reader = without_links(mail.recipient_name)
    known["community"] = name = community_name()
    known["has_invite"], known["picture_id"] = invite is not None, picture_id(mail.message_id)
    words = word(words_of or mail.kind, recipient_name=reader, **known)
    sender = invite.organizer_address if invite else settings().mail_from
    return to_bytes(
        Mail(
            message_id=mail.message_id,
            sender_name=name,
            sender_address=sender,
            recipient_name=reader,
            recipient_address=mail.recipient,
            subject=words.subject,
            text=words.text,
            html=words.html,
            date=mail.created_at,
            calendar=ics.invite(invite) if invite else None,
            calendar_method=invite.method if invite else None,
            in_reply_to=thread_id(invite) if invite and not invite.is_first else None,
            list_unsubscribe=unsubscribe or None,
            list_unsubscribe_post=bool(unsubscribe),
            reply_to=None if invite else _reply_to(mail),
            picture=picture,
        )
    )


def _plain(names: Any) -> Any:
    """One name or several, as people typed them."""
    if isinstance(names, list):
        return [without_links(name) for name in names]
    return without_links(names) if isinstance(names, str) else names


def _reply_to(mail: OutboxMail) -> str | None:
    """Whom words go to that come back; of an invite that is left out, still the event's hosts."""
    left_out = mail.facts.get("invite") or {}
    return mail.facts.get("reply_to") or left_out.get("organizer_address")


def plain_kind(name: str) -> None:
    """Register a kind of mail that is nothing but its facts and words."""
    register(Kind(name, lambda mail: Rendered(compose(mail))))


def kind(
    name: str,
    render: Callable[[OutboxMail], Rendered],
    *,
    holds_secret: bool = False,
    purpose: Purpose = Purpose.ANSWER,
    unwanted: Callable[[OutboxMail], str] = always_wanted,
    forgets_reader: bool = False,
) -> None:
    """Register a kind of mail with a renderer of its own."""
    register(Kind(name, render, holds_secret, purpose, unwanted, forgets_reader))
