"""The kinds of mail there are, and who renders each; notices register theirs here."""

from collections.abc import Callable
from dataclasses import dataclass, field

from community.mail.models import OutboxMail


@dataclass(frozen=True)
class Rendered:
    """The bytes of a mail, and what must be stored in the same transaction as they are."""

    data: bytes
    store: Callable[[], None] = field(default=lambda: None)


@dataclass(frozen=True)
class Kind:
    """``holds_secret`` mails carry a token: their bytes are wiped as soon as they are sent."""

    name: str
    render: Callable[[OutboxMail], Rendered]
    holds_secret: bool = False


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind known. Registering it again replaces it."""
    _kinds[kind.name] = kind


def get_kind(name: str) -> Kind:
    """The kind of that name. Raises KeyError for one that no notice registered."""
    return _kinds[name]


def all_kinds() -> list[Kind]:
    """Every kind, by name."""
    return [_kinds[name] for name in sorted(_kinds)]
