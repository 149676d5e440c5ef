"""What happens between two members, as facts."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ConnectionAsked:
    """Somebody asked a member to connect. ``tell``: the asked one hears of it now."""

    person_id: int
    asker_id: int
    connection_id: int
    tell: bool


@dataclass(frozen=True)
class ConnectionAccepted:
    """Two members are connected now; ``person_id`` is who said yes to ``asker_id``."""

    person_id: int
    asker_id: int
    connection_id: int


@dataclass(frozen=True)
class ConnectionAskIgnored:
    """Somebody lets an ask lie, which its asker must not learn."""

    person_id: int
    asker_id: int
    connection_id: int


@dataclass(frozen=True)
class ConnectionEnded:
    """Somebody took an ask back, or is connected no longer."""

    person_id: int
    other_id: int
    connection_id: int


@dataclass(frozen=True)
class MemberBlocked:
    """A member is no longer there for ``blocker_id``, nor the other way round."""

    person_id: int
    blocker_id: int


@dataclass(frozen=True)
class MemberUnblocked:
    """A block was lifted by whoever had set it."""

    person_id: int
    blocker_id: int


@dataclass(frozen=True)
class MemberReported:
    """The organizers were told about a member."""

    person_id: int
    report_id: int


@dataclass(frozen=True)
class ReportResolved:
    """An organizer closed a report."""

    person_id: int
    report_id: int
