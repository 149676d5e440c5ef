"""Every sentence on a page and in a mail went through gettext: a made-up language shows it."""

import re
import uuid
from datetime import timedelta
from gettext import NullTranslations
from html.parser import HTMLParser

import pytest
import time_machine
from babel import Locale
from flask import Flask
from icalendar import Calendar

from community.core import text
from community.core.clock import now
from community.mail.delivery import deliver_due
from community.mail.reading import list_mails
from community.mail.transport import transport_from_url
from community.membership import signing_in
from community.membership.applications import approve_application, decline_application
from community.membership.blocking import block
from community.membership.connections import accept, ask_to_connect
from community.membership.identity import as_logo, publish_identity
from community.membership.invitations import invite
from community.membership.joining import ask_to_join
from community.membership.models import Person
from community.membership.profiles import LOCALES
from community.membership.reports import list_reports, report, resolve_report
from community.membership.texts import TextKind, publish_text
from community.rsvp.inviting import Invitee, invite_people
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import an_event
from tests.factories.imports import an_import, checked, imported
from tests.factories.joining import an_application, mailed_invitation
from tests.factories.people import a_member, an_admin, an_organizer
from tests.factories.pictures import a_photo_of, a_picture
from tests.web.browser_without_js import Browser
from tests.web.visitors import browser_of

START, END = "⟦", "⟧"
# What the made-up language cannot mark: addresses, numbers, formats, and words of no language.
PLAIN = re.compile(
    r"[\W\d_]*|.*@.*|https?://\S+|/[\w/.?=&-]*|webcal://\S+|[A-Z]{2,}([-:]\S*)?|CSV|HTML|AM|PM"
    r"|[0-9A-Z]{0,7}(?:-[0-9A-Z]{0,4}){3}"  # a code for the door, less what looks like a name
)

# Babel words dates.
DATE = re.compile(
    r"(?:[A-Z][a-z]+day, )?(?:[A-Z][a-z]{2,8}) (?:\d{1,2}, )?\d{4}(?:, \d{1,2}:\d\d.[AP]M)?"
)


class Pseudo(NullTranslations):
    """A language in which every sentence stands in brackets."""

    def gettext(self, message: str) -> str:
        return f"{START}{message}{END}"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"{START}{msgid1 if n == 1 else msgid2}{END}"


class _Texts(HTMLParser):
    """The texts that somebody reads or hears, outside of what brackets enclose."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._skip = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._skip += tag in {"script", "style", "pre", "textarea", "option"}
        spoken = {"aria-label", "alt", "title", "placeholder"}
        self.texts += [value for name, value in attrs if name in spoken and value]

    def handle_endtag(self, tag: str) -> None:
        self._skip -= tag in {"script", "style", "pre", "textarea", "option"}

    def handle_data(self, data: str) -> None:
        if not self._skip:
            self.texts.append(data)


def bare_texts(html: str, data: set[str]) -> list[str]:
    """Words that are neither translated nor somebody's own."""
    parser = _Texts()
    parser.feed(DATE.sub("", html))
    whole = "\x00".join(parser.texts)
    depth, outside = 0, []
    for character in whole:
        depth += (character == START) - (character == END)
        if depth == 0 and character != END:
            outside.append(character)
    rest = "".join(outside)
    for own in sorted(data, key=len, reverse=True):
        rest = rest.replace(own, "")
    pieces = [" ".join(piece.split()) for piece in rest.split("\x00")]
    return [piece for piece in pieces if not PLAIN.fullmatch(piece)]


