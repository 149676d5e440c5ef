"""An event with who comes, for an organizer's own calendar: nobody is asked or written to."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from community.calendar.content_lines import lines
from community.calendar.facts import Partstat, Published
from community.calendar.ics import LONGEST_NAME, event_file
from community.calendar.safe_text import safe_line

_METHOD, _END = b"METHOD:PUBLISH\r\n", b"END:VEVENT\r\n"
# A quoted parameter has no double quote, and some clients take the others for escapes (RFC 6868).
_PARAMETER = str.maketrans({'"': "'", "^": None, "\\": "/"})
_AT_ONCE = 500


@dataclass(frozen=True)
class Named:
    """Somebody in it: no key, no UID, nothing to answer with.

    ``guests`` is the number of those whom they bring and who have no entry of their own.
    """

    name: str
    address: str
    partstat: Partstat = "ACCEPTED"
    guests: int = 0


def own_copy(facts: Published, organizer: Named, people: Iterable[Named]) -> Iterator[bytes]:
    """The file in pieces. It has no METHOD: one that publishes names nobody (RFC 5546, 3.2.1).

    ``organizer`` has an address that is no reader's own: their program would take the event for
    theirs, and might send invites for it.
    """
    begin, found, rest = event_file(facts).replace(_METHOD, b"").rpartition(_END)
    assert found
    yield begin + lines([(f"ORGANIZER{_called(organizer)}", f"mailto:{organizer.address}")])
    some: list[tuple[str, str]] = []
    for one in people:
        some.append((f"ATTENDEE{_called(one)}{_stands(one)}", f"mailto:{one.address}"))
        if len(some) == _AT_ONCE:
            yield lines(some)
            some = []
    yield lines(some) + _END + rest


def _called(one: Named) -> str:
    name = safe_line(one.name.translate(_PARAMETER), LONGEST_NAME) or one.address
    return f';CN="{name}"'


def _stands(one: Named) -> str:
    # SCHEDULE-AGENT (RFC 6638, 7.1): whatever server keeps the file sends nothing to anybody.
    return f";PARTSTAT={one.partstat};RSVP=FALSE;SCHEDULE-AGENT=NONE;X-NUM-GUESTS={one.guests}"
