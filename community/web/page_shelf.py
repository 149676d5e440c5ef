"""The pages that were asked for last, as many as there is room for; safe among threads."""

from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar

# Of one process: some hundred pages.
ROOM = 8_000_000

T = TypeVar("T")


class Shelf(Generic[T]):
    """Things by name, the least wanted of which goes when there is no more room."""

    def __init__(self, room: int = ROOM) -> None:
        self._room, self.used = room, 0
        self._things: OrderedDict[str, tuple[T, int]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._things)

    def get(self, name: str) -> T | None:
        """The thing of that name."""
        with self._lock:
            known = self._things.get(name)
            if known is None:
                return None
            self._things.move_to_end(name)
            return known[0]

    def put(self, name: str, thing: T, size: int) -> None:
        """Keep a thing instead of the one that had its name."""
        with self._lock:
            self._drop(name)
            self._things[name] = (thing, size)
            self.used += size
            while self.used > self._room and self._things:
                self._drop(next(iter(self._things)))

    def _drop(self, name: str) -> None:
        if (known := self._things.pop(name, None)) is not None:
            self.used -= known[1]
