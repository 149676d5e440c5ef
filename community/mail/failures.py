"""Why a mail did not leave, in the two kinds that the outbox treats differently."""

from community.core.text import clean_line, shorten

LONGEST_REASON = 300  # what outbox.last_error holds


class DeliveryFailure(Exception):
    """Why a mail did not leave. ``reason`` is one printable line of at most 300 characters."""

    def __init__(self, reason: str) -> None:
        printable = "".join(c if c.isprintable() else " " for c in reason)
        self.reason = shorten(clean_line(printable), LONGEST_REASON)
        super().__init__(self.reason)


class TemporaryFailure(DeliveryFailure):
    """Try the very same bytes again later."""


class PermanentFailure(DeliveryFailure):
    """The server will not take this mail for this recipient, now or ever.

    ``status`` is an enhanced code (RFC 3463) if it is the recipient's address or mailbox that is
    wrong, such as 5.1.1, so that it counts as a bounce; ``""`` when it is anything else.
    """

    def __init__(self, reason: str, status: str = "") -> None:
        super().__init__(reason)
        self.status = status
