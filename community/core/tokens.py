"""Secrets that are mailed or kept in cookies: made, hashed, signed and compared in one place."""

import base64
import hashlib
import hmac
import secrets

from community.core.current import settings


def new_token() -> str:
    """A secret of 256 bits that fits into a URL."""
    return secrets.token_urlsafe(32)


def new_code() -> str:
    """Six digits to be typed by hand."""
    return f"{secrets.randbelow(1_000_000):06d}"


def new_key() -> str:
    """A secret of 130 bits for the local part of an address: lower-case letters and digits."""
    return base64.b32encode(secrets.token_bytes(17)).decode().lower()[:26]


def digest(token: str) -> str:
    """What the database keeps of a token: SHA-256, 64 hexadecimal digits."""
    return hashlib.sha256(token.encode()).hexdigest()


def sign(purpose: str, *facts: object) -> str:
    """A signature by SECRET_KEY over ``facts``, good for ``purpose`` alone: 32 characters."""
    text = "\x00".join([purpose, *map(str, facts)])
    mac = hmac.new(settings().secret_key.encode(), text.encode(), hashlib.sha256)
    return mac.hexdigest()[:32]


def derived_token(purpose: str, salt: str) -> str:
    """A secret of 256 bits that fits into a URL, and can be shown again from its random ``salt``.

    Whoever reads the database alone has the salt and not SECRET_KEY: it is no use to them.
    """
    mac = hmac.new(settings().secret_key.encode(), f"{purpose}\x00{salt}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(mac.digest()).decode().rstrip("=")


def same(one: str, other: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


def link_token(purpose: str, row_id: int, generation: int) -> str:
    """A link that can be made again at any time, and rotated by a new ``generation``."""
    return f"{row_id}-{sign(purpose, row_id, generation)}"


def linked_row(token: str) -> int | None:
    """The row that a link claims to be for; :func:`link_is_right` must still agree."""
    row, _, mac = token.partition("-")
    # Nine digits fit into an id of PostgreSQL, which answers a larger number with an error.
    return int(row) if mac and row.isascii() and row.isdigit() and len(row) < 10 else None


def link_is_right(token: str, purpose: str, row_id: int, generation: int) -> bool:
    """Whether the link was made by us for this purpose, row and generation."""
    return same(token, link_token(purpose, row_id, generation))
