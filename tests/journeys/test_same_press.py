"""One POST of an answer that arrives many times, also after a restart: one effect, one mail."""

import asyncio
import time
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa

from community.core.db import db
from community.events.queries import find_event
from community.mail.models import MailState, OutboxMail
from community.rsvp.models import Attendee, Decision, Rsvp, RsvpStatus
from tests.journeys.crowd import OpenForm, a_crowd, in_a_loop, open_form, press
from tests.journeys.running import Running, running

pytestmark = [pytest.mark.slow, pytest.mark.proof]
AT_ONCE = 32


async def _all_at_once(program: Running, form: OpenForm, slug: str) -> Counter[int]:
    presses = (press(program.port, form, slug) for _ in range(AT_ONCE))
    return Counter(await asyncio.gather(*presses))


def _effects(program: Running, slug: str) -> tuple[int, int, int, int, list[str]]:
    """Seats taken, answers, heads, decisions, and kinds of mails; every answer is a seat."""
    with program.app.app_context():
        event = find_event(slug)
        assert event is not None
        rsvps = db.session.scalars(sa.select(Rsvp).where(Rsvp.event_id == event.id)).all()
        assert {rsvp.status for rsvp in rsvps} == {RsvpStatus.GOING}
        heads = db.session.scalars(sa.select(Attendee.id)).all()
        decisions = db.session.scalars(sa.select(Decision.id)).all()
        kinds = db.session.scalars(
            sa.select(OutboxMail.kind).where(OutboxMail.event_id == event.id)
        ).all()
        return event.seats_taken, len(rsvps), len(heads), len(decisions), list(kinds)


def _wait_until_sent(program: Running, slug: str) -> None:
    until = time.monotonic() + 60
    with program.app.app_context():
        event = find_event(slug)
        assert event is not None
        states = sa.select(OutboxMail.state).where(OutboxMail.event_id == event.id)
        while set(db.session.scalars(states)) != {MailState.SENT}:
            assert time.monotonic() < until, "the mail never left"
            db.session.rollback()
            time.sleep(0.1)


def test_one_press_is_one_seat_however_often_it_arrives(own_database: str, tmp_path: Path) -> None:
    once = (1, 1, 1, 1, ["seat_given"])
    with running(tmp_path, database_url=own_database, rate_limits="off") as program:
        slug, people = a_crowd(program, people=1, seats=5)
        [(address, cookie)] = people.items()
        form = in_a_loop(open_form(program.port, cookie, slug))
        assert in_a_loop(_all_at_once(program, form, slug)) == {303: AT_ONCE}
        assert _effects(program, slug) == once
        assert in_a_loop(press(program.port, form, slug)) == 303
        assert _effects(program, slug) == once
        _wait_until_sent(program, slug)
    with running(tmp_path, database_url=own_database, rate_limits="off") as again:
        assert in_a_loop(press(again.port, form, slug)) == 303
        assert in_a_loop(_all_at_once(again, form, slug)) == {303: AT_ONCE}
        assert _effects(again, slug) == once
        _wait_until_sent(again, slug)
        assert len(again.mailbox.mails_to(address)) == 1


def test_two_people_are_two(own_database: str, tmp_path: Path) -> None:
    """The control: what the test above counts is not one whatever happens."""
    with running(tmp_path, database_url=own_database, rate_limits="off") as program:
        slug, people = a_crowd(program, people=2, seats=5)
        for cookie in people.values():
            form = in_a_loop(open_form(program.port, cookie, slug))
            assert in_a_loop(press(program.port, form, slug)) == 303
        assert _effects(program, slug) == (2, 2, 2, 2, ["seat_given"] * 2)
