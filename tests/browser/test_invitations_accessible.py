"""Axe finds nothing on the pages by which people are invited, reminded, and answer."""

import pytest
from playwright.sync_api import Page

from community.membership.queries import find_person
from community.rsvp.inviting import Invitee, invite_people
from tests.browser.test_accessibility import faults
from tests.browser.test_journey import sign_in
from tests.factories.events import an_event
from tests.factories.invitations import answer_of, in_days, own_page
from tests.journeys.running import Running

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PEOPLE = "name,email,table\nAda,ada.guest@example.org,7\nnobody,,\nAda,ADA.guest@example.org,"


def test_pages_of_invitations(page: Page, program: Running) -> None:
    sign_in(page, program, "organizer@example.org")
    with program.app.app_context():
        owner = find_person("organizer@example.org")
        assert owner is not None
        event = an_event(owner, title="Guests of Ours", capacity=9, guests_allowed=2)
        jo = Invitee("jo.guest@example.org", "Jo")
        invite_people(owner.id, event.id, [jo], reserve_until=in_days(2))
        own = own_page(answer_of(event, jo.address))
        desk = f"/organize/events/{event.slug}"
    page.goto(f"{desk}/invite")
    page.locator("[name=people]").fill(PEOPLE)
    page.get_by_role("button", name="Look at it first").click()
    preview = page.url
    assert preview.startswith(f"{program.url}{desk}/invite/")
    found = []
    for path in (f"{desk}/invite", preview, f"{desk}/remind", own):
        found += faults(page, path)
    assert not found, "\n".join(found)
