"""What guests with an address are told, and what their calendars are."""

import pytest
import sqlalchemy as sa
from flask import Flask
from icalendar import Calendar

from community.core.db import db
from community.events.drafts import edit_event
from community.events.models import Event
from community.events.publishing import cancel_event
from community.mail.models import MailState, OutboxMail
from community.membership.models import Person
from community.rsvp.guests import decline_as_guest
from community.rsvp.hand import remove_attendee
from community.rsvp.models import Rsvp
from community.rsvp.party import Guest
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import a_draft, an_event
from tests.factories.mails import letter, post
from tests.factories.people import a_member, an_organizer
from tests.mail.moody import moody

BO, CY = Guest("Bo Li", address="bo@example.org"), Guest("Cy Ng", address="cy@example.org")


def a_party(*guests: Guest, **facts: object) -> tuple[Person, Event, Rsvp]:
    owner = an_organizer()
    event = an_event(owner, **{"capacity": 4, "guests_allowed": 3, **facts})
    return owner, event, say_yes(a_member("Ann Lee").id, event.id, guests=guests)


def kinds(address: str) -> list[str]:
    """What was queued for an address, in order."""
    db.session.rollback()
    found = sa.select(OutboxMail.kind).where(OutboxMail.recipient == address)
    return list(db.session.scalars(found.order_by(OutboxMail.id)))


def sent(address: str) -> list[tuple[str, str | None, int | None]]:
    """Subject, method and SEQUENCE of what leaves now for an address."""
    with moody() as server:
        post(server.way_in())
        mails = [letter(data) for to, data in server.taken if to == address]
    return [(mail.subject, mail.calendar_method, _sequence(mail.calendar)) for mail in mails]


def _sequence(calendar: bytes | None) -> int | None:
    if calendar is None:
        return None
    (entry,) = Calendar.from_ical(calendar).walk("VEVENT")
    assert entry["ATTENDEE"].params["PARTSTAT"] in {"NEEDS-ACTION", "DECLINED"}
    return int(entry["SEQUENCE"])


def test_a_guest_has_a_mail_and_an_entry_of_their_own(app: Flask) -> None:
    _owner, _event, rsvp = a_party(BO, Guest("Di"))
    [(subject, method, sequence)] = sent("bo@example.org")
    assert subject == "Ann Lee brings you along: Boston Leadership Dinner"
    assert (method, sequence) == ("REQUEST", 0)
    assert rsvp.head.uid != rsvp.guests[0].uid


def test_a_guest_hears_nothing_while_the_party_waits(app: Flask) -> None:
    _owner, event, first = a_party(capacity=2)
    waiting = say_yes(a_member().id, event.id, guests=[BO])
    assert waiting.status == "waitlisted"
    assert kinds("bo@example.org") == []
    say_no(first.person_id, event.id)
    assert kinds("bo@example.org") == ["guest_going"]


def test_a_guest_who_is_left_out_is_told_and_the_others_are_not(app: Flask) -> None:
    _owner, event, rsvp = a_party(BO, CY)
    assert sent("bo@example.org")[0][1:] == ("REQUEST", 0)
    say_yes(rsvp.person_id, event.id, guests=[CY])
    assert sent("bo@example.org")[0][1:] == ("CANCEL", 1)
    assert kinds("cy@example.org") == ["guest_going"]


def test_a_guest_whose_invite_never_left_gets_no_cancel(app: Flask) -> None:
    _owner, event, rsvp = a_party(BO)
    say_yes(rsvp.person_id, event.id, guests=[])
    assert [method for _, method, _ in sent("bo@example.org")] == [None]
    state = sa.select(OutboxMail.state).where(OutboxMail.kind == "guest_going")
    assert db.session.scalars(state).all() == [MailState.SUPERSEDED]


def test_words_that_answer_a_mail_without_its_calendar_part_reach_the_hosts(app: Flask) -> None:
    _owner, event, rsvp = a_party(BO)
    ann, key = rsvp.person_id, rsvp.guests[0].reply_key
    own = rsvp.head.reply_key
    say_yes(ann, event.id, guests=[])
    say_no(ann, event.id)
    with moody() as server:
        post(server.way_in())
        mails = dict(server.taken)
    assert all(letter(data).calendar is None for data in mails.values())
    assert f"Reply-To: rsvp+{key}@".encode() in mails["bo@example.org"]
    assert f"Reply-To: rsvp+{own}@".encode() in mails[rsvp.person.address]


