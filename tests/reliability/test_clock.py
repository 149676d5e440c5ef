"""The program's clock is set ahead and back in the middle of everything."""

import os
import random
from collections import Counter
from datetime import datetime, timedelta
from itertools import count

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db, rows_changed
from community.core.errors import Refused
from community.events.models import Event
from community.mail.broadcasts import expand_due
from community.membership.invitations import invite, open_invitations
from community.membership.joining import ask_to_join
from community.membership.models import AuthSession, PendingKind
from community.membership.pending import find_pending
from community.membership.sessions import find_session, find_signed_in, open_session
from community.membership.signing_in import (
    ask_for_code,
    end_old_codes,
    find_by_link,
    is_fresh,
    sign_in_with_code,
    sign_in_with_link,
)
from community.organizing import event_reminders
from community.organizing.announcement_models import Announcement, EventReminder
from community.organizing.event_reminders import send_due
from tests.evidence import Evidence
from tests.factories.announcements import a_reminder, an_event_with_going
from tests.factories.events import evening
from tests.factories.mails import outbox, post, queued
from tests.factories.people import a_member, an_organizer
from tests.factories.proofs import mailed_code, mailed_token

pytestmark = pytest.mark.proof
PROOF = bool(os.environ.get("PROOF"))
WALKS = 40 if PROOF else 2
STEPS = [timedelta(minutes=-5), *(timedelta(hours=h) for h in (1, -1, 24, -24))]
HERE, ADA = "secret of this browser", "ada@example.org"
DEAD = "no code, link or invitation is good for longer, or again, because the clock was set"
ONCE = "each reminder leaves once, whatever the clock does"


def _refused(code: str, link: str) -> bool:
    """Whether neither opens anything."""
    if find_by_link(link) is not None:
        return False
    for use, proof in ((sign_in_with_code, code), (sign_in_with_link, link)):
        try:
            use(proof, browser=HERE)
        except Refused as refused:
            if refused.code in {"code_dead", "link_dead"}:
                continue
        return False
    return True


def _at(moment: datetime) -> time_machine.travel:
    return time_machine.travel(moment, tick=False)


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_a_code_that_was_used_or_ran_out_stays_dead(
    app: Flask, step: timedelta, evidence: Evidence
) -> None:
    a_member(email=ADA)
    began = now()
    with _at(began):
        ask_for_code(ADA, browser=HERE)
        used, link = mailed_code(ADA)
        sign_in_with_code(used, browser=HERE)
    with _at(began + timedelta(minutes=1) + step):
        assert _refused(used, link)
    with _at(began + timedelta(minutes=2)):
        ask_for_code(ADA, browser=HERE)
        code, link = mailed_code(ADA)
    over = began + timedelta(minutes=12, seconds=5)
    with _at(over):
        assert end_old_codes() == 1  # as the worker does every few seconds
    with _at(over + step):
        assert _refused(code, link)
        assert end_old_codes() == 0
    evidence("R9", DEAD, count="steps of -5 min, ±1 h, ±1 day")


def test_one_that_nobody_ended_would_come_back_with_the_clock(
    app: Flask, evidence: Evidence
) -> None:
    a_member(email=ADA)
    began = now()
    with _at(began):
        ask_for_code(ADA, browser=HERE)
        code, link = mailed_code(ADA)
    with _at(began + timedelta(minutes=11)):
        assert _refused(code, link)
    with _at(began + timedelta(minutes=6)):
        assert not _refused(code, link)
    evidence("R9", DEAD, control="codes that ran out not used up: open again after -5 min")


