"""After a restore nothing starts by itself that may have been sent since the backup."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from community.events.models import Event
from community.mail.broadcasts import expand_due
from community.mail.holding import hold_broadcasts, hold_mails
from community.ops import worker
from community.organizing.after_restore import Settled, settle_messages
from community.organizing.announcement_models import AnnouncementState
from community.organizing.announcements import send_announcement
from tests.factories.announcements import (
    a_message,
    a_reminder,
    a_sent_message,
    an_event_with_going,
    as_stored,
    became,
)
from tests.factories.events import evening
from tests.factories.invitations import owner_of
from tests.factories.mails import outbox


@pytest.fixture
def event(app: Flask) -> Event:
    return an_event_with_going(2)


def test_scheduled_messages_are_drafts_again_whenever_they_were_to_leave(event: Event) -> None:
    soon, later = a_message(event), a_message(event)
    for one, day in ((soon, 2), (later, 20)):
        send_announcement(owner_of(event), event.id, one.id, at=evening(day, 9))
    with time_machine.travel(evening(3, 12).astimezone()):
        assert settle_messages() == Settled(drafts=2)
    for one in (soon, later):
        kept = as_stored(one)
        assert (kept.state, kept.send_at) == (AnnouncementState.DRAFT, None)
    assert settle_messages() == Settled()


def test_due_reminders_are_passed_over_and_those_to_come_are_sent(app: Flask, event: Event) -> None:
    for hours in (48, 24):
        a_reminder(event, hours=hours)
    begins = event.starts_at
    with time_machine.travel(begins - timedelta(hours=47)):
        assert settle_messages() == Settled(skipped=1)
        worker.work_once(app)
        assert outbox("event_reminder") == []
    with time_machine.travel(begins - timedelta(hours=23, minutes=59)):
        worker.work_once(app)
        assert len(outbox("event_reminder")) == 2


def test_what_is_given_up_ends(app: Flask, event: Event) -> None:
    held = a_sent_message(event)
    hold_mails()
    hold_broadcasts()
    after = a_sent_message(event)  # by its hosts, after the restore
    done = app.test_cli_runner().invoke(args=["mail", "release", "--discard"])
    assert done.stdout.endswith(" given up.\n"), done.output
    kept = as_stored(held)
    assert kept.state == AnnouncementState.STOPPED
    assert kept.finished_at is not None
    assert set(became(held).values()) == {("passed_over", "stopped")}
    while expand_due():
        pass
    assert as_stored(after).state == AnnouncementState.SENT
    assert len(outbox("announcement")) == 2
