"""Membership by keyboard alone: join, sign in, profile, directory, topics, mail wishes."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import window
from tests.browser.keyboard import Keyboard
from tests.browser.test_accessibility import faults
from tests.journeys.running import Running, running
from tests.journeys.visitor import first_link, plain_text

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PAGES = ["/", "/join", "/sign-in", "/members", "/topics/ai", "/profile", "/profile/privacy"]
PAGES += ["/profile/mail", "/profile/sessions", "/invite"]


def heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(words)


def apply(keys: Keyboard, name: str, address: str) -> None:
    """Fill in the join form, by its fields in order."""
    keys.fill("Name", name)
    keys.fill("E-mail address", address)
    keys.fill("Organization", "Analytical Engines")
    keys.tick("AI")


def agree(keys: Keyboard, button: str) -> None:
    keys.tick("You may keep these details")
    keys.page.wait_for_timeout(1000)  # a program's hand is faster than forms take
    keys.press(button)


def sign_in(keys: Keyboard, program: Running, address: str) -> None:
    known = len(program.mailbox.mails_to(address))
    keys.open("/sign-in")
    keys.skip()
    keys.fill("E-mail address", address)
    keys.press("Send me a code")
    heading(keys.page, "Type the code")
    for _ in range(80):
        if len(program.mailbox.mails_to(address)) > known:
            break
        keys.page.wait_for_timeout(250)
    text = plain_text(program.mailbox.wait_for(address, "code"))
    code = re.search(r"^\s*(\d{6})\s*$", text, re.MULTILINE)
    assert code is not None
    keys.fill("Code", code[1])
    with keys.page.expect_navigation():
        keys.page.keyboard.press("Enter")  # in the field, as one does
    expect(keys.page.get_by_role("button", name="Sign out")).to_be_visible()


@pytest.fixture
def keys(page: Page) -> Keyboard:
    return Keyboard(page)


@pytest.fixture(params=["approval", "invitation"])
def elsewhere(
    request: pytest.FixtureRequest, chromium: Browser, program: Running
) -> Iterator[tuple[Keyboard, str]]:
    """The same community under another policy."""
    policy = str(request.param)
    with (
        running(program.instance, rate_limits="off", join_policy=policy) as started,
        window(chromium, started.url) as page,
    ):
        yield Keyboard(page), policy


def test_somebody_joins_and_finds_a_peer_and_says_what_to_be_mailed(
    keys: Keyboard, program: Running
) -> None:
    keys.open("/join")
    keys.skip()
    apply(keys, "Ada King", "ada.king@example.com")
    agree(keys, "Join")
    link = first_link(program.mailbox.wait_for("ada.king@example.com", "Confirm"), "/join/confirm/")
    keys.open(link)
    keys.press("Yes, count me in", by="Space")
    expect(keys.page.get_by_text("Welcome to Community Network!")).to_be_visible()
    keys.press("Sign out")

    sign_in(keys, program, "ada.king@example.com")
    keys.press("Profile")
    keys.fill("Job title", "Countess")
    keys.fill("Place", "London")
    keys.fill("About you", "Writes notes.")
    keys.press("Save the profile")
    keys.press("Who sees what")
    keys.choose("Job title", "Everybody")
    keys.choose("E-mail address", "Members")
    keys.press("Save the choice")
    expect(keys.page.get_by_label("Job title")).to_have_value("everybody")

    keys.press("Members")
    keys.choose("Topic", "Data Management")
    keys.press("Show")
    expect(keys.page.get_by_role("heading", name="Found")).to_be_visible()
    keys.press("Yuki Tanaka")
    heading(keys.page, "Yuki Tanaka")
    keys.press("Data Management")
    keys.press("Follow Data Management")
    expect(keys.page.get_by_text("You follow this topic.")).to_be_visible()

    keys.open("/profile/mail")
    keys.skip()
    stop = keys.tab()
    assert stop["type"] == "checkbox"
    assert stop["checked"]
    keys.tab(back=True)
    keys.tab()
    keys.page.keyboard.press("Space")
    keys.press("Save")
    expect(keys.page.get_by_text("Saved.")).to_be_visible()
    assert not keys.page.get_by_role("checkbox").first.is_checked()


def test_a_form_with_a_mistake_leads_there(keys: Keyboard) -> None:
    keys.open("/join")
    keys.fill("Name", "Ada")
    keys.fill("E-mail address", "ada@")
    keys.page.wait_for_timeout(1000)
    keys.press("Join")
    expect(keys.page.get_by_role("alert")).to_be_focused()
    keys.press_here("E-mail address")
    expect(keys.page.get_by_label("E-mail address")).to_be_focused()


def test_somebody_joins_under_the_other_policies(
    elsewhere: tuple[Keyboard, str], program: Running
) -> None:
    keys, policy = elsewhere
    address = f"{policy}@example.com"
    assert faults(keys.page, "/join") == []
    keys.open("/join")
    if policy == "approval":
        apply(keys, "Charles Babbage", address)
        keys.fill("Why would you like to join?", "To see how it ends.")
        agree(keys, "Apply")
        keys.open(first_link(program.mailbox.wait_for(address, "Confirm"), "/join/confirm/"))
        keys.press("Yes, ")
        heading(keys.page, "It is with the organizers")
        return
    expect(keys.page.get_by_text("Joining is by invitation")).to_be_visible()
    sign_in(keys, program, "priya.raghunathan@example.com")
    keys.open("/invite")
    keys.fill("E-mail address", address)
    keys.fill("A personal line", "Come and see.")
    keys.press("Send the invitation")
    keys.press("Sign out")
    keys.open(first_link(program.mailbox.wait_for(address, ""), "/invited/"))
    keys.fill("Name", "Mary Somerville")
    agree(keys, "Yes, count me in")
    expect(keys.page.get_by_text("Welcome to Community Network!")).to_be_visible()


def test_no_page_of_membership_holds_anybody_or_hides_the_focus(
    keys: Keyboard, program: Running
) -> None:
    sign_in(keys, program, "organizer@example.org")
    for path in PAGES:
        keys.open(path)
        stops = keys.walk()
        assert stops[0] == "Skip to the content", path
        assert len(stops) > 5, path


def test_a_hidden_focus_and_a_trap_would_be_noticed(keys: Keyboard) -> None:
    """The control."""
    keys.open("/sign-in")
    keys.page.evaluate(
        "document.styleSheets[0].insertRule('main * { outline: none !important }', 0)"
        "+ document.styleSheets[0].insertRule('main * { box-shadow: none !important }', 0)"
    )
    with pytest.raises(AssertionError, match="nobody sees"):
        keys.walk()
    keys.open("/sign-in")
    keys.page.evaluate(
        "document.addEventListener('keydown', (key) => "
        "key.key === 'Tab' && key.target.name === 'email' && key.preventDefault())"
    )
    with pytest.raises(AssertionError, match="no way out"):
        keys.walk()
