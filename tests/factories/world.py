"""One small community in which every address of the site is somebody's, and everybody looks on."""

import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from community.app import create_app
from community.calendar.received_models import ReceivedVerdict
from community.calendar.secret_feeds import FeedKind, make_feed
from community.core.db import db, transactional
from community.core.identity import CommunityLogo
from community.core.tokens import link_token
from community.events.covers import as_cover, change_cover
from community.events.models import HostRole, Visibility
from community.events.previews import make_preview
from community.events.team import add_helper
from community.events.team_invitations import ask_to_help
from community.membership.addresses import ask_for_new_address
from community.membership.connection_models import Report
from community.membership.connections import accept, ask_to_connect
from community.membership.identity import as_logo, publish_identity
from community.membership.invitations import invite
from community.membership.mail_wishes import unsubscribe_tokens
from community.membership.models import Membership, PendingKind, Person
from community.membership.reports import report
from community.membership.texts import PAGES, publish_text
from community.membership.wish_models import MailCategory
from community.organizing.bulk import Action, act_on_many
from community.organizing.kitchen_links import KitchenLink, make_link
from community.organizing.notes import add_note
from community.organizing.saved_views import Shown, save_view
from community.rsvp.guest_lists import hand_in
from community.rsvp.guests import guest_token
from community.rsvp.models import Attendee, Rsvp, RsvpStatus
from community.rsvp.queries import LINK
from community.rsvp.question_models import QuestionKind
from community.rsvp.questions import QuestionDraft, add_question
from tests.factories.announcements import a_message, a_reminder
from tests.factories.attendee_files import an_attendee_file
from tests.factories.databases import migrate
from tests.factories.events import a_topic, an_event
from tests.factories.exports import an_export
from tests.factories.imports import an_import
from tests.factories.joining import an_application, mailed_helping, mailed_invitation
from tests.factories.people import a_member, a_person, an_admin, an_organizer
from tests.factories.pictures import a_photo_of, a_picture
from tests.factories.proofs import mailed_code, mailed_token
from tests.factories.received import a_held, a_received, token_of
from tests.rsvp.states import answer_in
from tests.web.browser_without_js import Browser, FreshClient, signed_in


@dataclass(frozen=True)
class World:
    """``browsers`` by who looks, ``values`` by the name that an address gives to a part of it.

    ``tokens`` are by the address up to the token, ``reset`` undoes all that was done.
    """

    app: Flask
    browsers: dict[str, Browser]
    values: dict[str, str]
    tokens: dict[str, str]
    reset: Callable[[], None]

    def path(self, rule: str) -> str:
        """A rule's address with values that exist. Raises KeyError for a part without one."""
        known = {**self.values}
        if "<token>" in rule:
            known["token"] = self.tokens[rule.partition("/<token>")[0]]
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda part: known[part[1]], rule)


@transactional
def _suspend(person: Person) -> None:
    db.session.get_one(Person, person.id).membership = Membership.SUSPENDED


def build_world(folder: Path) -> World:
    """The world, on SQLite. Its event is for the invited, and has been published."""
    app = create_app(instance_path=folder, base_url="http://community.test", env="development")
    app.test_client_class = FreshClient
    with app.app_context():
        migrate()
        browsers, values, tokens = _settle(app)
        spool: Path = app.extensions["community_settings"].spool_folder
        spool.mkdir(exist_ok=True)
        (spool / "0001.eml").write_bytes(b"Subject: x\r\n\r\nx")
        db.session.remove()
        db.engine.dispose()
    kept = sqlite3.connect(":memory:")
    _copy(folder / "community.db", kept)

    def reset() -> None:
        with sqlite3.connect(folder / "community.db") as target:
            kept.backup(target)
        target.close()

    return World(app, browsers, values, tokens, reset)


def _copy(file: Path, kept: sqlite3.Connection) -> None:
    with sqlite3.connect(file) as source:
        source.backup(kept)
    source.close()


