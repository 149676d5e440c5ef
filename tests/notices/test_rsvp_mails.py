"""Mails about one person's answer: what they say, what they carry, and which one replaces which."""

import re
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.db import db
from community.events.drafts import edit_event
from community.mail import delivery, leases
from community.mail.models import MailState, OutboxMail
from community.mail.outbox import retry_mails
from community.rsvp.asking import ask_to_answer
from community.rsvp.models import Attendee, RsvpStatus
from community.rsvp.party import Guest
from community.rsvp.queries import find_rsvp
from community.rsvp.respond import say_no, say_yes
from tests.calendar.linter import lint
from tests.factories.events import a_draft, an_event
from tests.factories.mails import Letter, entry, letter, outbox, post, states
from tests.factories.people import a_member, an_organizer
from tests.mail.moody import moody

ANN, BOB = "ann@example.org", "bob@example.org"


def newest(to: str) -> Letter:
    return letter(outbox(to=to)[-1].body)


def text(to: str) -> str:
    """The newest mail's text as one line: where it is broken is for another test."""
    return " ".join(newest(to).text.split())


def test_a_seat_comes_with_an_invite_that_says_yes_to_the_person_alone(app: Flask) -> None:
    ann, event = a_member("Ann Lee", ANN), an_event(guests_allowed=2)
    rsvp = say_yes(ann.id, event.id, guests=[Guest("Bo Li")])
    post()
    mail = newest(ANN)
    found = entry(mail)
    assert mail.subject == "You are going: Boston Leadership Dinner"
    assert "Hello Ann Lee," in mail.text
    assert "With you: Bo Li" in mail.text
    assert (found.method, mail.calendar_method) == ("REQUEST", "REQUEST")
    assert (found.partstat, found.status, found.sequence) == ("ACCEPTED", "CONFIRMED", 0)
    assert found.attendee == f"mailto:{ANN}"
    assert found.organizer == f"mailto:{mail.sender}" == f"mailto:rsvp+{_key(rsvp.id)}@localhost"
    assert lint(mail.calendar or b"") == []
    assert mail.attachment == mail.calendar


def test_a_seat_can_be_put_into_every_calendar_by_hand(app: Flask) -> None:
    ann, event = a_member("Ann Lee", ANN), an_event()
    say_yes(ann.id, event.id)
    post()
    mail = newest(ANN)
    pages = ("calendar.google.com", "outlook.live.com", "outlook.office.com")
    assert all(f'href="https://{host}/' in mail.html for host in pages)
    (file,) = re.findall(r"http://community\.test(/rsvp/\S+/event\.ics)", mail.text)
    assert f"{file}" in mail.html
    answer = app.test_client().get(file)
    assert f"UID:{entry(mail).uid}" in answer.text
    assert "@" not in answer.text


def test_who_waits_is_told_the_place_and_gets_a_tentative_entry(app: Flask) -> None:
    ann, event = a_member("Ann", ANN), an_event(capacity=1)
    say_yes(a_member().id, event.id)
    say_yes(a_member().id, event.id)
    say_yes(ann.id, event.id)
    post()
    assert "You are number 2 on the waitlist" in text(ANN)
    assert (entry(newest(ANN)).partstat, entry(newest(ANN)).status) == ("TENTATIVE", "TENTATIVE")


def test_a_party_too_large_for_the_free_seats_is_not_told_that_all_are_taken(app: Flask) -> None:
    ann, event = a_member("Ann", ANN), an_event(capacity=3, guests_allowed=2)
    say_yes(a_member().id, event.id, guests=[Guest("A guest")])
    say_yes(ann.id, event.id, guests=[Guest("B guest")])
    post()
    assert "there are 2 seats for you and your guests" in text(ANN)
    assert "taken" not in text(ANN)


def test_a_request_enters_no_calendar_and_taking_it_back_neither(app: Flask) -> None:
    ann, event = a_member("Ann", ANN), an_event(requires_approval=True)
    say_yes(ann.id, event.id)
    post()
    assert "Until then no seat is held for you" in text(ANN)
    assert newest(ANN).calendar is None
    say_no(ann.id, event.id)
    post()
    assert newest(ANN).subject == "You took back your request: Boston Leadership Dinner"
    assert newest(ANN).calendar is None
    assert "seat is free" not in text(ANN)
    assert newest(ANN).sender == "no-reply@localhost"


@pytest.mark.parametrize(("hours", "said"), [(24, "we hold it for a while"), (None, "it is yours")])
def test_who_waits_is_told_how_a_seat_will_come(app: Flask, hours: int | None, said: str) -> None:
    event = an_event(capacity=1, offer_hours=hours)
    say_yes(a_member("Bob", BOB).id, event.id)
    say_yes(a_member("Ann Lee", ANN).id, event.id)
    post()
    assert f"it is your turn, {said}" in text(ANN)