@pytest.fixture
def made_up_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every process speaks it: requests of tests run in a context of their own."""
    monkeypatch.setattr(text, "_untranslated", Pseudo())


@pytest.fixture
def own_words(app: Flask) -> set[str]:
    """What the pages show that people wrote: no program can translate it."""
    event_words = {
        "Quiet Dinner",
        "For the few.",
        "Come.",
        "Glass House",
        "450 Kendall Street",
        "Cambridge",
        "people.csv",
    }
    people = {"Olga Host", "OH", "Mia Member", "MM", "Community Network"}
    # Each language is called by its own name, whichever one the reader speaks.
    languages = {Locale.parse(code).get_display_name() or "" for code in LOCALES}
    return event_words | people | languages


def pages_about_others(member: Person) -> list[str]:
    """The pages of connections, with somebody in each list of them."""
    others = [a_member(name="Mia Member") for _ in range(5)]
    asked, asking, connected, blocked, stranger = others
    ask_to_connect(member.id, asked.id, "Come.")
    ask_to_connect(asking.id, member.id, "Come.")
    ask_to_connect(connected.id, member.id)
    accept(member.id, connected.id)
    block(member.id, blocked.id)
    for _ in range(2):
        report(member.id, stranger.id, "Come.")
    resolve_report(an_admin(name="Olga Host").id, list_reports(member.id).rows[0].id, "Come.")
    lists = ["/connections", "/people-i-met", "/profile/blocked", f"/members/{asked.handle}/report"]
    return [*lists, *[f"/members/{other.handle}" for other in others if other is not blocked]]


def test_pages(app: Flask, own_words: set[str], made_up_language: None) -> None:
    owner = an_organizer(name="Olga Host")
    event = an_event(owner, title="Quiet Dinner", summary="For the few.", capacity=1)
    member = a_member(name="Mia Member")
    say_yes(member.id, event.id, dietary="vegan, nut allergy")
    waiting = say_yes(a_member(name="Mia Member").id, event.id)
    facts = {"title": "Quiet Dinner", "summary": "For the few."}
    asked = an_event(owner, **facts, requires_approval=True)
    request = say_yes(member.id, asked.id)
    show = f"/events/{event.slug}"
    desk = f"/organize{show}"
    visitor, guest, host = Browser(app), browser_of(app, member), browser_of(app, owner)
    open_to_all = ["/", "/join", "/join/check-mail", "/join/confirm/x", "/sign-in", "/sign-in/code"]
    open_to_all += ["/sign-in/link/x", "/events", "/events?when=past", show, f"{show}/rsvp"]
    open_to_all += [f"{show}/rsvp/check-mail", "/rsvp/confirm/x", "/nothing-here"]
    profiles = ["/profile", "/profile/privacy", "/members", "/members?q=nobody-here"]
    profiles += [f"/members/{member.handle}", *pages_about_others(member)]
    admin, application = an_admin(name="Olga Host"), an_application("Mia Member")
    invite(member.id, "new@example.com")
    publish_text(admin.id, TextKind.ABOUT, "Quiet Dinner", seen=0)
    open_to_all += ["/about", "/invited/x", f"/invited/{mailed_invitation('new@example.com')}"]
    text = "name,email\nMia Member,m@example.org\nMia Member,m\nMia Member,m@example.org\n"
    some = (an_import(text), checked(text), imported(text))
    lists = [f"/organize/people/import/{one.id}" for one in some]
    texts = [f"/organize/community{page}" for page in ("", "/about", "/identity")]
    publish_identity(admin.id, "", seen=0, logo=as_logo(a_picture()))
    a_photo_of(member)
    walks = [
        (visitor, open_to_all),
        (guest, [show, f"{show}/rsvp", "/my/events", *profiles]),
        (browser_of(app, application.person), ["/join/application"]),
        (browser_of(app, member), ["/invite"]),
        (
            browser_of(app, admin),
            [*texts, "/organize/people/import", *lists],
        ),
        (host, ["/organize/reports", "/organize/reports?show=resolved"]),
        (host, ["/organize/applications", f"/organize/applications/{application.id}"]),
        (host, ["/organize", "/organize/events/new", desk, f"{desk}/edit", f"{desk}/attendees"]),
        (host, [f"{desk}/add", f"{desk}/attendees/{waiting.id}"]),
        (host, [f"{desk}/sheets", f"{desk}/sheets/kitchen", f"{desk}/sheets/sign-in"]),
        (host, [f"{desk}/sheets/badges", f"{desk}/sheets/cards", f"{desk}-2/sheets/cards"]),
        (host, [f"{desk}-2/attendees", f"{desk}-2/attendees/{request.id}"]),
        (browser_of(app, waiting.person), [show, f"{show}/rsvp", "/my/events"]),
    ]
    found = {}
    for browser, paths in walks:
        for path in paths:
            html = browser.get(path).text
            assert START in html
            found[path] = bare_texts(html, own_words)
    assert {path: texts for path, texts in found.items() if texts} == {}


def test_figures_of_past_events(app: Flask, own_words: set[str], made_up_language: None) -> None:
    owner = an_organizer(name="Olga Host")
    with time_machine.travel(now() - timedelta(days=60), tick=False):
        event = an_event(owner, title="Quiet Dinner", capacity=4)
        person = a_member(name="Mia Member")
        invite_people(owner.id, event.id, [Invitee(person.address)])
    with time_machine.travel(now() - timedelta(days=50), tick=False):
        say_yes(person.id, event.id)
    host = browser_of(app, owner)
    for query, status in (
        ("", 200),
        ("?from=tomorrow", 422),
        ("?to=2020-01-01&from=2019-01-01", 200),
    ):
        page = host.get(f"/organize/figures{query}")
        assert page.response.status_code == status
        assert START in page.html
        assert bare_texts(page.html, own_words) == []


def test_mails(app: Flask, own_words: set[str], made_up_language: None) -> None:
    owner = an_organizer(name="Olga Host")
    event = an_event(owner, title="Quiet Dinner", summary="For the few.", capacity=1)
    member, second = a_member(name="Mia Member"), a_member(name="Mia Member")
    ask_to_join(name="Mia Member", email="new@example.com")
    approve_application(owner.id, an_application("Mia Member", "one@example.com").id)
    decline_application(owner.id, an_application("Mia Member", "two@example.com").id)
    invite(member.id, "three@example.com")
    invite(member.id, second.address)
    signing_in.ask_for_code("nobody@example.com", browser="b")
    for person in (member, second):
        say_yes(person.id, event.id)
    settings = app.extensions["community_settings"]
    transport = transport_from_url("", settings.spool_folder)
    deliver_due(transport, lease=uuid.uuid4().hex, most=50)
    say_no(member.id, event.id)
    ask_to_connect(member.id, second.id, "Come.")
    deliver_due(transport, lease=uuid.uuid4().hex, most=50)
    accept(second.id, member.id)
    deliver_due(transport, lease=uuid.uuid4().hex, most=50)
    mails = list_mails(settings.spool_folder)
    assert len(mails) >= 6
    for mail in mails:
        assert START in mail.subject
        assert bare_texts(mail.html, own_words) == [], mail.subject
        if mail.calendar:
            entry = Calendar.from_ical(mail.calendar.encode()).events[0]
            assert START in str(entry["DESCRIPTION"])


def test_the_made_up_language_finds_a_bare_sentence() -> None:
    assert bare_texts("<p>⟦Hello⟧</p><p>Bare words</p>", set()) == ["Bare words"]
    assert bare_texts('<p aria-label="Bare label">⟦Hello ⟦x⟧⟧</p>', set()) == ["Bare label"]
