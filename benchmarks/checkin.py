"""Check-ins a second, beside a bare conditional UPDATE + COMMIT, and beside a bare form by HTTP."""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from uuid import uuid4

import sqlalchemy as sa
from flask import current_app

from benchmarks.crowd import an_event, answer_all, guests, people
from benchmarks.rsvp_http import press, rate, served
from community.core.clock import now
from community.core.db import db, transactional
from community.events.models import Event, EventHost, HostRole
from community.rsvp.checkin import check_in
from community.rsvp.models import Attendee, Rsvp, RsvpStatus
from community.rsvp.presses import Press, take_presses

HEADS = 400
BATCH = 50
_SOON = timedelta(hours=1)


def measure(rounds: int) -> Iterator[str]:
    """Lines of the table: the floor, heads let in one after the other, presses that come late,
    and the same through HTTP from many phones at once."""
    floors, alone, late, forms, served_rates = [], [], [], [], []
    for _ in range(rounds):
        _event, _door, heads = _evening()
        floors.append(_rate([partial(_update, head) for head in heads], len(heads)))
        event_id, door, heads = _evening()
        alone.append(_rate([partial(check_in, door, event_id, head) for head in heads], HEADS))
        event_id, door, heads = _evening()
        calls = [partial(_take, door, event_id, heads[n : n + BATCH]) for n in _starts()]
        late.append(_rate(calls, HEADS))
    with served() as port:
        for number in range(rounds + 1):
            form, pressed = _by_http(port)
            if number:  # the first round fills the caches of every process
                forms.append(form)
                served_rates.append(pressed)
    for what, figures, beside in (
        ("conditional UPDATE + COMMIT (floor)", floors, floors),
        ("check-in, with its press and audit row", alone, floors),
        (f"presses after an outage, {BATCH} at a time", late, floors),
        ("HTTP: form that saves one row", forms, forms),
        ("HTTP: check-in, beside that form", served_rates, forms),
    ):
        ratios = sorted(rate / floor for rate, floor in zip(figures, beside, strict=True))
        spread = f"{ratios[0]:.2f} to {ratios[-1]:.2f}"
        yield f"{what:40} {max(figures):10,.0f} /s {spread:>16}"


def _evening(door: int | None = None) -> tuple[int, int, list[int]]:
    """An event whose door is open, who stands there, and the heads that are expected."""
    event = an_event(starts_in=_SOON)
    ids = people(HEADS + 1)
    answer_all(event.id, ids[1:], RsvpStatus.GOING)
    helper = door or ids[0]
    _put_at_door(event.id, helper)
    heads = sa.select(Attendee.id).join(Rsvp).where(Rsvp.event_id == event.id)
    return event.id, helper, list(db.session.scalars(heads.order_by(Attendee.id)))


@transactional
def _put_at_door(event_id: int, person_id: int) -> None:
    db.session.add(EventHost(event_id=event_id, person_id=person_id, role=HostRole.DOOR))


def _by_http(port: int) -> tuple[float, float]:
    """Presses a second of a bare form, and of the door's button."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # the proxy's own
    [phone] = guests(app, 1)
    event_id, _door, heads = _evening(phone.person_id)
    slug = _slug(event_id)
    form = [press(phone, "/form", port)] * HEADS
    address = f"/organize/events/{slug}/check-in"
    presses = [press(phone, address, port, f"&attendee={head}") for head in heads]
    db.session.remove()
    return rate(port, form, 303), rate(port, presses, 303)


def _slug(event_id: int) -> str:
    return db.session.scalars(sa.select(Event.slug).where(Event.id == event_id)).one()


def _starts() -> range:
    return range(0, HEADS, BATCH)


def _rate(calls: Sequence[Callable[[], object]], heads: int) -> float:
    """Heads a second, one call after the other, each in a session of its own."""
    began = time.perf_counter()
    for call in calls:
        db.session.remove()
        call()
    return heads / (time.perf_counter() - began)


def _take(door: int, event_id: int, heads: Sequence[int]) -> None:
    pressed = [Press(uuid4().hex, head, lets_in=True, at=now()) for head in heads]
    take_presses(door, event_id, pressed)


def _update(head: int) -> None:
    entering = sa.update(Attendee).where(Attendee.id == head, Attendee.checked_in_at.is_(None))
    with db.engine.connect() as connection:
        connection.execution_options(sqlite_begin="IMMEDIATE")
        connection.execute(entering.values(checked_in_at=now()))
        connection.commit()