def test_waitlisted_and_seated_before_the_worker_ran_is_one_mail(app: Flask) -> None:
    first, ann, event = a_member(), a_member("Ann", ANN), an_event(capacity=1)
    say_yes(first.id, event.id)
    say_yes(ann.id, event.id)
    say_no(first.id, event.id)
    post()
    assert states(to=ANN) == [("waitlisted", "superseded"), ("seat_given", "sent")]
    assert "A seat became free, and it is yours" in text(ANN)
    assert entry(newest(ANN)).partstat == "ACCEPTED"
    assert outbox("waitlisted")[0].body is None


def test_a_seat_after_waiting_is_a_request_with_higher_numbers_for_the_same_entry(
    app: Flask,
) -> None:
    first, ann, event = a_member(), a_member("Ann", ANN), an_event(capacity=1)
    say_yes(first.id, event.id)
    say_yes(ann.id, event.id)
    post()
    waiting = entry(newest(ANN))
    say_no(first.id, event.id)
    post()
    seated = entry(newest(ANN))
    assert (seated.uid, seated.organizer) == (waiting.uid, waiting.organizer)
    assert seated.sequence == waiting.sequence + 1
    assert seated.dtstamp > waiting.dtstamp
    assert seated.status == "CONFIRMED"


def test_several_seats_that_became_free_are_worded_as_several(app: Flask) -> None:
    first, ann, event = a_member(), a_member("Ann", ANN), an_event(capacity=2, guests_allowed=1)
    say_yes(first.id, event.id, guests=[Guest("A guest")])
    say_yes(ann.id, event.id, guests=[Guest("B guest")])
    say_no(first.id, event.id)
    post()
    assert "2 seats became free, and they are yours" in text(ANN)


def test_who_left_before_any_mail_did_gets_no_cancellation(app: Flask) -> None:
    ann, event = a_member("Ann", ANN), an_event()
    say_yes(ann.id, event.id)
    say_no(ann.id, event.id)
    post()
    assert states(to=ANN) == [("seat_given", "superseded"), ("left", "sent")]
    mail = newest(ANN)
    assert (mail.calendar, mail.attachment) == (None, None)
    assert "calendar" not in mail.text + mail.html
    assert mail.sender == "no-reply@localhost"


def test_who_leaves_gets_a_cancellation_that_beats_the_invite(app: Flask) -> None:
    ann, event = a_member("Ann", ANN), an_event()
    say_yes(ann.id, event.id)
    post()
    going = entry(newest(ANN))
    say_no(ann.id, event.id)
    post()
    mail = newest(ANN)
    left = entry(mail)
    assert (left.method, mail.calendar_method, left.status) == ("CANCEL", "CANCEL", "CANCELLED")
    assert (left.uid, left.organizer, left.attendee) == (going.uid, going.organizer, going.attendee)
    assert left.sequence > going.sequence
    assert left.dtstamp > going.dtstamp
    assert left.organizer == f"mailto:{mail.sender}"
    assert "tells your calendar to remove the event" in text(ANN)
    assert lint(mail.calendar or b"") == []


def test_who_comes_back_is_asked_anew_for_the_same_entry(app: Flask) -> None:
    ann, event = a_member("Ann", ANN), an_event()
    found = []
    for answer in (say_yes, say_no, say_yes, say_no, say_yes):
        answer(ann.id, event.id)
        post()
        found.append(entry(newest(ANN)))
    assert [each.method for each in found] == ["REQUEST", "CANCEL", "REQUEST", "CANCEL", "REQUEST"]
    assert [each.sequence for each in found] == [0, 1, 2, 3, 4]
    assert sorted({each.dtstamp for each in found}) == [each.dtstamp for each in found]
    assert len({(each.uid, each.organizer) for each in found}) == 1


def test_saying_yes_twice_is_one_mail(app: Flask) -> None:
    ann, event = a_member("Ann", ANN), an_event()
    say_yes(ann.id, event.id)
    say_yes(ann.id, event.id)
    assert states(to=ANN) == [("seat_given", "queued")]


def test_a_plain_no_needs_no_mail(app: Flask) -> None:
    ann, event = a_member("Ann", ANN), an_event()
    say_no(ann.id, event.id)
    assert states(to=ANN) == []


def test_a_retried_older_invite_never_follows_a_newer_one(app: Flask) -> None:
    ann, event = a_member("Ann", ANN), an_event()
    say_yes(ann.id, event.id)
    with moody(answers={ANN: "550 no such user"}) as server:
        post(server.way_in())
        server.answers.clear()
        say_no(ann.id, event.id)
        post(server.way_in())
        retry_mails()
        post(server.way_in())
        assert len(server.taken) == 1
    assert states(to=ANN) == [("seat_given", "superseded"), ("left", "sent")]


def test_a_newer_mail_waits_while_the_older_one_is_on_the_wire(app: Flask) -> None:
    ann, event = a_member("Ann", ANN), an_event()
    say_yes(ann.id, event.id)
    assert len(leases.lease_due("slow", 5)[0]) == 1
    say_no(ann.id, event.id)
    assert post() == 0
    assert states(to=ANN) == [("seat_given", "sending"), ("left", "queued")]


