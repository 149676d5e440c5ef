"""Somebody who left a mark everywhere, and the search for it in all that is stored."""

from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from community.calendar.received_models import CalendarAlias
from community.calendar.secret_feeds import FeedKind, make_feed
from community.core.clock import now
from community.core.current import settings
from community.core.db import Base, db, transactional
from community.core.origin import Origin, acting
from community.core.tokens import digest
from community.events.models import EventHost, HostRole
from community.events.publishing import cancel_event
from community.events.team_invitations import ask_to_help
from community.mail.bounces import note_bounce
from community.mail.models import SuppressionReason
from community.mail.suppressions import suppress
from community.membership.addresses import ask_for_new_address, confirm_address
from community.membership.applications import decline_application, latest_application
from community.membership.blocking import block
from community.membership.connection_models import Report
from community.membership.connections import ask_to_connect
from community.membership.identity import publish_identity
from community.membership.invitations import invite
from community.membership.joining import grant_role
from community.membership.mail_wishes import set_mail_wishes
from community.membership.models import Membership, PendingKind, Person, Role
from community.membership.profiles import ProfileDraft, edit_profile
from community.membership.queries import get_person
from community.membership.reports import report, resolve_report
from community.membership.sessions import open_session
from community.membership.signing_in import ask_for_code
from community.membership.texts import TextKind, publish_text
from community.membership.wish_models import MailCategory
from community.organizing.announcements import draft_announcement, send_announcement
from community.organizing.export_kinds import Kind
from community.organizing.export_models import AttendeeFile
from community.organizing.kitchen_links import make_link
from community.organizing.models import AuditEntry
from community.organizing.notes import add_note
from community.organizing.saved_views import Shown, save_view
from community.organizing.segments import Segment
from community.organizing.tags import add_tag
from community.privacy.held import Held
from community.privacy.holdings import HOLDINGS
from community.privacy.merging import merge
from community.privacy.subject import Subject
from community.rsvp.approval import refuse_request
from community.rsvp.asking import ask_to_answer
from community.rsvp.guest_lists import hand_in
from community.rsvp.inviting import Invitee, invite_people
from community.rsvp.models import Attendee, Rsvp
from community.rsvp.party import Guest
from community.rsvp.press_models import DoorPress
from community.rsvp.respond import say_yes
from tests.factories.events import a_topic, an_event
from tests.factories.exports import an_export
from tests.factories.imports import imported
from tests.factories.joining import an_application
from tests.factories.mails import outbox, post
from tests.factories.people import a_member, a_person, an_admin, an_organizer
from tests.factories.pictures import a_photo_of
from tests.factories.proofs import mailed_token
from tests.factories.received import a_held, a_received

MARK = "quokka"  # in every text that they typed, and in every address of theirs
OLD, ADDRESS, WANTED = (f"{MARK}-{n}@example.org" for n in ("old", "now", "wanted"))
NETWORK = "203.0.113.77"
GOING = Segment(statuses=("going",))


def somebody_everywhere() -> Person:
    """A person with a mark in every column that can hold one; an admin, one of two."""
    boss, host = an_admin(), an_organizer()
    person = an_application(f"{MARK} Lovelace", OLD, f"{MARK} reason").person
    decline_application(host.id, _application_of(person), f"{MARK} no")
    imported(f"name,email\n{MARK},{OLD}\n", actor_id=boss.id, invite=True)
    _promote(person.id)
    with acting(Origin(person.id, "web", NETWORK)):
        _account(person)
        _events(person, host)
        _office(person)
        _with_others(person, boss)
    _second_record(person, boss)
    post()
    _came_back(person)
    ask_for_new_address(person.id, WANTED)
    ask_for_code(ADDRESS, browser="hers")
    ask_to_answer(an_event(host).id, name=MARK, email=ADDRESS, note=MARK)
    _rows(person.id)
    an_export(person)
    return get_person(person.id)


def _application_of(person: Person) -> int:
    found = latest_application(person.id)
    assert found is not None
    return found.id


@transactional
def _promote(person_id: int) -> None:
    get_person(person_id).membership = Membership.NONE
    grant_role(OLD, Role.ADMIN)


