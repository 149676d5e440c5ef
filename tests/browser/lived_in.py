"""A demo community in which people have met: asks, connections, reports, a door that is open."""

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db
from community.core.walltime import to_local
from community.events.models import Event, HostRole
from community.events.queries import find_event, hosted_by
from community.events.team import add_helper
from community.events.team_invitations import ask_to_help
from community.membership.blocking import block
from community.membership.connections import accept, ask_to_connect
from community.membership.models import Membership, Person, Role
from community.membership.profiles import be_findable_after_events
from community.membership.queries import find_person
from community.membership.reports import report
from community.membership.standing import end_membership, suspend
from community.organizing.notes import add_note
from community.organizing.tags import add_tag
from community.rsvp.checkin import check_in
from community.rsvp.models import Rsvp, RsvpStatus
from community.rsvp.party import Guest
from community.rsvp.respond import say_yes
from tests.factories.events import ZONE, an_event
from tests.factories.exports import an_export
from tests.factories.people import a_member, a_person
from tests.factories.pictures import a_photo_of


@dataclass(frozen=True)
class Paths:
    """Pages by who opens them; each shows something."""

    member: str  # the address of a member
    for_member: list[str]
    for_organizer: list[str]
    for_admin: list[str]


def lived_in() -> Paths:
    """Let a year pass in the demo community (in an app context)."""
    me, *others = _guests_of_past_event()
    for person in (me, *others[:5]):
        be_findable_after_events(person.id, findable=True)
    a_photo_of(me)
    a_photo_of(others[0])
    asks, asked, contact, stranger, kept_away, *_ = others
    ask_to_connect(asks.id, me.id, "We sat next to each other and did not finish on contracts.")
    ask_to_connect(me.id, asked.id, "I liked your story.")
    ask_to_connect(me.id, contact.id)
    accept(contact.id, me.id)
    block(me.id, kept_away.id)
    report(me.id, kept_away.id, "He would not stop selling to everybody at our table.")
    an_export(me)
    dinner = find_event("boston-leadership-dinner")
    assert dinner is not None
    say_yes(me.id, dinner.id, guests=[Guest("Bo Ek", "No nuts")])
    owner = find_person("organizer@example.org")
    admin = find_person("admin@example.org")
    assert owner is not None
    assert admin is not None
    supper = _supper(owner, me, asks)
    away, gone, twice = a_member("Sam Away"), a_member("Gail Gone"), a_person("Ada Twice")
    suspend(admin.id, away.id, "Please write to us before you come back.")
    end_membership(admin.id, gone.id)
    desk = f"/organize/events/{supper.slug}"
    person = f"/organize/people/{me.id}"
    note_id = _written_about(owner, me)
    over = db.session.scalars(
        sa.select(Event).where(Event.ends_at < now(), Event.id.in_(hosted_by(owner.id)))
    ).first()
    assert over is not None
    return Paths(
        member=me.address,
        for_member=[
            "/profile",
            "/connections",
            "/people-i-met",
            "/profile/blocked",
            *(f"/members/{one.handle}" for one in (asks, asked, contact, stranger)),
            f"/members/{stranger.handle}/report",
            "/membership",
            "/profile/leave",
            "/profile/privacy/export",
            "/profile/privacy/erase",
            "/events/boston-leadership-dinner/rsvp",
        ],
        for_organizer=[
            "/organize",
            "/organize/reports",
            "/organize/reports?show=resolved",
            f"{desk}/team",
            f"{person}/history",
            f"{person}/notes/{note_id}",
            f"/organize/events/{over.slug}",
            f"{desk}/check-in",
            f"{desk}/check-in?q=nobody-is-called-so",
            f"{desk}/check-in?code=of-nobody-at-all",
            f"{desk}/check-in/walk-in",
            "/organize/events/boston-leadership-dinner/check-in",
        ],
        for_admin=[
            "/organize/community/identity",
            "/organize/people",
            "/organize/people?q=nobody-is-called-so",
            person,
            "/organize/people?tag=speaker",
            f"/organize/people/{away.id}",
            f"{person}/merge",
            f"{person}/merge?email={twice.address}",
            f"{person}/merge?email={asks.address}",
        ],
    )


def _guests_of_past_event() -> list[Person]:
    """Members who were at one event together, without those who run the community."""
    event = db.session.scalars(sa.select(Event).where(Event.ends_at < now())).first()
    assert event is not None
    rows = (
        sa.select(Person)
        .join(Rsvp, Rsvp.person_id == Person.id)
        .where(
            Rsvp.event_id == event.id,
            Rsvp.status == RsvpStatus.GOING,
            Rsvp.attendees.any(position=0, checked_in_at=None) == sa.false(),
            Person.role == Role.MEMBER,
            Person.membership == Membership.ACTIVE,
        )
        .order_by(Person.id)
    )
    return list(db.session.scalars(rows))


def _written_about(owner: Person, person: Person) -> int:
    """Two notes and two tags about somebody; the id of one's own note."""
    for tag in ("Speaker", "Likes tea"):
        add_tag(owner.id, person.id, tag)
    add_note(owner.id, person.id, "Knows everybody from the harbour.")
    return add_note(owner.id, person.id, "Sits best near the door.").id


def an_event_tonight(owner: Person, title: str, *, guests: int = 2) -> Event:
    """An event whose door is open."""
    starts = to_local(now() + timedelta(hours=1), ZONE).replace(second=0, microsecond=0)
    ends = starts + timedelta(hours=3)
    facts = {"starts_at": starts, "ends_at": ends, "guests_allowed": guests}
    return an_event(owner, title=title, **facts)


def _supper(owner: Person, *guests: Person) -> Event:
    """An event with people at its door, one of them in, and with a team."""
    supper = an_event_tonight(owner, "Supper tonight")
    first, *_ = (say_yes(one.id, supper.id, guests=[Guest("Bo Ek")]) for one in guests)
    add_helper(owner.id, supper.id, guests[0].address, HostRole.DOOR)
    add_helper(owner.id, supper.id, "amara.okafor@example.org", HostRole.COHOST)
    ask_to_help(owner.id, supper.id, "hedy@example.org", HostRole.DOOR)
    check_in(owner.id, supper.id, first.attendees[0].id)
    return supper
