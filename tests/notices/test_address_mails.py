"""A new address moves coming events from one mailbox's calendar to the other's."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.current import settings
from community.core.db import db
from community.core.errors import NotFound
from community.events.drafts import edit_event
from community.events.publishing import cancel_event
from community.mail import delivery, leases
from community.mail.models import MailState
from community.mail.transport import Spool
from community.membership.addresses import ask_for_new_address, confirm_address
from community.membership.models import PendingKind
from community.rsvp.models import Attendee, Rsvp, RsvpStatus
from community.rsvp.party import Guest
from community.rsvp.queries import get_linked_rsvp
from community.rsvp.respond import say_no, say_yes
from tests.calendar.linter import lint
from tests.factories.at_once import at_once
from tests.factories.events import a_draft, an_event, evening
from tests.factories.mails import Entry, Letter, entry, letter, outbox, post, states
from tests.factories.people import a_member, an_organizer
from tests.factories.proofs import mailed_token

OLD, NEW = "ann@example.org", "ann@example.net"


def asked(person_id: int, address: str = NEW) -> str:
    ask_for_new_address(person_id, address)
    return mailed_token(PendingKind.ADDRESS, address)


def move(person_id: int, address: str = NEW) -> None:
    confirm_address(asked(person_id, address))


def newest(kind: str, to: str) -> Letter:
    return letter(outbox(kind, to=to)[-1].body)


def entries(to: str) -> list[Entry]:
    """The calendar messages that reached a mailbox, in order."""
    read = [letter(mail.body) for mail in outbox(to=to) if mail.body]
    return [entry(mail) for mail in read if mail.calendar]


def head(person_id: int) -> Attendee:
    db.session.rollback()
    db.session.expire_all()
    found = sa.select(Attendee).join(Rsvp).where(Rsvp.person_id == person_id)
    return db.session.scalars(found.where(Attendee.position == 0)).one()


def test_the_old_calendar_is_told_to_remove_it_and_the_new_one_invited(app: Flask) -> None:
    ann, event = a_member("Ann Lee", OLD).id, an_event()
    say_yes(ann, event.id)
    post()
    move(ann)
    post()
    [first, gone], [new] = entries(OLD), entries(NEW)
    assert (first.method, gone.method, new.method) == ("REQUEST", "CANCEL", "REQUEST")
    assert (gone.uid, gone.organizer) == (first.uid, first.organizer)
    assert gone.attendee == f"mailto:{OLD}"
    assert gone.sequence == first.sequence + 1
    assert gone.dtstamp > first.dtstamp
    assert new.uid != first.uid
    assert new.organizer != first.organizer, "the old mailbox could answer for the new one"
    assert (new.attendee, new.sequence) == (f"mailto:{NEW}", 0)
    assert (new.partstat, new.status) == ("ACCEPTED", "CONFIRMED")
    assert new.dtstamp > gone.dtstamp
    for kind, address in (("invite_gone", OLD), ("invite_moved", NEW)):
        assert lint(newest(kind, address).calendar or b"") == []
    assert (head(ann).address, head(ann).uid) == (NEW, new.uid)


def test_neither_mail_replaces_the_other(app: Flask) -> None:
    ann, event = a_member("Ann", OLD).id, an_event()
    say_yes(ann, event.id)
    post()
    move(ann)
    keys = [outbox(kind)[-1].calendar_key for kind in ("invite_gone", "invite_moved")]
    assert len(set(keys)) == 2
    assert all(key is not None and len(key) <= 40 for key in keys)
    post()
    assert ("invite_gone", "sent") in states(to=OLD)
    assert ("invite_moved", "sent") in states(to=NEW)


def test_with_the_attendees_own_key_the_cancellation_would_be_replaced(app: Flask) -> None:
    """The control of the test above."""
    ann, event = a_member("Ann", OLD).id, an_event()
    say_yes(ann, event.id)
    post()
    move(ann)
    [gone], [new] = outbox("invite_gone"), outbox("invite_moved")
    gone.calendar_key = new.calendar_key
    db.session.commit()
    post()
    assert ("invite_gone", "superseded") in states(to=OLD)


def test_a_waiting_party_stays_tentative_and_keeps_its_place(app: Flask) -> None:
    ann, event = a_member("Ann", OLD).id, an_event(capacity=1)
    say_yes(a_member().id, event.id)
    say_yes(ann, event.id)
    say_yes(a_member().id, event.id)
    post()
    move(ann)
    post()
    [new] = entries(NEW)
    assert (new.partstat, new.status) == ("TENTATIVE", "TENTATIVE")
    assert "You are number 1 on the waitlist." in newest("invite_moved", NEW).text
    assert head(ann).rsvp.status == RsvpStatus.WAITLISTED


def test_an_invite_that_has_not_left_needs_no_cancellation(app: Flask) -> None:
    ann, event = a_member("Ann", OLD).id, an_event()
    say_yes(ann, event.id)
    move(ann)
    post()
    assert ("seat_given", "superseded") in states(to=OLD)
    assert newest("invite_gone", OLD).calendar is None
    assert "calendar" not in newest("invite_gone", OLD).text
    assert "You are going, and your seat is kept." in newest("invite_moved", NEW).text
    assert entries(NEW)[0].sequence == 0


def test_an_invite_that_leaves_while_the_address_changes_is_cancelled(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, event = a_member("Ann", OLD).id, an_event()
    say_yes(ann, event.id)
    ask_for_new_address(ann, NEW)
    real: Callable[..., object] = delivery._render
    moved = []

    def change_first(mail: object, taken: leases.Taken) -> object:
        if taken.kind == "seat_given" and not moved:
            moved.append(confirm_address(mailed_token(PendingKind.ADDRESS, NEW)))
        return real(mail, taken)

    monkeypatch.setattr(delivery, "_render", change_first)
    delivery.deliver_due(Spool(settings().spool_folder), lease="a worker")
    assert head(ann).invited_at is None, "what left was not the new entry"
    post()
    first, gone = entries(OLD)
    assert (first.method, gone.method) == ("REQUEST", "CANCEL")
    assert gone.uid == first.uid
    assert entries(NEW)[0].uid == head(ann).uid != gone.uid


def test_later_news_goes_on_with_the_new_entry_in_the_new_mailbox(app: Flask) -> None:
    owner = an_organizer()
    ann, event = a_member("Ann", OLD).id, an_event(owner)
    say_yes(ann, event.id)
    post()
    move(ann)
    post()
    told = len(outbox(to=OLD))
    edit_event(owner.id, event.id, a_draft(starts_at=evening(hour=19), ends_at=evening(hour=22)))
    post()
    new, news = entries(NEW)
    assert (news.uid, news.organizer, news.sequence) == (new.uid, new.organizer, 1)
    say_no(ann, event.id)
    post()
    assert entries(NEW)[-1].method == "CANCEL"
    assert len(outbox(to=OLD)) == told


def test_a_change_that_was_not_told_yet_is_told_to_the_new_mailbox_once(app: Flask) -> None:
    owner = an_organizer()
    ann, event = a_member("Ann", OLD).id, an_event(owner)
    say_yes(ann, event.id)
    post()
    edit_event(owner.id, event.id, a_draft(starts_at=evening(hour=19), ends_at=evening(hour=22)))
    move(ann)
    post()
    assert [kind for kind, _ in states(to=NEW)] == ["address_confirm", "invite_moved"]
    assert "Before: " in newest("invite_moved", NEW).text
    assert entries(NEW)[0].start.hour == 19


def test_an_event_that_was_called_off_leaves_the_old_calendar_and_enters_no_new_one(
    app: Flask,
) -> None:
    owner = an_organizer()
    ann, event = a_member("Ann", OLD).id, an_event(owner)
    say_yes(ann, event.id)
    post()
    cancel_event(owner.id, event.id, "Snow.")
    move(ann)  # before the worker told anybody
    post()
    assert [one.method for one in entries(OLD)] == ["REQUEST", "CANCEL"]
    assert entries(NEW) == []
    assert [kind for kind, _ in states(to=NEW)] == ["address_confirm", "event_cancelled"]
    move(ann, "ann@example.com")
    post()
    assert "invite_gone" not in [kind for kind, _ in states(to=NEW)]


@pytest.mark.parametrize("answer", ["left", "requested", "declined"])
def test_who_has_it_in_no_calendar_is_not_written_to_about_it(app: Flask, answer: str) -> None:
    ann = a_member("Ann", OLD).id
    event = an_event(requires_approval=answer == "requested")
    if answer != "declined":
        say_yes(ann, event.id)
    if answer != "requested":
        say_no(ann, event.id)
    post()
    move(ann)
    post()
    assert [kind for kind, _ in states(to=NEW)] == ["address_confirm"]
    assert "invite_gone" not in [kind for kind, _ in states(to=OLD)]
    assert head(ann).address == NEW


def test_an_event_that_is_over_is_left_alone_and_keeps_no_old_address(app: Flask) -> None:
    ann, event = a_member("Ann", OLD).id, an_event()
    say_yes(ann, event.id)
    post()
    with time_machine.travel(now() + timedelta(days=60)):
        move(ann)
        post()
        assert [kind for kind, _ in states(to=NEW)] == ["address_confirm"]
    assert head(ann).address == NEW


def test_guests_keep_their_places_and_nobody_loses_a_seat(app: Flask) -> None:
    ann, event = a_member("Ann", OLD).id, an_event(capacity=5, guests_allowed=2)
    say_yes(ann, event.id, guests=[Guest("Bo Li")])
    move(ann)
    db.session.refresh(event)
    assert event.seats_taken == 2
    assert [a.name for a in head(ann).rsvp.attendees] == ["Ann", "Bo Li"]
    post()
    assert "your 2 seats are kept" in newest("invite_moved", NEW).text


def test_links_and_reply_addresses_in_the_old_mailbox_are_dead(app: Flask) -> None:
    ann, event = a_member("Ann", OLD).id, an_event()
    say_yes(ann, event.id)
    post()
    link, key = outbox("seat_given")[0].facts["rsvp_token"], head(ann).reply_key
    move(ann)
    with pytest.raises(NotFound):
        get_linked_rsvp(link)
    assert head(ann).reply_key != key
    post()
    assert "/rsvp/" not in newest("invite_gone", OLD).text + newest("invite_gone", OLD).html
    assert get_linked_rsvp(outbox("invite_moved")[0].facts["rsvp_token"]).person_id == ann


def test_many_events_all_move(app: Flask) -> None:
    ann, owner = a_member("Ann", OLD).id, an_organizer()
    for number in range(12):
        say_yes(ann, an_event(owner, title=f"Dinner {number}").id)
    post()
    move(ann)
    post()
    assert sum(one.method == "CANCEL" for one in entries(OLD)) == 12
    assert len({one.uid for one in entries(NEW)}) == 12


def test_answering_while_the_address_changes_leaves_no_attendee_at_the_old_one(app: Flask) -> None:
    ann, event = a_member("Ann", OLD).id, an_event()
    token, event_id = asked(ann), event.id
    answers = at_once(
        app, [lambda: confirm_address(token).id, lambda: say_yes(ann, event_id).person_id]
    )
    assert answers == [ann, ann]
    assert head(ann).address == NEW
    post()
    assert entries(NEW)[-1].method == "REQUEST"


def test_two_moves_in_a_row_leave_one_calendar_with_the_event(app: Flask) -> None:
    ann, event = a_member("Ann", OLD).id, an_event()
    say_yes(ann, event.id)
    post()
    move(ann)
    post()
    move(ann, "ann@example.com")
    post()
    assert [one.method for one in entries(OLD)] == ["REQUEST", "CANCEL"]
    assert [one.method for one in entries(NEW)] == ["REQUEST", "CANCEL"]
    assert [one.method for one in entries("ann@example.com")] == ["REQUEST"]
    assert all(mail.state == MailState.SENT for mail in outbox())


def test_what_was_typed_greets_nobody_in_a_mailbox_that_is_not_proven(app: Flask) -> None:
    ann = a_member("Ann Lee", OLD).id
    a_member("Bob", "bob@example.org")
    for address in (NEW, "bob@example.org"):
        ask_for_new_address(ann, address)
    post()
    for mail in [*outbox("address_confirm"), *outbox("address_taken")]:
        assert mail.recipient_name == ""
    taken = newest("address_taken", "bob@example.org")
    assert "Ann" not in taken.text + taken.html
    assert "confirm" not in taken.text + taken.html


def test_the_old_mailbox_is_told_a_masked_address(app: Flask) -> None:
    move(a_member("Ann Lee", OLD).id)
    post()
    for kind in ("address_asked", "address_changed"):
        mail = newest(kind, OLD)
        assert "a…@example.net" in mail.text
        assert NEW not in mail.text + mail.html
