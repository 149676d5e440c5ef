"""The only clock of the program, so that tests can hold it still."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present instant as an aware UTC datetime."""
    return datetime.now(UTC)
