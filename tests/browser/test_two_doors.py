"""Two doors and a dead network in a real Chromium: the first press wins, and nothing is lost."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from community.core.clock import now
from community.core.db import db, transactional
from community.events.models import HostRole
from community.events.team import add_helper, remove_helper
from community.membership.queries import get_person
from community.membership.sessions import open_session
from community.organizing.models import AuditEntry
from community.rsvp.codes import code_of
from community.rsvp.models import Attendee, Rsvp
from community.rsvp.party import Guest
from community.rsvp.respond import say_no, say_yes
from tests.browser.lived_in import an_event_tonight
from tests.factories.people import a_member, an_organizer
from tests.journeys.running import Running

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PHONE = {"width": 390, "height": 844}


@dataclass
class Evening:
    """An event whose door is open, with Ada and her guest Bo, and Cy; two people at its doors."""

    program: Running
    slug: str
    event_id: int
    people: dict[str, int]  # ids by name
    heads: dict[str, int]

    @property
    def page(self) -> str:
        return f"/organize/events/{self.slug}/check-in"

    def inside(self) -> dict[str, str]:
        """Who is in, and by whom."""
        with self.program.app.app_context():
            found = sa.select(Attendee).join(Rsvp).where(Rsvp.event_id == self.event_id)
            rows = [row for row in db.session.scalars(found) if row.checked_in_at]
            return {row.name: get_person(row.checked_in_by or 0).name for row in rows}

    def entries(self, name: str) -> int:
        """How often somebody was noted as let in."""
        with self.program.app.app_context():
            noted = sa.select(AuditEntry.details).where(AuditEntry.action == "CheckedIn")
            return sum(d.get("attendee_id") == self.heads[name] for d in db.session.scalars(noted))

    def cookie(self, name: str) -> dict[str, str]:
        with self.program.app.app_context():
            token = transactional(
                lambda: open_session(get_person(self.people[name]), proof="code")
            )()
            interface = self.program.app.session_interface
            signed = interface.get_signing_serializer(self.program.app)  # type: ignore[attr-defined]  # Flask's default interface has it
            value = signed.dumps({"token": token, "_permanent": True})
        return {"name": "session", "value": value, "url": self.program.url}


@pytest.fixture
def evening(program: Running) -> Evening:
    with program.app.app_context():
        owner = an_organizer("Olga")
        event = an_event_tonight(owner, "Two doors")
        people = {"Olga": owner.id}
        for name in ("Dora", "Emil"):
            helper = a_member(name)
            add_helper(owner.id, event.id, helper.address, HostRole.DOOR)
            people[name] = helper.id
        ada, cy = a_member("Ada Löwe"), a_member("Cy Twombly")
        party = say_yes(ada.id, event.id, guests=[Guest("Bo Ek")])
        alone = say_yes(cy.id, event.id)
        heads = {head.name: head.id for head in (*party.attendees, *alone.attendees)}
        people |= {"Ada Löwe": ada.id, "Cy Twombly": cy.id}
        return Evening(program, event.slug, event.id, people, heads)


@contextmanager
def a_door(chromium: Browser, evening: Evening, name: str) -> Iterator[tuple[BrowserContext, Page]]:
    """A phone that is signed in and has the door's page open. A broken script or CSP fails."""
    context = chromium.new_context(base_url=evening.program.url, viewport=PHONE)  # type: ignore[arg-type]  # a plain dict
    context.set_default_timeout(15_000)
    context.add_cookies([evening.cookie(name)])  # type: ignore[list-item]  # a plain dict
    page, complaints = context.new_page(), []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: complaints.append(said.text) if "Content Security" in said.text else None,
    )
    page.goto(evening.page)
    expect(page.locator("[data-row]").first).to_be_visible()  # the script has the list
    yield context, page
    context.close()
    assert complaints == []


def row(page: Page, name: str) -> object:
    return page.locator("[data-found] .door-row").filter(has_text=re.compile(f"^\\s*{name}"))


def press(page: Page, words: str, name: str) -> None:
    page.get_by_role("button", name=f"{words} {name}", exact=True).click()


def says(page: Page, words: str) -> None:
    expect(page.get_by_role("main")).to_contain_text(words, timeout=20_000)


