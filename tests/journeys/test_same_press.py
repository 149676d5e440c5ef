"""One POST that arrives many times, also after a restart, has one effect and one mail.

An answer by its state; somebody who is added, and copies of an event, by the form's number.
"""

import asyncio
import os
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from community.core.db import db
from community.events.models import Event, EventStatus
from community.events.queries import find_event
from community.mail.models import MailState, OutboxMail
from community.rsvp.models import Attendee, Decision, Rsvp, RsvpStatus
from tests.evidence import Evidence
from tests.journeys.crowd import a_crowd, cookie_of_owner, fill_in, in_a_loop, open_form, send
from tests.journeys.running import Running, running

pytestmark = [pytest.mark.slow, pytest.mark.proof]
PROOF = bool(os.environ.get("PROOF"))
ANSWERS, AT_ONCE = (50, 20) if PROOF else (1, 12)
SHOWN = "a press that arrives many times, at once and after a restart, is one effect and one mail"
ADDED = "ida.falk@example.org"


@dataclass(frozen=True)
class Sending:
    """A form as it was filled in: whoever sends it again sends these very bytes."""

    cookie: str
    path: str
    body: str

    async def once(self, program: Running) -> int:
        return await send(program.port, self.cookie, self.path, self.body)

    async def at_once(self, program: Running) -> Counter[int]:
        return Counter(await asyncio.gather(*(self.once(program) for _ in range(AT_ONCE))))


def _answer(program: Running, cookie: str, slug: str) -> Sending:
    form = in_a_loop(open_form(program.port, cookie, slug))
    body = f"csrf_token={form.csrf}&action=going&guests=0"
    return Sending(form.cookie, f"/events/{slug}/rsvp", body)


def _addition(program: Running, cookie: str, slug: str) -> Sending:
    path = f"/organize/events/{slug}/add"
    typed = {"name": "Ida Falk", "email": ADDED}
    fresh, body = in_a_loop(fill_in(program.port, cookie, path, "", typed))
    return Sending(fresh, path, body)


def _copying(program: Running, cookie: str, slug: str) -> Sending:
    path = f"/organize/events/{slug}/clone"
    asked = f"{path}?starts_at=2030-05-02T18:00&count=2&every=week"
    fresh, body = in_a_loop(fill_in(program.port, cookie, asked, "/clone", {}))
    return Sending(fresh, path, body)


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
        return event.seats_taken, len(rsvps), len(heads), len(decisions), sorted(kinds)


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


def _drafts(program: Running) -> int:
    with program.app.app_context():
        drafts = sa.select(sa.func.count()).where(Event.status == EventStatus.DRAFT)
        return db.session.scalar(drafts) or 0


def test_one_press_is_one_effect_and_one_mail_however_often_it_arrives(
    own_database: str, tmp_path: Path, evidence: Evidence
) -> None:
    every = ANSWERS + 1
    all_of_them = (every, every, every, every, ["seat_added"] + ["seat_given"] * ANSWERS)
    with running(tmp_path, database_url=own_database, rate_limits="off") as program:
        slug, people = a_crowd(program, people=ANSWERS, seats=ANSWERS + 4)
        host = cookie_of_owner(program, slug)
        sendings = [
            *(_answer(program, cookie, slug) for cookie in people.values()),
            _addition(program, host, slug),
            _copying(program, host, slug),
        ]
        for sending in sendings:
            assert in_a_loop(sending.at_once(program)) == {303: AT_ONCE}, sending.path
            assert in_a_loop(sending.once(program)) == 303
        assert _effects(program, slug) == all_of_them
        assert _drafts(program) == 2, "the two copies that one form makes"
        _wait_until_sent(program, slug)
    with running(tmp_path, database_url=own_database, rate_limits="off") as again:
        for sending in sendings:
            assert in_a_loop(sending.once(again)) == 303, sending.path
            assert in_a_loop(sending.at_once(again)) == {303: AT_ONCE}
        assert _effects(again, slug) == all_of_them
        assert _drafts(again) == 2
        _wait_until_sent(again, slug)
        mails = again.mailbox.by_recipient()
        assert {one: len(mails[one]) for one in (*people, ADDED)} == dict.fromkeys(
            (*people, ADDED), 1
        )
    count = f"{len(sendings)} forms, each sent {2 * AT_ONCE + 2} times"
    evidence("R3", SHOWN, count=count)


def test_two_people_and_two_forms_are_two(
    own_database: str, tmp_path: Path, evidence: Evidence
) -> None:
    """The control: what the test above counts is not one whatever happens."""
    with running(tmp_path, database_url=own_database, rate_limits="off") as program:
        slug, people = a_crowd(program, people=2, seats=5)
        for cookie in people.values():
            assert in_a_loop(_answer(program, cookie, slug).once(program)) == 303
        assert _effects(program, slug) == (2, 2, 2, 2, ["seat_given"] * 2)
        host = cookie_of_owner(program, slug)
        for _ in range(2):
            assert in_a_loop(_copying(program, host, slug).once(program)) == 303
        assert _drafts(program) == 4
    evidence("R3", SHOWN, control="two people, or a form with another number, are two effects")
