"""The kinds of mail there are, and who renders each; notices register theirs here."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from community.mail.models import OutboxMail


@dataclass(frozen=True)
class Rendered:
    """The bytes of a mail, and what must be stored in the same transaction as they are."""

    data: bytes
    store: Callable[[], None] = field(default=lambda: None)


class Purpose(StrEnum):
    """Why a mail is written, which decides what may keep it from an address."""

    PROOF = "proof"  # its reader sits in front of the screen and waits for it
    ANSWER = "answer"  # it follows from what its reader did
    NEWS = "news"  # its reader may do without


def always_wanted(_mail: OutboxMail) -> str:
    """Nothing that happens between queueing and sending makes such a mail pointless."""
    return ""


@dataclass(frozen=True)
class Kind:
    """``holds_secret`` mails carry a token: their bytes are wiped as soon as they are sent.

    ``forgets_reader``: so is the address, because this row is the last place that knows it.

    ``unwanted`` is asked before each attempt: a reason not to send it any more, or ``""``.
    """

    name: str
    render: Callable[[OutboxMail], Rendered]
    holds_secret: bool = False
    purpose: Purpose = Purpose.ANSWER
    unwanted: Callable[[OutboxMail], str] = always_wanted
    forgets_reader: bool = False


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind known. Registering it again replaces it."""
    _kinds[kind.name] = kind


def find_kind(name: str) -> Kind | None:
    """The kind of that name; None for one that no notice registered."""
    return _kinds.get(name)


def get_kind(name: str) -> Kind:
    """The kind of that name. Raises KeyError for one that no notice registered."""
    return _kinds[name]


def all_kinds() -> list[Kind]:
    """Every kind, by name."""
    return [_kinds[name] for name in sorted(_kinds)]