def test_two_doors_one_offline_and_the_first_press_wins(
    chromium: Browser, evening: Evening
) -> None:
    with (
        a_door(chromium, evening, "Dora") as (dead, dora),
        a_door(chromium, evening, "Emil") as (_alive, emil),
    ):
        dead.set_offline(True)
        press(dora, "Let in", "Ada Löwe")
        says(dora, "not sent yet")
        says(dora, "1 in, of 3 expected")
        says(dora, "No network. Go on")
        dora.wait_for_timeout(300)
        press(emil, "Let in", "Ada Löwe")
        press(emil, "Let in", "Bo Ek")
        says(emil, "2 in, of 3 expected")
        expect(emil.locator("[data-unsent]")).to_have_count(0)
        assert evening.inside() == {"Ada Löwe": "Emil", "Bo Ek": "Emil"}
        press(dora, "Let in", "Cy Twombly")
        press(dora, "Undo", "Cy Twombly")
        press(dora, "Let in", "Cy Twombly")
        says(dora, "Not sent yet: 2")
        dead.set_offline(False)
        says(dora, "3 in, of 3 expected")
        expect(dora.locator("[data-unsent]")).to_have_count(0)
        assert evening.inside() == {"Ada Löwe": "Dora", "Bo Ek": "Emil", "Cy Twombly": "Dora"}
        assert evening.entries("Cy Twombly") == 1
        says(emil, "3 in, of 3 expected")  # the other door hears of it by itself
        expect(row(emil, "Ada")).to_contain_text("by Dora")  # type: ignore[arg-type]  # a locator


def test_without_its_script_the_door_loses_what_is_pressed_in_an_outage(
    chromium: Browser, evening: Evening
) -> None:
    """The control: the test above sees what the script is for."""
    context = chromium.new_context(base_url=evening.program.url)
    context.add_cookies([evening.cookie("Dora")])  # type: ignore[list-item]  # a plain dict
    context.route("**/static/door.*.js", lambda route: route.abort())
    page = context.new_page()
    page.goto(evening.page)
    context.set_offline(True)
    press(page, "Let in", "Ada Löwe")
    context.set_offline(False)
    page.goto(evening.page)
    says(page, "0 in, of 3 expected")
    assert evening.inside() == {}
    press(page, "Let in", "Ada Löwe")  # while there is a network, forms do
    says(page, "Ada Löwe is in.")
    context.close()


def test_a_reload_during_the_outage_and_a_code_work_from_what_the_phone_keeps(
    chromium: Browser, evening: Evening
) -> None:
    with a_door(chromium, evening, "Dora") as (context, page):
        page.evaluate("navigator.serviceWorker.ready")
        page.wait_for_function("caches.keys().then((all) => all.length > 0)")
        page.wait_for_timeout(500)
        context.set_offline(True)
        press(page, "Let in", "Bo Ek")
        page.reload()
        says(page, "1 in, of 3 expected")
        expect(row(page, "Bo Ek")).to_contain_text("not sent yet")  # type: ignore[arg-type]  # a locator
        page.get_by_label("Name or code").fill("lowe")
        expect(page.locator("[data-found] .door-row")).to_have_count(2)
        page.goto(f"{evening.page}?code={code_of_in(evening, 'Cy Twombly')}")
        says(page, "cannot be checked without a network")
        press(page, "Let in", "Cy Twombly")
        says(page, "2 in, of 3 expected")
        context.set_offline(False)
        expect(page.locator("[data-unsent]")).to_have_count(0)
        assert evening.inside() == {"Bo Ek": "Dora", "Cy Twombly": "Dora"}


def code_of_in(evening: Evening, name: str) -> str:
    with evening.program.app.app_context():
        return code_of(evening.heads[name])


def test_a_press_for_somebody_who_withdrew_meanwhile_is_reported_back(
    chromium: Browser, evening: Evening
) -> None:
    with a_door(chromium, evening, "Dora") as (context, page):
        context.set_offline(True)
        press(page, "Let in", "Cy Twombly")
        with evening.program.app.app_context():
            say_no(evening.people["Cy Twombly"], evening.event_id)
        context.set_offline(False)
        says(page, "Cy Twombly withdrew on")
        says(page, "0 in, of 2 expected")
        assert evening.inside() == {}
        page.reload()
        says(page, "Cy Twombly withdrew on")  # until somebody has read it
        page.get_by_role("button", name="I have read this").click()
        expect(page.get_by_role("main")).not_to_contain_text("withdrew")


