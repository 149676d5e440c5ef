"""The example community: believable, never mailed to, and only where it does no harm."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from community.app import create_app
from community.core.addresses import normal_address
from community.core.clock import now
from community.core.db import db
from community.core.errors import Refused
from community.core.walltime import is_zone, to_local
from community.discovery.events import Wanted, list_events
from community.events.models import Event, EventStatus, HostRole
from community.events.queries import find_event, find_role, is_host
from community.mail.models import Broadcast, OutboxMail
from community.membership.models import Person, Role
from community.membership.queries import find_person
from community.membership.viewer import VISITOR, Viewer
from community.ops import demo
from community.ops.demo_lists import DOOR
from community.ops.demo_people import ADMIN, ORGANIZER, PEOPLE
from community.organizing.roster import list_attendees
from community.rsvp.guest_list_queries import count_verdicts, latest_lists
from community.rsvp.models import Rsvp, RsvpStatus
from community.rsvp.queries import counts_by_status, waiting_parties


@pytest.fixture
def loaded(app: Flask) -> Iterator[None]:
    settings = app.extensions["community_settings"]
    local = settings.model_copy(update={"base_url": "http://localhost:8000"})
    app.extensions["community_settings"] = local
    try:
        assert demo.load()
        yield
    finally:
        app.extensions["community_settings"] = settings


def event(slug: str) -> Event:
    found = find_event(slug)
    assert found is not None, slug
    return found


def test_the_boston_dinner_is_a_thursday_two_to_four_weeks_ahead_with_free_seats(
    loaded: None,
) -> None:
    dinner = event("boston-leadership-dinner")
    assert dinner.title == "Boston Leadership Dinner"
    assert dinner.venue is not None
    assert dinner.venue.name == "Glass House"
    assert (dinner.capacity, dinner.guests_allowed, dinner.timezone) == (30, 1, "America/New_York")
    assert dinner.starts_local.strftime("%A %H:%M") == "Thursday 18:30"
    assert dinner.ends_local.strftime("%H:%M") == "21:30"
    ahead = dinner.starts_local.date() - to_local(now(), dinner.timezone).date()
    assert timedelta(days=14) <= ahead <= timedelta(days=28)
    assert 0 < dinner.seats_taken < 30
    organizer = find_person(ORGANIZER)
    assert organizer is not None
    assert is_host(dinner.id, organizer.id)


def test_every_state_of_an_event_is_there_to_look_at(loaded: None) -> None:
    breakfast = event("data-management-breakfast")
    assert breakfast.seats_taken == breakfast.capacity
    assert waiting_parties([breakfast.id]) == {breakfast.id: 4}
    assert counts_by_status(breakfast.id)["offered"] == 1
    assert event("workshop-letting-customers-tell-it").status == EventStatus.CANCELLED
    assert event("two-days-by-the-lake").status == EventStatus.DRAFT
    circle = event("mentoring-circle-the-first-hundred-days")
    assert counts_by_status(circle.id) == {"requested": 5}
    past = event("five-stories-of-change")
    assert past.ends_at < now()
    going = db.session.scalars(
        sa.select(Rsvp).where(Rsvp.event_id == past.id, Rsvp.status == RsvpStatus.GOING)
    ).all()
    came = [head for rsvp in going for head in rsvp.attendees if head.checked_in_at]
    assert 0 < len(came) < past.seats_taken


def test_visitors_and_members_see_what_they_should(loaded: None) -> None:
    member = find_person("yuki.tanaka@example.net")
    assert member is not None
    for_visitors = {card.event.slug for card in list_events(VISITOR, Wanted()).rows}
    for_members = {card.event.slug for card in list_events(Viewer.of(member), Wanted()).rows}
    assert len(for_visitors) == 5
    assert for_members - for_visitors == {"mentoring-circle-the-first-hundred-days"}
    assert len(list_events(VISITOR, Wanted(when="past")).rows) == 1


def test_seats_taken_are_those_of_the_parties(loaded: None) -> None:
    for one in db.session.scalars(sa.select(Event)):
        seated = sa.select(sa.func.coalesce(sa.func.sum(Rsvp.party_size), 0)).where(
            Rsvp.event_id == one.id, Rsvp.status.in_((RsvpStatus.GOING, RsvpStatus.OFFERED))
        )
        assert one.seats_taken == db.session.scalar(seated)


def test_answers_lie_in_the_past_in_the_order_of_the_line(loaded: None) -> None:
    db.session.expire_all()  # loading has looked at decisions before the last one was made
    for one in db.session.scalars(sa.select(Event)):
        rsvps = db.session.scalars(
            sa.select(Rsvp).where(Rsvp.event_id == one.id).order_by(Rsvp.ticket)
        ).all()
        moments = [rsvp.decisions[0].at for rsvp in rsvps if rsvp.answered_at]
        assert moments == sorted(moments)
        assert all(moment < now() for moment in moments)
        for rsvp in rsvps:
            if rsvp.answered_at and len(rsvp.decisions) == 1:
                assert rsvp.decisions[0].at == rsvp.answered_at


def test_nobody_is_mailed(loaded: None) -> None:
    assert db.session.scalars(sa.select(Broadcast)).all() == []
    assert db.session.scalar(sa.select(sa.func.count()).select_from(OutboxMail)) == 0


def test_every_page_of_an_event_has_something_to_look_at(loaded: None) -> None:
    dinner, day = event("boston-leadership-dinner"), event("the-catalogue-day")
    assert counts_by_status(dinner.id)["invited"] == 5
    assert dinner.cover_version
    assert [one.state for one in latest_lists(dinner.id)] == ["checked", "done"]
    sent = latest_lists(dinner.id)[1]
    assert count_verdicts(sent.id) == {"invited": 5, "twice": 1, "wrong": 1}
    helper = find_person(DOOR)
    assert helper is not None
    assert find_role(dinner.id, helper.id) == HostRole.DOOR
    rows = list_attendees(day).rows
    assert all(row.answers and not row.open for row in rows)
    assert any(answer.who for row in rows for answer in row.answers), "guests answer, too"
    photos = sa.select(sa.func.count()).select_from(Person).where(Person.photo_version != "")
    assert (db.session.scalar(photos) or 0) > 5


def test_loading_twice_is_loading_once(loaded: None) -> None:
    before = db.session.scalar(sa.select(sa.func.count()).select_from(Person))
    assert demo.load() == ""
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Person)) == before == 44


def test_the_roles_are_given(loaded: None) -> None:
    organizer, admin = find_person(ORGANIZER), find_person(ADMIN)
    assert organizer is not None
    assert admin is not None
    assert (organizer.role, admin.role) == (Role.ORGANIZER, Role.ADMIN)


def test_addresses_zones_and_topics_of_the_people_are_sound() -> None:
    addresses = [person.address for person in PEOPLE]
    assert [normal_address(address) for address in addresses] == addresses
    assert len(set(addresses)) == len(addresses)
    assert all(address.partition("@")[2].startswith("example.") for address in addresses)
    assert all(is_zone(person.zone) for person in PEOPLE)
    assert all(person.topics for person in PEOPLE)


@pytest.mark.parametrize(
    "given",
    [
        {"base_url": "https://community.example.org"},
        {"mail_url": "smtp://localhost:25"},
        {"env": "production", "base_url": "http://localhost", "secret_key": "x" * 32},
    ],
    ids=["public", "mails leave", "production"],
)
def test_it_is_refused_where_it_could_reach_somebody(
    app: Flask, tmp_path_factory: pytest.TempPathFactory, given: dict[str, str]
) -> None:
    elsewhere = create_app(instance_path=tmp_path_factory.mktemp("elsewhere"), **given)
    with elsewhere.app_context(), pytest.raises(Refused, match="demo_not_here"):
        demo.load()
