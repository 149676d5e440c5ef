"""Axe finds nothing on any page, and no page is wider than its window, narrow or wide."""

import os
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from community.core.db import db
from community.membership.invitations import invite
from community.membership.mail_wishes import unsubscribe_tokens
from community.membership.queries import find_person
from community.membership.wish_models import MailCategory
from tests.browser.test_journey import sign_in
from tests.factories.joining import an_application, mailed_invitation
from tests.journeys.running import Running

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FOR_ANYBODY = [
    "/",
    "/join",
    "/join/check-mail",
    "/join/confirm/nothing",
    "/invited/nothing",
    "/sign-in",
    "/sign-in/code",
    "/sign-in/link/nothing",
    "/events",
    "/events?when=past",
    "/events/boston-leadership-dinner",
    "/events/boston-leadership-dinner/rsvp",
    "/events/boston-leadership-dinner/rsvp/check-mail",
    "/topics",
    "/topics/ai",
    "/rsvp/confirm/nothing",
    "/no-such-page",
    "/dev/mail",
]
PROOF = bool(os.environ.get("PROOF"))
IN_THE_DARK = ["/", "/join", "/events", "/events/boston-leadership-dinner"]
FOR_ORGANIZERS = [
    "/my/events",
    "/invite",
    "/organize/applications",
    "/organize",
    "/organize/figures",
    "/organize/events/new",
    "/organize/events/boston-leadership-dinner",
    "/organize/events/boston-leadership-dinner/edit",
    "/organize/events/boston-leadership-dinner/attendees",
    "/organize/events/boston-leadership-dinner/message",
    "/organize/events/boston-leadership-dinner/add",
    "/organize/topics",
    "/organize/topics/new",
    "/organize/venues",
    "/organize/venues/1",
    "/organize/topics/ai",
    "/organize/topics/ai/merge",
    "/organize/topics/ai/merge?into=diversity",
    "/topics/ai",
    "/events/boston-leadership-dinner",
    "/events/boston-leadership-dinner/rsvp",
]
FOR_MEMBERS = [
    "/profile",
    "/profile/privacy",
    "/profile/privacy?as=everybody",
    "/profile/mail",
    "/profile/sessions",
    "/profile/email",
    "/profile/email/confirm/nothing",
    "/sign-in/again",
    "/members",
    "/members?q=nobody-is-called-so",
    "/members?q=a&topic=ai",
    "/topics/diversity",
    "/invite",
]
FOR_ADMINS = [
    "/organize/community",
    "/organize/community/consent",
    "/organize/community/about",
    "/organize/people/import",
    "/about",
    "/privacy",
]
PEOPLE = """name,email,organization
Ada Lovelace,ada.import@example.com,Analytical Engines
Nobody,not an address,
Grace Hopper,grace.import@example.com,Navy
"""
SIZES = [(390, 844), (1280, 900)]
# Of all that axe looks at, the scheme changes colours alone.
LOOKED_AT: dict[str, dict[str, list[str]]] = {
    "light": {},
    "dark": {"runOnly": ["color-contrast"]},
}
# What passes is not described node by node.
SAID = {"resultTypes": ["violations"]}


def faults(page: Page, path: str, *, dark: bool = PROOF) -> list[str]:
    """What is wrong with a page at both sizes, in light and, if asked, in dark.

    All colours are the same few tokens: `make proof` looks at each page in the dark.
    """
    found = []
    page.goto(path)
    for scheme, options in LOOKED_AT.items():
        if scheme == "dark" and not dark:
            continue
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]  # one of its literals
        # Colours are the same at every size.
        for width, height in SIZES[:1] if options else SIZES:
            page.set_viewport_size({"width": width, "height": height})
            # A colour that is still on its way to another has a contrast of neither.
            page.evaluate("document.getAnimations().forEach(one => one.finish())")
            wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
            found += [f"{path} at {width}: scrolls sideways"] if wide else []
            if width > SIZES[0][0] and not PROOF:
                continue  # the same page in another width: axe looks at it in `make proof`
            looked = Axe().run(page, options={**SAID, **options}).response
            for violation in looked["violations"]:
                nodes = [node["html"][:120] for node in violation["nodes"][:3]]
                found.append(f"{path} at {width} {scheme}: {violation['id']} {nodes}")
    return found


def event_paths(page: Page) -> list[str]:
    """Every event on the two lists: each shows another state."""
    paths = set()
    for address in ("/events", "/events?when=past"):
        page.goto(address)
        hrefs = page.locator("a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
        paths |= {href for href in hrefs if re.fullmatch(r"/events/[a-z0-9-]+", href or "")}
    return sorted(paths)


def test_visitors_pages(page: Page) -> None:
    found = []
    events = event_paths(page)
    assert len(events) >= 5
    for path in FOR_ANYBODY + events:
        found += faults(page, path, dark=path in IN_THE_DARK or PROOF)
    assert not found, "\n".join(found)


def test_organizers_pages(page: Page, program: Running) -> None:
    sign_in(page, program, "organizer@example.org")
    page.goto("/my/events")
    page.get_by_role("button", name="Get a calendar address").first.click()
    found = []
    for path in FOR_ORGANIZERS:
        found += faults(page, path)
    assert not found, "\n".join(found)


def test_members_pages(page: Page, program: Running) -> None:
    address = "hannah.becker@example.net"
    sign_in(page, program, address)
    with program.app.app_context():
        hannah = find_person(address)
        assert hannah is not None
        invite(hannah.id, "to.be.invited@example.com", "Come and see.")
        invited = mailed_invitation("to.be.invited@example.com")
        [token] = unsubscribe_tokens([hannah.id], MailCategory.EVENTS).values()
        paths = [f"/members/{hannah.handle}", f"/invited/{invited}", f"/unsubscribe/{token}"]
    found = []
    for path in FOR_MEMBERS + paths:
        found += faults(page, path)
    page.goto("/profile/email")  # with a mistake
    page.get_by_label("E-mail address").fill("ada@")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    found += [violation["id"] for violation in Axe().run(page).response["violations"]]
    assert not found, "\n".join(found)


def test_admins_pages(page: Page, program: Running) -> None:
    sign_in(page, program, "admin@example.org")
    with program.app.app_context():
        application = an_application("Ada", "ada.applies@example.com", "To meet people.")
        db.session.rollback()
        paths = ["/organize/applications", f"/organize/applications/{application.id}"]
    file = {"name": "people.csv", "mimeType": "text/csv", "buffer": PEOPLE.encode()}
    page.goto("/organize/people/import")
    page.locator("input[type=file]").set_input_files([file])  # type: ignore[list-item]  # a dict
    page.get_by_role("button", name="Check the file").click()
    page.wait_for_url("**/import/*")
    report = page.url.removeprefix(program.url)
    for _ in range(40):
        if "Nobody" in page.content():
            break
        page.wait_for_timeout(250)
        page.goto(report)
    found = []
    for path in [*FOR_ADMINS, *paths, report]:
        found += faults(page, path)
    assert not found, "\n".join(found)


def test_axe_would_find_something(page: Page) -> None:
    """The control: a page with a known fault is reported."""
    page.goto("/events")
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=x>')")
    assert "image-alt" in {v["id"] for v in Axe().run(page).response["violations"]}
