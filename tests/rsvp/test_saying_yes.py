"""Saying yes: a seat, a place in line or a request, for a party that is never split."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.core.errors import NotFound, Refused
from community.core.origin import Origin, acting
from community.events.models import Visibility
from community.events.publishing import cancel_event
from community.mail.models import OutboxMail
from community.rsvp.models import Attendee, Partstat, Reason, Rsvp, RsvpStatus, Source
from community.rsvp.party import Guest
from community.rsvp.queries import counts_by_status, find_rsvp, last_decision, place_in_line
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import an_event, evening
from tests.factories.people import a_member, a_person, an_admin, an_organizer
from tests.rsvp.states import answer_in, seats_taken, some_guests, statuses

S = RsvpStatus


def test_a_free_seat_is_given(app: Flask) -> None:
    event, person = an_event(capacity=2), a_member("Ada")
    rsvp = say_yes(person.id, event.id, note=" See you\x00\n", dietary="vegan", source=Source.API)
    assert (rsvp.status, rsvp.ticket, rsvp.party_size) == (S.GOING, 1, 1)
    assert (rsvp.note, rsvp.source) == ("See you", Source.API)
    assert rsvp.answered_at is not None
    assert (rsvp.head.name, rsvp.head.address, rsvp.head.dietary) == (
        "Ada",
        person.address,
        "vegan",
    )
    assert rsvp.head.partstat == Partstat.ACCEPTED
    assert seats_taken(event.id) == 1
    assert find_rsvp(event.id, person.id) is rsvp


def test_a_full_event_has_a_line_in_order_of_arrival(app: Flask) -> None:
    event = an_event(capacity=1)
    rsvps = [say_yes(a_member().id, event.id) for _ in range(4)]
    assert [rsvp.ticket for rsvp in rsvps] == [1, 2, 3, 4]
    assert [place_in_line(rsvp) for rsvp in rsvps] == [None, 1, 2, 3]
    assert counts_by_status(event.id) == {"going": 1, "waitlisted": 3}
    assert rsvps[3].head.partstat == Partstat.TENTATIVE


def test_an_event_without_a_limit_takes_everybody(app: Flask) -> None:
    event = an_event(capacity=None, guests_allowed=9)
    for _ in range(5):
        assert say_yes(a_member().id, event.id, guests=some_guests(9)).status == S.GOING
    assert seats_taken(event.id) == 50


def test_kept_back_seats_are_not_given(app: Flask) -> None:
    event = an_event(capacity=3, kept_back=2)
    assert [say_yes(a_member().id, event.id).status for _ in range(2)] == [S.GOING, S.WAITLISTED]


def test_somebody_alone_may_wait_while_all_seats_are_kept_back(app: Flask) -> None:
    event = an_event(capacity=3, kept_back=3)
    assert say_yes(a_member().id, event.id).status == S.WAITLISTED


def test_a_party_takes_a_seat_for_each_head(app: Flask) -> None:
    event = an_event(capacity=5, guests_allowed=3)
    guests = [Guest(" Bob\n", " none "), Guest("Céline")]
    rsvp = say_yes(a_member().id, event.id, guests=guests)
    assert rsvp.party_size == 3
    assert seats_taken(event.id) == 3
    assert [(guest.name, guest.dietary) for guest in rsvp.guests] == [
        ("Bob", "none"),
        ("Céline", ""),
    ]
    heads = db.session.scalars(sa.select(Attendee)).all()
    assert len({head.uid for head in heads}) == len({head.reply_key for head in heads}) == 3


def test_a_party_that_does_not_fit_whole_waits_whole(app: Flask) -> None:
    event = an_event(capacity=4, guests_allowed=3)
    say_yes(a_member().id, event.id, guests=some_guests(1))
    rsvp = say_yes(a_member().id, event.id, guests=some_guests(2))
    assert (rsvp.status, rsvp.party_size) == (S.WAITLISTED, 3)
    assert seats_taken(event.id) == 2


def test_a_smaller_party_passes_where_it_may(app: Flask) -> None:
    event = an_event(capacity=4, guests_allowed=3)
    say_yes(a_member().id, event.id, guests=some_guests(2))
    say_yes(a_member().id, event.id, guests=some_guests(1))
    rsvp = say_yes(a_member().id, event.id)
    decision = last_decision(rsvp.id)
    assert decision is not None
    assert (rsvp.status, decision.reason, decision.free) == (S.GOING, Reason.SEAT_FREE, 1)


def test_a_smaller_party_waits_where_nobody_may_pass(app: Flask) -> None:
    event = an_event(capacity=4, guests_allowed=3)
    event.smaller_may_pass = False
    db.session.commit()  # no form has it yet
    say_yes(a_member().id, event.id, guests=some_guests(2))
    say_yes(a_member().id, event.id, guests=some_guests(1))
    rsvp = say_yes(a_member().id, event.id)
    decision = last_decision(rsvp.id)
    assert decision is not None
    assert (rsvp.status, decision.reason, decision.free) == (S.WAITLISTED, Reason.IN_LINE, 1)


@pytest.mark.parametrize(
    ("guests", "code", "field"),
    [
        (some_guests(4), "too_many_guests", "guests"),
        (some_guests(1000), "too_many_guests", "guests"),
        (some_guests(3), "party_over_capacity", "guests"),
        ([Guest("Bob"), Guest(" \x00\n")], "guest_name_missing", "guest-2-name"),
    ],
)
def test_a_party_that_could_never_come_is_refused_at_its_field(
    app: Flask, guests: list[Guest], code: str, field: str
) -> None:
    event = an_event(capacity=4, kept_back=1, guests_allowed=3)
    with pytest.raises(Refused) as refusal:
        say_yes(a_member().id, event.id, guests=guests)
    assert (refusal.value.code, refusal.value.values["field"]) == (code, field)
    assert statuses(event.id) == []
    assert seats_taken(event.id) == 0


def test_pressing_twice_is_once(app: Flask) -> None:
    event, person = an_event(capacity=2, guests_allowed=1), a_member()
    first = say_yes(person.id, event.id)
    again = say_yes(person.id, event.id)
    assert again is first
    assert (again.party_size, again.note, seats_taken(event.id)) == (1, "", 1)
    assert len(again.decisions) == 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(OutboxMail)) == 1


def test_whoever_comes_back_stands_at_the_end_of_the_line(app: Flask) -> None:
    event, person = an_event(capacity=1), a_member()
    say_yes(a_member().id, event.id)
    first = say_yes(person.id, event.id).ticket
    say_yes(a_member().id, event.id)
    say_no(person.id, event.id)
    rsvp = say_yes(person.id, event.id)
    assert (first, rsvp.ticket, place_in_line(rsvp)) == (2, 4, 2)


def test_whoever_comes_back_keeps_calendar_entry_and_row(app: Flask) -> None:
    event, person = an_event(capacity=9, guests_allowed=2), a_member()
    rsvp = say_yes(person.id, event.id, guests=some_guests(2))
    uid, rsvp_id, before = rsvp.head.uid, rsvp.id, rsvp.head.sequence
    say_no(person.id, event.id)
    rsvp = say_yes(person.id, event.id, guests=[Guest("Another")])
    assert (rsvp.id, rsvp.head.uid, rsvp.party_size) == (rsvp_id, uid, 2)
    assert rsvp.head.sequence > before
    assert [guest.name for guest in rsvp.guests] == ["Another"]
    assert seats_taken(event.id) == 2
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Attendee)) == 2


def test_an_accepted_offer_takes_no_second_seat(app: Flask) -> None:
    event = an_event(capacity=1)
    rsvp = answer_in(S.OFFERED, event.id)
    ticket = rsvp.ticket
    accepted = say_yes(rsvp.person_id, event.id)
    assert (accepted.status, accepted.ticket, seats_taken(event.id)) == (S.GOING, ticket, 1)
    assert accepted.head.partstat == Partstat.ACCEPTED


def test_an_event_may_ask_its_organizers_first(app: Flask) -> None:
    event, person = an_event(capacity=1, requires_approval=True), a_member()
    rsvp = say_yes(person.id, event.id)
    decision = last_decision(rsvp.id)
    assert decision is not None
    assert (rsvp.status, decision.reason) == (S.REQUESTED, Reason.NEEDS_APPROVAL)
    assert seats_taken(event.id) == 0
    [mail] = db.session.scalars(sa.select(OutboxMail))
    assert (mail.kind, mail.calendar_key) == ("requested", None)
    assert rsvp.head.dtstamp is None, "an entry in the calendar before anybody decided"


def test_who_was_invited_needs_no_approval(app: Flask) -> None:
    event = an_event(capacity=1, requires_approval=True)
    invited = [answer_in(S.INVITED, event.id).person_id for _ in range(2)]
    assert [say_yes(who, event.id).status for who in invited] == [S.GOING, S.WAITLISTED]


def test_requests_take_seats_from_nobody(app: Flask) -> None:
    event = an_event(capacity=2, requires_approval=True)
    for _ in range(3):
        say_yes(a_member().id, event.id)
    assert statuses(event.id) == ["requested"] * 3
    assert seats_taken(event.id) == 0


@pytest.mark.parametrize(
    ("visibility", "who", "seen"),
    [
        (Visibility.PUBLIC, a_person, True),
        (Visibility.MEMBERS, a_person, False),
        (Visibility.MEMBERS, a_member, True),
        (Visibility.INVITED, a_member, False),
        (Visibility.INVITED, an_organizer, False),
        (Visibility.INVITED, an_admin, True),
    ],
)
def test_only_whoever_may_see_an_event_may_answer_it(
    app: Flask, visibility: Visibility, who: type, seen: bool
) -> None:
    event, person = an_event(visibility=visibility), who()
    for answer in (say_yes, say_no):
        if seen:
            answer(person.id, event.id)
        else:
            with pytest.raises(NotFound):
                answer(person.id, event.id)
    assert statuses(event.id) == (["withdrawn"] if seen else [])


def test_an_invitation_opens_a_hidden_event_to_whoever_has_it(app: Flask) -> None:
    event = an_event(visibility=Visibility.INVITED)
    guest = answer_in(S.INVITED, event.id, a_person()).person_id
    assert say_yes(guest, event.id).status == S.GOING


def test_a_draft_is_not_there_and_its_host_is_told(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, published=False)
    for answer in (say_yes, say_no):
        with pytest.raises(NotFound):
            answer(a_member().id, event.id)
        with pytest.raises(Refused, match="event_is_draft"):
            answer(owner.id, event.id)


def test_what_is_closed_over_or_off_takes_no_answers(app: Flask) -> None:
    owner = an_organizer()
    event, off = an_event(owner, answer_by=evening(20)), an_event(owner)
    cancel_event(owner.id, off.id)
    with pytest.raises(Refused, match="event_cancelled"):
        say_yes(a_member().id, off.id)
    for days, code in ((25, "event_closed"), (60, "event_past")):
        with time_machine.travel(now() + timedelta(days=days)):
            for answer in (say_yes, say_no):
                with pytest.raises(Refused, match=code):
                    answer(a_member().id, event.id)
    assert statuses(event.id) == []


def test_people_and_events_that_are_not_there_are_not_found(app: Flask) -> None:
    for person_id, event_id in ((a_member().id, 98765), (98765, an_event().id)):
        with pytest.raises(NotFound):
            say_yes(person_id, event_id)


def test_a_decision_holds_who_decided_and_on_which_figures(app: Flask) -> None:
    event, person = an_event(capacity=3, guests_allowed=2), a_member()
    say_yes(a_member().id, event.id)
    with acting(Origin(person.id, "web", "192.0.2.0/24")):
        rsvp = say_yes(person.id, event.id, guests=some_guests(2))
        say_no(person.id, event.id, word="Another time\x00")
    waited, left = rsvp.decisions
    assert (waited.was, waited.became, waited.reason) == (None, S.WAITLISTED, Reason.FULL)
    assert (waited.ticket, waited.party, waited.free) == (2, 3, 2)
    assert (waited.actor_id, waited.via) == (person.id, "web")
    assert (left.was, left.became, left.reason) == (S.WAITLISTED, S.WITHDRAWN, Reason.OWN_WISH)
    assert left.word == "Another time"


def test_a_decision_about_no_limit_has_no_free_seats(app: Flask) -> None:
    rsvp = say_yes(a_member().id, an_event(capacity=None).id)
    decision = last_decision(rsvp.id)
    assert decision is not None
    assert (decision.free, decision.actor_id, decision.via) == (None, None, "system")


def test_events_have_lines_of_their_own(app: Flask) -> None:
    person = a_member()
    events = [an_event(capacity=1) for _ in range(2)]
    assert [say_yes(person.id, event.id).ticket for event in events] == [1, 1]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Rsvp)) == 2
