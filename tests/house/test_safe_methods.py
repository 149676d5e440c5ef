"""Opening a page changes nothing, whoever opens it, however often, and whatever token it holds."""

import hashlib
import re
from itertools import product
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from community.calendar.secret_feeds import FeedKind, make_feed
from community.core.db import db
from community.core.identity import CommunityLogo
from community.core.tokens import link_token
from community.events.covers import as_cover, change_cover
from community.events.models import Event, HostRole
from community.events.previews import make_preview
from community.events.team_invitations import ask_to_help
from community.membership.addresses import ask_for_new_address
from community.membership.applications import Application
from community.membership.connections import accept, ask_to_connect
from community.membership.identity import as_logo, publish_identity
from community.membership.invitations import invite
from community.membership.mail_wishes import set_mail_wishes, unsubscribe_tokens
from community.membership.models import PendingKind, Person
from community.membership.reports import report
from community.membership.texts import PAGES, publish_text
from community.membership.wish_models import MailCategory
from community.organizing.bulk import Action, act_on_many
from community.organizing.kitchen_links import make_link
from community.organizing.note_models import PersonNote
from community.organizing.notes import add_note
from community.privacy.models import Export
from community.rsvp.guest_lists import hand_in
from community.rsvp.guests import guest_token
from community.rsvp.invitation_models import GuestList
from community.rsvp.models import Rsvp
from community.rsvp.party import Guest
from community.rsvp.queries import LINK
from community.rsvp.respond import say_yes
from community.web.access import everybody
from tests.evidence import Evidence
from tests.factories.announcements import a_message
from tests.factories.attendee_files import an_attendee_file
from tests.factories.events import a_topic, an_event
from tests.factories.exports import an_export
from tests.factories.imports import an_import
from tests.factories.joining import an_application, mailed_helping, mailed_invitation
from tests.factories.people import a_member, an_admin, an_organizer
from tests.factories.pictures import a_photo_of, a_picture
from tests.factories.proofs import mailed_code, mailed_token
from tests.factories.questions import a_question
from tests.factories.received import a_held, token_of
from tests.web.browser_without_js import Browser, signed_in
from tests.web.test_metrics import ask as ask_for_figures
from tests.web.test_metrics import opened as known_to_prometheus

ADA = "ada@example.org"
SHOWN = "no GET, HEAD or OPTIONS of any address changes anything"


# The one thing that a GET writes. Exports are fetched by scripts, at addresses that stay, and who
# took what out must be known; an entry that says so changes nothing that anybody asked for.
NOTED = "AttendeesExported"


def fingerprint() -> str:
    """One number for everything in the database."""
    db.session.rollback()
    seen = hashlib.sha256()
    for table in db.metadata.sorted_tables:
        query = sa.select(table)
        if table.name == "audit":
            query = query.where(table.c.action != NOTED)
        rows = db.session.execute(query).all()
        seen.update(repr((table.name, sorted(map(repr, rows)))).encode())
    db.session.rollback()
    return seen.hexdigest()


def world(app: Flask) -> tuple[Event, dict[str, str], list[Browser]]:
    """An event with an answer, a live token for every page that takes one, and who looks."""
    a_topic()
    owner, member = an_organizer(), a_member(email=ADA)
    event = an_event(owner, capacity=5, guests_allowed=2, description="**Come.**")
    rsvp = say_yes(member.id, event.id, guests=[Guest("Bo", address="bo@example.org")])
    gone = say_yes(a_member().id, event.id)
    act_on_many(owner.id, event.id, Action.REMOVE, {gone.id: "going"})
    hand_in(owner.id, event.id, "Ida, ida@example.org\nnobody")
    asking = Browser(app)
    asking.get("/join")
    asking.submit(name="Grace", email="grace@example.org", consent="y")
    asking.get(f"/events/{event.slug}/rsvp")
    asking.submit(name="Grace", email="grace@example.org")
    asking.get("/sign-in")
    asking.submit(email=ADA)
    bob = a_member("Bob")
    ask_to_connect(member.id, owner.id)
    accept(owner.id, member.id)
    report(member.id, bob.id, "Rude.")
    invite(owner.id, "hedy@example.org")
    ask_to_help(owner.id, event.id, "hedy@example.org", HostRole.DOOR)
    add_note(owner.id, member.id, "Likes to talk.")
    applicant = an_application("Cy", "cy@example.org").person
    admin = an_admin()
    publish_identity(admin.id, "", seen=0, logo=as_logo(a_picture()))
    a_photo_of(owner)
    draft = an_event(owner, title="Next", published=False)
    for one in (event, draft):
        change_cover(owner.id, one.id, as_cover(a_picture()))
    for kind in PAGES:
        publish_text(admin.id, kind, "Some words.", seen=0)
    ask_for_new_address(member.id, "ada@example.net")
    an_export(member)
    tokens = {
        "/invited": mailed_invitation("hedy@example.org"),
        "/helping": mailed_helping("hedy@example.org"),
        "/profile/email/confirm": mailed_token(PendingKind.ADDRESS, "ada@example.net"),
        "/join/confirm": mailed_token(PendingKind.JOIN, "grace@example.org"),
        "/rsvp/confirm": mailed_token(PendingKind.RSVP, "grace@example.org"),
        "/sign-in/link": mailed_code(ADA)[1],
        "/guest": guest_token(rsvp.guests[0], rsvp),
        "/answers": token_of(a_held(rsvp.head.id, as_="ada@office.example")),
        "/kitchen": make_link(owner.id, event.id),
        "/events/preview": make_preview(owner.id, draft.id),
        "/rsvp": link_token(LINK, rsvp.id, rsvp.link_generation),
        "/calendar": make_feed(owner.id, FeedKind.ORGANIZER),
        "/unsubscribe": unsubscribe_tokens([member.id], MailCategory.EVENTS)[member.id],
    }
    seen = (member, bob, owner, admin, applicant)
    people = [signed_in(app, person) for person in seen]
    return event, tokens, [asking, Browser(app), Browser(app, address="192.0.2.7"), *people]


