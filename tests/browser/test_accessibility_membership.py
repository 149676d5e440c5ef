"""Axe finds nothing on the pages of people among each other, with people on them."""

import pytest
from playwright.sync_api import Page

from tests.browser.lived_in import Paths, lived_in
from tests.browser.test_accessibility import faults
from tests.browser.test_journey import sign_in
from tests.journeys.running import Running

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def paths(program: Running) -> Paths:
    with program.app.app_context():
        return lived_in()


@pytest.mark.parametrize("who", ["member", "organizer", "admin"])
def test_pages_with_people_on_them(page: Page, program: Running, paths: Paths, who: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    sign_in(page, program, {"member": paths.member}.get(who) or f"{who}@example.org")
    found = []
    for path in getattr(paths, f"for_{who}"):
        found += faults(page, path)
        assert page.url.endswith(path), page.url  # and not another page instead
    assert not found, "\n".join(found)
