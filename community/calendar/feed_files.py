"""Feeds as they are sent, kept in memory by what they rest on: plain and gzipped, with ETags."""

import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

# Of one process. A feed of a thousand events is a megabyte with its gzipped form, most are a few
# thousand bytes.
_ROOM = 24_000_000


@dataclass(frozen=True)
class FeedState:
    """What tells whether a feed is another than before; ``changed_at`` for who knows dates only."""

    version: tuple[object, ...]
    changed_at: datetime | None


@dataclass(frozen=True)
class FeedFile:
    """The bytes of a feed and their strong ETag; ``packed`` is the same in gzip."""

    content: bytes
    tag: str
    packed: bytes
    packed_tag: str


def file_of(content: bytes) -> FeedFile:
    """A file to be sent. ``mtime=0``: the same content is the same bytes, and has the same ETag."""
    packed = gzip.compress(content, 6, mtime=0)
    return FeedFile(content, _tag(content), packed, _tag(packed))


class Shelf:
    """The feeds that were asked for last, as many as there is room for; safe among threads."""

    def __init__(self, room: int = _ROOM) -> None:
        self._room = room
        self._files: OrderedDict[Hashable, tuple[Hashable, FeedFile]] = OrderedDict()
        self._used = 0
        self._lock = Lock()

    def get(self, name: Hashable, version: Hashable, make: Callable[[], bytes]) -> FeedFile:
        """The file of that name and version, made when it is not here; older versions are dropped.

        Read the version before ``make`` reads anything: what changes in between is then made anew
        the next time, and never kept under a version that is newer than it.
        """
        with self._lock:
            known = self._files.get(name)
            if known is not None and known[0] == version:
                self._files.move_to_end(name)
                return known[1]
        made = file_of(make())
        with self._lock:
            self._drop(name)
            self._files[name] = (version, made)
            self._used += _size(made)
            while self._used > self._room and len(self._files) > 1:
                self._drop(next(iter(self._files)))
        return made

    def _drop(self, name: Hashable) -> None:
        if (known := self._files.pop(name, None)) is not None:
            self._used -= _size(known[1])


def _size(file: FeedFile) -> int:
    return len(file.content) + len(file.packed)


def _tag(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:40]


shelf = Shelf()
