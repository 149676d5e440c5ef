"""An answer in each client's shape moves the RSVP, and the line behind it."""

from datetime import timedelta

from flask import Flask

from community.calendar.invites import organizer_address
from community.core.clock import now
from community.events.models import Event
from community.inbound.receive import receive
from community.rsvp.respond import say_yes
from tests.factories.events import an_event
from tests.factories.people import a_member
from tests.inbound.shapes import CLIENTS, reply
from tests.rsvp.states import statuses
from tests.rsvp.test_by_calendar import rsvp_of


def answered(client: str, event: Event, person_id: int, partstat: str, seconds: int) -> str:
    head = rsvp_of(event, person_id).head
    recipient = organizer_address(head)
    data = reply(
        client,
        recipient=recipient,
        uid=head.uid,
        attendee=head.address,
        partstat=partstat,
        sequence=head.sequence,
        dtstamp=(now() + timedelta(seconds=seconds)).replace(microsecond=0),
    )
    return receive(recipient, data).verdict.value


def test_each_client_frees_a_seat_gives_it_on_and_comes_back_into_the_line(app: Flask) -> None:
    event = an_event(capacity=1)
    going, waiting = a_member(), a_member()
    for person in (going, waiting):
        say_yes(person.id, event.id)
    for client in CLIENTS:
        assert answered(client, event, going.id, "DECLINED", 30) == "applied", client
        assert statuses(event.id) == ["withdrawn", "going"], client
        assert answered(client, event, going.id, "ACCEPTED", 60) == "applied", client
        assert statuses(event.id) == ["going", "waitlisted"], client
        going, waiting = waiting, going
