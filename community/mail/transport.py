"""How a finished mail leaves: into a folder, or to a mail server."""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from community.mail.failures import DeliveryFailure, PermanentFailure, TemporaryFailure
from community.mail.smtp import Smtp

__all__ = [
    "DeliveryFailure",
    "PermanentFailure",
    "Smtp",
    "Spool",
    "TemporaryFailure",
    "Transport",
    "transport_from_url",
]

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_ENCODE_IT = (
    "A user and a password are ASCII, with / ? # @ : and % written as %2F %3F %23 %40 %3A %25."
)


class Transport(Protocol):
    """A way out for finished mails. Not to be shared by threads."""

    def send(self, envelope_from: str, recipient: str, data: bytes, *, message_id: str) -> None:
        """Hand over one mail; returning means that the other side answers for it from now on.

        ``envelope_from`` may be ``""``, the null sender. Raises :exc:`TemporaryFailure` or
        :exc:`PermanentFailure`; a second call with the same ``message_id`` is a retry.
        """
        ...

    def close(self) -> None:
        """Let go of the connection, if any. The transport stays usable."""
        ...


class Spool:
    """Keeps every mail as one ``.eml`` file, whose name depends on its Message-ID alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(
        self,
        envelope_from: str,  # noqa: ARG002 - the protocol's; a file has no envelope
        recipient: str,  # noqa: ARG002 - the same
        data: bytes,
        *,
        message_id: str,
    ) -> None:
        """Write the file, or replace it whole by the same; it is on the disk when this returns."""
        try:
            self._write(self._name(message_id), data)
        except OSError as error:
            cause = error.strerror or type(error).__name__
            raise TemporaryFailure(f"cannot write the mail to the spool: {cause}") from error

    def forget(self, message_id: str) -> None:
        """Delete the file of a mail; nothing happens when there is none."""
        (self.folder / self._name(message_id)).unlink(missing_ok=True)

    def close(self) -> None:
        """Nothing is held open between two mails."""

    def _name(self, message_id: str) -> str:
        return f"{hashlib.sha256(message_id.strip('<>').encode()).hexdigest()[:32]}.eml"

    def _write(self, name: str, data: bytes) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.folder.stat().st_mode & 0o077:
            self.folder.chmod(0o700)  # mails hold addresses and sign-in codes
        # In the same folder, because os.replace is atomic within one file system only. The file
        # is born with mode 0600.
        handle, temporary = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=self.folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(self.folder / name)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)  # the rename itself has to survive a power cut
        finally:
            os.close(folder)


def transport_from_url(url: str, spool_folder: Path) -> Transport:
    """The transport that ``MAIL_URL`` asks for.

    ``""``: the spool. ``smtp://[user:password@]host[:port][?starttls=1]`` (port 587 with
    STARTTLS, else 25) or ``smtps://…`` (port 465); ``ehlo=NAME`` sets the name we greet with. User
    and password are percent-encoded. Raises :exc:`ValueError` with a sentence for the operator,
    which never repeats the password.
    """
    if not url:
        return Spool(spool_folder)
    try:
        parts = urlsplit(url)
        port = parts.port
        user, password = _decoded(parts.username), _decoded(parts.password)
    except ValueError:
        raise ValueError(f"MAIL_URL cannot be read. {_ENCODE_IT}") from None
    if parts.scheme not in ("smtp", "smtps"):
        raise ValueError("MAIL_URL must begin with smtp:// or smtps://, or be empty.")
    if not parts.hostname or parts.path not in ("", "/") or parts.fragment:
        raise ValueError(f"MAIL_URL must look like smtp://user:password@host:587. {_ENCODE_IT}")
    if (user is None) != (password is None):
        raise ValueError("MAIL_URL needs a user and a password, or neither.")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    starttls, ehlo_name = options.pop("starttls", None), options.pop("ehlo", None)
    tls = parts.scheme == "smtps"
    if options or starttls not in (None, "0", "1") or (tls and starttls == "1"):
        raise ValueError("MAIL_URL may end in ?starttls=1 (smtp:// only), and ehlo=NAME.")
    if user is not None and not tls and starttls is None and parts.hostname not in _LOOPBACK:
        raise ValueError(
            "MAIL_URL would send the password in the clear: add ?starttls=1, or use smtps://, or "
            "say that you mean it with ?starttls=0."
        )
    return Smtp(
        parts.hostname,
        port or (465 if tls else 587 if starttls == "1" else 25),
        user,
        password,
        starttls=starttls == "1",
        tls=tls,
        ehlo_name=ehlo_name,
    )


def _decoded(text: str | None) -> str | None:
    if not text:
        return None
    plain = unquote(text, errors="strict")
    if not plain.isascii() or not plain.isprintable():
        raise ValueError("smtplib can only write ASCII")
    return plain
