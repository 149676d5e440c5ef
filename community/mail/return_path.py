"""Where a mail's bounce comes back to: an envelope sender that names the mail and is signed."""

from community.core.current import settings
from community.core.tokens import link_is_right, link_token, linked_row

_PURPOSE = "bounce"


def return_path(mail_id: int) -> str:
    """The envelope sender of an outbox row: ``bounces+TOKEN@…`` when ``BOUNCE_ADDRESS`` is set.

    Nobody else can make the token, so that a forged bounce has no mail to be about.
    """
    address = settings().bounce_address
    if not address:
        return settings().mail_from
    local, _, domain = address.rpartition("@")
    return f"{local}+{link_token(_PURPOSE, mail_id, 0)}@{domain}"


def returned_mail(recipient: str) -> int | None:
    """The id of the outbox row whose return path this is; None for any other address."""
    local, _, domain = settings().bounce_address.rpartition("@")
    name, _, host = recipient.strip().lower().rpartition("@")  # relays may change the case
    mine, _, token = name.rpartition("+")
    if not local or (mine, host) != (local, domain) or not token.isascii():
        return None
    mail_id = linked_row(token)
    if mail_id is None or not link_is_right(token, _PURPOSE, mail_id, 0):
        return None
    return mail_id
