"""Everything a calendar file states, as frozen values that an outbox row can keep as JSON."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cached_property
from typing import Any, Literal, Self, get_args

from community.core.walltime import WallTime, end_to_utc, kind_of, to_utc

Method = Literal["REQUEST", "CANCEL"]
Partstat = Literal["NEEDS-ACTION", "ACCEPTED", "TENTATIVE", "DECLINED"]
Status = Literal["CONFIRMED", "TENTATIVE", "CANCELLED"]

# What stands after "mailto:" without being percent-encoded; no display name, no list.
_ADDRESS = re.compile(r"""[^\s<>()\[\]\\",;:@\x00-\x1f\x7f-\U0010ffff]+@[A-Za-z0-9.-]+""")


def _plain(fact: Any) -> dict[str, Any]:
    """The fact's fields; datetimes as ISO 8601 text, a ``When`` as an object of its own."""
    values = {field.name: getattr(fact, field.name) for field in fields(fact)}
    for name, value in values.items():
        if isinstance(value, datetime):
            values[name] = value.isoformat()
        elif isinstance(value, When):
            values[name] = value.to_json()
    return values


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise ValueError(message)


def _require_stamp(name: str, value: datetime) -> None:
    whole = value.tzinfo is not None and not value.utcoffset() and not value.microsecond
    _require(whole, f"{name} is an aware UTC datetime of whole seconds, not {value!r}")


@dataclass(frozen=True)
class When:
    """A span of wall time in one zone.

    ``starts_local`` and ``ends_local`` are naive, ``timezone`` is an IANA name. ``fold`` (PEP 495)
    says which of the two hours is meant when clocks go back *during the start*. The end needs no
    such flag: it is the earliest instant with that wall time that lies after the start.
    """

    starts_local: datetime
    ends_local: datetime
    timezone: str
    fold: int = 0

    def __post_init__(self) -> None:
        naive = self.starts_local.tzinfo is None and self.ends_local.tzinfo is None
        _require(naive, "starts_local and ends_local are naive wall times")
        _require(self.fold in {0, 1}, "fold is 0 or 1")
        _require(self.ends_at > self.starts_at, "an event ends after it starts")

    @cached_property
    def starts_at(self) -> datetime:
        """The instant of the start, aware UTC."""
        return to_utc(self.starts_local, self.timezone, self.fold)

    @cached_property
    def ends_at(self) -> datetime:
        """The instant of the end, aware UTC."""
        return end_to_utc(self.ends_local, self.timezone, self.starts_at)

    @property
    def is_unambiguous(self) -> bool:
        """Whether both wall times happen exactly once, so that every reader resolves them alike."""
        times = (self.starts_local, self.ends_local)
        return all(kind_of(local, self.timezone) == WallTime.PLAIN for local in times)

    def to_json(self) -> dict[str, Any]:
        """A JSON object that ``from_json`` turns back into an equal value."""
        return _plain(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The value that ``to_json`` wrote."""
        return cls(
            starts_local=datetime.fromisoformat(data["starts_local"]),
            ends_local=datetime.fromisoformat(data["ends_local"]),
            timezone=data["timezone"],
            fold=data["fold"],
        )


@dataclass(frozen=True)
class Invite:
    """One iTIP message to one attendee (RFC 5546, 3.2.2 REQUEST and 3.2.5 CANCEL).

    ``dtstamp`` is an aware UTC instant of whole seconds. Addresses are bare (no ``mailto:``), names
    and texts are as people wrote them; ``description`` is plain text. ``is_first`` is said of the
    first message about its UID, which begins the thread of mails that the others belong to.
    """

    method: Method
    uid: str
    sequence: int
    dtstamp: datetime
    organizer_name: str
    organizer_address: str
    attendee_name: str
    attendee_address: str
    partstat: Partstat
    status: Status
    when: When
    summary: str
    description: str = ""
    location: str = ""
    url: str = ""
    is_first: bool = False

    def __post_init__(self) -> None:
        _require(self.method in get_args(Method), f"unknown method {self.method!r}")
        _require(self.partstat in get_args(Partstat), f"unknown partstat {self.partstat!r}")
        _require(self.status in get_args(Status), f"unknown status {self.status!r}")
        # A REQUEST that says CANCELLED leaves the event standing in most clients.
        agree = (self.method == "CANCEL") == (self.status == "CANCELLED")
        _require(agree, f"{self.method} does not go with {self.status}")
        _require(self.sequence >= 0, "sequence starts at 0")
        _require_stamp("dtstamp", self.dtstamp)
        for address in (self.organizer_address, self.attendee_address):
            _require(bool(_ADDRESS.fullmatch(address)), f"{address!r} is no bare mail address")

    def to_json(self) -> dict[str, Any]:
        """A JSON object that ``from_json`` turns back into an equal value."""
        return _plain(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The value that ``to_json`` wrote."""
        dtstamp, when = datetime.fromisoformat(data["dtstamp"]), When.from_json(data["when"])
        return cls(**{**data, "dtstamp": dtstamp, "when": when})


@dataclass(frozen=True)
class Published:
    """One event as anybody may read it: in a download or a feed, without people or addresses.

    ``last_modified`` is an aware UTC instant of whole seconds; it is the DTSTAMP too, so that the
    same facts always give the same bytes.
    """

    uid: str
    sequence: int
    last_modified: datetime
    when: When
    summary: str
    description: str = ""
    location: str = ""
    url: str = ""
    cancelled: bool = False
    tentative: bool = False  # it is not certain that its reader will be there

    def __post_init__(self) -> None:
        _require(self.sequence >= 0, "sequence starts at 0")
        _require_stamp("last_modified", self.last_modified)

    @property
    def status(self) -> Status:
        """STATUS as RFC 5545, 3.8.1.11 has it."""
        if self.cancelled:
            return "CANCELLED"
        return "TENTATIVE" if self.tentative else "CONFIRMED"

    def to_json(self) -> dict[str, Any]:
        """A JSON object that ``from_json`` turns back into an equal value."""
        return _plain(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The value that ``to_json`` wrote."""
        last_modified = datetime.fromisoformat(data["last_modified"])
        when = When.from_json(data["when"])
        return cls(**{**data, "last_modified": last_modified, "when": when})
