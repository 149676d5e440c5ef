"""What a worker is handing over just now, so that what waits behind it need not wait long."""

import threading
import time

from community.mail import leases
from community.mail.failures import TemporaryFailure
from community.mail.transport import Transport

STUCK = 5.0  # seconds after which the mails behind one go to whoever has time for them


class InHand:
    """A way out that knows which mail is on it, and since when.

    A server may take ten minutes to answer the last dot, and whoever waits for it holds the
    leases of a whole batch.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._lock = threading.Lock()
        self._mail: tuple[str, float] | None = None
        self._is_alone = False

    def take_in(self) -> None:
        """A new batch is leased."""
        with self._lock:
            self._is_alone = False

    def send(self, envelope_from: str, recipient: str, data: bytes, *, message_id: str) -> None:
        """Hand one mail over, unless it was given to somebody else meanwhile."""
        with self._lock:
            if self._is_alone:
                raise TemporaryFailure("another worker has this mail")
            self._mail = message_id, time.monotonic()
        try:
            self._transport.send(envelope_from, recipient, data, message_id=message_id)
        finally:
            with self._lock:
                self._mail = None

    def give_away_others(self, lease: str) -> None:
        """Let other workers have the rest of the batch when one mail takes long."""
        with self._lock:  # nothing else of the batch is begun before it is given away
            if self._mail is None or self._is_alone:
                return
            message_id, since = self._mail
            if time.monotonic() - since >= STUCK:
                self._is_alone = True
                leases.let_go(lease, but=message_id)

    def close(self) -> None:
        """Let go of the connection, if any."""
        self._transport.close()
