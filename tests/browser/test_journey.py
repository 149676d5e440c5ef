"""The whole main job in a real browser: join, register, see the invite, organize, export."""

import csv
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.running import Running
from tests.journeys.visitor import plain_text

pytestmark = [pytest.mark.browser, pytest.mark.slow]
DINNER = "Boston Leadership Dinner"


def open_mail(page: Page, recipient: str, subject: str) -> None:
    """Read the newest mail to somebody at /dev/mail; the worker may need a moment."""
    for _ in range(60):
        page.goto("/dev/mail")
        row = page.get_by_role("row").filter(has_text=recipient).filter(has_text=subject)
        if row.count():
            row.first.get_by_role("link").first.click()
            return
        page.wait_for_timeout(250)
    raise AssertionError(f"no mail {subject!r} to {recipient}")


def sign_in(page: Page, program: Running, address: str) -> None:
    """Ask for a code, read the new mail, type it."""
    before = len(program.mailbox.mails_to(address))
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill(address)
    page.get_by_role("button", name="Send me a code").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Type the code")
    for _ in range(60):
        if len(program.mailbox.mails_to(address)) > before:
            break
        page.wait_for_timeout(250)
    text = plain_text(program.mailbox.wait_for(address, "code"))
    code = re.search(r"^\s*(\d{6})\s*$", text, re.MULTILINE)
    assert code is not None
    page.get_by_label("Code").fill(code[1])
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def test_from_visitor_to_exported_list(page: Page, chromium: Browser, program: Running) -> None:
    page.goto("/")
    page.get_by_role("link", name="Join").first.click()
    page.get_by_label(re.compile("^Name")).fill("Ada Lovelace")
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_label("Organization").fill("Analytical Engines")
    page.get_by_role("checkbox", name=re.compile("You may keep these details")).check()
    page.wait_for_timeout(1000)  # a program's hand is faster than forms take
    page.get_by_role("main").get_by_role("button", name="Join").click()
    open_mail(page, "ada@example.com", "Confirm")
    page.locator("a[href*='/join/confirm/']").first.click()
    page.get_by_role("button", name="Yes, count me in").click()

    page.goto("/events")
    page.get_by_role("link", name=DINNER).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(DINNER)
    page.get_by_role("button", name="Reserve my seat").click()
    expect(page.get_by_role("region", name="Your answer")).to_contain_text("You are going")
    open_mail(page, "ada@example.com", "You are going")
    expect(page.get_by_role("main")).to_contain_text("METHOD:REQUEST")

    desk = chromium.new_context(base_url=program.url).new_page()
    sign_in(desk, program, "organizer@example.org")
    desk.goto("/organize")
    desk.get_by_role("link", name=DINNER).first.click()
    desk.get_by_role("link", name=re.compile("Attendees|RSVP|Answers")).first.click()
    expect(desk.get_by_role("main")).to_contain_text("Ada Lovelace")
    with desk.expect_download() as download:
        desk.get_by_role("link", name=re.compile("CSV")).first.click()
    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as file:
        rows = {row["email"]: row for row in csv.DictReader(file)}
    assert rows["ada@example.com"]["status"] == "going"
    assert rows["ada@example.com"]["organization"] == "Analytical Engines"
    desk.context.close()

    page.goto("/events/boston-leadership-dinner")
    page.get_by_role("button", name="I cannot come after all").click()
    expect(page.get_by_role("region", name="Your answer")).to_contain_text("You withdrew")
    open_mail(page, "ada@example.com", "not coming")
    expect(page.get_by_role("main")).to_contain_text("METHOD:CANCEL")


def test_an_organizer_drafts_publishes_and_cancels(page: Page, program: Running) -> None:
    sign_in(page, program, "organizer@example.org")
    page.goto("/organize/events/new")
    start = (datetime.now() + timedelta(days=30)).replace(hour=19, minute=0)  # noqa: DTZ005 - as typed
    page.get_by_label("Title").fill("Night of the Open Ledger")
    page.get_by_label("Starts").fill(start.strftime("%Y-%m-%dT%H:%M"))
    page.get_by_label("Ends").fill((start - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"))
    page.get_by_label("Time zone").fill("Europe/Berlin")
    page.get_by_label(re.compile("^Seats( required)?$")).fill("12")
    page.get_by_role("main").get_by_role("button").last.click()
    summary = page.get_by_role("alert").first
    expect(summary).to_be_focused()
    expect(page.get_by_label("Title")).to_have_value("Night of the Open Ledger")
    page.get_by_label("Ends").fill((start + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M"))
    page.get_by_role("main").get_by_role("button").last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Night of the Open Ledger")
    page.get_by_role("button", name=re.compile("Publish")).click()
    page.goto("/events/night-of-the-open-ledger")
    expect(page.get_by_role("main")).to_contain_text("12")
    page.goto("/organize/events/night-of-the-open-ledger")
    page.get_by_text("Cancel this event").first.click()
    page.locator("[name=message]").last.fill("The ledger is closed.")
    page.get_by_role("button", name=re.compile("Cancel")).last.click()
    page.goto("/events/night-of-the-open-ledger")
    expect(page.get_by_role("main")).to_contain_text("The ledger is closed.")