def test_a_guest_who_is_given_an_address_later_is_invited_then(app: Flask) -> None:
    _owner, event, rsvp = a_party(Guest("Bo Li"))
    say_yes(rsvp.person_id, event.id, guests=[BO])
    assert kinds("bo@example.org") == ["guest_going"]
    say_yes(rsvp.person_id, event.id, guests=[Guest("Bo Li", address="bo@example.net")])
    assert kinds("bo@example.org") == ["guest_going", "guest_left"]
    assert kinds("bo@example.net") == ["guest_going"]


@pytest.mark.parametrize("how", ["leaves", "is removed"])
def test_when_the_party_does_not_come_its_guests_are_told(app: Flask, how: str) -> None:
    owner, event, rsvp = a_party(BO)
    assert sent("bo@example.org")
    if how == "leaves":
        say_no(rsvp.person_id, event.id)
    else:
        remove_attendee(owner.id, event.id, rsvp.id)
    assert sent("bo@example.org")[0][1:] == ("CANCEL", 1)


def test_who_comes_back_is_invited_with_a_higher_sequence(app: Flask) -> None:
    _owner, event, rsvp = a_party(BO)
    sent("bo@example.org")
    say_no(rsvp.person_id, event.id)
    sent("bo@example.org")
    say_yes(rsvp.person_id, event.id, guests=[BO])
    assert sent("bo@example.org")[0][1:] == ("REQUEST", 2)


def test_a_moved_event_is_told_to_guests_once(app: Flask) -> None:
    owner, event, _rsvp = a_party(BO)
    sent("bo@example.org")
    edit_event(owner.id, event.id, a_draft(capacity=4, guests_allowed=3, venue="Town Hall"))
    [(subject, method, sequence)] = sent("bo@example.org")
    assert subject == "New place: Boston Leadership Dinner"
    assert (method, sequence) == ("REQUEST", 1)
    assert sent("bo@example.org") == []


def test_news_that_overtakes_the_first_invite_says_again_that_they_are_expected(
    app: Flask,
) -> None:
    owner, event, _rsvp = a_party(BO)
    edit_event(owner.id, event.id, a_draft(capacity=4, guests_allowed=3, venue="Town Hall"))
    [(subject, method, _)] = sent("bo@example.org")
    assert (subject, method) == ("Ann Lee brings you along: Boston Leadership Dinner", "REQUEST")


def test_the_mail_to_who_is_left_out_is_not_replaced_by_one_to_the_next_who_comes(
    app: Flask,
) -> None:
    _owner, event, rsvp = a_party(BO)
    sent("bo@example.org")
    say_yes(rsvp.person_id, event.id, guests=[])
    say_yes(a_member("Eve").id, event.id)
    assert sent("bo@example.org")[0][1:] == ("CANCEL", 1)


def test_a_cancelled_event_leaves_the_calendars_of_guests_too(app: Flask) -> None:
    owner, event, _rsvp = a_party(BO)
    sent("bo@example.org")
    cancel_event(owner.id, event.id, "Snow.")
    assert sent("bo@example.org")[0][1:] == ("CANCEL", 1)


def test_a_guest_who_declines_and_who_brings_them_are_both_told(app: Flask) -> None:
    _owner, _event, rsvp = a_party(BO)
    sent("bo@example.org")
    decline_as_guest(rsvp.guests[0].id)
    assert kinds("bo@example.org") == ["guest_going", "guest_left"]
    assert kinds(rsvp.person.address) == ["seat_given", "guest_declined"]


def test_nothing_that_was_typed_for_the_hosts_reaches_a_guest(app: Flask) -> None:
    event = an_event(capacity=4, guests_allowed=1)
    person = a_member("Ann Lee")
    say_yes(person.id, event.id, guests=[BO], note="CANARY-NOTE", dietary="CANARY-FOOD")
    with moody() as server:
        post(server.way_in())
        (mail,) = [data for to, data in server.taken if to == "bo@example.org"]
    assert b"CANARY" not in mail
    assert person.address.encode() not in mail
