"""An example community to look at: loaded once, and only where no real person can be reached."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import count, cycle

import sqlalchemy as sa

from community.core import changes
from community.core.clock import now
from community.core.current import settings
from community.core.db import db, rows_changed, transactional
from community.core.errors import Refused
from community.core.origin import Origin, acting
from community.core.pictures import Picture
from community.core.walltime import to_utc
from community.events.covers import change_cover
from community.events.drafts import create_event
from community.events.models import Event, EventHost, HostRole
from community.events.publishing import cancel_event, publish_event
from community.events.queries import find_event
from community.mail.models import Broadcast, OutboxMail
from community.membership.joining import grant_role, person_at
from community.membership.models import Membership, Person, Role, Topic
from community.membership.photos import change_photo
from community.membership.queries import find_topics
from community.membership.terms import index_missing
from community.ops.demo_events import DemoEvent, Fate, demo_events
from community.ops.demo_lists import add_door, answers_of, ask_questions, invite_people
from community.ops.demo_people import ADMIN, COHOST, ORGANIZER, PEOPLE, TOPICS, DemoPerson
from community.ops.demo_pictures import draw_covers, draw_photos
from community.rsvp.models import Rsvp, RsvpStatus, Source
from community.rsvp.party import Guest
from community.rsvp.respond import say_no, say_yes

_FIRST = "boston-leadership-dinner"
_ROLES = {ORGANIZER: Role.ORGANIZER, COHOST: Role.ORGANIZER, ADMIN: Role.ADMIN}
_DIETARY = ("", "Vegetarian", "", "", "No nuts", "", "Vegan", "", "", "Halal", "", "Gluten-free")
_NOTES = (
    "",
    "Looking forward to meeting whoever runs the port data.",
    "",
    "",
    "I will come straight from the airport, perhaps ten minutes late.",
    "",
    "",
)
_SOURCES = (Source.WEB, Source.WEB, Source.CALENDAR, Source.WEB, Source.INVITATION)


def may_load() -> bool:
    """Whether this is a place where invented people do no harm and no mail can reach anybody."""
    here = settings()
    return here.is_development and not here.mail_url and here.is_local


def is_empty() -> bool:
    """Whether nobody and nothing is there yet."""
    return not any(db.session.scalar(sa.select(table.id).limit(1)) for table in (Person, Event))


def load() -> str:
    """Load it, all or nothing, and say what was added; ``""`` when it is there already.

    Refuses unless :func:`may_load`.
    """
    # Pictures take a while: nobody waits for the database meanwhile.
    if may_load() and find_event(_FIRST) is None:
        return _load(draw_photos(), draw_covers())
    return _load({}, {})


@transactional
def _load(photos: Mapping[str, list[Picture]], covers: Mapping[str, list[Picture]]) -> str:
    if not may_load():
        raise Refused(
            "demo_not_here",
            reason="The example community is for development only, with mails kept in files and "
            "a BASE_URL on this machine: its people would get mails and its links be followed.",
        )
    if find_event(_FIRST) is not None:
        return ""
    _add_topics()
    members = [_add_person(person, number) for number, person in enumerate(PEOPLE)]
    db.session.flush()
    index_missing()
    events = [_add_event(event, members) for event in demo_events()]
    for member in members:
        if member.address in photos:
            change_photo(member.id, photos[member.address])
    for event in events:
        if event.slug in covers:
            change_cover(members[0].id, event.id, covers[event.slug])
    lists = set().union(*(invite_people(event, members[0]) for event in events))
    _drop_mails([event.id for event in events], lists)
    return f"{len(members)} people and {len(events)} events were added."


def _drop_mails(event_ids: list[int], lists: set[int]) -> None:
    """Drop the notices of all those answers, in the transaction that would have queued them.

    They tell of what happened long ago in the story, and nobody wants to look for the mail of
    the button just pressed among a hundred others. Nobody's calendar has been told either
    (``invited_at`` stays empty), so that later mails about these events are right as well.
    """
    changes.publish(db.session())
    db.session.flush()
    rows_changed(sa.delete(OutboxMail).where(OutboxMail.event_id.in_(event_ids)))
    for broadcast in db.session.scalars(sa.select(Broadcast)):
        about = (broadcast.facts.get("event_id"), broadcast.facts.get("list_id"))
        if about[0] in event_ids or about[1] in lists:
            db.session.delete(broadcast)


def _add_topics() -> None:
    known = {topic.slug for topic in find_topics([topic.slug for topic in TOPICS])}
    for topic in TOPICS:
        if topic.slug not in known:
            db.session.add(Topic(slug=topic.slug, name=topic.name, description=topic.description))
    db.session.flush()


def _add_person(facts: DemoPerson, number: int) -> Person:
    role = _ROLES.get(facts.address)
    name = facts.name
    given = grant_role(facts.address, role, name=name) if role else None
    person = given or person_at(facts.address, name=name)
    person.name, person.bio = facts.name, facts.bio
    person.job_title, person.organization = facts.job_title, facts.organization
    person.location, person.timezone = facts.location, facts.zone
    person.topics = find_topics(facts.topics)
    person.membership = Membership.ACTIVE
    person.joined_at = person.consented_at = person.created_at = now() - timedelta(
        days=700 - 15 * number, hours=number
    )
    return person


def _add_event(facts: DemoEvent, members: list[Person]) -> Event:
    owner = members[0]
    event = create_event(owner.id, facts.draft)
    cohost = next(member for member in members if member.address == COHOST)
    db.session.add(EventHost(event_id=event.id, person_id=cohost.id, role=HostRole.COHOST))
    if event.venue is not None:
        event.venue.country, event.venue.access_notes = facts.country, facts.access_notes
    if facts.fate == Fate.DRAFT:
        return event
    publish_event(owner.id, event.id)
    if facts.has_door:
        add_door(event, members)
    rsvps = _answer(event, facts, members)
    _spread(event, rsvps)
    for number in facts.leaving:  # only now: what is offered then is offered at this moment
        with acting(Origin(rsvps[number].person_id, "web")):
            say_no(rsvps[number].person_id, event.id, word="I have to be in Oslo that day.")
    if facts.fate == Fate.CANCELLED:
        cancel_event(owner.id, event.id, facts.message)
    if facts.fate == Fate.PAST:
        _move_back(event, timedelta(weeks=8), rsvps)
    return event


def _answer(event: Event, facts: DemoEvent, members: list[Person]) -> list[Rsvp]:
    """Answers by the use-cases, so that seats, line and reasons are those of real life."""
    guests, questions = cycle(facts.guest_names), ask_questions(event, members[0])
    coming = _people(members, facts.first)
    rsvps = []
    for number, party in enumerate(facts.parties):
        person = next(coming)
        with acting(Origin(person.id, "web")):
            rsvps.append(
                say_yes(
                    person.id,
                    event.id,
                    guests=[
                        Guest(next(guests), answers=answers_of(questions, n, guest=True))
                        for n in range(party)
                    ],
                    dietary=_DIETARY[number % len(_DIETARY)],
                    note=_NOTES[(number + facts.first) % len(_NOTES)],
                    answers=answers_of(questions, number),
                    source=_SOURCES[number % len(_SOURCES)],
                )
            )
    for person, _ in zip(coming, range(facts.declined), strict=False):
        with acting(Origin(person.id, "web")):
            rsvps.append(say_no(person.id, event.id, word="Travelling that week, next time."))
    return rsvps


def _people(members: list[Person], first: int) -> Iterator[Person]:
    """The members from one on, around, without those who run the community."""
    guests = members[3:]
    return (guests[number % len(guests)] for number in count(first))


def _spread(event: Event, rsvps: list[Rsvp]) -> None:
    """Let the answers have come in over the last weeks, in the order of their tickets."""
    start = now() - timedelta(days=21)
    event.created_at, event.published_at = start - timedelta(days=2), start
    step = timedelta(days=20) / max(1, len(rsvps))
    for number, rsvp in enumerate(rsvps):
        _answered_at(rsvp, start + step * number + timedelta(minutes=7 * number % 60))


def _answered_at(rsvp: Rsvp, moment: datetime) -> None:
    rsvp.created_at = rsvp.answered_at = moment
    for decision in rsvp.decisions:
        decision.at = moment


def _move_back(event: Event, by: timedelta, rsvps: list[Rsvp]) -> None:
    """Make it an event of the past, with those checked in who came.

    It was written, published and answered while it was still to come, because no use-case lets
    anybody do so afterwards; only then the rows are moved.
    """
    event.starts_local -= by
    event.ends_local -= by
    event.starts_at = to_utc(event.starts_local, event.timezone)
    event.ends_at = to_utc(event.ends_local, event.timezone)
    event.created_at -= by
    event.changed_at -= by
    if event.published_at:
        event.published_at -= by
    for number, rsvp in enumerate(rsvps):
        _answered_at(rsvp, rsvp.created_at - by)
        stayed_away = number % 7 == 6
        if rsvp.status == RsvpStatus.GOING and not stayed_away:
            for attendee in rsvp.attendees:
                attendee.checked_in_at = event.starts_at + timedelta(minutes=3 * number % 25)