def test_a_worker_gives_way_to_a_newer_mail_that_came_while_it_was_leasing(app: Flask) -> None:
    """On PostgreSQL two workers can hold old and new at once: see ``delivery._newest_alive``."""
    ann, event = a_member("Ann", ANN), an_event()
    say_yes(ann.id, event.id)
    (older,) = outbox(to=ANN)
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect() as slow:  # has chosen the older one, and has not committed
            slow.execute(sa.select(OutboxMail.id).with_for_update())
            say_no(ann.id, event.id)
            assert post() == 1
            taken = {"state": MailState.SENDING, "lease": "slow", "leased_until": older.deadline}
            slow.execute(sa.update(OutboxMail).where(OutboxMail.id == older.id).values(taken))
            slow.commit()
        assert states(to=ANN) == [("seat_given", "sending"), ("left", "sent")]
    else:
        leases.lease_due("slow", 5)
        say_no(ann.id, event.id)
    with moody() as server:
        delivery._deliver(outbox(to=ANN)[:1], server.way_in(), "slow")
        assert server.taken == []
    assert states(to=ANN)[0] == ("seat_given", "superseded")
    assert db.session.get_one(Attendee, _attendee(ann.id, event.id)).invited_at is None


def test_a_visitors_answer_waits_behind_a_link_and_names_no_stranger(app: Flask) -> None:
    event = an_event(guests_allowed=1)
    ask_to_answer(
        event.id, name="Win $$$ at evil.test", email=BOB, guests=[Guest("evil.test, too")]
    )
    post()
    (mail,) = outbox(to=BOB)
    assert mail.recipient_name == ""
    assert (mail.kind, mail.state, mail.body) == ("rsvp_confirm", MailState.SENT, None)


@pytest.mark.parametrize(("coming", "guests"), [(True, 0), (True, 2), (False, 0)])
def test_the_link_says_what_it_confirms(app: Flask, coming: bool, guests: int) -> None:
    event = an_event(guests_allowed=2)
    party = [Guest(f"Evil {n}") for n in range(guests)]
    ask_to_answer(event.id, name="Evil", email=BOB, coming=coming, guests=party)
    with moody() as server:
        post(server.way_in())
        ((_, data),) = server.taken
    words = " ".join(letter(data).text.split())
    wanted = {
        (True, 0): "asked for a seat at:",
        (True, 2): "asked for 3 seats at:",
        (False, 0): "said no to:",
    }
    assert wanted[coming, guests] in words
    assert ("nothing is reserved" in words) is coming
    assert "Evil" not in data.decode()
    assert letter(data).calendar is None


def test_who_waited_learns_with_the_seat_that_the_time_is_new(app: Flask) -> None:
    owner, first, ann = an_organizer(), a_member(), a_member("Ann", ANN)
    event = an_event(owner, capacity=1)
    say_yes(first.id, event.id)
    say_yes(ann.id, event.id)
    post()
    draft = a_draft(capacity=1)
    edit_event(owner.id, event.id, replace(draft, starts_at=draft.starts_at.replace(hour=19)))
    say_no(first.id, event.id)
    post()
    kinds = [mail.kind for mail in outbox(to=ANN) if mail.state == MailState.SENT]
    assert kinds == ["waitlisted", "seat_given"]  # the seat says it all
    assert "A seat became free" in text(ANN)
    assert "7:00 PM to 9:00 PM (New York time)" in text(ANN)
    assert "6:00 PM to 9:00 PM (New York time)" in text(ANN).partition("Before:")[2]


def test_hostile_names_reach_neither_header_nor_calendar(app: Flask) -> None:
    title = "=?utf-8?q?a=0d=0aBcc=3a_evil=40x?= <b>;DTSTART:1\\n"
    ann = a_member('Ann "A" <eve@example.org>, X', ANN)
    event = an_event(title=title, venue='Hall; "1", \\n x', guests_allowed=1)
    say_yes(ann.id, event.id, guests=[Guest("<img src=x>")])
    post()
    (row,) = outbox(to=ANN)
    mail = newest(ANN)
    assert mail.recipient == ANN
    assert b"\nBcc:" not in (row.body or b"")
    assert mail.subject == "You are going: = ?utf-8?q?a=0d=0aBcc=3a_evil=40x?= <b>;DTSTART:1\\n"
    assert "<b>" not in mail.html
    assert "<img src=x" not in mail.html
    assert lint(mail.calendar or b"") == []
    found = entry(mail)
    assert found.summary == event.title
    assert found.attendee == f"mailto:{ANN}"
    assert found.location.startswith('Hall; "1", \\n x')


def _key(rsvp_id: int) -> str:
    head = sa.select(Attendee.reply_key).where(Attendee.rsvp_id == rsvp_id, Attendee.position == 0)
    return str(db.session.scalar(head))


def _attendee(person_id: int, event_id: int) -> int:
    rsvp = find_rsvp(event_id, person_id)
    assert rsvp is not None
    assert rsvp.status == RsvpStatus.WITHDRAWN
    return rsvp.head.id
