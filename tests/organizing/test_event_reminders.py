"""Reminders of an event: to whom, when, and once for each date whatever the clock does."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.core.errors import NotFound, Refused
from community.events.cloning import clone_event
from community.events.drafts import edit_event
from community.events.models import Event, EventFormat
from community.events.publishing import cancel_event, publish_event
from community.mail.broadcasts import expand_due
from community.ops import worker
from community.organizing import event_reminders
from community.organizing.announcement_models import (
    Announcement,
    AnnouncementState,
    EventReminder,
    Reminds,
)
from community.organizing.event_reminders import (
    DEFAULTS,
    add_reminder,
    list_reminders,
    remove_reminder,
    runs_of,
    send_due,
    switch_off,
    switch_on,
)
from community.rsvp.deleting import delete_draft
from community.rsvp.reminding import remind
from community.rsvp.respond import say_no, say_yes
from tests.factories.announcements import a_reminder, became, how_far
from tests.factories.at_once import at_once
from tests.factories.events import a_draft, an_event, evening
from tests.factories.invitations import answer_of, invited, owner_of
from tests.factories.mails import letter, outbox, post
from tests.factories.people import a_member, an_organizer

DAY = 24 * 60


def before(event: Event, **lead: float) -> datetime:
    return event.starts_at - timedelta(**lead)


def runs(event: Event) -> list[Announcement]:
    db.session.rollback()
    query = sa.select(Announcement).where(Announcement.event_id == event.id)
    fresh = query.order_by(Announcement.id).execution_options(populate_existing=True)
    return list(db.session.scalars(fresh))


def states(event: Event) -> list[str]:
    return [run.state.value for run in runs(event)]


def reminded(kind: str = "event_reminder") -> list[str]:
    return [mail.recipient for mail in outbox(kind)]


def moved(event: Event, **facts: Any) -> None:
    edit_event(owner_of(event), event.id, a_draft(**facts))


def kept(event: Event) -> set[tuple[str, int, bool]]:
    db.session.rollback()
    rows = list_reminders(event.id)
    return {(one.reminds.value, one.minutes, one.is_on) for one in rows}


@pytest.fixture
def event(app: Flask) -> Event:
    event = an_event()
    a_reminder(event)
    return event


def test_those_who_go_are_reminded_when_it_is_time_and_nobody_else(
    app: Flask, event: Event
) -> None:
    ada = a_member("Ada", "ada@example.org")
    say_yes(ada.id, event.id)
    say_no(say_yes(a_member().id, event.id).person_id, event.id)
    invited(event)
    with time_machine.travel(before(event, hours=48, seconds=1)):
        worker.work_once(app)
        assert reminded() == []
    with time_machine.travel(before(event, hours=48)):
        worker.work_once(app)
        worker.work_once(app)
    (mail,) = outbox("event_reminder")
    got = letter(mail.body)
    assert (got.recipient, got.subject) == ("ada@example.org", "Soon: Boston Leadership Dinner")
    assert "450 Kendall Street" in got.text
    assert got.calendar is None
    assert mail.deadline == event.starts_at


def test_the_undecided_are_asked_and_whoever_was_asked_lately_is_not(app: Flask) -> None:
    event = an_event()
    a_reminder(event, Reminds.UNDECIDED, hours=7 * 24)
    for name in "abc":
        invited(event, f"{name}@x.org")
    say_yes(answer_of(event, "c@x.org").person_id, event.id)
    post()
    with time_machine.travel(before(event, days=7, hours=3)):
        remind(owner_of(event), event.id, chosen=[answer_of(event, "a@x.org").id])
        invited(event, "new@x.org")
        post()
    with time_machine.travel(before(event, days=7)):
        worker.work_once(app)
    assert reminded("invitation_reminder") == ["a@x.org", "b@x.org"]
    (run,) = runs(event)
    whys = sorted(became(run).values())
    assert whys == [("made", ""), ("passed_over", "lately"), ("passed_over", "lately")]
    asked_after = answer_of(event, "b@x.org").id
    with (
        time_machine.travel(before(event, days=7) + timedelta(hours=1)),
        pytest.raises(Refused, match="nobody_to_remind"),  # the pause holds both ways
    ):
        remind(owner_of(event), event.id, chosen=[asked_after])
    got = letter(outbox("invitation_reminder")[-1].body)
    assert got.calendar_method == "REQUEST"


def test_whoever_answers_between_freezing_and_the_mail_is_not_asked(app: Flask) -> None:
    event = an_event()
    a_reminder(event, Reminds.UNDECIDED, hours=7 * 24)
    invited(event, "a@x.org")
    post()
    with time_machine.travel(before(event, days=7)):
        assert send_due() == 1
        say_yes(answer_of(event, "a@x.org").person_id, event.id)
        post()
    (run,) = runs(event)
    assert list(became(run).values()) == [("passed_over", "answered")]


@pytest.mark.parametrize("late", [1, 23])
def test_a_worker_that_slept_sends_what_is_not_too_late(
    app: Flask, event: Event, late: int
) -> None:
    say_yes(a_member().id, event.id)
    with time_machine.travel(before(event, hours=48 - late)):
        worker.work_once(app)
    assert len(reminded()) == 1


@pytest.mark.parametrize("hours", [23.9, 1, 0, -1, -40])
def test_what_comes_too_late_is_left_out_and_marked(app: Flask, event: Event, hours: float) -> None:
    say_yes(a_member().id, event.id)
    with time_machine.travel(before(event, hours=hours)):
        worker.work_once(app)
        worker.work_once(app)
    assert states(event) == ["skipped"]
    assert reminded() == []


@pytest.mark.parametrize("hours", [100, 40])
def test_a_clock_that_was_wrong_once_loses_no_reminder(
    app: Flask, event: Event, hours: float
) -> None:
    say_yes(a_member().id, event.id)
    with time_machine.travel(before(event, hours=-24)):
        worker.work_once(app)
    assert states(event) == ["skipped"]
    with time_machine.travel(before(event, hours=hours)):
        assert bool(runs_of(event)) == (hours < 48), "the page says that it comes"
        worker.work_once(app)
    with time_machine.travel(before(event, hours=40)):
        found = at_once(app, [send_due] * 4)
        post()
        assert sum(one for one in found if isinstance(one, int)) == (hours > 48)
        worker.work_once(app)
    assert states(event) == ["sent"]
    assert len(reminded()) == 1


def test_what_is_left_out_is_not_looked_at_again_and_again(app: Flask, event: Event) -> None:
    with time_machine.travel(before(event, hours=1)):
        assert [send_due(), send_due()] == [1, 0]


def test_a_clock_that_jumps_to_and_fro_sends_it_once(app: Flask, event: Event) -> None:
    say_yes(a_member().id, event.id)
    for hours in (47, 60, 46, 100, 47, 30, 47):
        with time_machine.travel(before(event, hours=hours)):
            worker.work_once(app)
    assert len(reminded()) == 1
    assert states(event) == ["sent"]


def test_two_workers_at_once_send_it_once(app: Flask, event: Event) -> None:
    say_yes(a_member().id, event.id)
    with time_machine.travel(before(event, hours=47)):
        found = at_once(app, [send_due] * 6)
        post()
    assert sum(one for one in found if isinstance(one, int)) == 1
    assert len(reminded()) == 1


def test_without_the_row_that_claims_the_date_it_would_go_again(app: Flask, event: Event) -> None:
    """The control."""
    say_yes(a_member().id, event.id)
    for _ in range(2):
        with time_machine.travel(before(event, hours=47)):
            worker.work_once(app)
        db.session.execute(sa.text("UPDATE announcements SET starts_at = NULL"))
        db.session.commit()
    assert len(reminded()) == 2


def test_it_moves_with_the_event_and_goes_once_for_each_date(app: Flask, event: Event) -> None:
    say_yes(a_member().id, event.id)
    first, wall = event.starts_at, (event.starts_local, event.ends_local)
    with time_machine.travel(before(event, hours=48)):
        worker.work_once(app)
        moved(event, starts_at=evening(40), ends_at=evening(40, 21))
    later = db.session.get_one(Event, event.id, populate_existing=True).starts_at
    assert later > first
    with time_machine.travel(first - timedelta(hours=30)):
        worker.work_once(app)
    assert len(reminded()) == 1
    with time_machine.travel(later - timedelta(hours=48)):
        worker.work_once(app)
    assert len(reminded()) == 2
    with time_machine.travel(first - timedelta(hours=40)):
        moved(event, starts_at=wall[0], ends_at=wall[1])
        assert db.session.get_one(Event, event.id, populate_existing=True).starts_at == first
        worker.work_once(app)
    assert len(reminded()) == 2, "for the first date it went already"


def test_a_reminder_of_the_old_date_that_has_not_left_does_not_leave(
    app: Flask, event: Event
) -> None:
    say_yes(a_member().id, event.id)
    with time_machine.travel(before(event, hours=48)):
        send_due()
        expand_due()
        moved(event, starts_at=evening(40), ends_at=evening(40, 21))
        post()
    assert [mail.state.value for mail in outbox("event_reminder")] == ["stopped"]


def test_a_draft_and_an_event_that_is_off_remind_of_nothing(app: Flask) -> None:
    off, draft = an_event(), an_event(published=False)
    for one in (off, draft):
        a_reminder(one)
    say_yes(a_member().id, off.id)
    cancel_event(owner_of(off), off.id)
    with time_machine.travel(before(off, hours=47)):
        worker.work_once(app)
    assert states(off) == states(draft) == []


def test_calling_it_off_stops_reminders_that_have_not_left(app: Flask, event: Event) -> None:
    say_yes(a_member().id, event.id)
    with time_machine.travel(before(event, hours=47)):
        send_due()
        cancel_event(owner_of(event), event.id)
        post()
    assert states(event) == ["stopped"]
    assert reminded() == []


def test_what_was_due_before_the_event_was_published_is_left_out(app: Flask) -> None:
    event = an_event(published=False)
    a_reminder(event)
    with time_machine.travel(before(event, hours=40)):
        publish_event(owner_of(event), event.id)
        say_yes(a_member().id, event.id)
        worker.work_once(app)
    assert states(event) == ["skipped"]


def test_one_that_is_switched_off_or_removed_is_not_sent(app: Flask, event: Event) -> None:
    say_yes(a_member().id, event.id)
    other = a_reminder(event, hours=24)
    first = next(one for one in list_reminders(event.id) if one.id != other.id)
    switch_off(owner_of(event), event.id, first.id)
    remove_reminder(owner_of(event), event.id, other.id)
    for hours in (47, 23):
        with time_machine.travel(before(event, hours=hours)):
            worker.work_once(app)
    assert states(event) == []
    switch_on(owner_of(event), event.id, first.id)
    assert kept(event) == {("going", 2 * DAY, True)}


def test_a_dinner_has_reminders_from_the_start_and_other_events_have_none(app: Flask) -> None:
    dinner = an_event(capacity=30)
    assert kept(dinner) == {(reminds.value, minutes, True) for reminds, minutes in DEFAULTS}
    assert kept(an_event()) == kept(an_event(capacity=5, format=EventFormat.ONLINE)) == set()


def test_a_copy_has_the_reminders_of_its_event(app: Flask) -> None:
    dinner = an_event(capacity=30)
    going = next(one for one in list_reminders(dinner.id) if one.reminds == Reminds.GOING)
    switch_off(owner_of(dinner), dinner.id, going.id)
    a_reminder(dinner, hours=3)
    (copy,) = clone_event(owner_of(dinner), dinner.id, starts_at=evening(50))
    assert kept(copy) == kept(dinner)
    assert len(kept(copy)) == 3


def test_a_draft_with_reminders_can_be_deleted(app: Flask) -> None:
    draft = an_event(capacity=30, published=False)
    delete_draft(owner_of(draft), draft.id)
    assert db.session.scalar(sa.select(sa.func.count(EventReminder.id))) == 0


def test_what_makes_no_sense_is_refused_and_strangers_find_nothing(
    app: Flask, event: Event
) -> None:
    me, stranger = owner_of(event), an_organizer()
    for minutes, code in ((61 * DAY, "too_early"), (0, "too_early"), (31 * DAY, "reminder_over")):
        with pytest.raises(Refused, match=code):
            add_reminder(me, event.id, Reminds.GOING, minutes=minutes)
    with pytest.raises(NotFound):
        add_reminder(stranger.id, event.id, Reminds.GOING, minutes=60)
    one = list_reminders(event.id)[0]
    for act in (switch_off, switch_on, remove_reminder):
        with pytest.raises(NotFound):
            act(stranger.id, event.id, one.id)
        with pytest.raises(NotFound):
            act(stranger.id, an_event(stranger).id, one.id)
    assert add_reminder(me, event.id, Reminds.GOING, minutes=2 * DAY).id == one.id
    for hours in range(1, event_reminders.MOST):
        a_reminder(event, hours=hours)
    with pytest.raises(Refused, match="too_many_reminders"):
        a_reminder(event, hours=30)


def test_a_reminder_is_watched_and_stopped_as_every_message(app: Flask, event: Event) -> None:
    say_yes(a_member().id, event.id)
    with time_machine.travel(before(event, hours=48)):
        worker.work_once(app)
    (run,) = runs(event)
    assert run.state == AnnouncementState.SENT
    assert how_far(run).groups == {"sent": 1}
    assert now() < event.starts_at
