"""Whatever opens a mailed link before its reader does, changes nothing: scanners, and browsers.

Mail gateways fetch each link of a mail, often from several networks, and some of them render the
page with its scripts. Only a pressed button may act.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium
from werkzeug.serving import make_server

from community.core.db import db
from community.rsvp.by_link import answer_by_link
from community.web.access import everybody
from tests.evidence import Evidence
from tests.factories.events import an_event
from tests.factories.invitations import in_days, invited, own_page
from tests.house.test_safe_methods import fingerprint, world
from tests.rsvp.states import statuses
from tests.web.browser_without_js import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.proof]
RENDERED = "links of mails rendered with their scripts by Chromium change nothing"

NETWORKS = ("127.0.0.1", "192.0.2.7", "198.51.100.23", "2001:db8::5")
AGENTS = ("", "Mozilla/5.0 (compatible; SafeLinks)", "curl/8.5")


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The application behind a real socket, without a worker: nothing else changes anything."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def links(app: Flask) -> dict[str, str]:
    """Every kind of link that a mail holds, alive, by what its address begins with."""
    _, tokens, _ = world(app)
    del tokens["/calendar"]  # that no mail holds
    found = {start: f"{start}/{token}" for start, token in tokens.items()}
    found["/rsvp of somebody invited"] = own_page(
        invited(an_event(title="Tea", capacity=3), "ida@example.org", reserve_until=in_days(2))
    )
    return found


def fetch(app: Flask, path: str) -> None:
    for turn in range(10):
        client = Browser(app, address=NETWORKS[turn % len(NETWORKS)]).client
        agent = {"User-Agent": AGENTS[turn % len(AGENTS)]}
        for method in ("HEAD", "GET"):
            answer = client.open(path, method=method, headers=agent)
            assert answer.status_code == 200, (method, path)


def render(chromium: Chromium, url: str) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(url, wait_until="networkidle")
    page.mouse.move(200, 200)
    page.mouse.wheel(0, 2000)
    page.wait_for_timeout(200)
    context.close()


def test_fetched_ten_times_from_several_networks_nothing_changes(
    app: Flask, links: dict[str, str]
) -> None:
    before = fingerprint()
    for path in links.values():
        fetch(app, path)
        assert fingerprint() == before, path


def test_rendered_by_chromium_with_scripts_nothing_changes(
    app: Flask, links: dict[str, str], chromium: Chromium, evidence: Evidence
) -> None:
    before = fingerprint()
    db.session.remove()
    with served(app) as base:
        for path in links.values():
            render(chromium, base + path)
            assert fingerprint() == before, path
    evidence("S2", RENDERED, count=f"{len(links)} kinds of links")


def test_the_button_of_an_invitation_still_works_after_all_that(
    app: Flask, links: dict[str, str]
) -> None:
    """Those of the other links: see tests/house/test_safe_methods.py."""
    path = links["/rsvp of somebody invited"]
    fetch(app, path)
    reader = Browser(app, address="203.0.113.9")
    reader.get(path)
    assert reader.submit(press="going").says("You are going.")


def test_a_page_that_acted_when_it_is_opened_would_be_found_out(
    app: Flask,
    links: dict[str, str],
    chromium: Chromium,
    monkeypatch: pytest.MonkeyPatch,
    evidence: Evidence,
) -> None:
    """The control: the page of an invitation says yes for whoever looks at it."""
    rsvp = invited(an_event(title="Lunch"), "jo@example.org")
    rsvp_id, path, event_id = rsvp.id, own_page(rsvp), rsvp.event_id
    whole = app.view_functions["rsvp.own"]

    @everybody
    def hasty(token: str) -> object:
        answer_by_link(rsvp_id, coming=True)
        return whole(token)

    monkeypatch.setitem(app.view_functions, "rsvp.own", hasty)
    before = fingerprint()
    db.session.remove()
    with served(app) as base:
        render(chromium, base + path)
    assert fingerprint() != before
    assert statuses(event_id) == ["going"]
    evidence("S2", RENDERED, control="a page that acts when it is opened is seen")
