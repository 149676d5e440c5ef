"""Figures as files: one table each, of all events of a period, without anything that runs."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from community.membership.viewer import Viewer
from community.organizing.export import without_formula
from community.organizing.figures import (
    Attendance,
    EventFigures,
    Sum,
    Wanted,
    by_month,
    by_topic,
    iter_events,
)

_CHUNK = 16 * 1024
Row = list[object]
_ATTENDANCE = ("invited", "going", "came", "show_rate", "empty_at_start")
_EVENT = ("date", "title")


def csv_lines(viewer: Viewer, wanted: Wanted, table: str) -> Iterator[bytes]:
    """RFC 4180 in UTF-8 with a byte order mark, in pieces; ``table`` is one of :data:`TABLES`.

    What nobody knows is an empty cell: who came where the door was not used, seats that were empty
    where there was no limit. A rate is a part of one; times are in hours.
    """
    heading, rows = TABLES[table]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    out.write("\ufeff")  # without it Excel reads UTF-8 as the machine's old code page
    writer.writerow(heading)
    for row in rows(iter_events(viewer, wanted)):
        writer.writerow(["" if cell is None else cell for cell in row])
        if out.tell() > _CHUNK:
            yield _taken(out)
    yield _taken(out)


def _events(events: Iterator[EventFigures]) -> Iterator[Row]:
    for one in events:
        topics = "; ".join(map(without_formula, one.topics))
        yield [*_named(one), topics, one.capacity, *_attended(one.attendance, one.empty)]


def _topics(events: Iterator[EventFigures]) -> Iterator[Row]:
    yield from map(_summed, by_topic(list(events)))


def _months(events: Iterator[EventFigures]) -> Iterator[Row]:
    yield from map(_summed, by_month(list(events)))


def _answers(events: Iterator[EventFigures]) -> Iterator[Row]:
    for one in events:
        times = one.answers
        yield [*_named(one), times.answers, _hours(times.median), _hours(times.p90)]


def _seats(events: Iterator[EventFigures]) -> Iterator[Row]:
    for one in events:
        m = one.moves
        ways: Row = [m.direct, m.promoted, m.approved, m.by_hand, m.offered, m.taken, m.expired]
        yield [*_named(one), *ways, m.left, m.late, one.at_start, one.empty]


def _named(one: EventFigures) -> Row:
    return [one.day.isoformat(), without_formula(one.title)]


def _summed(one: Sum) -> Row:
    of = one.of.strftime("%Y-%m") if isinstance(one.of, date) else without_formula(one.of)
    return [of, one.attendance.events, *_attended(one.attendance, one.empty)]


def _attended(one: Attendance, empty: int | None) -> Row:
    rate = None if one.rate is None else f"{one.rate:.3f}"
    return [one.invited, one.going, one.came if one.counted else None, rate, empty]


def _hours(span: timedelta | None) -> str | None:
    return None if span is None else f"{span / timedelta(hours=1):.2f}"


def _taken(out: io.StringIO) -> bytes:
    piece = out.getvalue().encode()
    out.seek(0)
    out.truncate()
    return piece


_WAYS = ("direct", "promoted", "approved", "by_hand", "offers", "offers_taken", "offers_expired")
TABLES: dict[str, tuple[tuple[str, ...], Callable[[Iterator[EventFigures]], Iterator[Row]]]] = {
    "events": ((*_EVENT, "topics", "capacity", *_ATTENDANCE), _events),
    "topics": (("topic", "events", *_ATTENDANCE), _topics),
    "months": (("month", "events", *_ATTENDANCE), _months),
    "answers": ((*_EVENT, "answers", "median_hours", "p90_hours"), _answers),
    "seats": (
        (*_EVENT, *_WAYS, "left", "left_late", "going_at_start", "empty_at_start"),
        _seats,
    ),
}
