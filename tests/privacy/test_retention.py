"""What has served is let go, and what is young stays."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db, transactional
from community.mail.models import Bounce, MailState, OutboxMail
from community.mail.outbox import queue_mail
from community.membership.models import KnownBrowser
from community.membership.sessions import open_session
from community.organizing.segments import Segment
from community.privacy import retention, retention_in_office
from community.privacy.leaving import end_membership
from community.rsvp.models import Attendee, Decision, Rsvp
from community.rsvp.party import Guest
from community.rsvp.respond import say_no, say_yes
from tests.factories.announcements import (
    a_message,
    a_sent_message,
    an_event_with_going,
    as_stored,
)
from tests.factories.events import an_event
from tests.factories.mails import outbox
from tests.factories.people import a_member, a_person, an_admin

Clock = time_machine.Traveller


@pytest.fixture
def clock(app: Flask) -> Iterator[Clock]:
    with time_machine.travel(now(), tick=False) as clock:
        yield clock


def shift(clock: Clock, **by: float) -> None:
    clock.shift(timedelta(**by))
    db.session.rollback()
    db.session.expire_all()


def written() -> list[str]:
    """Everything that attendees wrote and that is still there."""
    db.session.rollback()
    texts: list[str] = []
    for column in (Attendee.dietary, Rsvp.note, Decision.word):
        texts += db.session.scalars(sa.select(column).where(column != "").order_by(column))
    answers = db.session.scalars(sa.select(Attendee.answers))
    return texts + [str(one) for one in answers if one]


def a_dinner_with_everything() -> None:
    """In thirty days; the tests move the clock and not the dinner."""
    event = an_event(guests_allowed=1)
    person, other = a_person(), a_person()
    rsvp = say_yes(
        person.id, event.id, guests=[Guest("Bo", "no nuts")], dietary="vegan", note="Late."
    )
    _answer(rsvp.id)
    say_yes(other.id, event.id)
    say_no(other.id, event.id, word="I am ill.")


@transactional
def _answer(rsvp_id: int) -> None:
    db.session.get_one(Rsvp, rsvp_id).head.answers = {"1": "Keynote"}


def test_what_attendees_wrote_vanishes_thirty_days_after_the_end(clock: Clock) -> None:
    a_dinner_with_everything()
    everything = ["no nuts", "vegan", "Late.", "I am ill.", "{'1': 'Keynote'}"]
    shift(clock, days=59)
    assert retention.forget_answers() == 0
    assert written() == everything, "young data stays"
    shift(clock, days=3)
    assert retention.forget_answers() > 0
    assert written() == []
    assert retention.forget_answers() == 0
    assert db.session.scalar(sa.select(sa.func.count(Attendee.id))) == 3, "who came stays"


def test_words_that_said_whom_a_message_was_for_vanish_with_the_answers(clock: Clock) -> None:
    event = an_event_with_going(1)
    named = Segment(q=db.session.scalars(sa.select(Attendee.name)).one())
    plain, sent, draft = (
        a_sent_message(event),
        a_sent_message(event, named),
        a_message(event, named),
    )
    shift(clock, days=59)
    retention.forget_answers()
    assert all(as_stored(one).segment for one in (plain, sent, draft)), "young data stays"
    shift(clock, days=3)
    assert retention.forget_answers() >= 2
    assert [as_stored(one).segment for one in (sent, draft)] == [{}, {}]
    assert as_stored(plain).segment == {"status": ["going"]}
    assert retention.forget_answers() == 0


def test_the_number_of_days_is_a_setting(app: Flask, clock: Clock) -> None:
    known = app.extensions["community_settings"]
    app.extensions["community_settings"] = known.model_copy(update={"retention_days": 90})
    try:
        a_dinner_with_everything()
        shift(clock, days=62)
        assert retention.forget_answers() == 0
        shift(clock, days=60)
        assert retention.forget_answers() > 0
    finally:
        app.extensions["community_settings"] = known


def test_a_worker_that_dies_between_batches_is_taken_up(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 1)
    a_dinner_with_everything()
    shift(clock, days=62)
    retention._forget_some_answers()
    assert 0 < len(written()) < 5
    retention.forget_answers()
    assert written() == []


def test_addresses_of_guests_vanish_too_unless_they_are_members(clock: Clock) -> None:
    event, host, member = an_event(guests_allowed=3), a_person(), a_member("Bo", "bo@example.org")
    former = a_member("Di", "di@example.org")
    guests = [
        Guest("Bo", "", member.address),
        Guest("Cy", "", "cy@example.org"),
        Guest("Di", "", former.address),
    ]
    say_yes(host.id, event.id, guests=guests)
    end_membership(an_admin().id, former.id)
    shift(clock, days=59)
    retention.forget_answers()
    assert len(addresses()) == 4, "young data stays"
    shift(clock, days=3)
    assert retention.forget_answers() > 0
    assert addresses() == [host.address, member.address]
    assert retention.forget_answers() == 0


def addresses() -> list[str | None]:
    db.session.rollback()
    known = sa.select(Attendee.address).where(Attendee.address.is_not(None))
    return list(db.session.scalars(known.order_by(Attendee.position)))


def a_mail(event_id: int | None = None, state: MailState = MailState.SENT) -> int:
    @transactional
    def queue() -> OutboxMail:
        facts = {"name": "Ada", "invite": {"method": "REQUEST"}}
        made = queue_mail("x", to="ada@example.org", name="Ada", facts=facts, event_id=event_id)
        mail = db.session.get_one(OutboxMail, made)
        mail.state, mail.body = state, b"Hello Ada"
        return mail

    return queue().id


def left(mail_id: int) -> tuple[str, str, int, bool, MailState]:
    (mail,) = [mail for mail in outbox() if mail.id == mail_id]
    return mail.recipient, mail.recipient_name, len(mail.facts), bool(mail.body), mail.state


@pytest.mark.parametrize(
    ("state", "becomes"),
    [
        (MailState.SENT, MailState.SENT),
        (MailState.SUPERSEDED, MailState.SUPERSEDED),
        (MailState.STOPPED, MailState.STOPPED),
        (MailState.FAILED, MailState.STOPPED),
    ],
)
def test_mails_are_emptied_after_thirty_days(
    clock: Clock, state: MailState, becomes: MailState
) -> None:
    old = a_mail(state=state)
    shift(clock, days=29)
    young = a_mail(state=state)
    assert retention.forget_facts_of_mails() == 0
    assert left(old)[0] == "ada@example.org", "young data stays"
    shift(clock, days=2)
    assert retention.forget_facts_of_mails() == 1
    assert left(old) == ("", "", 0, False, becomes)
    assert left(young)[0] == "ada@example.org"


@pytest.mark.parametrize("state", [MailState.QUEUED, MailState.SENDING, MailState.HELD])
def test_mails_that_may_still_leave_are_not_emptied(clock: Clock, state: MailState) -> None:
    waiting = a_mail(state=state)
    shift(clock, days=400)
    assert retention.forget_facts_of_mails() == 0
    assert left(waiting)[2] == 2


def test_what_was_last_said_of_a_coming_event_is_kept_until_that_is_over(clock: Clock) -> None:
    mail = a_mail(an_event().id)
    shift(clock, days=31)
    retention.forget_facts_of_mails()
    assert left(mail)[2] == 2
    shift(clock, days=31)
    retention.forget_facts_of_mails()
    assert left(mail)[2] == 0


def test_browsers_are_forgotten_400_days_after_their_last_use(clock: Clock) -> None:
    ada = a_member()
    for browser in ("desk", "phone"):
        open_session(ada, proof="code", known=browser)
    shift(clock, days=200)
    open_session(ada, proof="code", known="desk")
    assert retention.forget_browsers() == 0
    shift(clock, days=201)
    assert retention.forget_browsers() == 1
    assert db.session.scalar(sa.select(sa.func.count(KnownBrowser.id))) == 1
    shift(clock, days=200)
    assert retention.forget_browsers() == 1


def test_bounces_are_forgotten_after_ninety_days(clock: Clock) -> None:
    @transactional
    def bounce(mail_id: int) -> None:
        facts = {"address": "ada@example.org", "is_hard": True, "status": "5.1.1"}
        db.session.add(Bounce(mail_id=mail_id, **facts))

    bounce(a_mail())
    shift(clock, days=89)
    assert retention.forget_bounces() == 0
    shift(clock, days=2)
    assert retention.forget_bounces() == 1


ALL: list[Callable[[], int]] = [
    retention.forget_answers,
    retention.forget_facts_of_mails,
    retention.forget_browsers,
    retention.forget_bounces,
    retention_in_office.forget_networks,
    retention_in_office.forget_refusals,
    retention_in_office.forget_reports,
    retention_in_office.forget_logos,
]


@pytest.mark.parametrize("forget", ALL)
def test_the_worker_does_each_and_with_nothing_to_do_it_says_none(
    app: Flask, forget: Callable[[], int]
) -> None:
    from community.ops.worker import HOUSEKEEPING

    assert forget in HOUSEKEEPING
    assert forget() == 0
