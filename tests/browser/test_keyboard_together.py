"""Members among each other by keyboard alone: from joining to being gone, and what may go wrong."""

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import vobject
from playwright.sync_api import Browser, expect

from community.membership.queries import find_person
from community.rsvp.respond import say_yes
from tests.browser.conftest import window
from tests.browser.keyboard import Keyboard
from tests.browser.lived_in import an_event_tonight
from tests.browser.test_keyboard import agree, apply, heading, sign_in
from tests.factories.people import a_member
from tests.journeys.running import Running
from tests.journeys.visitor import first_link

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ADA, PEER = "ada.byron@example.com", "priya.raghunathan@example.com"


@contextmanager
def at_keyboard(chromium: Browser, program: Running, address: str = "") -> Iterator[Keyboard]:
    """A window of somebody's own, signed in when an address is given."""
    with window(chromium, program.url) as page:
        keys = Keyboard(page)
        if address:
            sign_in(keys, program, address)
        yield keys


def said(keys: Keyboard, words: str) -> None:
    """What a page says back after a button."""
    expect(keys.page.get_by_role("main")).to_contain_text(words)


def fetch(keys: Keyboard, name: str) -> bytes:
    """Follow a link that leads to a file."""
    keys.find(name)
    with keys.page.expect_download() as download:
        keys.page.keyboard.press("Enter")
    return Path(download.value.path()).read_bytes()


def search(keys: Keyboard, words: str) -> None:
    keys.open("/members")
    keys.fill("Search", words)
    keys.press("Show")


def members(program: Running, *names: str) -> list[str]:
    """New members; their addresses."""
    with program.app.app_context():
        return [
            a_member(name, f"{name.split()[0].lower()}@members.example").address for name in names
        ]


def test_a_visitor_joins_is_found_connects_takes_the_data_and_is_gone(
    chromium: Browser, program: Running
) -> None:
    with at_keyboard(chromium, program) as ada, at_keyboard(chromium, program, PEER) as peer:
        ada.open("/join")
        apply(ada, "Ada Byron", ADA)  # she ticks a topic that the peer follows
        agree(ada, "Join")
        ada.open(first_link(program.mailbox.wait_for(ADA, "Confirm"), "/join/confirm/"))
        ada.press("Yes, count me in")

        peer.press("Members")
        peer.choose("Topic", "AI")
        peer.press("Show")
        peer.press("Ada Byron")
        heading(peer.page, "Ada Byron")
        page_of_ada = peer.page.url
        peer.fill("A word", "We share a topic.")
        peer.press("Ask to connect")
        said(peer, "You asked to connect")

        ada.open(first_link(program.mailbox.wait_for(ADA, "connect"), "/connections"))
        said(ada, "We share a topic.")
        ada.press("Accept")
        program.mailbox.wait_for(PEER, "Ada Byron")
        ada.open("/connections")
        ada.press("Priya Raghunathan")
        said(ada, "You are connected")
        card = vobject.readOne(fetch(ada, "Take into your address book").decode())
        assert (card.fn.value, card.email.value) == ("Priya Raghunathan", PEER)
        assert card.n.value.family == "Raghunathan"
        assert (card.title.value, card.org.value) == ("VP Analytics", ["Lantern Health"])

        peer.open("/connections")
        card = vobject.readOne(fetch(peer, "Address card (Ada Byron)").decode())
        assert (card.email.value, card.org.value) == (ADA, ["Analytical Engines"])

        everything_is_taken_out(ada, program)
        ada.open("/profile/privacy/erase")
        ada.fill("Your e-mail address", ADA)
        ada.press("Erase everything")
        said(ada, "Everything about you is erased.")
        expect(ada.page.get_by_role("link", name="Join").first).to_be_visible()
        program.mailbox.wait_for(ADA, "Everything about you is erased")

        search(peer, "Ada Byron")
        said(peer, "Nobody matches")
        assert peer.page.goto(page_of_ada).status == 404
        peer.open("/connections")
        expect(peer.page.get_by_role("main")).not_to_contain_text("Ada")


def everything_is_taken_out(ada: Keyboard, program: Running) -> None:
    """The worker of the program makes the file; its mail leads to the page."""
    ada.press("Profile")
    ada.press("Your data")
    ada.press("Put my data together")
    said(ada, "Your file is being made.")
    ada.open(first_link(program.mailbox.wait_for(ADA, "Your data"), "/profile/privacy/export"))
    with zipfile.ZipFile(io.BytesIO(fetch(ada, "Fetch the file"))) as taken:
        [facts] = [name for name in taken.namelist() if name.endswith(".json")]
        held = json.dumps(json.loads(taken.read(facts)))
    assert ADA in held
    assert "Analytical Engines" in held
    assert "We share a topic." in held