@pytest.mark.parametrize("ahead", [timedelta(hours=2), timedelta(days=1)], ids=str)
def test_what_a_clock_that_was_ahead_made_is_worth_nothing_once_it_is_right(
    app: Flask, ahead: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, host = a_member(email=ADA), an_organizer()
    right = now()
    with _at(right + ahead):
        ask_for_code(ADA, browser=HERE)
        code, link = mailed_code(ADA)
        token = open_session(person, proof="code")
        ask_to_join(email="bob@example.org", name="Bob", browser=HERE)
        wish = mailed_token(PendingKind.JOIN, "bob@example.org")
        invite(host.id, "cy@example.org")
        session = find_session(token)
        assert session is not None
        assert is_fresh(session)
        assert find_pending(PendingKind.JOIN, wish)
    with _at(right):
        assert _refused(code, link)
        assert find_signed_in(token) is None
        assert not is_fresh(session)
        assert find_pending(PendingKind.JOIN, wish) is None
        assert list(open_invitations(host.id)) == []
        ask_for_code(ADA, browser=HERE)  # and whoever asks again comes in
        again = sign_in_with_code(mailed_code(ADA)[0], browser=HERE)
        assert find_signed_in(again) is not None
        for module in ("signing_in", "pending"):  # the control: nobody looks when it was made
            monkeypatch.setattr(f"community.membership.{module}.LEEWAY", timedelta(days=2))
        assert is_fresh(session)
        assert find_by_link(link) is not None
        assert find_pending(PendingKind.JOIN, wish)


def test_a_clock_that_is_set_back_by_minutes_signs_nobody_out(app: Flask) -> None:
    began = now()
    with _at(began):
        token = open_session(a_member(), proof="code")
    with _at(began - timedelta(minutes=5)):
        assert find_signed_in(token) is not None
    with _at(began + timedelta(days=30, seconds=1)):
        assert find_signed_in(token) is None
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AuthSession)) == 1


def test_a_mail_of_a_clock_that_was_ahead_does_not_wait_for_it(
    app: Flask, evidence: Evidence
) -> None:
    right = now()
    with _at(right + timedelta(days=1)):
        queued("ann@example.org")
        queued("bea@example.org", due=right + timedelta(minutes=5))  # the control
    with _at(right):
        post()
        assert [mail.state.value for mail in outbox()] == ["sent", "queued"]
    evidence(
        "R9",
        "a mail made by a clock that was a day ahead leaves when it is right again",
        control="one that is due in five minutes waits",
        count="a day, 1 mail",
    )


def _walk(event: Event, dice: random.Random) -> Counter[str]:
    """Look for what is due until the event begins, by clocks that are wrong and right in turn."""
    moment, end = now(), event.starts_at
    while moment < end - timedelta(minutes=30):
        for wrong in (dice.choice([timedelta(), *STEPS]), timedelta()):
            with _at(moment + wrong):
                send_due()
                while expand_due():
                    pass
        far = moment < end - timedelta(days=5)
        moment += timedelta(hours=dice.uniform(1, 24) if far else dice.uniform(1, 4))
    return Counter(mail.recipient for mail in outbox("event_reminder"))


def _reminded_of_twice(dice: random.Random) -> Event:
    """Two go, and each is reminded a day or more before, and some hours before."""
    event = an_event_with_going(2, starts_at=evening(9), ends_at=evening(9, 21))
    a_reminder(event, hours=dice.choice([24, 48, 96]))
    a_reminder(event, hours=dice.choice([10, 12]))
    return event


@pytest.mark.parametrize("seed", range(WALKS))
def test_each_reminder_leaves_once_on_any_walk_of_the_clock(
    app: Flask, seed: int, evidence: Evidence
) -> None:
    dice = random.Random(seed)
    assert list(_walk(_reminded_of_twice(dice), dice).values()) == [2, 2]
    evidence("R9", ONCE, count=f"{WALKS} walks of the clock")


def test_a_reminder_that_forgets_its_date_leaves_again(
    app: Flask, monkeypatch: pytest.MonkeyPatch, evidence: Evidence
) -> None:
    dice, days, claim = random.Random(0), count(1), event_reminders._claim

    def forgetful(one: EventReminder, event: Event) -> Announcement | None:
        old = sa.update(Announcement).where(
            Announcement.event_id == event.id, Announcement.starts_at == event.starts_at
        )
        rows_changed(old.values(starts_at=event.created_at - timedelta(days=next(days))))
        return claim(one, event)

    monkeypatch.setattr(event_reminders, "_claim", forgetful)
    assert max(_walk(_reminded_of_twice(dice), dice).values()) > 2
    evidence("R9", ONCE, control="without the claim of its date: sent again")
