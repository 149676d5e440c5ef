"""The only clock of the program, so that tests can hold it still."""

from datetime import UTC, datetime, timedelta

# What was made later than now by more than this was made by a clock that was ahead: it counts for
# nothing until it is made again, or it would be good for longer than it was meant to be.
LEEWAY = timedelta(seconds=60)


def now() -> datetime:
    """The present instant as an aware UTC datetime."""
    return datetime.now(UTC)