def _account(person: Person) -> None:
    ask_for_new_address(person.id, ADDRESS)
    confirm_address(mailed_token(PendingKind.ADDRESS, ADDRESS))
    topic = a_topic()
    words = {name: f"{MARK} {name}" for name in ("job_title", "organization", "location", "bio")}
    draft = ProfileDraft(
        f"{MARK} Lovelace",
        **words,
        links=[f"https://{MARK}.example/"],
        topics=[topic.slug],
        timezone="Asia/Tokyo",
        locale="sv",
    )
    edit_profile(person.id, draft)
    a_photo_of(person)
    open_session(person, proof="code", browser=f"{MARK} 1.0", known="hers")
    set_mail_wishes(person.id, {MailCategory.EVENTS: False})
    invite(person.id, "friend@example.org", f"{MARK} line")
    invite(a_member().id, ADDRESS, f"{MARK} come")
    make_feed(person.id, FeedKind.OWN)


def _events(person: Person, host: Person) -> None:
    event = an_event(host, capacity=5, guests_allowed=2)
    party = [Guest(f"{MARK} guest", f"{MARK} nuts", f"{MARK}-guest@example.org")]
    mine = say_yes(person.id, event.id, guests=party, dietary=f"{MARK} milk", note=f"{MARK} note")
    _wrote_back(person, mine.head.id, say_yes(a_member().id, event.id).head.id)
    asked = an_event(host, requires_approval=True, title="Asked")
    rsvp = say_yes(person.id, asked.id)
    with acting(Origin(host.id, "web")):
        refuse_request(host.id, asked.id, rsvp.id, word=f"{MARK} word")
    off = an_event(host, guests_allowed=1, title="Called off")
    say_yes(a_member().id, off.id, guests=[Guest("Somebody")])
    cancel_event(host.id, off.id)  # else they would leave the party and be no attendee at all
    say_yes(a_member().id, event.id, guests=[Guest("Somebody")])
    hand_in(host.id, event.id, f"{MARK}, {ADDRESS}")
    add_note(host.id, person.id, f"{MARK} sits best near the door.")
    add_tag(host.id, person.id, f"{MARK}s")
    ask_to_help(host.id, event.id, f"{MARK}-old@example.org", HostRole.DOOR)
    _written_to(person, host, event.id)


def _written_to(person: Person, host: Person, event_id: int) -> None:
    """By a host who looked for them; and what they wrote in office themselves."""
    them = Segment(statuses=("going",), q=MARK)
    said = draft_announcement(host.id, event_id, them, subject="News", body="Dear {name}, hello.")
    send_announcement(host.id, event_id, said.id)
    save_view(host.id, event_id, "Near the door", Shown(Segment(q=MARK)))
    own = an_event(person, title="Told of")
    say_yes(a_member().id, own.id)
    _co_owned(own.id)
    draft_announcement(person.id, own.id, GOING, subject="News", body="Hello.")


def _wrote_back(person: Person, own: int, other: int) -> None:
    """In words, and with an invitation that was somebody else's; and answers from elsewhere."""
    known = {"from_address": ADDRESS, "recipient": f"{MARK}@localhost"}
    a_received(own, words=f"{MARK}, may I?", message_id=f"{MARK}@example.org", **known)
    a_held(other, as_=ADDRESS, **known)
    guest = db.session.get_one(Attendee, own).rsvp.guests[0]
    a_received(guest.id, words=f"{MARK}, says the guest", recipient=f"{MARK}@localhost")
    _answers_from(person.id)


@transactional
def _answers_from(person_id: int) -> None:
    db.session.add(CalendarAlias(person_id=person_id, address=f"{MARK}-office@example.org"))


def _office(person: Person) -> None:
    """What an admin does for others."""
    imported("name,email\nCy,cy@example.org\n", actor_id=person.id, invite=True)
    guests = an_event(person, title="Guests")
    hand_in(person.id, guests.id, "Di, di@example.org", message=f"{MARK} word")
    invite_people(person.id, guests.id, [Invitee("ed@example.org")], message="Come.")
    save_view(person.id, guests.id, f"{MARK} view", Shown(Segment(q=MARK)))
    make_link(person.id, guests.id)
    _co_owned(guests.id)
    publish_text(person.id, TextKind.ABOUT, "Our words.", seen=0)
    publish_identity(person.id, "Our Community", seen=0)
    asked = an_event(person, requires_approval=True, title="Past soon")
    other = say_yes(a_member().id, asked.id)
    refuse_request(person.id, asked.id, other.id, word="No room.")
    decline_application(person.id, _application_of(an_application("Di", "di@example.org").person))
    _co_owned(asked.id)
    add_note(person.id, other.person_id, "They are kind.")
    ask_to_help(person.id, asked.id, "ed@example.org", HostRole.DOOR)


