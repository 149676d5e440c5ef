"""The mail guarantee with one of its protections taken out, to show that the tests would notice.

Never use it but as a control: what it sends is lost, changed, or noted by whoever lost the lease.
"""

import re
from collections.abc import Mapping
from email.utils import format_datetime

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import transactional
from community.mail import delivery, leases
from community.mail.kinds import Rendered
from community.mail.leases import Taken
from community.mail.models import OutboxMail
from community.mail.transport import Transport


def mark_first() -> None:
    """A mail counts as sent before it is: who dies in between loses it."""
    send = delivery._send

    def marked(taken: Taken, body: bytes, transport: Transport) -> None:
        delivery._mark_sent(taken)
        send(taken, body, transport)

    delivery._send = marked


def bytes_thawed() -> None:
    """The mail is made anew for each attempt, and dated so."""

    @transactional
    def store(made: Mapping[Taken, Rendered]) -> dict[int, bytes]:
        for rendered in made.values():
            rendered.store()
        date = b"Date: " + format_datetime(now()).encode()
        return {one.id: re.sub(rb"(?m)^Date: [^\r]*", date, made[one].data) for one in made}

    delivery._store = store


def no_fence() -> None:
    """Whoever had a mail in hand once may say what became of it, whoever has it now."""
    outbox = leases._OUTBOX
    row = outbox.c.id == sa.bindparam("mail")
    leases._IS_MINE = sa.select(outbox.c.id).where(row)
    leases._mine = lambda taken: (OutboxMail.id == taken.id,)


_BY_NAME = {"": lambda: None, "mark": mark_first, "freezing": bytes_thawed, "fence": no_fence}


def take_out(name: str) -> None:
    """Take out the protection of that name; ``""`` leaves all in place."""
    _BY_NAME[name]()
