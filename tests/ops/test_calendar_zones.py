"""``flask calendar zones``: what new rules of a time zone moved is found, put right and told."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from community.core.db import db, transactional
from community.events.models import Event
from community.events.publishing import cancel_event
from community.events.queries import get_event
from community.events.rezoning import follow_zone, moved_by_zones
from community.organizing.models import AuditEntry
from community.rsvp.models import Partstat
from community.rsvp.party import Guest
from community.rsvp.respond import say_yes
from tests.factories.events import an_event, stale
from tests.factories.mails import entry, letter, outbox, post
from tests.factories.people import a_member, an_organizer
from tests.rsvp.states import answer_in
from tests.web.browser_without_js import Browser
from tests.web.test_calendar import read


@pytest.fixture
def run(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


@transactional
def over(event: Event) -> None:
    """It took place a year ago."""
    kept = db.session.get_one(Event, event.id)
    for name in ("starts_local", "ends_local", "starts_at", "ends_at"):
        setattr(kept, name, getattr(kept, name) - timedelta(days=365))


@transactional
def skipped(event: Event) -> None:
    """It has wall times of which the clocks skip the first, so that it would end at its start."""
    kept = db.session.get_one(Event, event.id)
    starts = kept.starts_local.replace(year=kept.starts_local.year + 3, month=3, day=1, hour=2)
    sunday = starts + timedelta(days=(6 - starts.weekday()) % 7 + 7)
    kept.starts_local = sunday.replace(minute=30)
    kept.ends_local = sunday.replace(hour=3, minute=15)


def test_nothing_is_listed_where_nothing_moved(run: FlaskCliRunner) -> None:
    an_event()
    result = run.invoke(args=["calendar", "zones"])
    assert (result.exit_code, result.stdout) == (0, "0 moved.\n")


def test_what_moved_is_listed_and_left_alone_without_send(run: FlaskCliRunner) -> None:
    owner = an_organizer()
    event, draft, off, past = (
        an_event(owner, title=title, published=title != "Draft")
        for title in ("Dinner", "Draft", "Off", "Past")
    )
    cancel_event(owner.id, off.id)
    over(past)
    wall, right = event.starts_local, event.starts_at
    for one in (event, draft, off, past):
        stale(one)
    result = run.invoke(args=["calendar", "zones"])
    assert result.exit_code == 0
    first, second, last = result.stdout.splitlines()
    assert first.split("\t") == [
        "dinner",
        "America/New_York",
        f"{wall:%Y-%m-%dT%H:%M}",
        f"{right + timedelta(hours=1):%Y-%m-%dT%H:%MZ}",
        f"{right:%Y-%m-%dT%H:%MZ}",
    ]
    assert second.startswith("draft\t")
    assert last == "2 moved. --send puts that right."
    assert len(list(moved_by_zones())) == 2


def test_send_puts_it_right_and_every_calendar_gets_it_anew(
    app: Flask, run: FlaskCliRunner
) -> None:
    owner, ann, bo = an_organizer(), a_member("Ann"), a_member("Bo")
    event = an_event(owner, guests_allowed=1, capacity=2)
    draft = an_event(owner, title="Draft", published=False)
    say_yes(ann.id, event.id, guests=[Guest("Cy", address="cy@example.org")])
    say_yes(bo.id, event.id)  # waits
    post()
    before = {to: entry(letter(outbox(to=to)[-1].body)) for to in (ann.address, bo.address)}
    right = (event.starts_at, event.ends_at)
    stale(event)
    stale(draft)
    result = run.invoke(args=["calendar", "zones", "--send"])
    assert result.stdout.splitlines()[-1] == "2 put right; the worker sends the invites."
    assert list(moved_by_zones()) == []
    kept = get_event(event.id)
    assert ((kept.starts_at, kept.ends_at), kept.sequence) == (right, 1)
    post()
    for to, was in before.items():
        (mail,) = outbox("event_changed", to=to)
        sent = entry(letter(mail.body))
        assert (sent.uid, sent.sequence, sent.start) == (was.uid, was.sequence + 1, was.start)
        assert sent.dtstamp > was.dtstamp
        assert sent.partstat == was.partstat != Partstat.NEEDS_ACTION  # nobody is asked again
        assert "The event keeps its time" in " ".join(letter(mail.body).text.split())
        assert letter(mail.body).subject.startswith("Same time, other clocks")
    (guest,) = outbox("guest_changed", to="cy@example.org")
    assert entry(letter(guest.body)).sequence == 1
    (public,) = read(Browser(app).get("/calendar.ics"))
    assert public["SEQUENCE"] == 1
    actions = db.session.scalars(db.select(AuditEntry.action)).all()
    assert actions.count("ClocksChanged") == 2
    mails = len(outbox())
    assert run.invoke(args=["calendar", "zones", "--send"]).stdout.startswith("0 put right")
    assert follow_zone(event.id) is False
    assert post() == 0
    assert len(outbox()) == mails


def test_an_answer_that_has_not_left_yet_says_the_new_instant(app: Flask) -> None:
    ann = a_member()
    event = an_event()
    say_yes(ann.id, event.id)
    stale(event)
    follow_zone(event.id)
    post()
    sent = [mail for mail in outbox(to=ann.address) if mail.state == "sent"]
    assert [mail.kind for mail in sent] == ["seat_given"]
    assert entry(letter(sent[0].body)).sequence == 1


def test_deadlines_never_lie_behind_the_end(app: Flask) -> None:
    event = an_event()
    stale(event)

    @transactional
    def until_the_end() -> None:
        kept = get_event(event.id)
        kept.answer_by = kept.ends_at

    until_the_end()
    assert follow_zone(event.id)
    kept = get_event(event.id)
    assert kept.answer_by == kept.ends_at


def test_what_would_end_before_it_begins_is_left_to_somebody(run: FlaskCliRunner) -> None:
    event = an_event()
    answer_in("going", event.id)
    skipped(event)
    result = run.invoke(args=["calendar", "zones", "--send"])
    assert result.exit_code == 1
    assert "1 would end before it begins" in result.stderr
    assert get_event(event.id).sequence == 0
