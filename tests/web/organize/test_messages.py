"""Messages to guests as a host writes and sends them in a browser, without JavaScript."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.core.walltime import to_local
from community.events.models import Event
from community.events.publishing import cancel_event
from community.mail.broadcasts import expand_due
from community.mail.models import MailState, OutboxMail
from community.membership.models import Person
from community.organizing.announcements import stop_announcement
from community.organizing.event_reminders import runs_of, send_due
from community.privacy.erasing import erase_person
from community.rsvp.checkin import check_in
from community.rsvp.models import Rsvp
from community.rsvp.respond import say_no, say_yes
from tests.factories.announcements import a_message, a_reminder, a_sent_message
from tests.factories.events import an_event
from tests.factories.invitations import owner_of
from tests.factories.mails import letter, outbox, post
from tests.factories.people import a_member, an_organizer
from tests.web.browser_without_js import Browser, signed_in


@pytest.fixture
def owner(app: Flask) -> Person:
    return an_organizer("Olga Host")


@pytest.fixture
def desk(app: Flask, owner: Person) -> Browser:
    return signed_in(app, owner)


@pytest.fixture
def event(owner: Person) -> Event:
    event = an_event(owner)
    for name in ("Ada Lovelace", "Bo Li"):
        say_yes(a_member(name, f"{name[:2].lower()}@example.org").id, event.id)
    left = say_yes(a_member("Cy").id, event.id)
    say_no(left.person_id, event.id)
    return event


def path(event: Event) -> str:
    return f"/organize/events/{event.slug}/message"


def write(desk: Browser, event: Event, **fields: str | list[str]) -> None:
    desk.get(path(event))
    known = {"subject": "For {first_name}", "body": "Dear **{name}**, bring a coat."}
    desk.submit(at="/message", **{**known, **fields})


def work() -> None:
    """What the worker does, who sees what was saved by now."""
    db.session.rollback()
    post()


def kept() -> int:
    db.session.rollback()
    return db.session.scalar(sa.text("SELECT count(*) FROM announcements")) or 0


def test_a_message_is_written_looked_at_tried_sent_and_watched(
    desk: Browser, event: Event, owner: Person
) -> None:
    desk.get(path(event))
    assert desk.page.says("2 people are meant now")
    write(desk, event)
    assert desk.page.says("As Ada Lovelace reads it")
    assert desk.page.says("For Ada")
    assert "<strong>Ada Lovelace</strong>" in desk.page.html
    desk.get(f"{desk.page.path}?find=bo")
    assert desk.page.says("Bo Li")
    (other,) = [link for link in desk.page.links if "?as=" in link]
    desk.get(other)
    assert desk.page.says("As Bo Li reads it")
    desk.submit(at="/test")
    assert desk.page.says(f"A test is on its way to {owner.address}.")
    work()
    assert outbox("announcement") == [], "so far it was a look"
    desk.submit(at="/send", press="Send to 2 people")
    assert desk.page.says("The message is on its way.")
    assert desk.page.says("0 of 2 have left")
    work()
    desk.get(desk.page.path)
    assert desk.page.says("Done: 2 of 2 have left.")
    assert {letter(mail.body).subject for mail in outbox("announcement")} == {"For Ada", "For Bo"}
    desk.get(path(event))
    assert desk.page.says("2 of 2")


def test_whom_it_is_for_comes_from_the_address_and_from_the_boxes(
    desk: Browser, event: Event
) -> None:
    desk.get(f"{path(event)}?status=withdrawn&q=Cy")
    assert desk.page.says("found by: Cy")
    assert desk.page.says("1 person is meant now")
    desk.submit(at="/message", subject="Sorry", body="Come next time.", status=["withdrawn"])
    assert desk.page.says("As Cy reads it")
    desk.submit(at=desk.page.path, subject="Sorry", body="x", status=["going", "withdrawn"])
    assert desk.page.says("1 person is meant now")  # the search stays


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"subject": ""}, "Please write a subject."),
        ({"body": " "}, "Please write a message."),
        ({"body": "a\nDear {nome}"}, "There is no placeholder {nome} (line 2, character 6)"),
        ({"subject": "To {name"}, "The brace in line 1, character 4, is not closed"),
        ({"body": "{0.__class__}"}, "There is no placeholder {0.__class__}"),
        ({"status": []}, "Please say whom you write to."),
        ({"subject": "x" * 151}, "cannot be longer than 150"),
        ({"body": "x" * 20_001}, "cannot be longer than 20000"),
    ],
)
def test_what_is_wrong_is_said_on_the_page_and_what_was_typed_stays(
    desk: Browser, event: Event, fields: dict[str, str], fault: str
) -> None:
    write(desk, event, **fields)
    assert desk.page.status == 422
    assert desk.page.says(fault)
    (form,) = (form for form in desk.page.forms if "subject" in form.names)
    typed = {"subject": "For {first_name}", "body": "Dear **{name}**, bring a coat.", **fields}
    assert form.values["subject"] == [typed["subject"]]
    assert form.values["body"] == [typed["body"].strip()]
    assert kept() == 0


def test_a_way_to_narrow_that_is_not_understood_does_not_mean_everybody(
    desk: Browser, event: Event
) -> None:
    for query, name in (
        ("silent_since=yesterday&status=going", "silent_since"),
        ("not_status=declined&not_status=gone", "not_status"),
        ("status=going&chekced_in=no", "chekced_in"),
        ("q=Ann&q=Bob", "q"),
    ):
        answer = desk.get(f"{path(event)}?{query}")
        assert answer.status == 422
        assert desk.page.says(f"in a way that is not understood ({name})")
    desk.get(path(event))
    desk.submit(at="/message", subject="x", body="x", status="everybody")
    assert desk.page.status == 422
    assert kept() == 0


def test_the_same_form_twice_is_one_message_and_sent_twice_is_sent_once(
    desk: Browser, event: Event
) -> None:
    desk.get(path(event))
    form = desk.page
    for _ in range(2):
        desk.page = form
        desk.submit(at="/message", subject="Once", body="Once")
    assert kept() == 1
    form = desk.page
    for _ in range(2):
        desk.page = form
        desk.submit(at="/send", press="Send to 2 people")
    work()
    assert len(outbox("announcement")) == 2


def test_it_waits_for_its_time_and_is_taken_back(desk: Browser, event: Event) -> None:
    write(desk, event)
    soon = to_local(now() + timedelta(hours=3), event.timezone)
    desk.submit(at="/send", when="later")
    assert desk.page.says("Please choose a time.")
    desk.submit(at="/send", when="later", send_at="2001-01-01T10:00")
    assert desk.page.says("This time is over.")
    desk.submit(at="/send", when="later", send_at="3001-01-01T10:00")
    assert desk.page.status == 422
    desk.submit(at="/send", when="later", send_at=f"{soon:%Y-%m-%dT%H:%M}")
    assert desk.page.says("It is sent on")
    desk.submit(at="/stop")
    assert desk.page.says("Draft")
    desk.submit(at="/delete")
    assert desk.page.says("The draft is deleted.")
    assert kept() == 0


def test_stopping_and_trying_again(desk: Browser, event: Event) -> None:
    one = a_sent_message(event)
    expand_due()
    failed = sa.update(OutboxMail).where(
        OutboxMail.kind == "announcement", OutboxMail.recipient == "ad@example.org"
    )
    db.session.execute(failed.values(state=MailState.FAILED, last_error="550 nobody there"))
    db.session.commit()
    desk.get(f"{path(event)}/{one.id}?group=failed")
    assert desk.page.says("550 nobody there")
    assert not desk.page.says("bo@example.org")
    desk.submit(at="/retry")
    assert desk.page.says("1 mail is tried again.")
    desk.submit(at="/stop")
    assert desk.page.says("Stopped. 2 mails had not left, and do not leave.")
    assert desk.page.says("Stopped: 0 of 2 had left.")
    assert desk.page.says("2 passed over: stopped")


def test_names_are_text_on_the_page_of_the_preview(desk: Browser, owner: Person) -> None:
    event = an_event(owner)
    hostile = "<img src=x onerror=alert(1)> [a](https://evil.example) **b**"
    say_yes(a_member(hostile).id, event.id)
    write(desk, event, body="Dear {name}")
    assert "<img" not in desk.page.html
    assert 'href="https://evil.example"' not in desk.page.html
    assert "[a](https://evil.example) **b**" in desk.page.text


def test_no_link_to_the_own_page_of_somebody_is_shown_to_a_host(
    desk: Browser, event: Event
) -> None:
    write(desk, event, body="Look: {own_page}")
    assert "/rsvp/their-own-page" in desk.page.html
    assert desk.page.html.count("/rsvp/") == desk.page.html.count("/rsvp/their-own-page")


def test_another_event_s_message_and_a_stranger_find_nothing(
    app: Flask, desk: Browser, event: Event, owner: Person
) -> None:
    one, other = a_message(event), an_event(owner, title="Another")
    assert desk.get(f"{path(other)}/{one.id}").status == 404
    stranger = signed_in(app, an_organizer())
    assert stranger.get(f"{path(event)}/{one.id}").status == 404
    assert stranger.get(path(event)).status == 404
    assert desk.get(f"{path(event)}/{one.id}?as=999999999999").status == 200


def test_reminders_are_added_switched_off_and_on_and_removed(desk: Browser, event: Event) -> None:
    desk.get(path(event))
    assert desk.page.says("This event has none.")
    desk.submit(at="/reminders", count="3", unit="days", reminds="going")
    assert desk.page.says("The reminder is on.")
    assert desk.page.says("3 days before, to those who are going")
    desk.submit(at="/reminders/", press="off")
    assert desk.page.says("The reminder is off.")
    desk.submit(at="/reminders/", press="on")
    assert desk.page.says("The reminder is on.")
    desk.submit(at="/reminders/", press="remove")
    assert desk.page.says("This event has none.")
    desk.submit(at="/reminders", count="1440", unit="days")
    assert desk.page.status == 422
    assert desk.page.says("A reminder comes at most 60 days before the event.")
    desk.submit(at="/reminders", count="31", unit="days")
    assert desk.page.says("That time is over already.")


def test_those_who_came_are_thanked_once_it_is_over(
    app: Flask, desk: Browser, event: Event, owner: Person
) -> None:
    desk.get(path(event))
    assert not desk.page.says("Thank those who came")
    rsvps = db.session.scalars(sa.select(Rsvp).order_by(Rsvp.id)).all()
    with time_machine.travel(event.starts_at):
        check_in(owner.id, event.id, rsvps[0].head.id)
    with time_machine.travel(event.ends_at + timedelta(hours=1)):
        desk = signed_in(app, owner)
        desk.get(path(event))
        desk.get(next(link for link in desk.page.links if "thanks=1" in link))
        assert desk.page.says("To: Going who came")
        assert desk.page.says("1 person is meant now")
        desk.submit(at="/message")
        assert desk.page.says("Thank you for coming: Boston Leadership Dinner")
        desk.submit(at="/send", press="Send to 1 person")
        work()
    (mail,) = outbox("announcement")
    assert mail.recipient == "ad@example.org"
    assert "Dear Ada," in letter(mail.body).text


def test_a_draft_of_which_nobody_knows_any_more_whom_it_is_for_shows_nobody(
    desk: Browser, event: Event
) -> None:
    desk.get(f"{path(event)}?status=going&q=Ada")
    desk.submit(at="/message", subject="x", body="x")
    erase_person(db.session.scalars(sa.select(Rsvp.person_id).order_by(Rsvp.id)).first() or 0)
    desk.get(desk.page.path)
    assert desk.page.says("Nobody is meant any more")
    assert desk.page.says("0 people are meant now")
    desk.submit(at="/send")
    assert desk.page.status == 422
    assert desk.page.says("Please say whom you write to.")


def test_a_reminder_that_was_stopped_is_not_called_done(desk: Browser, event: Event) -> None:
    a_reminder(event)
    with time_machine.travel(event.starts_at - timedelta(hours=48)):
        send_due()
        run = next(iter(runs_of(event).values()))
        stop_announcement(owner_of(event), event.id, run.id)
    page = desk.get(path(event))
    assert page.says("Stopped: what had not left did not leave")
    assert not page.says("Done: it was for")


def test_a_time_for_an_event_that_is_off_is_refused_with_words(desk: Browser, event: Event) -> None:
    write(desk, event)
    soon = to_local(now() + timedelta(hours=3), event.timezone)
    form = desk.page
    cancel_event(owner_of(event), event.id)
    desk.page = form
    desk.submit(at="/send", when="later", send_at=f"{soon:%Y-%m-%dT%H:%M}")
    assert desk.page.status == 422
    assert desk.page.says("The event is off: send it now.")