def _with_others(person: Person, boss: Person) -> None:
    ask_to_connect(person.id, a_member().id, f"{MARK} hello")
    for asker in (boss, a_member()):  # one with a lower id, and one with a higher one
        ask_to_connect(asker.id, person.id, f"{MARK}, is it you?")
    block(person.id, a_member().id)
    block(a_member().id, person.id)
    report(person.id, a_member().id, "They are loud.")
    report(a_member().id, person.id, f"{MARK} is loud.")
    report(a_member().id, a_member().id, "Loud, too.")
    resolve_report(person.id, _newest_report(), "We spoke.")


def _newest_report() -> int:
    return db.session.scalars(sa.select(Report.id).order_by(Report.id.desc())).first() or 0


def _second_record(person: Person, boss: Person) -> None:
    """It is merged; its handle was made of the name."""
    merge(boss.id, person.id, a_person(f"{MARK} Twin", f"{MARK}-twin@example.org").id)


@transactional
def _co_owned(event_id: int) -> None:
    db.session.add(EventHost(event_id=event_id, person_id=an_organizer().id))


def _came_back(person: Person) -> None:
    mail = outbox(to=ADDRESS)[-1]
    note_bounce(mail.id, mail.message_id, status="4.2.2", final=False, said=f"{MARK} is full")
    suppress(ADDRESS, SuppressionReason.COMPLAINED, f"{MARK} said so")


@transactional
def _rows(person_id: int) -> None:
    """What no use-case writes so far, or only while it runs."""
    db.session.add(
        AuditEntry(actor_id=1, via="x", action="X", person_id=person_id, details=_said())
    )
    db.session.add(
        AuditEntry(actor_id=person_id, via="web", network=NETWORK, action="X", details=_said())
    )
    db.session.add(
        AuditEntry(
            actor_id=1, via="x", action="MemberReported", person_id=person_id, details=_said()
        )
    )
    own = sa.select(sa.func.max(Rsvp.id)).where(Rsvp.person_id == person_id)
    rsvp_id = db.session.scalar(own)
    db.session.add(AuditEntry(actor_id=1, via="x", action="X", rsvp_id=rsvp_id, details=_said()))
    event_id = db.session.scalars(sa.select(Rsvp.event_id)).first()
    asked = {"event_id": event_id, "person_id": person_id, "format": Kind.CSV}
    db.session.add(AttendeeFile(query={"q": [MARK]}, expires_at=now(), **asked))
    for head in db.session.scalars(sa.select(Attendee)):
        if head.name == "Somebody":
            head.address, head.checked_in_by = ADDRESS, person_id
            db.session.add(DoorPress(attendee_id=head.id, lets_in=True, at=now(), by=person_id))
        elif head.rsvp.person_id == person_id:
            head.answers = {"7": f"{MARK} answer"}
    db.session.execute(
        sa.update(Base.metadata.tables["imports"])
        .where(Base.metadata.tables["imports"].c.person_id == person_id)
        .values(file_name=f"{MARK}.csv")
    )


def _said() -> dict[str, object]:
    return {"n": 7, "word": f"{MARK} said"}


def traces(subject: Subject) -> Iterator[str]:
    """Where the mark, an address' hash or the network stands, and rows that should be gone."""
    wanted = [MARK, NETWORK, *map(digest, (OLD, ADDRESS))]
    for table in Base.metadata.sorted_tables:
        for row in db.session.execute(sa.select(table)).mappings():
            for name, value in row.items():
                if any(one in repr(value).lower() for one in wanted):
                    yield f"{table.name}.{name} {value!r:.200}"
    for held in HOLDINGS:
        unfound = held.deleted or held.blank.get(held.by, "") is None
        if unfound and count(held, subject):
            yield f"{held.table} by {held.by}"


def count(held: Held, subject: Subject) -> int:
    """How many rows of a kind there are."""
    query = sa.select(sa.func.count()).select_from(held.rows).where(held.of(subject))
    return db.session.scalar(query) or 0


def traces_in_files() -> Iterator[tuple[Path, str]]:
    """The files below the instance folder, but for the database, that hold the mark."""
    for file in settings().instance_path.rglob("*"):
        if file.is_file() and not file.name.startswith("community.db"):
            text = file.read_bytes().decode("utf-8", "replace")
            if MARK in text.lower():
                yield file, text
