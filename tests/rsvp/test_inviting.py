"""Inviting people by use-case: who is invited, who is left alone, and what that does to seats."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.core.errors import NotFound, Refused
from community.events.models import Event
from community.events.publishing import cancel_event
from community.events.seats import stop_answers
from community.membership.models import Membership, Person, PersonAddress
from community.membership.queries import find_owner, find_person
from community.privacy.erasing import erase_person
from community.rsvp.hand import remove_attendee
from community.rsvp.invitation_models import GuestVerdict as Verdict
from community.rsvp.inviting import Invitee, invite_people
from community.rsvp.models import Decision, Reason, Rsvp, RsvpStatus, Source
from community.rsvp.offers import lapse_due
from community.rsvp.party import Guest
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import an_event
from tests.factories.invitations import ANN, answer_of, in_days, invited, owner_of
from tests.factories.mails import entry, letter, outbox, post
from tests.factories.people import a_member, an_organizer
from tests.rsvp.states import answer_in, seats_taken, statuses


def invite(event: Event, *addresses: str, **given: object) -> list[Verdict]:
    people = [Invitee(address) for address in addresses]
    return invite_people(owner_of(event), event.id, people, **given)  # type: ignore[arg-type]  # keywords of a test


def test_a_stranger_becomes_a_person_who_has_joined_nothing_and_proven_nothing(app: Flask) -> None:
    rsvp = invited(an_event(), name="Ann\nLee")
    assert (rsvp.status, rsvp.source, rsvp.answered_at) == ("invited", Source.INVITATION, None)
    assert (rsvp.person.name, rsvp.person.membership) == ("Ann Lee", Membership.NONE)
    assert find_person(ANN) is None, "nobody has answered a mail from there yet"
    assert find_owner(ANN) is not None
    decision = db.session.scalars(sa.select(Decision)).one()
    assert (decision.reason, decision.became) == (Reason.INVITED, RsvpStatus.INVITED)


def test_a_stranger_without_a_name_is_called_as_the_address_begins(app: Flask) -> None:
    assert invited(an_event(), "bo.li@example.org", name="").person.name == "bo.li"


def test_a_known_person_is_recognised_in_any_case_and_by_any_confirmed_address(app: Flask) -> None:
    event, ann = an_event(), a_member("Ann Lee", ANN)
    second = PersonAddress(
        person_id=ann.id, address="a.lee@example.net", is_primary=False, verified_at=now()
    )
    db.session.add(second)
    db.session.commit()
    done = invite(event, "Ann@Example.ORG", ANN, "A.LEE@example.net")
    assert done == [Verdict.INVITED, Verdict.ANSWERED, Verdict.ANSWERED]
    assert statuses(event.id) == ["invited"]
    assert [mail.recipient for mail in outbox("event_invitation")] == [ANN]


@pytest.mark.parametrize("status", ["going", "waitlisted", "requested", "offered", "invited"])
def test_who_has_answered_or_is_invited_is_left_alone(app: Flask, status: str) -> None:
    event, ann = an_event(), a_member("Ann Lee", ANN)
    answer_in(RsvpStatus(status), event.id, ann)
    assert invite(event, ANN) == [Verdict.ANSWERED]
    assert (statuses(event.id), outbox("event_invitation")) == ([status], [])


@pytest.mark.parametrize("status", ["declined", "withdrawn", "removed", "refused", "lapsed"])
def test_who_said_no_or_was_turned_down_can_be_invited_again(app: Flask, status: str) -> None:
    event, ann = an_event(requires_approval=True), a_member("Ann Lee", ANN)
    answer_in(RsvpStatus(status), event.id, ann)
    assert invite(event, ANN) == [Verdict.INVITED]
    assert say_yes(ann.id, event.id).status == RsvpStatus.GOING, "it passes approval"


def test_somebodys_guest_is_not_invited_beside(app: Flask) -> None:
    event = an_event(guests_allowed=1)
    say_yes(a_member().id, event.id, guests=[Guest("Ann", address=ANN)])
    assert invite(event, ANN) == [Verdict.ANSWERED]


def test_an_invitation_asks_the_calendar_and_holds_no_seat(app: Flask) -> None:
    event = an_event(capacity=1)
    rsvp = invited(event, message="Do come.")
    post()
    mail = letter(outbox("event_invitation")[0].body)
    read = entry(mail)
    assert (read.method, read.partstat, read.sequence) == ("REQUEST", "NEEDS-ACTION", 0)
    assert "Do come." in mail.text
    assert "Do come." in mail.html
    assert seats_taken(event.id) == 0
    assert say_yes(a_member().id, event.id).status == RsvpStatus.GOING
    assert say_yes(rsvp.person_id, event.id).status == RsvpStatus.WAITLISTED


def test_a_reserve_takes_the_seat_at_once_and_the_answer_keeps_it(app: Flask) -> None:
    event = an_event(capacity=1)
    rsvp = invited(event, reserve_until=in_days(3))
    assert seats_taken(event.id) == 1
    assert say_yes(a_member().id, event.id).status == RsvpStatus.WAITLISTED
    assert say_yes(rsvp.person_id, event.id).status == RsvpStatus.GOING
    assert seats_taken(event.id) == 1


def test_seats_are_kept_as_far_as_they_suffice_and_never_those_kept_back(app: Flask) -> None:
    event = an_event(capacity=3, kept_back=1)
    addresses = [f"p{n}@example.org" for n in range(4)]
    done = invite(event, *addresses, reserve_until=in_days(3))
    assert done == [Verdict.INVITED, Verdict.INVITED, Verdict.NO_SEAT, Verdict.NO_SEAT]
    assert seats_taken(event.id) == 2
    assert find_owner("p3@example.org") is None, "nobody is kept of whom nothing became"


@pytest.mark.parametrize("way", ["no", "taken back", "time", "erased"])
def test_a_kept_seat_that_is_not_taken_goes_to_the_next_in_line(app: Flask, way: str) -> None:
    event, next_one = an_event(capacity=1), a_member()
    rsvp = invited(event, reserve_until=in_days(3))
    say_yes(next_one.id, event.id)
    assert statuses(event.id) == ["invited", "waitlisted"]
    if way == "no":
        say_no(rsvp.person_id, event.id)
    elif way == "taken back":
        remove_attendee(owner_of(event), event.id, rsvp.id, word="Sorry.")
    elif way == "erased":
        erase_person(rsvp.person_id)
    else:
        with time_machine.travel(in_days(3.01)):
            lapse_due()
    became = {"no": "declined", "taken back": "removed", "time": "lapsed", "erased": "declined"}
    assert statuses(event.id) == [became[way], "going"]
    assert seats_taken(event.id) == 1


def test_a_withdrawn_invitation_cannot_be_taken(app: Flask) -> None:
    event = an_event()
    rsvp = invited(event)
    remove_attendee(owner_of(event), event.id, rsvp.id)
    with pytest.raises(Refused, match="not_from_here"):
        say_yes(rsvp.person_id, event.id)
    assert answer_of(event).status == RsvpStatus.REMOVED


def test_who_is_invited_to_a_hidden_event_sees_it_and_nobody_else_does(app: Flask) -> None:
    event = an_event(visibility="invited")
    with pytest.raises(NotFound):
        say_yes(a_member().id, event.id)
    rsvp = invited(event)
    assert say_yes(rsvp.person_id, event.id).status == RsvpStatus.GOING


def test_nobody_is_invited_to_what_is_a_draft_or_over_or_off_or_closed(app: Flask) -> None:
    draft, off, closed = an_event(published=False), an_event(title="Off"), an_event(title="Shut")
    cancel_event(owner_of(off), off.id, "Snow.")
    stop_answers(owner_of(closed), closed.id)
    cases = [(draft, "event_is_draft"), (off, "event_cancelled"), (closed, "event_closed")]
    for event, code in cases:
        with pytest.raises(Refused, match=code):
            invite(event, ANN)
    past = an_event(title="Past")
    with time_machine.travel(past.ends_at + timedelta(seconds=1)), pytest.raises(Refused) as told:
        invite(past, ANN)
    assert told.value.code == "event_past"
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Rsvp)) == 0


def test_with_a_seat_people_can_be_invited_to_a_closed_list_and_come(app: Flask) -> None:
    event = an_event()
    stop_answers(owner_of(event), event.id)
    rsvp = invited(event, reserve_until=in_days(2))
    assert say_yes(rsvp.person_id, event.id).status == RsvpStatus.GOING


def test_seats_are_kept_until_a_moment_before_the_start_and_after_now(app: Flask) -> None:
    event = an_event()
    wrong = {
        "reserve_is_past": now() - timedelta(minutes=1),
        "reserve_after_start": event.starts_at + timedelta(minutes=1),
    }
    for code, until in wrong.items():
        with pytest.raises(Refused, match=code):
            invite(event, ANN, reserve_until=until)
    assert invite(event, ANN, reserve_until=event.starts_at) == [Verdict.INVITED]


def test_one_wrong_address_among_few_invites_nobody(app: Flask) -> None:
    event = an_event()
    with pytest.raises(Refused, match="bad_address"):
        invite(event, ANN, "nobody")
    assert statuses(event.id) == []


def test_only_the_hosts_of_an_event_invite_to_it(app: Flask) -> None:
    event = an_event()
    for other in (an_organizer(), a_member()):
        with pytest.raises(NotFound):
            invite_people(other.id, event.id, [Invitee(ANN)])
    people = db.session.scalars(sa.select(Person.id)).all()
    assert len(people) == 3


def test_saying_no_is_confirmed_and_takes_the_event_out_of_the_calendar(app: Flask) -> None:
    event = an_event()
    rsvp = invited(event)
    post()
    say_no(rsvp.person_id, event.id, word="I am in Rome.")
    post()
    told = letter(outbox("left", to=ANN)[0].body)
    assert (told.calendar_method, entry(told).sequence) == ("CANCEL", 1)
    assert answer_of(event).note == "I am in Rome."


def test_who_is_invited_hears_that_the_event_is_off(app: Flask) -> None:
    event = an_event()
    invited(event)
    post()
    cancel_event(owner_of(event), event.id, "Snow.")
    post()
    assert letter(outbox("event_cancelled", to=ANN)[0].body).calendar_method == "CANCEL"
