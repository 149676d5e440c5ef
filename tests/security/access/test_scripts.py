"""No text that somebody stored runs as a script for somebody else, on any page, in any mail."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, Route

from community.core.db import db, transactional
from community.mail import rendering
from community.mail.models import Broadcast, OutboxMail
from tests.evidence import Evidence
from tests.factories.mails import letter, post
from tests.factories.people import a_member, an_organizer
from tests.factories.world import World
from tests.mail.moody import moody
from tests.security.access.payloads import PAYLOADS
from tests.security.access.pressing import WHO, Desk
from tests.snapshots.scenes import ANN
from tests.snapshots.test_mails import SCENES

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.proof]
PROOF = bool(os.environ.get("PROOF"))
BATCH = 9
ON_PAGES = "no stored text runs as a script on any page, and none breaks the policy"
IN_MAILS = "no stored text runs as a script in any mail's HTML"

# Free text, by table; what an address is made of gets the text behind a harmless beginning.
TEXTS = {
    "people": "name organization job_title location bio standing_word",
    "topics": "name description",
    "venues": "name address city country access_notes",
    "applications": "reason word",
    "community_identities": "name",
    "community_texts": "body",
    "connections": "word",
    "events": "title summary description cancel_message",
    "imports": "file_name",
    "import_rows": "name why address",
    "invitations": "line",
    "person_notes": "text",
    "person_tags": "tag",
    "reports": "reason word",
    "sessions": "browser",
    "announcements": "subject body",
    "guest_lists": "message typed",
    "guest_rows": "name why address",
    "questions": "label help",
    "rsvps": "note",
    "saved_views": "name",
    "attendees": "name dietary",
    "decisions": "word",
    "received_mails": "words detail from_address answered_as message_id",
    "outbox": "recipient_name last_error",
    "suppressions": "details",
    "bounces": "details",
    "calendar_selftests": "found",
}
LINKS = {"people": "links", "events": "online_link"}
# Made by the program, or of letters that nobody chooses; addresses have a grammar of their own.
MADE = {
    "action",
    "address",
    "answered_as",
    "audience",
    "browser_hash",
    "calendar_key",
    "code_hash",
    "content_type",
    "cover_version",
    "dedupe_key",
    "digest",
    "email",
    "encoding",
    "folded",
    "found",
    "handle",
    "in_hand",
    "key",
    "kind",
    "last_error",
    "lease",
    "link_hash",
    "locale",
    "logo_digest",
    "mailbox",
    "message_id",
    "method",
    "name",
    "network",
    "partstat",
    "photo_version",
    "proof",
    "recipient",
    "reply_key",
    "salt",
    "sent",
    "size",
    "slug",
    "sort",
    "sort_name",
    "source",
    "status",
    "stored_as",
    "term",
    "text_hash",
    "timezone",
    "token_hash",
    "trust",
    "uid",
    "version",
    "via",
}

SEE = """() => {
  const bad = [];
  for (const one of document.querySelectorAll('*')) {
    for (const {name, value} of one.attributes) {
      const url = ['href', 'src', 'action', 'formaction', 'data', 'xlink:href', 'srcdoc'];
      const script = /^[\\s\\x00-\\x20]*(javascript|vbscript|data:text)/i;
      if (/^on/i.test(name)) bad.push(`${one.tagName} ${name}`);
      if (url.includes(name) && script.test(value)) bad.push(`${one.tagName} ${value}`);
    }
    const src = one.getAttribute('src') || '';
    const block = one.type === 'application/ld+json';
    if (one.tagName === 'SCRIPT' && !block && !src.startsWith('/static/')) bad.push('script');
    if (['BASE', 'OBJECT', 'EMBED', 'MATH', 'MARQUEE'].includes(one.tagName)) bad.push(one.tagName);
  }
  return [...window.ran, ...window.broken, ...bad];
}"""
HOOK = """
window.ran = []; window.broken = [];
for (const name of ['alert', 'confirm', 'prompt', 'print'])
  window[name] = (...said) => { window.ran.push(`${name} ran`); };
