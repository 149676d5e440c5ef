"""An event's overview as its page shows it: what waits for a decision, and how its seats filled."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from babel.dates import format_date
from flask import url_for

from community.core.clock import now
from community.core.dates import instant, locale
from community.core.walltime import to_local
from community.events.models import Event, EventStatus
from community.organizing.growth import Growth, growth_of
from community.organizing.matters import Kind, Matter, matters_of
from community.organizing.overview import failed_mails, overview_of
from community.organizing.pictures import Unit, level, step_area, step_line, top_of
from community.rsvp.queries import seats_of
from community.web.organize.matter_wording import says
from community.web.organize.spans import span

_SECOND = timedelta(seconds=1)
# What the list shows when it is narrowed to a state.
_STATUSES = {
    Kind.APPROVALS: "requested",
    Kind.OFFERS_END: "offered",
    Kind.RESERVES_END: "invited",
    Kind.CHOOSE: "waitlisted",
    Kind.FOOD_OPEN: "going",
}


@dataclass(frozen=True)
class Told:
    """One thing that waits, in a sentence, and where it is dealt with."""

    matter: Matter
    says: str
    url: str


@dataclass(frozen=True)
class Picture:
    """Paths of the picture of how the seats filled, and its numbers as rows of a table.

    ``seats_at`` is where the line of all seats is drawn, None where there is no limit. ``labels``
    stand below, from the left to the right. A row: until when, going, waiting.
    """

    area: str
    going: str
    waiting: str
    seats_at: float | None
    top: int
    labels: list[str]
    rows: list[tuple[str, int, int]]
    by_hours: bool


def overview_facts(event: Event) -> dict[str, Any]:
    """What the page of an event says about how it stands."""
    shown = overview_of(event)
    matters = matters_of([event]).get(event.id, [])
    failed = any(one.kind == Kind.FAILED_MAILS for one in matters)
    growth = growth_of(event, now())
    return {
        "overview": shown,
        "counts": shown.counts,
        "seats": seats_of(event, shown.line.parties),
        "matters": [_told(event, one) for one in matters],
        "matters_matter": event.status == EventStatus.PUBLISHED and event.ends_at > now(),
        "failed": failed_mails(event.id) if failed else [],
        "is_over": event.ends_at <= now(),
        "picture": draw(event, growth) if growth else None,
        "waited": span(now() - shown.line.since) if shown.line.since else "",
    }


def draw(event: Event, growth: Growth) -> Picture:
    """The picture of how the seats of an event filled."""
    going = [one.going for one in growth.points]
    waiting = [one.waiting for one in growth.points]
    top = top_of(max(event.capacity or 0, *going, *waiting))
    by_hours = growth.spans.unit == Unit.HOUR
    return Picture(
        area=step_area(going, top),
        going=step_line(going, top),
        waiting=step_line(waiting, top) if any(waiting) else "",
        seats_at=level(event.capacity, top) if event.capacity else None,
        top=top,
        labels=_labels(growth, event.timezone),
        rows=[
            (_until(growth, one.ends, event.timezone), one.going, one.waiting)
            for one in growth.points
        ],
        by_hours=by_hours,
    )


def _labels(growth: Growth, zone: str) -> list[str]:
    points = growth.points
    first, last = points[0].begins, _until(growth, points[-1].ends, zone)
    if growth.spans.unit == Unit.HOUR:
        return [instant(first, zone), last]
    middle = [_day(points[len(points) // 2].begins, zone)] if len(points) > 4 else []
    return [_day(first, zone), *middle, last]


def _until(growth: Growth, end: datetime, zone: str) -> str:
    """The end of a bucket, as far as it is filled: the time, or the last day that is in it."""
    if growth.spans.unit == Unit.HOUR:
        return instant(min(end, growth.last), zone)
    return _day(min(end - _SECOND, growth.last), zone)


def _day(value: datetime, zone: str) -> str:
    return format_date(to_local(value, zone), "medium", locale=locale())


def _told(event: Event, matter: Matter) -> Told:
    return Told(matter, says(matter, event.timezone), _place(event.slug, matter.kind))


def _place(slug: str, kind: Kind) -> str:
    """Where it is decided."""
    if status := _STATUSES.get(kind):
        return url_for("organize.attendees", slug=slug, status=status)
    match kind:
        case Kind.FAILED_MAILS:
            return "#undelivered"
        case Kind.FOOD_CONFLICTS | Kind.ALLERGIES:
            return url_for("organize.kitchen", slug=slug)
        case Kind.ANSWERS_OPEN:
            return url_for("organize.replies", slug=slug, _anchor="owing")
        case _:
            return url_for("organize.replies", slug=slug)