def _settle(app: Flask) -> tuple[dict[str, Browser], dict[str, str], dict[str, str]]:
    topics = [a_topic(), a_topic("Diversity", "diversity")]
    owner, door, cohost = an_organizer("Olga"), a_member("Dora"), a_member("Cleo")
    event = an_event(owner, visibility=Visibility.INVITED, requires_approval=True)
    add_helper(owner.id, event.id, door.address, HostRole.DOOR)
    add_helper(owner.id, event.id, cohost.address, HostRole.COHOST)
    change_cover(owner.id, event.id, as_cover(a_picture()))
    going, asking, other = a_member("Gwen"), a_member("Rosa"), an_organizer("Otto")
    rsvp = answer_in(RsvpStatus.GOING, event.id, going)
    guest = _bring_somebody(rsvp)
    request = answer_in(RsvpStatus.REQUESTED, event.id, asking)
    an_event(other, title="Another Dinner")
    question = add_question(owner.id, event.id, QuestionDraft(QuestionKind.YES_NO, "By train?"))
    suspended, admin = a_member("Sue"), an_admin("Adam")
    invited, waiting, gone = a_member("Ines"), a_member("Walt"), a_member("Rem")
    answer_in(RsvpStatus.INVITED, event.id, invited)
    answer_in(RsvpStatus.WAITLISTED, event.id, waiting)
    removed = answer_in(RsvpStatus.GOING, event.id, gone)
    act_on_many(owner.id, event.id, Action.REMOVE, {removed.id: removed.status.value})
    applicant = an_application("Cy", "cy@example.org")
    people: dict[str, Person] = {
        "none": a_person("Nina"),
        "applied": applicant.person,
        "suspended": suspended,
        "member": a_member("Mia"),
        "going": going,
        "other": other,
        "door": door,
        "cohost": cohost,
        "owner": owner,
        "admin": admin,
        "invited": invited,
        "waitlisted": waiting,
        "removed": gone,
    }
    for kind in PAGES:
        publish_text(admin.id, kind, "Some words.", seen=0)
    browsers = {"visitor": Browser(app)}
    browsers |= {name: signed_in(app, person) for name, person in people.items()}
    _suspend(suspended)
    _connect(owner, people)
    invite(owner.id, "hedy@example.org")
    ask_to_help(owner.id, event.id, "hedy@example.org", HostRole.DOOR)
    kitchen = make_link(owner.id, event.id)
    held = a_held(rsvp.head.id, as_="gwen@office.example")
    values = {
        "slug": event.slug,
        "view_id": str(save_view(owner.id, event.id, "All", Shown()).id),
        "mail_id": str(a_received(rsvp.head.id, verdict=ReceivedVerdict.POISON).id),
        "topic": topics[0].slug,
        "handle": owner.handle,
        "kind": "csv",
        "size": "small",
        "filename": "icons/favicon.svg",
        "id": "0001",
        "text": "consent",
        "number": str(an_export(owner).id),
        "rsvp_id": str(request.id),
        "application_id": str(applicant.id),
        "import_id": str(an_import().id),
        "list_id": str(hand_in(owner.id, event.id, "Ida, ida@example.org").id),
        "link_id": str(db.session.scalars(sa.select(KitchenLink.id)).one()),
        "invitation_id": "1",
        "note_id": str(add_note(owner.id, cohost.id, "Likes to talk.").id),
        "question_id": str(question.id),
        "file_id": str(an_attendee_file(event).id),
        "venue_id": str(event.venue_id),
        "announcement_id": str(a_message(event).id),
        "reminder_id": str(a_reminder(event).id),
        "person_id": str(cohost.id),
        "report_id": str(_report(people["member"], other)),
        "digest": _logo(admin),
    }
    tokens = _tokens(app, owner, rsvp.id, rsvp.link_generation)
    return (
        browsers,
        values,
        {
            **tokens,
            "/guest": guest,
            "/kitchen": kitchen,
            "/answers": token_of(held),
        },
    )


def _connect(owner: Person, people: dict[str, Person]) -> None:
    """The owner has a photo, is connected, has asked somebody, is asked by another, and blocked."""
    a_photo_of(owner)
    ask_to_connect(people["member"].id, owner.id)
    accept(owner.id, people["member"].id)
    ask_to_connect(owner.id, people["going"].id)
    ask_to_connect(people["cohost"].id, owner.id)


def _report(one: Person, other: Person) -> int:
    report(one.id, other.id, "Rude.")
    return db.session.scalars(sa.select(Report.id)).one()


def _logo(admin: Person) -> str:
    publish_identity(admin.id, "", seen=0, logo=as_logo(a_picture()))
    return db.session.scalars(sa.select(CommunityLogo.digest)).one()


@transactional
def _bring_somebody(rsvp: Rsvp) -> str:
    """The token of a guest with an address."""
    guest = Attendee(rsvp_id=rsvp.id, position=1, name="Bo", address="bo@example.org")
    db.session.add(guest)
    party = db.session.get_one(Rsvp, rsvp.id)
    party.party_size, party.event.seats_taken = 2, 2
    db.session.flush()
    return guest_token(guest, rsvp)


def _tokens(app: Flask, owner: Person, rsvp_id: int, generation: int) -> dict[str, str]:
    asking = Browser(app)
    public = an_event(owner, title="Open House")
    asking.get("/join")
    asking.submit(name="Grace", email="grace@example.org", consent="y")
    asking.get(f"/events/{public.slug}/rsvp")
    asking.submit(name="Grace", email="grace@example.org")
    asking.get("/sign-in")
    asking.submit(email=owner.address)
    ask_for_new_address(owner.id, "olga@example.net")
    draft = an_event(owner, title="Next Dinner", published=False)
    change_cover(owner.id, draft.id, as_cover(a_picture()))
    return {
        "/invited": mailed_invitation("hedy@example.org"),
        "/helping": mailed_helping("hedy@example.org"),
        "/profile/email/confirm": mailed_token(PendingKind.ADDRESS, "olga@example.net"),
        "/join/confirm": mailed_token(PendingKind.JOIN, "grace@example.org"),
        "/rsvp/confirm": mailed_token(PendingKind.RSVP, "grace@example.org"),
        "/sign-in/link": mailed_code(owner.address)[1],
        "/events/preview": make_preview(owner.id, draft.id),
        "/rsvp": link_token(LINK, rsvp_id, generation),
        "/calendar": make_feed(owner.id, FeedKind.OWN),
        "/unsubscribe": unsubscribe_tokens([owner.id], MailCategory.EVENTS)[owner.id],
    }