document.addEventListener('securitypolicyviolation', (event) =>
  window.broken.push(`${event.violatedDirective} ${event.sourceFile || event.blockedURI}`));
"""


def test_every_column_of_text_is_one_that_gets_it_or_one_that_the_program_fills() -> None:
    for table in db.metadata.sorted_tables:
        known = set(f"{TEXTS.get(table.name, '')} {LINKS.get(table.name, '')}".split())
        texts = {
            column.name
            for column in table.columns
            if isinstance(column.type, sa.String) and not isinstance(column.type, sa.Enum)
        }
        assert known <= texts, table.name
        assert texts - known <= MADE, table.name


def fill(world: World, number: int) -> None:
    """Put payloads into every text of the community, another batch into each column."""
    batches = [PAYLOADS[at : at + BATCH] for at in range(0, len(PAYLOADS), BATCH)]
    file = world.app.extensions["community_settings"].instance_path / "community.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        columns = [(t, c, "") for t, names in TEXTS.items() for c in names.split()]
        columns += [(t, c, "https://x.example/") for t, c in LINKS.items()]
        for place, (table, column, start) in enumerate(columns):
            text = start + f" {place} ".join(batches[(place + number) % len(batches)])
            statement = f"UPDATE OR IGNORE {table} SET {column} = ? || rowid"  # noqa: S608 - ours
            connection.execute(statement, (text,))
        connection.commit()


def as_read_by(world: World, who: str) -> Callable[[Route], None]:
    """What a browser is given that asks as somebody: pages and files of the program."""
    kept: dict[str, Any] = {}

    def serve(route: Route) -> None:
        parts = urlsplit(route.request.url)
        path = f"{parts.path}?{parts.query}".rstrip("?")
        if parts.netloc != "community.test":
            route.abort()
        elif path in kept or path.startswith("/static/"):
            kept.setdefault(path, world.browsers[who].client.get(path))
            route.fulfill(body=kept[path].data, headers=dict(kept[path].headers))
        else:
            answer = world.browsers[who].client.get(path)
            headers = {k: v for k, v in answer.headers if k not in {"Content-Length", "Set-Cookie"}}
            route.fulfill(body=answer.data, headers=headers, status=answer.status_code)

    return serve


def pages(desk: Desk) -> list[tuple[str, str]]:
    """Who looks at which page, but for files."""
    files = (
        "calendar",
        ".ics",
        ".csv",
        "/photo/",
        "/cover/",
        ".vcf",
        ".txt",
        "/file",
        "/healthz",
        "/readyz",
    )
    found = []
    for path, audience in desk.pages:
        if not any(part in path for part in files) or path == "/organize/events/x":
            found += [(who, path) for who in WHO.get(audience, ("owner",))[-1:]]
    found += [("owner", desk.world.path("/organize/events/<slug:slug>/attendees") + "?q=script")]
    return found if PROOF else [*found[::4], ("owner", f"/events/{desk.world.values['slug']}")]


@pytest.fixture
def tab(chromium: Chromium) -> Iterator[Page]:
    context = chromium.new_context(base_url="http://community.test")
    context.add_init_script(HOOK)
    yield context.new_page()
    context.close()


def told(desk: Desk, tab: Page, asked: list[tuple[str, str]]) -> dict[str, list[str]]:
    """By page, what ran, broke the policy, or stands there as markup."""
    found, reader = {}, ""
    for who, path in sorted(asked):
        if who != reader:
            tab.unroute("**/*")
            tab.route("**/*", as_read_by(desk.world, who))
            reader = who
        response = tab.goto(path, wait_until="load")
        assert response is not None
        assert response.status in {200, 404, 409, 410}, path
        found[path] = list(map(str, tab.evaluate(SEE)))
    return {path: seen for path, seen in found.items() if seen}


def test_no_stored_text_runs_on_any_page(desk: Desk, tab: Page, evidence: Evidence) -> None:
    assert len(PAYLOADS) >= 120
    asked = pages(desk)
    rounds = range(-(-len(PAYLOADS) // BATCH)) if PROOF else (0,)
    for number in rounds:
        desk.world.reset()
        fill(desk.world, number)
        assert told(desk, tab, asked) == {}, number
    columns = sum(len(names.split()) for names in TEXTS.values()) + len(LINKS)
    evidence(
        "S9",
        ON_PAGES,
        count=f"{len(PAYLOADS)} payloads × {columns} columns × {len(asked)} pages in Chromium",
    )


def test_without_escaping_it_is_seen(
    desk: Desk, tab: Page, monkeypatch: pytest.MonkeyPatch, evidence: Evidence
) -> None:
    """The control: templates that escape nothing; then a policy that allows everything."""
    app = desk.world.app
    fill(desk.world, 0)
    rules = ("/events/<slug:slug>", "/organize/events/<slug:slug>", "/members/<slug:handle>")
    asked = [("owner", desk.world.path(rule)) for rule in rules]
    monkeypatch.setattr(app.jinja_env, "autoescape", False)
    app.jinja_env.cache.clear()  # type: ignore[union-attr]  # it has one
    try:
        seen_stopped = told(desk, tab, asked)
        monkeypatch.setattr("community.web.headers._ALWAYS", {})
        seen_running = told(desk, tab, asked)
    finally:
        app.jinja_env.cache.clear()  # type: ignore[union-attr]  # the same
    stopped, ran = (list(chain(*seen.values())) for seen in (seen_stopped, seen_running))
    assert any(said.startswith("script-src") for said in stopped)
    assert "alert ran" not in stopped
    assert "alert ran" in ran
    evidence("S9", ON_PAGES, control="unescaped the policy reports it, and without policy it runs")


def hostile(value: Any, text: str) -> Any:
    """Facts of a mail, with every text that somebody chose replaced."""
    if isinstance(value, dict):
        return {key: hostile(one, text) for key, one in value.items()}
    if isinstance(value, list):
        return [hostile(one, text) for one in value]
    return text if isinstance(value, str) and " " in value.strip() else value


@transactional
def poison(text: str) -> None:
    for row in [
        *db.session.scalars(sa.select(OutboxMail)),
        *db.session.scalars(sa.select(Broadcast)),
    ]:
        row.facts = hostile(row.facts, text)
        if isinstance(row, OutboxMail):
            row.recipient_name = text[:120]


MAILS = list(SCENES) if PROOF else ["event_changed.words", "seat_given"]


def html_of(scene: str, text: str) -> list[str]:
    """The HTML of a scene's mails, with that text wherever somebody's words stand."""
    with time_machine.travel("2026-06-01 12:00Z"), moody() as server:
        SCENES[scene](a_member("Ann Lee", ANN), an_organizer())
        poison(text)
        post(server.way_in())
    return [letter(data).html for _, data in server.taken]


def seen_in(tab: Page, html: str) -> list[str]:
    """As a mail program that runs everything and has no policy."""
    tab.unroute("**/*")
    tab.route("**/*", lambda route: route.fulfill(body=html, content_type="text/html"))
    tab.goto("http://community.test/mail", wait_until="domcontentloaded")
    return list(map(str, tab.evaluate(SEE)))


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("scene", MAILS)
def test_no_stored_text_runs_in_any_mail(
    app: Flask, tab: Page, scene: str, evidence: Evidence
) -> None:
    place = list(SCENES).index(scene)
    several = [PAYLOADS[(place * 5 + step) % len(PAYLOADS)] for step in range(0, 135, 5)]
    mails = html_of(scene, " ".join(several))
    assert mails
    for html in mails:
        assert seen_in(tab, html) == []
    evidence("S9", IN_MAILS, count=f"{len(MAILS)} mails, {len(several)} payloads in each text")


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_mail_that_escapes_nothing_is_seen(
    app: Flask, tab: Page, monkeypatch: pytest.MonkeyPatch, evidence: Evidence
) -> None:
    """The control."""
    monkeypatch.setattr(rendering._environment(), "autoescape", False)
    rendering._environment().cache.clear()  # type: ignore[union-attr]  # it has one
    try:
        assert any(seen_in(tab, html) for html in html_of("seat_given", PAYLOADS[1]))
    finally:
        rendering._environment.cache_clear()
    evidence("S9", IN_MAILS, control="unescaped it runs")
