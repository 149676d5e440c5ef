"""Whether the mail server takes mails from us: reached, by TLS, signed in, and for our sender."""

import os
import smtplib
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

from community.core.current import settings
from community.mail.failures import DeliveryFailure
from community.mail.smtp import Smtp
from community.mail.transport import transport_from_url
from community.ops.findings import Finding

ABOUT = "mail"
_SECONDS = 5.0
# The first that fits what was underneath a failure.
_ADVICE: tuple[tuple[type[Exception], str], ...] = (
    (socket.gaierror, "There is no such name. Correct the host in COMMUNITY_MAIL_URL."),
    (
        ssl.SSLCertVerificationError,
        "Name the server in COMMUNITY_MAIL_URL as its certificate does, or mend that.",
    ),
    (ssl.SSLError, "Ports differ: smtps:// is for 465, smtp://…?starttls=1 for 587."),
    (
        smtplib.SMTPNotSupportedError,
        "The server does not offer that. Correct ?starttls=1 or the port in COMMUNITY_MAIL_URL.",
    ),
    (
        smtplib.SMTPAuthenticationError,
        "Correct user and password in COMMUNITY_MAIL_URL, percent-encoded.",
    ),
)


def mail() -> Iterator[Finding]:
    """A talk with the server up to where a mail would begin; or the folder that stands for it."""
    transport = transport_from_url(settings().mail_url, settings().spool_folder)
    if not isinstance(transport, Smtp):
        yield _spool(settings().spool_folder)
        return
    if settings().mail_from.endswith("@localhost"):
        advice = "Set COMMUNITY_MAIL_FROM and COMMUNITY_RSVP_ADDRESS to addresses of your domain."
        yield Finding(ABOUT, "mails leave with a sender that nobody can answer", advice)
    yield _server(transport)


def _server(transport: Smtp) -> Finding:
    transport.timeout = _SECONDS
    name = f"{transport.host}:{transport.port}"
    try:
        transport.try_out(settings().bounce_address or settings().mail_from)
    except DeliveryFailure as failure:
        return Finding(ABOUT, failure.reason, _advice(failure))
    finally:
        transport.close()
    how = "by TLS" if transport.tls or transport.starttls else "without TLS"
    return Finding(ABOUT, f"{name} takes mails from us, {how}")


def _advice(failure: DeliveryFailure) -> str:
    """What to do, by what was underneath."""
    cause = failure.__cause__
    for kind, advice in _ADVICE:
        if isinstance(cause, kind):
            return advice
    if cause is None:
        return "Let the server take COMMUNITY_MAIL_FROM from this user, or set another one."
    return "Correct COMMUNITY_MAIL_URL, or start the mail server that it names."


def _spool(folder: Path) -> Finding:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        return Finding(ABOUT, f"{folder} cannot be written", f"Make {existing} writable.")
    if settings().is_development:
        return Finding(ABOUT, f"mails are kept in {folder} and go nowhere")
    advice = "Set COMMUNITY_MAIL_URL to your mail server."
    return Finding(ABOUT, f"mails are kept in {folder} and reach nobody", advice)