def test_who_is_signed_out_meanwhile_is_told_and_loses_no_press(
    chromium: Browser, evening: Evening
) -> None:
    with a_door(chromium, evening, "Dora") as (context, page):
        context.set_offline(True)
        press(page, "Let in", "Ada Löwe")
        context.clear_cookies()
        context.set_offline(False)
        says(page, "You are signed out")
        says(page, "Not sent yet: 1")
        expect(page.get_by_role("main")).not_to_contain_text("Bo Ek")  # no names for whoever comes
        context.add_cookies([evening.cookie("Dora")])  # type: ignore[list-item]  # a plain dict
        page.goto(evening.page)
        says(page, "1 in, of 3 expected")
        expect(page.locator("[data-unsent]")).to_have_count(0)
        assert evening.inside() == {"Ada Löwe": "Dora"}


def test_no_names_stay_on_a_phone_that_is_signed_out_and_nothing_once_the_door_is_closed(
    chromium: Browser, evening: Evening
) -> None:
    names = "Object.values(localStorage).join()"
    with a_door(chromium, evening, "Dora") as (_context, page):
        assert "Bo Ek" in page.evaluate(names)
        page.goto("/events")
        assert "Bo Ek" in page.evaluate(names)  # the evening goes on
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
        assert "Bo Ek" not in page.evaluate(names)
        page.clock.set_fixed_time(now() + timedelta(days=3))
        page.goto("/events")
        assert page.evaluate("Object.keys(localStorage).length") == 0
        page.wait_for_function("caches.keys().then((all) => all.length === 0)")


def test_an_answer_that_is_lost_on_its_way_back_lets_nobody_in_twice(
    chromium: Browser, evening: Evening
) -> None:
    with a_door(chromium, evening, "Dora") as (_context, page):

        def lose(route: object) -> None:
            route.fetch()  # type: ignore[attr-defined]  # it arrives
            route.abort()  # type: ignore[attr-defined]  # and nobody hears of it

        page.route("**/check-in/presses", lose, times=2)
        press(page, "Let in", "Ada Löwe")
        says(page, "Not sent yet: 1")
        expect(page.locator("[data-unsent]")).to_have_count(0, timeout=30_000)
        says(page, "1 in, of 3 expected")
        assert evening.entries("Ada Löwe") == 1


def _pressed_while_nothing_is_ready(evening: Evening, page: Page) -> None:
    """The page shows what the phone keeps, its own request hangs, and who presses goes on."""
    page.route("**/check-in/heads.json", lambda _route: None)
    page.goto(evening.page)
    press(page, "Let in", "Ada Löwe")
    says(page, "1 in, of 3 expected")
    page.goto("/events")


def test_who_presses_and_goes_on_at_once_takes_no_press_along(
    chromium: Browser, evening: Evening
) -> None:
    with a_door(chromium, evening, "Dora") as (_context, page):
        _pressed_while_nothing_is_ready(evening, page)
        for _ in range(100):
            if evening.inside():
                break
            page.wait_for_timeout(100)
        assert evening.inside() == {"Ada Löwe": "Dora"}
        page.unroute("**/check-in/heads.json")
        page.goto(evening.page)
        says(page, "1 in, of 3 expected")
        expect(page.locator("[data-unsent]")).to_have_count(0)
        assert evening.entries("Ada Löwe") == 1


def test_without_the_last_request_the_press_waits_on_the_phone(
    chromium: Browser, evening: Evening
) -> None:
    """The control: nobody hears of it until the page is opened again."""
    with a_door(chromium, evening, "Dora") as (_context, page):
        page.add_init_script("navigator.sendBeacon = () => false")
        _pressed_while_nothing_is_ready(evening, page)
        page.wait_for_timeout(1000)
        assert evening.inside() == {}
        page.unroute("**/check-in/heads.json")
        page.goto(evening.page)
        expect(page.locator("[data-unsent]")).to_have_count(0)
        says(page, "1 in, of 3 expected")
        assert evening.inside() == {"Ada Löwe": "Dora"}