def paths(app: Flask, event: Event, tokens: dict[str, str]) -> list[str]:
    """Every address that can be opened, with values that exist."""
    named = sa.select(Person.handle).where(Person.name != "").order_by(Person.id)
    handle = db.session.scalars(named.limit(1)).first()
    values = {
        "slug": event.slug,
        "handle": handle or "",
        "kind": "csv",
        "filename": "icons/favicon.svg",
        "id": "0001",
        "mail_id": "1",
    }
    values["topic"] = "data-management"
    newest = db.session.scalar(sa.select(sa.func.max(Application.id)))
    values |= {"application_id": str(newest), "text": "consent", "size": "small"}
    values["digest"] = db.session.scalars(sa.select(CommunityLogo.digest)).one()
    values |= {"application_id": str(newest), "text": "consent"}
    values["rsvp_id"] = str(db.session.scalar(sa.select(sa.func.max(Rsvp.id))))
    note = db.session.scalars(sa.select(PersonNote)).one()
    values |= {"person_id": str(note.person_id), "note_id": str(note.id)}
    values["venue_id"] = str(event.venue_id)
    values["question_id"] = str(a_question(event).id)
    values["import_id"] = str(an_import().id)
    values["list_id"] = str(db.session.scalar(sa.select(sa.func.max(GuestList.id))))
    values["file_id"] = str(an_attendee_file(event).id)
    values["announcement_id"] = str(a_message(event).id)
    values["number"] = str(db.session.scalar(sa.select(sa.func.max(Export.id))))
    found = []
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()):
            continue
        values["token"] = tokens.get(rule.rule.partition("/<token>")[0], "")
        found.append(re.sub(r"<(?:\w+:)?(\w+)>", lambda name: values[name[1]], rule.rule))
    return found


@pytest.mark.proof
def test_no_page_writes_anything_when_it_is_only_opened(app: Flask, evidence: Evidence) -> None:
    event, tokens, browsers = world(app)
    folder: Path = app.extensions["community_settings"].spool_folder
    folder.mkdir(exist_ok=True)
    (folder / "0001.eml").write_bytes(b"Subject: x\r\n\r\nx")
    opened, all_paths = set(), paths(app, event, tokens)
    before = fingerprint()
    for several in (all_paths[n : n + 12] for n in range(0, len(all_paths), 12)):
        for path, (number, browser) in product(several, enumerate(browsers)):
            for method in ("GET", "HEAD", "OPTIONS", "GET") if number < 2 else ("GET",):
                answer = browser.client.open(path, method=method)
                assert answer.status_code < 500, path
                if answer.status_code == 200 and method == "GET":
                    opened.add(path)
        assert fingerprint() == before, several
    # Each page was there for somebody, not only refused; figures are for whoever has a token.
    assert set(all_paths) - opened == {"/metrics"}
    with known_to_prometheus(app):
        assert ask_for_figures(app)[0] == 200
    assert fingerprint() == before
    evidence("S2", SHOWN, count=f"{len(all_paths)} addresses × {len(browsers)} readers")


@pytest.mark.proof
def test_a_page_that_writes_when_it_is_opened_would_be_found_out(
    app: Flask, monkeypatch: pytest.MonkeyPatch, evidence: Evidence
) -> None:
    """The control."""
    member_id = a_member().id
    whole = app.view_functions["home.index"]

    @everybody
    def hasty() -> object:
        set_mail_wishes(member_id, {MailCategory.EVENTS: False})
        return whole()

    monkeypatch.setitem(app.view_functions, "home.index", hasty)
    before = fingerprint()
    Browser(app).get("/")
    assert fingerprint() != before
    evidence("S2", SHOWN, control="a page that notes a wish when it is opened is seen")


def test_the_tokens_still_work_for_their_owner_after_all_that(app: Flask) -> None:
    event, tokens, browsers = world(app)
    for path in paths(app, event, tokens):
        for browser in browsers[:3]:
            browser.client.get(path)
            browser.client.head(path)
    before = fingerprint()
    asking = browsers[0]
    for page in ("/rsvp/confirm", "/sign-in/link", "/join/confirm", "/invited"):
        asking.get(f"{page}/{tokens[page]}")
        typed = {"name": "Hedy", "consent": "y"} if page == "/invited" else {}
        assert asking.submit(typed).status == 200, page
        assert fingerprint() != before
        before = fingerprint()


def test_no_page_has_a_form_that_sends_itself(app: Flask) -> None:
    """Some scanners run scripts; none of ours presses a button."""
    scripts = Path(app.root_path) / "static" / "js"
    for script in scripts.glob("*.js"):
        assert ".submit(" not in script.read_text()
        assert "requestSubmit" not in script.read_text()
