"""Hands mails to a server by SMTP (RFC 5321), telling its faults from the mail's."""

import contextlib
import re
import smtplib
import socket
import ssl
from collections.abc import Iterator
from io import BufferedReader
from typing import BinaryIO, cast

from community.core.addresses import is_plain_address
from community.mail.failures import DeliveryFailure, PermanentFailure, TemporaryFailure

_CHUNK = 65536
_MOST_LINES = 500  # of one answer
# RFC 3463: the address (but for .7 and .8, which are ours as the sender) or the mailbox. What is
# refused for policy or as spam (5.7) says nothing of whether somebody reads there, and an answer
# without such a code says nothing at all.
_ABOUT_RECIPIENT = re.compile(r"(5\.(?:1\.(?![78](?!\d))|2\.)\d{1,3})(?!\S)")
# RFC 4954 6: the server wants us to authenticate otherwise. Our settings are wrong, not the mail.
_ABOUT_AUTHENTICATION = (530, 534, 535, 538)


class _Lines:
    """What a server says, line by line, and not for ever."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.left = 0

    def readline(self, most: int) -> bytes:
        self.left -= 1
        if self.left < 0:
            raise smtplib.SMTPServerDisconnected("an answer without end")
        return self._file.readline(most)

    def peek(self, least: int) -> bytes:
        return cast("BufferedReader", self._file).peek(least)

    def close(self) -> None:
        self._file.close()


class _PlainSmtp(smtplib.SMTP):
    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = _Lines(self.sock.makefile("rb"))
        if self.file is not None:
            self.file.left = _MOST_LINES
        return super().getreply()


class _SmtpOverTls(_PlainSmtp, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


class Smtp:
    """One server, one connection for as many mails as it lasts.

    ``tls``: encrypted from the first byte (port 465). ``starttls``: encrypted before anything
    else is said, or nothing is said. ``timeout`` is in seconds for each reply, ``final_timeout``
    for the reply to the last dot, where RFC 5321 4.5.3.2.6 asks for ten minutes: giving up
    earlier is how one mail arrives twice.
    """

    def __init__(
        self,
        host: str,
        port: int,
        user: str | None = None,
        password: str | None = None,
        *,
        starttls: bool = False,
        tls: bool = False,
        timeout: float = 30.0,
        final_timeout: float = 600.0,
        ehlo_name: str | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.starttls = starttls
        self.tls = tls
        self.timeout = timeout
        self.final_timeout = final_timeout
        self._user = user
        self._password = password
        self.ehlo_name = ehlo_name or _our_name()
        self._open: smtplib.SMTP | None = None
        self._is_clean = False  # the last mail was taken, and nothing has been said since

    def send(
        self,
        envelope_from: str,
        recipient: str,
        data: bytes,
        *,
        message_id: str,  # noqa: ARG002 - the protocol's; SMTP itself knows no retries
    ) -> None:
        """Send one mail, over the open connection when it still answers."""
        # The commands are written here and not by smtplib, which parses an address first and may
        # write another one; a plain address comes out of it as it went in.
        if not is_plain_address(recipient):
            raise PermanentFailure("the recipient's address is not one that SMTP can carry")
        if envelope_from and not is_plain_address(envelope_from):
            # A setting, not the mail: it goes once the operator has put it right.
            raise TemporaryFailure("the sender's address is not one that SMTP can carry")
        with self._talking():
            smtp = self._begun(f"MAIL FROM:<{envelope_from}>")
            self._command(smtp, f"RCPT TO:<{recipient}>")
            self._command(smtp, "DATA", wanted=3)
            self._require_silence(smtp)
            wire = _on_the_wire(data)
            for start in range(0, len(wire), _CHUNK):
                smtp.send(wire[start : start + _CHUNK])
            _patience(smtp, self.final_timeout)
            code, answer = smtp.getreply()
            _patience(smtp, self.timeout)
            self._judge("the message", code, answer, wanted=2)
            self._is_clean = True

    def try_out(self, envelope_from: str) -> None:
        """All that comes before a recipient, and nothing after it. Raises DeliveryFailure."""
        with self._talking():
            smtp = self._begun(f"MAIL FROM:<{envelope_from}>")
            smtp.rset()

    def close(self) -> None:
        """Say QUIT and hang up; what the server answers no longer matters."""
        smtp, self._open = self._open, None
        if smtp is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                smtp.quit()
            smtp.close()

    @contextlib.contextmanager
    def _talking(self) -> Iterator[None]:
        """Whatever breaks inside is temporary, and the connection is not used again."""
        try:
            yield
        except DeliveryFailure:
            raise  # an answer that was understood: the connection is still good
        except (OSError, smtplib.SMTPException, ValueError) as error:
            self._hang_up()
            raise TemporaryFailure(f"{self.host}: {_cause(error)}") from error
        except BaseException:
            self._hang_up()  # stopped in the middle of a mail: nothing else may follow it
            raise

    def _begun(self, mail_from: str) -> smtplib.SMTP:
        """A connection on which this mail is begun: the open one, or a new one."""
        clean, self._is_clean = self._is_clean, False
        if self._open is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self._require_silence(self._open)
                # After a mail that was taken no RSET is needed: that saves one way to the server.
                if clean or self._open.rset()[0] == 250:
                    code, answer = self._open.docmd(mail_from)
                    if code // 100 in (2, 4, 5) and code != 421:
                        self._judge("MAIL FROM", code, answer, wanted=2)
                        return self._open
            self._hang_up()  # it went stale: servers close idle connections, or had enough mails
        smtp = self._connection()
        self._command(smtp, mail_from)
        return smtp

    def _connection(self) -> smtplib.SMTP:
        if self.tls:
            context = ssl.create_default_context()
            smtp: smtplib.SMTP = _SmtpOverTls(
                self.host, self.port, self.ehlo_name, timeout=self.timeout, context=context
            )
        else:
            smtp = _PlainSmtp(self.host, self.port, self.ehlo_name, timeout=self.timeout)
        self._open = smtp
        if self.starttls:
            # Raises when it is not offered, or was stripped on the way.
            smtp.starttls(context=ssl.create_default_context())
        smtp.ehlo_or_helo_if_needed()
        if self._user is not None:
            smtp.login(self._user, self._password or "")
        return smtp

    def _command(self, smtp: smtplib.SMTP, line: str, *, wanted: int = 2) -> None:
        code, answer = smtp.docmd(line)
        self._judge(line.partition(":")[0], code, answer, wanted=wanted)

    def _require_silence(self, smtp: smtplib.SMTP) -> None:
        """Nothing may be waiting to be read where the next answer counts.

        Else we would take it for that answer, and every later one for that of the mail before.
        """
        if smtp.sock is None or smtp.file is None:
            return
        smtp.sock.settimeout(0)
        try:
            ahead = smtp.file.peek(1)
        except ssl.SSLWantReadError:
            ahead = b""
        finally:
            smtp.sock.settimeout(self.timeout)
        if ahead:
            raise smtplib.SMTPServerDisconnected("the server answers what was not said")

    def _judge(self, what: str, code: int, answer: bytes, *, wanted: int) -> None:
        """Only the first digit decides (RFC 5321 4.3.2)."""
        if code // 100 == wanted:
            return
        if code == 421 or code // 100 not in (4, 5):
            self._hang_up()  # the server leaves, or we no longer understand each other
        text = answer.decode("utf-8", "replace")
        reason = f"{self.host} answered {what} with {code} {text}"
        if code // 100 == 5 and code not in _ABOUT_AUTHENTICATION:
            status = _ABOUT_RECIPIENT.match(text) if what == "RCPT TO" else None
            raise PermanentFailure(reason, status[1] if status else "")
        raise TemporaryFailure(reason)

    def _hang_up(self) -> None:
        smtp, self._open = self._open, None
        if smtp is not None:
            smtp.close()


def _our_name() -> str:
    """What EHLO says (RFC 5321 4.1.1.1): our full name, else a literal; the DNS is not asked."""
    name = socket.gethostname()
    return name if re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", name) else "[127.0.0.1]"


def _patience(smtp: smtplib.SMTP, seconds: float) -> None:
    if smtp.sock is not None:
        smtp.sock.settimeout(seconds)


def _on_the_wire(data: bytes) -> bytes:
    """CR LF only, dots doubled, and the last dot (RFC 5321 4.5.2).

    A bare CR or LF before a dot would end the mail early on some servers (SMTP smuggling).
    """
    data = re.sub(rb"\r\n|\r|\n", b"\r\n", data)
    data = re.sub(rb"(?m)^\.", b"..", data)
    return data + (b".\r\n" if data.endswith(b"\r\n") else b"\r\n.\r\n")


def _cause(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        answer = error.smtp_error
        text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
        return f"{error.smtp_code} {text}"
    return str(error) or type(error).__name__