def test_a_full_phone_loses_no_press_and_keeps_it_over_a_reload(
    chromium: Browser, evening: Evening
) -> None:
    fill = """(size) => {
        for (let number = 0; size >= 1; size /= 2) {
            try { for (;;) localStorage.setItem(`full ${number}`, "x".repeat(size)), number++; }
            catch {}
        }
    }"""
    with a_door(chromium, evening, "Dora") as (context, page):
        page.evaluate("navigator.serviceWorker.ready")
        page.wait_for_function("caches.keys().then((all) => all.length > 0)")
        page.wait_for_timeout(500)
        context.set_offline(True)
        page.evaluate(fill, 1 << 20)
        press(page, "Let in", "Ada Löwe")
        press(page, "Let in", "Cy Twombly")
        says(page, "Not sent yet: 2")
        says(page, "2 in, of 3 expected")
        # Also a phone that does not know yet that its network is gone, and tries.
        page.evaluate("Object.defineProperty(navigator, 'onLine', { value: true })")
        page.evaluate("window.dispatchEvent(new Event('online'))")
        page.wait_for_timeout(500)
        page.reload()
        says(page, "Not sent yet: 2")
        context.set_offline(False)
        expect(page.locator("[data-unsent]")).to_have_count(0)
        says(page, "2 in, of 3 expected")
        assert evening.inside() == {"Ada Löwe": "Dora", "Cy Twombly": "Dora"}


def test_a_phone_that_was_full_from_the_start_remembers_presses_as_long_as_the_page(
    chromium: Browser, evening: Evening
) -> None:
    with a_door(chromium, evening, "Dora") as (context, page):
        context.set_offline(True)
        page.evaluate("() => { Storage.prototype.setItem = () => { throw new Error('full'); }; }")
        press(page, "Let in", "Ada Löwe")
        says(page, "Not sent yet: 1")
        context.set_offline(False)
        says(page, "1 in, of 3 expected")
        expect(page.locator("[data-unsent]")).to_have_count(0)
        assert evening.inside() == {"Ada Löwe": "Dora"}


def test_refused_names_go_with_who_signs_out(chromium: Browser, evening: Evening) -> None:
    names = "Object.values(localStorage).join()"
    with a_door(chromium, evening, "Dora") as (context, page):
        context.set_offline(True)
        press(page, "Let in", "Cy Twombly")
        with evening.program.app.app_context():
            say_no(evening.people["Cy Twombly"], evening.event_id)
        context.set_offline(False)
        says(page, "Cy Twombly withdrew on")
        page.goto("/events")
        assert "Cy Twombly withdrew" in page.evaluate(names)
        page.evaluate("caches.open('door /an/older/one')")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
        assert "Cy Twombly" not in page.evaluate(names)
        page.wait_for_function("caches.keys().then((all) => all.length === 0)")


def test_names_on_the_open_page_go_when_the_sign_in_has_ended(
    chromium: Browser, evening: Evening
) -> None:
    with a_door(chromium, evening, "Dora") as (context, page):
        context.set_offline(True)
        press(page, "Let in", "Cy Twombly")
        with evening.program.app.app_context():
            say_no(evening.people["Cy Twombly"], evening.event_id)
        context.set_offline(False)
        says(page, "Cy Twombly withdrew on")
        context.clear_cookies()
        says(page, "You are signed out")
        expect(page.get_by_role("main")).not_to_contain_text("Cy Twombly")
        assert "Cy Twombly" not in page.evaluate("Object.values(localStorage).join()")


def test_who_is_taken_off_the_door_and_stays_signed_in_keeps_no_list(
    chromium: Browser, evening: Evening
) -> None:
    with a_door(chromium, evening, "Dora") as (_context, page):
        page.evaluate("navigator.serviceWorker.ready")
        page.wait_for_function("caches.keys().then((all) => all.length > 0)")
        page.wait_for_timeout(500)
        page.goto("/events")  # the door's own script does not run any more
        with evening.program.app.app_context():
            remove_helper(evening.people["Olga"], evening.event_id, evening.people["Dora"])
        page.goto(evening.page)
        page.wait_for_function("caches.keys().then((all) => all.length === 0)")
        assert "Bo Ek" not in page.evaluate("Object.values(localStorage).join()")


def test_the_worker_itself_forgets_a_page_that_is_not_theirs_any_more(
    chromium: Browser, evening: Evening
) -> None:
    with a_door(chromium, evening, "Dora") as (context, page):
        page.evaluate("navigator.serviceWorker.ready")
        page.wait_for_function("caches.keys().then((all) => all.length > 0)")
        page.wait_for_timeout(500)
        page.goto("/events")
        hide = "Object.defineProperty(window, 'caches', { value: undefined })"
        page.add_init_script(f"if (location.pathname.endsWith('/check-in')) {hide}")
        with evening.program.app.app_context():
            remove_helper(evening.people["Olga"], evening.event_id, evening.people["Dora"])
        page.goto(evening.page)
        page.goto("/events")
        page.wait_for_function("caches.keys().then((all) => all.length === 0)")
        context.set_offline(True)
        with pytest.raises(Error, match="ERR_"):
            page.goto(evening.page)
