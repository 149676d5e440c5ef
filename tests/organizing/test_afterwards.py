"""When an event is over: its figures, and who can find whom from then on."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from community.core.clock import now
from community.discovery.met import people_met
from community.events.models import Event
from community.events.publishing import cancel_event
from community.events.queries import get_event
from community.membership.models import Person
from community.membership.profiles import be_findable_after_events
from community.membership.viewer import Viewer
from community.organizing.afterwards import Afterwards, afterwards
from community.rsvp.checkin import check_in
from community.rsvp.hand import add_attendee
from community.rsvp.party import Guest
from community.rsvp.respond import say_yes
from tests.factories.events import an_event
from tests.factories.people import a_member, an_organizer
from tests.web.browser_without_js import signed_in

HOUR = timedelta(hours=1)


def an_evening(owner: Person) -> tuple[Event, list[Person]]:
    """Ada comes with one of two guests, Bo does not come, Cy walks in; Ada and Bo are findable."""
    event = an_event(owner, guests_allowed=2)
    ada, bo = a_member("Ada"), a_member("Bo")
    party = say_yes(ada.id, event.id, guests=[Guest("G"), Guest("H")])
    say_yes(bo.id, event.id)
    with time_machine.travel(event.starts_at + HOUR):
        walked = add_attendee(owner.id, event.id, name="Cy", email="cy@example.org")
        for head in (*party.attendees[:2], *walked.attendees):
            check_in(owner.id, event.id, head.id)
    for one in (ada, bo):
        be_findable_after_events(one.id, findable=True)
    return event, [ada, bo]


def test_figures_are_there_once_it_is_over(app: Flask) -> None:
    event, (ada, bo) = an_evening(an_organizer())
    assert afterwards(get_event(event.id)) is None
    with time_machine.travel(event.ends_at - HOUR):
        assert afterwards(get_event(event.id)) is None
        assert not people_met(Viewer.of(ada)).rows
    with time_machine.travel(event.ends_at + HOUR):
        assert afterwards(get_event(event.id)) == Afterwards(
            door_used=True, came=3, missed=2, walk_ins=1, findable=1
        )
        assert not people_met(Viewer.of(bo)).rows  # who was not there met nobody


def test_people_i_met_opens_for_who_was_there(app: Flask) -> None:
    owner = an_organizer()
    event, (ada, _bo) = an_evening(owner)
    with time_machine.travel(event.starts_at + HOUR):
        dee = add_attendee(owner.id, event.id, name="Dee", email=a_member("Dee").address)
        check_in(owner.id, event.id, dee.head.id)
    be_findable_after_events(dee.person_id, findable=True)
    with time_machine.travel(event.ends_at + HOUR):
        (evening,) = people_met(Viewer.of(ada)).rows
        assert [one.name for one in evening.people] == ["Dee"]
        found = afterwards(get_event(event.id))
        assert found is not None
        assert found.findable == 2


def test_where_nobody_was_checked_in_nothing_is_claimed(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    say_yes(a_member().id, event.id)
    with time_machine.travel(event.ends_at + HOUR):
        found = afterwards(get_event(event.id))
        assert found == Afterwards(door_used=False, came=0, missed=1, walk_ins=0, findable=0)
        page = signed_in(app, owner).get(f"/organize/events/{event.slug}")
        assert page.says("Nobody was checked in")
        assert not page.says("Who did not come")


def test_what_was_called_off_has_no_afterwards(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    cancel_event(owner.id, event.id)
    with time_machine.travel(event.ends_at + HOUR):
        assert afterwards(get_event(event.id)) is None


@pytest.mark.parametrize(("hours", "shown"), [(1, True), (-1, False)])
def test_the_overview_tells_it_when_it_is_over(app: Flask, hours: int, *, shown: bool) -> None:
    owner = an_organizer()
    event, _people = an_evening(owner)
    with time_machine.travel(event.ends_at + hours * HOUR):
        page = signed_in(app, owner).get(f"/organize/events/{event.slug}")
    assert page.says("Came 3 Did not come 2 Walked in 1") is shown
    no_shows = f"/organize/events/{event.slug}/attendees?status=going&checked_in=no"
    assert (no_shows in page.links) is shown
    assert page.says("“People I met” is open") is shown
    assert now() < event.starts_at
