"""Four hundred people press the button at the same moment, and there are thirty seats."""

import asyncio
import os
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa

from community.core.db import db
from community.events.queries import find_event
from community.mail.models import OutboxMail
from community.rsvp.models import Rsvp, RsvpStatus
from tests.journeys.crowd import OpenForm, a_crowd, in_a_loop, open_form, press
from tests.journeys.running import Running, running

pytestmark = [pytest.mark.slow, pytest.mark.proof]
PEOPLE, SEATS = 400, 30
RUSHES = 20 if os.environ.get("PROOF") else 1


async def _rush(program: Running, slug: str, cookies: list[str]) -> Counter[int]:
    """Open the page first, a few at a time, then press all at once."""
    few = asyncio.Semaphore(16)

    async def opened(cookie: str) -> OpenForm:
        async with few:
            return await open_form(program.port, cookie, slug)

    forms = await asyncio.gather(*map(opened, cookies))
    presses = (press(program.port, form, slug) for form in forms)
    return Counter(await asyncio.gather(*presses))


@pytest.mark.parametrize("rush_number", range(RUSHES))
def test_thirty_get_a_seat_and_the_rest_wait_in_order(
    own_database: str, tmp_path: Path, rush_number: int
) -> None:
    with running(tmp_path, database_url=own_database, rate_limits="off") as program:
        slug, people = a_crowd(program, people=PEOPLE, seats=SEATS)
        answers = in_a_loop(_rush(program, slug, list(people.values())))
        assert answers == {303: PEOPLE}
        with program.app.app_context():
            event = find_event(slug)
            assert event is not None
            rsvps = db.session.scalars(
                sa.select(Rsvp).where(Rsvp.event_id == event.id).order_by(Rsvp.ticket)
            ).all()
            kinds = db.session.scalars(
                sa.select(OutboxMail.kind).where(OutboxMail.event_id == event.id)
            ).all()
            assert event.seats_taken == SEATS
        assert [rsvp.ticket for rsvp in rsvps] == list(range(1, PEOPLE + 1))
        assert {rsvp.status for rsvp in rsvps[:SEATS]} == {RsvpStatus.GOING}
        assert {rsvp.status for rsvp in rsvps[SEATS:]} == {RsvpStatus.WAITLISTED}
        assert Counter(kinds) == {"seat_given": SEATS, "waitlisted": PEOPLE - SEATS}


def test_without_the_guard_the_same_rush_goes_wrong(own_database: str, tmp_path: Path) -> None:
    command = [str(Path(__file__).with_name("serve_unguarded.py"))]
    with running(
        tmp_path, database_url=own_database, rate_limits="off", command=command
    ) as program:
        slug, people = a_crowd(program, people=120, seats=SEATS)
        answers = in_a_loop(_rush(program, slug, list(people.values())))
        with program.app.app_context():
            going = db.session.scalar(
                sa.select(sa.func.count()).select_from(Rsvp).where(Rsvp.status == RsvpStatus.GOING)
            )
        assert going is not None
        if own_database:
            assert going > SEATS, "PostgreSQL without the lock must oversell"
        else:
            # SQLite gives no stale snapshot the right to write: the same fault shows as errors.
            assert answers != {303: 120} or going > SEATS
