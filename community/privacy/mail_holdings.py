"""What mails hold about people: the outbox, what came back, and who is not written to."""

from typing import Any

import sqlalchemy as sa

from community.core.db import Base
from community.mail.models import MailState
from community.privacy import whose
from community.privacy.held import Held, by_address
from community.privacy.message_holdings import MESSAGES

_ID = "an id that leads to nobody"
_UNSENT = (MailState.QUEUED, MailState.SENDING, MailState.HELD, MailState.FAILED)
_OUTBOX = Base.metadata.tables["outbox"]
_STOPPED = sa.case(
    (_OUTBOX.c.state.in_(_UNSENT), sa.literal(MailState.STOPPED, _OUTBOX.c.state.type)),
    else_=_OUTBOX.c.state,
)
_EMPTY_MAIL: dict[str, Any] = {
    "facts": {},
    "body": None,
    "last_error": "",
    "dedupe_key": None,  # holds a hash of the address
    "lease": None,  # so that a worker that has it in hand notes nothing more
    "recipient_name": "",
    "state": _STOPPED,
}
_OF_A_MAIL = {
    "kind": "what the mail was for",
    "person_id": _ID,
    "message_id": "random; a server that asks about the mail names it",
    "calendar_key": "names an attendee by id",
}
MAILS: tuple[Held, ...] = (
    *MESSAGES,
    Held(
        "bounces",
        by="address",
        whose=whose.bounces,
        section="mails_that_bounced",
        given=("address", "is_hard", "status", "details", "at"),
        deleted=True,
    ),
    Held(
        "outbox",
        by="facts",
        whose=whose.to_asked_address,
        withheld="written to an address that was never proven to be theirs",
        blank={**_EMPTY_MAIL, "recipient": ""},
        kept=_OF_A_MAIL,
    ),
    Held(
        "outbox",
        by="facts",
        whose=whose.own_invitations,
        withheld="given with the invitations themselves",
        blank=_EMPTY_MAIL,
        kept={**_OF_A_MAIL, "recipient": "somebody else's, who was written to"},
    ),
    Held(
        "outbox",
        by="facts",
        whose=whose.stating_their_name,
        withheld="somebody else's mail that states their name and their word",
        blank=_EMPTY_MAIL,
        kept={**_OF_A_MAIL, "recipient": "somebody else's, who was written to"},
    ),
    Held(
        "outbox",
        by="facts",
        whose=whose.stating_their_words,
        withheld="a host's mail; what they wrote is given with the mails received from them",
        blank=_EMPTY_MAIL,
        kept={**_OF_A_MAIL, "recipient": "somebody else's, who was written to"},
    ),
    Held(
        "outbox",
        by="facts",
        whose=whose.to_own_guests,
        withheld="somebody else's mail; whom they bring is given with their party",
        blank={**_EMPTY_MAIL, "recipient": ""},
        kept=_OF_A_MAIL,
    ),
    Held(
        "outbox",
        by="facts",
        whose=whose.named_as_importer,
        withheld="somebody else's mail that states their name",
        # The bytes say it, too; an unsent mail is rendered anew without it.
        blank={"body": None, "facts": lambda facts: {**facts, "by": ""}},
    ),
    Held(
        "outbox",
        by="facts",
        whose=whose.named_as_inviter,
        withheld="somebody else's mail that states their name",
        blank={"body": None, "facts": lambda facts: {**facts, "inviter": ""}},
    ),
    Held(
        "outbox",
        by="person_id",
        whose=whose.own_mail,
        section="mails",
        given=("kind", "recipient", "recipient_name", "state", "created_at", "sent_at", "facts"),
        blank={**_EMPTY_MAIL, "recipient": ""},
        kept=_OF_A_MAIL,
    ),
    Held(
        "suppressions",
        by="address",
        whose=by_address("address"),
        section="addresses_that_get_no_mail",
        given=("address", "reason", "at", "details"),
        deleted=True,  # not even a hash: who comes back is somebody new
    ),
)