def test_somebody_is_reported_and_blocked_and_organizers_answer(
    chromium: Browser, program: Running
) -> None:
    rita, _ = members(program, "Rita Reports", "Basil Bothers")
    with at_keyboard(chromium, program, rita) as keys:
        search(keys, "Basil")
        keys.press("Basil Bothers")
        page_of_basil = keys.page.url
        keys.press("Block or report")
        keys.fill("What happened", "He sells insurance at dinner.")
        keys.press("Send the report")
        said(keys, "The organizers will look at it")
        keys.open(page_of_basil)
        keys.press("Block or report")
        keys.press("Block Basil Bothers")
        said(keys, "You do not see Basil Bothers any more.")
        search(keys, "Basil")
        said(keys, "Nobody matches")
        keys.open("/profile/blocked")
        keys.press("Lift the block (Basil Bothers)")
        said(keys, "The block is lifted.")
        search(keys, "Basil")
        keys.press("Basil Bothers")
    with at_keyboard(chromium, program, "organizer@example.org") as keys:
        keys.press("Organize")
        keys.press("Reports")
        said(keys, "He sells insurance at dinner.")
        keys.fill("What was done", "We talked to him.")
        keys.press("Close the report")
        keys.press("Closed")
        said(keys, "We talked to him.")


def test_a_member_leaves(chromium: Browser, program: Running) -> None:
    [lena] = members(program, "Lena Leaves")
    with at_keyboard(chromium, program, lena) as keys:
        keys.press("Profile")
        keys.press("Who sees what")
        keys.press("Leave the community")
        keys.press("Leave the community", by="Space")
        heading(keys.page, "Your membership has ended")
        keys.press("Take out or erase my data")  # which stays open to her
        heading(keys.page, "Your data")
    with at_keyboard(chromium, program, PEER) as keys:
        search(keys, "Lena")
        said(keys, "Nobody matches")


def test_an_admin_suspends_lifts_it_and_merges(chromium: Browser, program: Running) -> None:
    sam, twice = members(program, "Sam Suspended", "Samuel Again")
    with at_keyboard(chromium, program, "admin@example.org") as keys:
        keys.press("Organize")
        keys.press("People")
        keys.fill("A whole address", sam)
        keys.press("Find")
        keys.press("Sam Suspended")
        keys.fill("A word to them", "Please call us.")
        keys.press("Suspend")
        said(keys, "Please call us.")
        program.mailbox.wait_for(sam, "suspended")
        keys.press("Lift the suspension")
        program.mailbox.wait_for(sam, "Welcome back")

        keys.fill("An address of the other record", twice)
        keys.press("See what would move")
        heading(keys.page, "Merge Samuel Again into Sam Suspended?")
        keys.press("Merge the records")
        said(keys, "The two records are one now.")
        said(keys, twice)
        program.mailbox.wait_for(twice, "one now")


def test_a_party_grows_and_shrinks_after_the_answer(chromium: Browser, program: Running) -> None:
    [gus] = members(program, "Gus Grows")
    with at_keyboard(chromium, program, gus) as keys:
        keys.open("/events/boston-leadership-dinner")
        keys.press("Reserve my seat")
        keys.press("See or change what you answered")
        keys.fill("Guests", "1")
        keys.fill("Name", "Bo Ek")
        keys.press("Save changes")
        said(keys, "2 seats are yours")
        program.mailbox.wait_for(gus, "Your party has changed")
        keys.open("/events/boston-leadership-dinner/rsvp")
        keys.fill("Guests", "0")
        keys.press("Save changes")
        said(keys, "1 seat is yours")


def test_the_owner_adds_somebody_who_checks_people_in(chromium: Browser, program: Running) -> None:
    dora, gina = members(program, "Dora Door", "Gina Guest")
    with program.app.app_context():
        owner, guest = find_person("organizer@example.org"), find_person(gina)
        assert owner is not None
        assert guest is not None
        supper = an_event_tonight(owner, "Keyboard Supper", guests=0)
        say_yes(guest.id, supper.id)
    with at_keyboard(chromium, program, "organizer@example.org") as keys:
        keys.press("Organize")
        keys.press("Keyboard Supper")
        keys.press("Team")
        keys.fill("E-mail address", dora)
        keys.choose("Role", "Door")
        keys.press("Ask by mail")
        said(keys, "to help")
    with at_keyboard(chromium, program, dora) as keys:
        keys.open(first_link(program.mailbox.wait_for(dora, "Keyboard Supper"), "/helping/"))
        keys.press("Yes, I help")
        keys.open(f"{program.url}/organize/events/keyboard-supper/check-in")
        said(keys, "0 in, of 1 expected")
        expect(keys.page.locator("[data-row]")).to_be_visible()  # the script has the list
        keys.fill("Name or code", "gina")
        keys.press_here("Let in Gina Guest")
        said(keys, "1 in, of 1 expected")
        keys.press_here("Undo Gina Guest")
        said(keys, "0 in, of 1 expected")
        expect(keys.page.get_by_label("Name or code")).to_have_value("gina")
