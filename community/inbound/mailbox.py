"""A mailbox of the program's own on an IMAP server (RFC 3501): what waits in it, and where it goes.

Every command is bounded in time, every answer in size; certificates are checked. The server may be
asked not to trust itself: what it sends is bytes and nothing more.
"""

import contextlib
import imaplib
import re
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from community.core.text import clean_line

TIMEOUT = 20.0  # seconds for each answer
# What a server may send over one connection: so many mails of the largest size, and its lines.
_MANY, _LINES = 64, 4 * 2**20
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
# In a quoted string and in a folder's name these mean something else (RFC 3501 5.1, 9).
_FOLDER = re.compile(r'[^"\\*%\x00-\x1f\x7f-\U0010ffff]{1,100}')
_EXPLAINED = "IMAP_URL must look like imaps://user:password@host/INBOX?handled=Handled."
_ENCODE_IT = "In user and password / ? # @ : and % are written as %2F %3F %23 %40 %3A %25."


class MailboxFailure(Exception):
    """The mailbox cannot be used now; the message says why, and never holds the password."""


@dataclass(frozen=True)
class Account:
    """Where a mailbox is, and what becomes of a mail in it that was dealt with.

    ``handled`` is the folder that it is moved to; None: it is deleted.
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    handled: str | None = "Handled"
    tls: bool = True

    @property
    def label(self) -> str:
        """The account without its password, at most 200 characters."""
        return f"{self.user}@{self.host}:{self.port}/{self.folder}"[:200]


def account_from_url(url: str) -> Account:
    """What ``IMAP_URL`` says. Raises ValueError with a sentence that never repeats the password."""
    try:
        parts = urlsplit(url)
        port, options = parts.port, dict(parse_qsl(parts.query, True, True))
        user = unquote(parts.username or "", errors="strict")
        password = unquote(parts.password or "", errors="strict")
        folder = unquote(parts.path.strip("/"), errors="strict") or "INBOX"
    except ValueError:
        raise ValueError(f"{_EXPLAINED} {_ENCODE_IT}") from None
    handled = options.pop("handled", "Handled")
    if parts.scheme not in ("imap", "imaps") or not parts.hostname or parts.fragment or options:
        raise ValueError(_EXPLAINED)
    if not (user and password and (user + password).isprintable()):
        raise ValueError(f"IMAP_URL needs a user and a password. {_ENCODE_IT}")
    if parts.scheme == "imap" and parts.hostname not in _LOOPBACK:
        raise ValueError("IMAP_URL would send the password in the clear: use imaps://.")
    if not all(_FOLDER.fullmatch(name) for name in (folder, handled or "INBOX")):
        raise ValueError("The folders in IMAP_URL must have names in plain ASCII.")
    if folder.lower() == handled.lower():
        raise ValueError("IMAP_URL must not move handled mails to where they came from.")
    tls = parts.scheme == "imaps"
    default = 993 if tls else 143
    return Account(parts.hostname, port or default, user, password, folder, handled or None, tls)


class Mailbox:
    """An open mailbox. Use it in ``with``; whatever goes wrong is a :exc:`MailboxFailure`."""

    def __init__(self, account: Account, *, largest: int, only_look: bool = False) -> None:
        self._account = account
        self._largest = largest
        self._only_look = only_look

    def __enter__(self) -> Self:
        with self._talking():
            self._imap = _connect(self._account, self._largest)
        try:
            with self._talking():
                self._sign_in()
                folder = _quoted(self._account.folder)
                self._need(*self._imap.select(folder, readonly=self._only_look))
                # Many servers say what they can do only to somebody whom they know.
                self._can = set(bytes(self._need(*self._imap.capability())[0]).upper().split())
        except MailboxFailure:
            self._hang_up()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._hang_up()

    def waiting(self, *, most: int) -> list[int]:
        """The UIDs of mails that nobody has dealt with, oldest first."""
        return self._search("UNDELETED", "UNFLAGGED")[:most]

    def set_aside_count(self) -> int:
        """How many mails were set aside."""
        return len(self._search("UNDELETED", "FLAGGED"))

    @property
    def validity(self) -> str:
        """What together with a UID names a mail for ever (RFC 3501 2.3.1.1)."""
        with self._talking():
            _, data = self._imap.response("UIDVALIDITY")
        return bytes(data[0] or b"").decode("ascii", "replace") if data else ""

    def fetch(self, uid: int) -> bytes | None:
        """The first ``largest`` + 1 octets of a mail, without marking it read; None: it is gone."""
        with self._talking():
            what = f"(BODY.PEEK[]<0.{self._largest + 1}>)"
            data = self._need(*self._imap.uid("FETCH", str(uid), what))
        for piece in data:
            if isinstance(piece, tuple) and b"BODY[]" in piece[0].upper():
                return bytes(piece[1])
            if isinstance(piece, bytes) and b"BODY[]" in piece.upper():
                return b""  # a server may write an empty literal as a quoted string
        return None

    def put_away(self, uid: int) -> None:
        """Move a mail to the folder of handled ones, made when it is missing; or delete it."""
        with self._talking():
            if self._account.handled is None:
                self._delete(uid)
            elif b"MOVE" in self._can:
                self._into_folder("MOVE", uid)
            else:
                self._into_folder("COPY", uid)
                self._delete(uid)

    def set_aside(self, uid: int) -> None:
        """Flag a mail: it stays where it is, and is not fetched again before the flag is gone."""
        with self._talking():
            self._need(*self._imap.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Flagged)"))

    def _sign_in(self) -> None:
        user, password = self._account.user, self._account.password
        if "AUTH=PLAIN" in self._imap.capabilities:  # RFC 4616, which carries any character
            said = f"\0{user}\0{password}".encode()
            self._need(*self._imap.authenticate("PLAIN", lambda _challenge: said))
        elif (user + password).isascii():
            self._need(*self._imap.login(_quoted(user), password))
        else:
            raise MailboxFailure(f"{self._account.host} takes user and password in ASCII alone")

    def _search(self, *criteria: str) -> list[int]:
        with self._talking():
            data = self._need(*self._imap.uid("SEARCH", *criteria))
            return sorted(int(uid) for line in data if line for uid in bytes(line).split())

    def _into_folder(self, command: str, uid: int) -> None:
        folder = _quoted(self._account.handled or "")
        answer, data = self._imap.uid(command, str(uid), folder)
        if answer == "NO":
            self._imap.create(folder)  # says NO when it is there: the second try tells
            answer, data = self._imap.uid(command, str(uid), folder)
        self._need(answer, data)

    def _delete(self, uid: int) -> None:
        flags = r"(\Seen \Deleted)"
        self._need(*self._imap.uid("STORE", str(uid), "+FLAGS.SILENT", flags))
        if b"UIDPLUS" in self._can:  # RFC 4315; a plain EXPUNGE would take others' along
            self._need(*self._imap.uid("EXPUNGE", str(uid)))

    def _need(self, answer: str, data: Sequence[Any]) -> Sequence[Any]:
        if answer != "OK":
            said = b" ".join(part for part in data if isinstance(part, bytes))
            raise MailboxFailure(f"{self._account.host} says {answer}: {_shown(said)}")
        return data

    @contextlib.contextmanager
    def _talking(self) -> Iterator[None]:
        try:
            yield
        except MailboxFailure:
            raise
        except Exception as error:  # imaplib raises all kinds of things on odd answers
            where = f"{self._account.host}:{self._account.port}"
            raise MailboxFailure(f"{where}: {_cause(error)}") from error

    def _hang_up(self) -> None:
        # LOGOUT and not CLOSE, which would expunge what others have deleted.
        for end in (self._imap.logout, self._imap.shutdown):
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                end()


class _Budget:
    """What a server may still send over one connection, in octets."""

    def __init__(self, largest: int) -> None:
        self._left = _MANY * (largest + 1) + _LINES

    def spend(self, size: int) -> int:
        """The size, when it may still be read."""
        self._left -= size
        if self._left < 0:
            raise imaplib.IMAP4.abort("the server sends more than was asked for")
        return size


class _Tls(imaplib.IMAP4_SSL):
    budget: _Budget

    def read(self, size: int) -> bytes:
        """A literal."""
        return super().read(self.budget.spend(size))

    def readline(self) -> bytes:
        """A line; the library itself takes none of more than a million octets."""
        line = super().readline()
        self.budget.spend(len(line))
        return line


class _Plain(imaplib.IMAP4):
    budget: _Budget

    def read(self, size: int) -> bytes:
        """A literal."""
        return super().read(self.budget.spend(size))

    def readline(self) -> bytes:
        """A line; the library itself takes none of more than a million octets."""
        line = super().readline()
        self.budget.spend(len(line))
        return line


def _connect(account: Account, largest: int) -> imaplib.IMAP4:
    kind = type("Imap", (_Tls if account.tls else _Plain,), {"budget": _Budget(largest)})
    if account.tls:
        context = ssl.create_default_context()
        secure: imaplib.IMAP4 = kind(
            account.host, account.port, ssl_context=context, timeout=TIMEOUT
        )
        return secure
    plain: imaplib.IMAP4 = kind(account.host, account.port, timeout=TIMEOUT)
    return plain


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _cause(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        text = f"its certificate is not good: {error.verify_message}"
    return _shown(text.encode("utf-8", "replace")) or type(error).__name__


def _shown(said: bytes) -> str:
    return clean_line(said.decode("utf-8", "replace"))[:200]
