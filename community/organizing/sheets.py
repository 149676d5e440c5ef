"""What is printed for an evening: who is going, in the order of a sign-in sheet.

People stand by their names, whatever the case and accents, each with the guests they bring
behind them; so a list, a pile of badges and place cards lie in one order.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from community.core.db import db
from community.core.errors import NotFound
from community.core.pages import Page, cursor, read_cursor
from community.core.text import clean_line, fold
from community.events.models import Event
from community.membership.models import Person
from community.membership.queries import shown_name
from community.organizing.segments import Segment, rsvp_ids
from community.rsvp.models import Attendee, Rsvp, RsvpStatus

PRINTED = 500  # heads of one printout
_LONGEST_ID = 10


@dataclass(frozen=True)
class SheetHead:
    """A head that is going. ``guest_of`` is ``""`` for who answered."""

    attendee_id: int
    name: str
    organization: str
    guest_of: str


@dataclass(frozen=True)
class LabelSize:
    """A badge's or card's name in an address, and its millimetres."""

    key: str
    width: int
    height: int


# Each fits twice beside itself on A4 and on letter paper; sheets.css has a class for each.
BADGES = (
    LabelSize("86x54", 86, 54),
    LabelSize("90x55", 90, 55),
    LabelSize("102x76", 102, 76),
    LabelSize("a7", 74, 105),
)
CARDS = (
    LabelSize("tent", 90, 110),  # to be folded: the name is on both sides
    LabelSize("flat", 90, 55),
)


def find_size(sizes: tuple[LabelSize, ...], wanted: str, usual: str) -> LabelSize:
    """The size of that name, or the usual one."""
    by_key = {size.key: size for size in sizes}
    return by_key.get(wanted) or by_key[usual]


def count_heads(event: Event) -> int:
    """How many are going, guests included."""
    count: int = db.session.scalars(_going(event, sa.func.count())).one()
    return count


def heads_going(
    event: Event,
    segment: Segment,
    *,
    first: str = "",
    head: str = "",
    after: str = "",
    size: int = PRINTED,
) -> Page[SheetHead]:
    """The heads of one printout, and the cursor that leads to the next one's.

    ``first`` begins at the first name that is not before these letters, ``head`` is the id of one
    attendee alone. Raises NotFound for a head that is not going.
    """
    order = sorted(_ordered(event, segment, head))
    if head and not order:
        raise NotFound("attendee")
    if begin := fold(clean_line(first)):
        order = [one for one in order if one[0] >= begin]
    if key := read_cursor(after, (str, int, int)):
        order = [one for one in order if one[:3] > tuple(key)]
    shown = order[:size]
    more = cursor(*_key(shown[-1])) if len(order) > size else None
    return Page([one[3] for one in shown], more)


# Neither database sorts by folded names: an event's are folded and sorted here, no more of them
# than there are seats.
_Placed = tuple[str, int, int, SheetHead]


def _ordered(event: Event, segment: Segment, head: str) -> Iterator[_Placed]:
    name = sa.case((Attendee.position == 0, Person.name), else_=Attendee.name)
    query = _going(
        event,
        Attendee.id,
        Rsvp.id.label("rsvp_id"),
        Attendee.position,
        name.label("name"),
        Person.name.label("host"),
        Person.organization,
    )
    if segment != Segment():
        query = query.where(Rsvp.id.in_(rsvp_ids(event, segment)))
    if head:
        known = head.isascii() and head.isdigit() and len(head) < _LONGEST_ID
        query = query.where(Attendee.id == int(head)) if known else query.where(sa.false())
    with db.session.execute(query.execution_options(yield_per=500)) as rows:
        for row in rows:
            is_guest = row.position > 0
            shown = SheetHead(
                row.id,
                shown_name(row.name),
                "" if is_guest else row.organization,
                shown_name(row.host) if is_guest else "",
            )
            yield fold(shown_name(row.host)), row.rsvp_id, row.position, shown


def _key(placed: _Placed) -> tuple[str, int, int]:
    return placed[:3]


def _going(event: Event, *columns: Any) -> sa.Select[Any]:
    return (
        sa.select(*columns)
        .select_from(Attendee)
        .join(Rsvp, Rsvp.id == Attendee.rsvp_id)
        .join(Person, Person.id == Rsvp.person_id)
        .where(Rsvp.event_id == event.id, Rsvp.status == RsvpStatus.GOING)
    )


# Of each size the longest word and the longest name, in letters of usual width.
_FITS = (
    ("xxl", 9, 12),
    ("xl", 13, 22),
    ("l", 17, 36),
    ("m", 21, 60),
    ("s", 28, 100),
)


def name_fit(name: str) -> str:
    """How large a name may be printed so that it is never cut: from ``xxl`` to ``xs``.

    By its longest word, which is not broken, and by its length; wide letters count more.
    """
    longest = max((_width(word) for word in name.replace("-", " ").split()), default=0.0)
    whole = _width(name)
    fits = (fit for fit, word, most in _FITS if longest <= word and whole <= most)
    return next(fits, "xs")


def _width(text: str) -> float:
    return sum(map(_letter, text))


def _letter(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in {"W", "F"}:
        return 2
    return 1.4 if letter.isupper() else 1
