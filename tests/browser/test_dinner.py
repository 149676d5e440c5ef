"""The whole of a dinner on a phone: from the draft to the thank-you, through a dead network."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from community.app import create_app
from community.core.db import db
from community.membership.joining import grant_role
from community.membership.models import Role
from tests.browser.dinner import DAYS, PEOPLE, Story, later_file
from tests.factories.databases import migrate
from tests.journeys.running import running
from tests.journeys.visitor import first_link, plain_text

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ORGANIZER, HELPER = "host@example.org", "dora@example.org"
TITLE = "Dinner of the Long Table"
SLUG = "dinner-of-the-long-table"
DESK = f"/organize/events/{SLUG}"


@pytest.fixture
def story(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Story]:
    instance = tmp_path_factory.mktemp("dinner")
    later_file(instance).write_text(str(-4 * DAYS))
    app = create_app(instance_path=instance)
    with app.app_context():
        migrate()
        grant_role(ORGANIZER, Role.ORGANIZER)
        db.engine.dispose()
    command = ["tests/journeys/serve_later.py"]
    with running(instance, command=command, rate_limits="off") as program:
        yield Story(program, chromium)


def test_a_dinner_from_draft_to_thank_you(story: Story) -> None:
    organizer, page = story.phone(ORGANIZER)
    draft_and_publish(page)
    invite_sixty(story, page)
    sixty_answer(story)
    the_list_says_so(page)
    the_silent_are_reminded(story, page)
    one_leaves_and_the_next_has_the_seat(story, page)
    those_going_get_a_message(story, page)
    the_kitchen_knows(page)
    helper, door = somebody_helps_at_the_door(story, page)
    story.set_clock(0)  # three hours before the dinner
    two_doors_and_a_dead_network(story, page, door, helper)
    story.set_clock(1 * DAYS)
    the_next_day(story, page)
    helper.close()
    organizer.close()


def draft_and_publish(page: Page) -> None:
    starts = (datetime.now(UTC) + timedelta(hours=3)).replace(minute=0)
    page.goto("/organize/events/new")
    page.get_by_label("Title").fill(TITLE)
    page.get_by_label("Starts").fill(starts.strftime("%Y-%m-%dT%H:%M"))
    page.get_by_label("Ends").fill((starts + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M"))
    page.get_by_label("Time zone").fill("UTC")
    page.locator("[name=venue]").fill("Glass House")
    page.locator("[name=capacity]").fill("30")
    page.locator("[name=guests_allowed]").fill("1")
    page.get_by_role("button", name="Save the draft").click()
    page.get_by_role("button", name="Publish the event").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)


def invite_sixty(story: Story, page: Page) -> None:
    page.goto(f"{DESK}/invite")
    page.locator("[name=people]").fill("\n".join(f"{one.name}, {one.address}" for one in PEOPLE))
    page.get_by_label("A word to them", exact=False).fill("It would not be the same without you.")
    page.get_by_role("button", name="Look at it first").click()
    expect(page.get_by_role("main")).to_contain_text("60 people would be invited")
    page.get_by_role("button", name="Send the invitations").click()
    story.read_invitations()


def sixty_answer(story: Story) -> None:
    """21 parties of 30 heads come, 9 of them with a guest; 12 wait; 15 decline; 12 say nothing."""
    for number, one in enumerate(PEOPLE[:21]):
        guest = f"Guest of {one.name}" if number < 9 else ""
        food = "vegan" if number == 0 else "nut allergy" if number == 1 else ""
        assert "You are going" in story.answers(one, "going", guest, food)
    for one in PEOPLE[21:33]:
        assert "in line" in story.answers(one, "going")
    for one in PEOPLE[33:48]:
        story.answers(one, "decline")


def the_list_says_so(page: Page) -> None:
    page.goto(DESK)
    main = page.get_by_role("main")
    expect(main).to_contain_text("30")
    page.goto(f"{DESK}/attendees")
    chips = page.get_by_role("navigation", name="By status")
    for words in ("Going 21", "Waitlist.* 12", "Invited 12", "Declined 15"):
        expect(chips).to_contain_text(re.compile(words))


def the_silent_are_reminded(story: Story, page: Page) -> None:
    main = page.get_by_role("main")
    page.goto(f"{DESK}/attendees")
    page.get_by_role("link", name="Has not answered").click()
    expect(main).to_contain_text(PEOPLE[48].name)
    main.get_by_text("Save this view").click()
    main.locator("[name=name]").fill("Silent so far")
    main.get_by_role("button", name="Save as a new view").click()
    expect(main.get_by_role("link", name="Silent so far")).to_be_visible()
    main.get_by_label("Everybody on this list").check()
    main.get_by_role("button", name="Remind").click()
    expect(main).to_contain_text("12 people get a reminder")
    main.get_by_role("button", name="Remind").click()
    for one in PEOPLE[48:]:
        story.program.mailbox.wait_for(one.address, "Can you come?")


def one_leaves_and_the_next_has_the_seat(story: Story, page: Page) -> None:
    last, first_in_line = PEOPLE[20], PEOPLE[21]
    story.answers(last, "withdraw")
    mail = story.program.mailbox.wait_for(first_in_line.address, "A seat is yours")
    assert TITLE in str(mail["Subject"])
    page.goto(f"{DESK}/attendees?status=going&q={first_in_line.address}")
    expect(page.get_by_role("main")).to_contain_text(first_in_line.name)


def those_going_get_a_message(story: Story, page: Page) -> None:
    main = page.get_by_role("main")
    page.goto(f"{DESK}/attendees?status=going")
    main.get_by_role("link", name="Write to these").click()
    main.get_by_label("Subject").fill("Before {event}")
    main.locator("[name=body]").fill("Dear {first_nome},\n\nthe door opens at *seven*.")
    main.get_by_role("button", name="Save and look at it").click()
    expect(main).to_contain_text("{first_nome}")  # refused, and what was typed is still there
    expect(main.get_by_label("Subject")).to_have_value("Before {event}")
    main.locator("[name=body]").fill("Dear {first_name},\n\nthe door opens at *seven*.")
    main.get_by_role("button", name="Save and look at it").click()
    expect(main).to_contain_text("21 people are meant now")
    main.get_by_role("button", name="Send me a test").click()
    story.program.mailbox.wait_for(ORGANIZER, "[Test]")
    main.get_by_role("button", name="Send to 21 people").click()
    for one in (*PEOPLE[:20], PEOPLE[21]):
        mail = story.program.mailbox.wait_for(one.address, f"Before {TITLE}")
        assert f"Dear {one.name.split()[0]}," in plain_text(mail)
    page.reload()
    expect(main).to_contain_text("21")


def the_kitchen_knows(page: Page) -> None:
    main = page.get_by_role("main")
    page.goto(f"{DESK}/sheets/kitchen")
    expect(main).to_contain_text(re.compile("30\\s*going, guests included"))
    expect(main).to_contain_text(re.compile("Allergies.*Nuts|Allergies.*nut", re.DOTALL))
    expect(main).not_to_contain_text(PEOPLE[1].name)
    page.goto(f"{DESK}/sheets/badges")
    expect(page.locator(".nametag")).to_have_count(30)


def somebody_helps_at_the_door(story: Story, page: Page) -> tuple[BrowserContext, Page]:
    page.goto(f"{DESK}/team")
    page.get_by_label("E-mail address").fill(HELPER)
    page.locator("[name=role]").select_option("door")
    page.get_by_role("button", name="Ask by mail").click()
    asked = story.program.mailbox.wait_for(HELPER, "help at the door")
    helper, door = story.phone()
    door.goto(first_link(asked, "/helping/"))
    door.locator("[name=name]").fill("Dora Door")
    door.get_by_role("button", name="Yes, I help").click()
    story.sign_in(door, HELPER)
    assert door.goto(f"{DESK}/attendees").status == 404  # type: ignore[union-attr]  # there is an answer
    return helper, door


def two_doors_and_a_dead_network(
    story: Story, page: Page, door: Page, helper: BrowserContext
) -> None:
    for one in (page, door):
        one.goto(f"{DESK}/check-in")
        expect(one.locator("[data-count]")).to_have_text("0 in, of 30 expected")
        expect(one.locator("[data-row]").first).to_be_visible()  # the script has the list
    helper.set_offline(True)
    press(door, "Let in", PEOPLE[0].name)
    press(door, "Let in", PEOPLE[9].name)
    expect(door.locator("[data-count]")).to_have_text("2 in, of 30 expected")
    expect(door.get_by_role("main")).to_contain_text("not sent yet")
    press(page, "Let in", PEOPLE[0].name)  # the same head at the other door
    page.get_by_role("button", name=f"of the party of {PEOPLE[1].name}").click()
    expect(page.locator("[data-count]")).to_have_text("3 in, of 30 expected")
    helper.set_offline(False)
    for one in (page, door):
        expect(one.locator("[data-count]")).to_have_text("4 in, of 30 expected", timeout=40_000)
    mail = story.program.mailbox.wait_for(PEOPLE[10].address, "You are going")
    code = re.search(r"\b[0-9A-Z]+(-[0-9A-Z]{4}){3}\b", plain_text(mail))
    assert code is not None
    door.goto(f"{DESK}/check-in?code={code[0].lower()}")  # as a phone's camera opens it
    press(door, "Let in", PEOPLE[10].name)
    expect(door.locator("[data-count]")).to_have_text("5 in, of 30 expected")
    door.goto(f"{DESK}/check-in/walk-in")
    door.locator("[name=name]").fill("Wally Walker")
    door.get_by_role("button", name="Give a seat and let in").click()
    expect(door.get_by_role("alert")).to_contain_text(re.compile("seat"))  # all are taken
    expect(door.locator("[name=name]")).to_have_value("Wally Walker")


def the_next_day(story: Story, page: Page) -> None:
    main = page.get_by_role("main")
    page.goto(DESK)
    expect(main).to_contain_text("People I met")
    main.get_by_role("link", name="Who did not come").click()
    expect(main).to_contain_text(PEOPLE[5].name)
    expect(main).not_to_contain_text(PEOPLE[9].name)
    page.goto(DESK)
    main.get_by_role("link", name="Write a thank-you").click()
    main.get_by_role("button", name="Save and look at it").click()
    expect(main).to_contain_text("4 people are meant now")  # one of them came with a guest
    main.get_by_role("button", name="Send to 4 people").click()
    for number in (0, 1, 9, 10):
        story.program.mailbox.wait_for(PEOPLE[number].address, "Thank you")
    page.goto(f"{DESK}/log")
    expect(main).to_contain_text(f"{PEOPLE[9].name}, or a guest of theirs, was let in.")
    page.goto("/organize/figures")
    expect(main).to_contain_text(TITLE)


def press(page: Page, words: str, name: str) -> None:
    page.get_by_role("button", name=f"{words} {name}", exact=True).click()
