"""What of an event is shown to whom: every combination, written down."""

from itertools import product

import pytest

from community.events.models import AttendeesVisibleTo, Event, Venue
from community.events.visibility import (
    Shown,
    place_of,
    shown,
    shown_to_answer,
    shown_to_anybody,
    shown_to_team,
)
from community.rsvp.models import RsvpStatus

HOSTS, GOING, MEMBERS = AttendeesVisibleTo

# Who looks: team, going, member. Who reads names then, by setting: hosts, going, members.
NAMES = {
    (False, False, False): "---",
    (False, False, True): "--+",
    (False, True, False): "-++",
    (False, True, True): "-++",
    (True, False, False): "+++",
    (True, False, True): "+++",
    (True, True, False): "+++",
    (True, True, True): "+++",
}


def an_event(*, private: bool = False, names: AttendeesVisibleTo = HOSTS, **facts: object) -> Event:
    return Event(
        address_private=private,
        attendees_visible_to=names,
        **{"online_link": "https://meet.example.org/x", **facts},
    )


@pytest.mark.parametrize("private", [False, True])
@pytest.mark.parametrize(("names", "column"), [(HOSTS, 0), (GOING, 1), (MEMBERS, 2)])
@pytest.mark.parametrize("who", list(product([False, True], repeat=3)))
def test_everybody_is_shown_what_the_table_says(
    private: bool, names: AttendeesVisibleTo, column: int, who: tuple[bool, bool, bool]
) -> None:
    team, going, member = who
    event = an_event(private=private, names=names)
    assert shown(event, is_team=team, is_going=going, is_member=member) == Shown(
        address=not private or team or going,
        online_link=team or going,
        attendees=NAMES[who][column] == "+",
    )


@pytest.mark.parametrize("status", RsvpStatus)
def test_of_all_answers_going_alone_opens_what_is_inside(status: RsvpStatus) -> None:
    found = shown_to_answer(an_event(private=True, names=GOING), status)
    inside = status == RsvpStatus.GOING
    assert found == Shown(address=inside, online_link=inside, attendees=inside)


VENUE = Venue(
    name="Glass House",
    address="450 Kendall St",
    city="Cambridge",
    country="USA",
    access_notes="Ring",
)


def test_whoever_may_not_know_the_address_knows_the_city_and_not_the_house() -> None:
    event = an_event(private=True, venue=VENUE)
    place = place_of(event, shown_to_anybody(event))
    assert (place.line, place.street) == ("Cambridge, USA", "Cambridge, USA")
    assert (place.name, place.address, place.access_notes, place.link) == ("", "", "", "")
    assert not place.is_whole
    inside = place_of(event, shown_to_team(event))
    assert inside.line == "Glass House, 450 Kendall St, Cambridge, USA"
    assert (inside.access_notes, inside.link) == ("Ring", event.online_link)
    assert inside.is_whole


def test_an_online_event_is_where_its_link_leads_for_those_who_have_it() -> None:
    event = an_event()
    assert place_of(event, shown_to_anybody(event)).line == ""
    assert place_of(event, shown_to_team(event)).line == event.online_link
