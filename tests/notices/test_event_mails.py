"""Mails about an event that changed or is off: true to what each reader was told before."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db, transactional
from community.events.drafts import edit_event
from community.events.models import Event, EventFormat
from community.events.publishing import cancel_event
from community.mail.broadcasts import expand_due
from community.mail.models import Broadcast, MailState, OutboxMail
from community.membership.models import Person
from community.rsvp.models import RsvpStatus
from community.rsvp.party import Guest
from community.rsvp.queries import find_rsvp
from community.rsvp.respond import say_no, say_yes
from tests.calendar.linter import lint
from tests.factories.events import a_draft, an_event, evening
from tests.factories.mails import Letter, entry, letter, outbox, post, states
from tests.factories.people import a_member, an_organizer

ANN = "ann@example.org"


def later() -> dict[str, Any]:
    """An hour later than the event of ``a_draft``."""
    return {"starts_at": evening(hour=19), "ends_at": evening(hour=22)}


class Stage:
    """An event that Ann goes to, and its owner, who cannot leave it alone."""

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        self.owner = an_organizer()
        self.ann = a_member("Ann", ANN)
        self.event: Event = an_event(self.owner, **facts)

    def edit(self, **facts: Any) -> None:
        self.facts = {**self.facts, **facts}
        edit_event(self.owner.id, self.event.id, a_draft(**self.facts))

    def ann_goes(self, **facts: Any) -> None:
        say_yes(self.ann.id, self.event.id, **facts)

    def cancel(self, message: str = "") -> None:
        cancel_event(self.owner.id, self.event.id, message)


def newest(to: str = ANN) -> Letter:
    return letter(outbox(to=to)[-1].body)


def text(to: str = ANN) -> str:
    return " ".join(newest(to).text.split())


def sent(to: str = ANN) -> list[str]:
    return [mail.kind for mail in outbox(to=to) if mail.state == MailState.SENT]


def test_a_new_time_raises_sequence_and_asks_again(app: Flask) -> None:
    stage = Stage()
    stage.ann_goes()
    post()
    before = entry(newest())
    stage.edit(**later())
    post()
    after = entry(newest())
    assert newest().subject == "New time: Boston Leadership Dinner"
    assert "7:00 PM to 10:00 PM (New York time)" in text()
    assert "6:00 PM to 9:00 PM (New York time)" in text().partition("Before: ")[2]
    assert "your seat is kept. Because the time is new, please answer again in your" in text()
    assert (after.uid, after.organizer) == (before.uid, before.organizer)
    assert after.sequence == before.sequence + 1
    assert after.dtstamp > before.dtstamp
    assert (after.partstat, after.status) == ("NEEDS-ACTION", "CONFIRMED")
    assert after.start - before.start == timedelta(hours=1)
    assert lint(newest().calendar or b"") == []


def test_a_new_place_raises_sequence_and_keeps_the_answer(app: Flask) -> None:
    stage = Stage()
    stage.ann_goes()
    post()
    stage.edit(venue="Town Hall", venue_address="", venue_city="")
    post()
    assert newest().subject == "New place: Boston Leadership Dinner"
    assert "Before: Glass House, 450 Kendall Street, Cambridge" in text()
    assert "The invite in this mail updates your calendar." in text()
    found = entry(newest())
    assert (found.sequence, found.partstat, found.location) == (1, "ACCEPTED", "Town Hall")


def test_new_words_alone_keep_sequence_and_rise_in_dtstamp(app: Flask) -> None:
    stage = Stage()
    stage.ann_goes()
    post()
    before = entry(newest())
    stage.edit(title="Boston Leaders' Dinner")
    post()
    after = entry(newest())
    assert newest().subject == "News about Boston Leaders' Dinner"
    assert "Before: Boston Leadership Dinner" in text()
    assert (after.sequence, after.partstat) == (before.sequence, "ACCEPTED")
    assert after.dtstamp > before.dtstamp


def test_a_new_summary_is_in_the_mail_that_tells_of_it(app: Flask) -> None:
    stage = Stage()
    stage.ann_goes()
    post()
    stage.edit(summary="With a talk on trust.")
    post()
    assert "Details of this event have changed" in text()
    assert "With a talk on trust." in text()
    assert "With a talk on trust." in newest().html


@pytest.mark.parametrize("change", [{"capacity": 50}, {"guests_allowed": 3}, {}])
def test_what_nobody_sees_in_a_calendar_is_not_mailed(app: Flask, change: dict[str, Any]) -> None:
    stage = Stage()
    stage.ann_goes()
    post()
    stage.edit(**change)
    post()
    assert sent() == ["seat_given"]


def test_another_format_at_the_same_place_is_no_new_place(app: Flask) -> None:
    stage = Stage()
    stage.ann_goes()
    post()
    stage.edit(format=EventFormat.HYBRID)
    post()
    assert newest().subject == "News about Boston Leadership Dinner"


def test_who_waits_stays_tentative_and_is_told_so(app: Flask) -> None:
    stage = Stage(capacity=1)
    say_yes(a_member().id, stage.event.id)
    stage.ann_goes()
    post()
    stage.edit(**later())
    post()
    assert (entry(newest()).partstat, entry(newest()).status) == ("TENTATIVE", "TENTATIVE")
    assert "You are still on the waitlist." in text()
    assert "seat is kept" not in text()


def test_who_asks_for_a_seat_is_told_without_a_calendar(app: Flask) -> None:
    stage = Stage(requires_approval=True)
    stage.ann_goes()
    post()
    stage.edit(**later())
    post()
    assert sent() == ["requested", "event_changed"]
    assert newest().calendar is None
    assert "The hosts have not decided about your request yet." in text()
    assert "invite" not in text()
    stage.edit(title="Another name")
    stage.cancel()
    post()
    assert sent() == ["requested", "event_changed", "event_cancelled"]
    assert newest().calendar is None
    assert "calendar" not in text()


def test_who_was_going_and_asks_anew_gets_no_entry_by_an_edit(app: Flask) -> None:
    stage = Stage()
    stage.ann_goes()
    post()
    say_no(stage.ann.id, stage.event.id)
    stage.edit(requires_approval=True)
    stage.ann_goes()
    post()
    stage.edit(**later())
    post()
    assert sent()[-1] == "event_changed"
    assert newest().calendar is None
    stage.cancel()
    post()
    assert newest().calendar is None


def test_who_left_or_said_no_is_left_alone(app: Flask) -> None:
    stage = Stage()
    stage.ann_goes()
    post()
    say_no(stage.ann.id, stage.event.id)
    say_no(a_member("Bo", "bo@example.org").id, stage.event.id)
    post()
    stage.edit(**later())
    stage.cancel()
    post()
    assert sent() == ["seat_given", "left"]
    assert sent("bo@example.org") == []


def test_an_answer_that_has_not_left_is_told_together_with_the_news(app: Flask) -> None:
    stage = Stage()
    stage.ann_goes()
    stage.edit(**later())
    post()
    assert states(to=ANN) == [("seat_given", "superseded"), ("seat_given", "sent")]
    assert "You are going. We look forward to seeing you at:" in text()
    assert "7:00 PM to 10:00 PM" in text().partition("Before:")[0]
    assert "6:00 PM to 9:00 PM" in text().partition("Before:")[2]
    assert (entry(newest()).sequence, entry(newest()).partstat) == (1, "NEEDS-ACTION")


def test_a_place_in_line_that_has_not_left_is_told_as_it_is_by_then(app: Flask) -> None:
    stage = Stage(capacity=1)
    first, second = a_member(), a_member()
    for person in (first, second, stage.ann):
        say_yes(person.id, stage.event.id)
    stage.edit(**later(), offer_hours=24)
    say_no(second.id, stage.event.id)
    post()
    assert states(to=ANN)[-1] == ("waitlisted", "sent")
    assert "You are number 1 on the waitlist" in text()
    assert "we hold it for a while" in text()


def test_news_that_have_not_left_are_told_with_the_next(app: Flask) -> None:
    """The second mail replaces the first: what only the first said would never be heard."""
    stage = Stage()
    stage.ann_goes()
    post()
    stage.edit(**later())
    expand_due()
    stage.edit(**later(), title="Another name")
    post()
    assert states(to=ANN) == [
        ("seat_given", "sent"),
        ("event_changed", "superseded"),
        ("event_changed", "sent"),
    ]
    assert newest().subject == "New time: Another name"
    assert "6:00 PM to 9:00 PM" in text().partition("Before:")[2]
    assert "Before: Boston Leadership Dinner" in text()
    found = entry(newest())
    assert (found.sequence, found.partstat, found.summary) == (1, "NEEDS-ACTION", "Another name")


def test_a_time_that_is_as_it_was_before_anything_left_is_no_news(app: Flask) -> None:
    stage = Stage()
    stage.ann_goes()
    post()
    original = {"starts_at": a_draft().starts_at, "ends_at": a_draft().ends_at}
    stage.edit(**later())
    expand_due()
    stage.edit(**original)
    post()
    assert newest().subject == "News about Boston Leadership Dinner"
    assert "Before" not in text()
    assert entry(newest()).sequence == 2


@pytest.mark.parametrize("title_first", [True, False])
def test_two_edits_before_the_worker_came_are_one_mail_that_tells_of_both(
    app: Flask, title_first: bool
) -> None:
    stage = Stage()
    stage.ann_goes()
    post()
    edits: list[dict[str, Any]] = [{"title": "Another name"}, later()]
    for edit in edits if title_first else reversed(edits):
        stage.edit(**edit)
    post()
    assert sent() == ["seat_given", "event_changed"]
    assert newest().subject == "New time: Another name"
    found = entry(newest())
    assert (found.sequence, found.partstat) == (1, "NEEDS-ACTION")
    assert found.start.hour == 19


def test_two_edits_are_one_mail_for_who_asks_for_a_seat_too(app: Flask) -> None:
    stage = Stage(requires_approval=True)
    stage.ann_goes()
    post()
    stage.edit(title="Another name")
    stage.edit(**later())
    post()
    assert sent() == ["requested", "event_changed"]
    assert newest().subject == "New time: Another name"


def test_many_quick_changes_are_in_order_by_sequence_and_dtstamp(app: Flask) -> None:
    stage = Stage()
    found = []
    with time_machine.travel(now().replace(microsecond=0), tick=False):
        stage.ann_goes()
        post()
        found.append(entry(newest()))
        for hour in (19, 20, 19, 20):
            stage.edit(starts_at=evening(hour=hour), ends_at=evening(hour=23))
            post()
            found.append(entry(newest()))
            say_no(stage.ann.id, stage.event.id)
            stage.ann_goes()
            post()
            found.append(entry(newest()))
            stage.edit(title=f"Dinner at {hour}")
            post()
            found.append(entry(newest()))
    stamps = [each.dtstamp for each in found]
    assert stamps == sorted(set(stamps))
    sequences = [each.sequence for each in found]
    assert sequences == sorted(sequences)
    assert len({each.uid for each in found}) == 1


def test_everybody_concerned_is_told_once_that_it_is_off(app: Flask) -> None:
    stage = Stage(capacity=2)
    waiting = a_member("Wei", "wei@example.org")
    stage.ann_goes()
    say_yes(a_member("Bo", "bo@example.org").id, stage.event.id)
    say_yes(waiting.id, stage.event.id)
    post()
    going = entry(newest())
    stage.cancel("Snow.\nWe will meet in May.")
    stage.cancel("Snow again.")
    post()
    post()
    for address in (ANN, "bo@example.org", "wei@example.org"):
        assert sent(address)[1:] == ["event_cancelled"]
        off = entry(newest(address))
        assert (off.method, off.status) == ("CANCEL", "CANCELLED")
        assert newest(address).subject == "Cancelled: Boston Leadership Dinner"
    assert entry(newest()).sequence > going.sequence
    assert "The hosts write: Snow. We will meet in May." in text()
    assert "tells your calendar to remove the event" in text()


def test_who_never_got_an_invite_is_told_that_it_is_off_without_a_cancellation(app: Flask) -> None:
    stage = Stage()
    stage.ann_goes()
    stage.cancel()
    post()
    assert states(to=ANN) == [("seat_given", "superseded"), ("event_cancelled", "sent")]
    assert newest().calendar is None
    assert "calendar" not in text()
    assert "The hosts write" not in text()


def test_news_of_an_event_that_is_off_by_then_are_not_told(app: Flask) -> None:
    stage = Stage()
    stage.ann_goes()
    post()
    stage.edit(**later())
    stage.cancel()
    post()
    assert sent() == ["seat_given", "event_cancelled"]


def test_an_edit_of_a_draft_is_not_told(app: Flask) -> None:
    owner = an_organizer()
    draft = an_event(owner, published=False)
    edit_event(owner.id, draft.id, a_draft(title="Still a draft", **later()))
    db.session.rollback()
    assert db.session.scalars(sa.select(Broadcast)).all() == []


def test_a_new_time_across_a_change_of_clocks_is_told_in_the_places_own_hours(app: Flask) -> None:
    with time_machine.travel("2026-03-01 12:00Z"):
        march_7, march_8 = (evening().replace(month=3, day=day, hour=18) for day in (7, 8))
        stage = Stage(starts_at=march_7, ends_at=march_7.replace(hour=21))
        stage.ann_goes()
        post()
        before = entry(newest())
        stage.edit(starts_at=march_8, ends_at=march_8.replace(hour=21))
        post()
        after = entry(newest())
    assert "Sunday, March 8, 2026 6:00 PM to 9:00 PM (New York time)" in text()
    # A day later on the wall and 23 hours later in the world: the clocks went forward between.
    assert (before.start.hour, after.start.hour) == (18, 18)
    assert after.start.timestamp() - before.start.timestamp() == timedelta(hours=23).total_seconds()


def test_a_party_is_addressed_as_one(app: Flask) -> None:
    stage = Stage(guests_allowed=2)
    stage.ann_goes(guests=[Guest("Bo"), Guest("Cy")])
    post()
    stage.edit(**later())
    post()
    assert "your 3 seats are kept" in text()
    assert "so that others can have your seats:" in text()


def test_seats_made_free_by_the_edit_that_moves_it_are_told_with_the_new_time(app: Flask) -> None:
    stage = Stage(capacity=1)
    say_yes(a_member().id, stage.event.id)
    stage.ann_goes()
    post()
    stage.edit(**later(), capacity=2)
    post()
    assert sent() == ["waitlisted", "seat_given"]
    assert "7:00 PM to 10:00 PM" in text()
    assert "6:00 PM to 9:00 PM" in text().partition("Before:")[2]
    assert entry(newest()).partstat == "ACCEPTED"


def test_without_the_older_mail_an_edit_is_told_by_what_it_changed(app: Flask) -> None:
    """Old rows may have been cleared away."""
    stage = Stage()
    stage.ann_goes()
    post()
    _forget_mails()
    stage.edit(**later())
    post()
    assert newest().subject == "New time: Boston Leadership Dinner"
    assert (entry(newest()).sequence, entry(newest()).partstat) == (1, "NEEDS-ACTION")


def test_an_offered_seat_stays_held_when_the_event_moves(app: Flask) -> None:
    stage = Stage()
    stage.ann_goes()
    post()
    _set_status(stage.event, stage.ann, RsvpStatus.OFFERED)
    stage.edit(**later())
    post()
    assert "A seat is still held for you." in text()


@transactional
def _forget_mails() -> None:
    db.session.execute(sa.delete(OutboxMail))


@transactional
def _set_status(event: Event, person: Person, status: RsvpStatus) -> None:
    rsvp = find_rsvp(event.id, person.id)
    assert rsvp is not None
    rsvp.status = status
