"""What comes out of a printer: pages, millimetres, and nothing of the site around them."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from community.core.db import db
from community.membership.queries import find_person
from community.organizing.kitchen_links import make_link
from community.organizing.sheets import BADGES, CARDS, LabelSize
from community.rsvp.respond import say_yes
from tests.browser.conftest import window
from tests.browser.test_accessibility import faults
from tests.browser.test_journey import sign_in
from tests.factories.dinners import a_dinner_of_thirty
from tests.factories.events import an_event
from tests.factories.people import a_member
from tests.journeys.running import Running

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAPERS = ("A4", "Letter")
LABELS = [("badges", size) for size in BADGES] + [("cards", size) for size in CARDS]
# Forty people, each with an organization of the same number: heads of one page.
MANY = 40
MILLIMETRE = 96 / 25.4
LONG = (
    "Maximilian Constantin Hieronymus Freiherr von und zu Hohenstaufen-Oberammergau-Unterwössen "
    "der Jüngere, Botschafter a. D.",
    "W" * 40,
    "Wolfeschlegelsteinhausenbergerdorff Wolfeschlegelsteinhausenbergerdorff",
    "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ",
    "WWWWWWWWW WW",
    "MMMMMMMMMMMMM MMMMMMMMMMMM",
)


@dataclass
class Evening:
    """Addresses of sheets, in a window of the organizer's."""

    page: Page
    thirty: str
    many: str
    long: str
    caterer: str


@pytest.fixture(scope="module")
def evening(chromium: Browser, program: Running) -> Iterator[Evening]:
    if not (shutil.which("pdfinfo") and shutil.which("pdftotext")):
        pytest.skip("poppler is not installed (Debian: apt-get install poppler-utils)")
    with program.app.app_context():
        owner = find_person("organizer@example.org")
        assert owner is not None
        thirty = a_dinner_of_thirty(owner, title="Dinner of Thirty")
        many = an_event(owner, title="Great Evening", capacity=MANY)
        for n in range(1, MANY + 1):
            say_yes(a_member(f"Person{n:02}", organization=f"Organization{n:02}").id, many.id)
        long = an_event(owner, title="A Title " * 20)
        for name in LONG:
            say_yes(a_member(name, organization="Institute " * 12).id, long.id)
        paths = [f"/organize/events/{one.slug}/sheets" for one in (thirty, many, long)]
        caterer = f"/kitchen/{make_link(owner.id, thirty.id)}"
        db.session.remove()
    with window(chromium, program.url) as page:
        sign_in(page, program, "organizer@example.org")
        yield Evening(page, *paths, caterer)


def printed(page: Page, folder: Path, paper: str) -> list[str]:
    """The text of each printed page."""
    file = folder / f"{paper}.pdf"
    page.pdf(path=file, format=paper)
    info = subprocess.run(["pdfinfo", file], capture_output=True, text=True, check=True).stdout
    said = ["pdftotext", "-layout", file, "-"]
    text = subprocess.run(said, capture_output=True, text=True, check=True).stdout
    pages = text.split("\f")[:-1]
    assert f"Pages:{len(pages)}" in info.replace(" ", "")
    return pages


@pytest.mark.parametrize("paper", PAPERS)
def test_thirty_heads_with_twenty_needs_fit_on_one_page(
    evening: Evening, tmp_path: Path, paper: str
) -> None:
    for path in (f"{evening.thirty}/kitchen", evening.caterer):
        evening.page.goto(path)
        [page] = printed(evening.page, tmp_path, paper)
        needs = evening.page.locator(".kitchen > section").filter(has_text="Needs").first
        alarms = evening.page.locator(".alarms li").count()
        assert alarms + needs.locator("li").count() >= 20
        assert "Dinner of Thirty" in page
        assert "Access" in page
        for words in ("Overview", "Sign out", "A link for the caterer", "Community Network"):
            assert words not in page
        assert page.count("ALLERGY") > 3, "marked by a word, not by a colour"


@pytest.mark.parametrize("paper", PAPERS)
def test_each_page_of_the_sign_in_sheet_says_what_it_is(
    evening: Evening, tmp_path: Path, paper: str
) -> None:
    evening.page.goto(f"{evening.many}/sign-in")
    pages = printed(evening.page, tmp_path, paper)
    assert 2 <= len(pages) <= 3
    for page in pages:
        assert "Great Evening" in page
        assert "Signature" in page
    assert "Walk-ins" in pages[-1]
    assert all(f"Person{n:02}" in "".join(pages) for n in range(1, MANY + 1))


def split(pages: list[str]) -> list[str]:
    """Numbers of those whose name and organization are on different pages."""
    apart: list[str] = []
    for page in pages:
        named, belonging = (
            set(re.findall(rf"{word}(\d\d)", page)) for word in ("Person", "Organization")
        )
        apart += sorted(named ^ belonging)
    return apart


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize(("sheet", "size"), LABELS, ids=[size.key for _sheet, size in LABELS])
def test_no_badge_and_no_card_is_split(
    evening: Evening, tmp_path: Path, sheet: str, size: LabelSize, paper: str
) -> None:
    evening.page.goto(f"{evening.many}/{sheet}?size={size.key}")
    pages = printed(evening.page, tmp_path, paper)
    rows = int(((297 if paper == "A4" else 279.4) - 20) // size.height)
    assert len(pages) == -(-MANY // (2 * rows))
    assert split(pages) == []
    assert "Sign out" not in "".join(pages)


def add_rule(page: Page, rule: str) -> None:
    """Behind all others, in a way that the site's policy lets through."""
    page.evaluate(
        """rule => {
            const sheet = [...document.styleSheets].at(-1);
            sheet.insertRule(rule, sheet.cssRules.length);
        }""",
        rule,
    )


def test_without_the_rule_against_it_badges_would_be_split(
    evening: Evening, tmp_path: Path
) -> None:
    """The control of the test above."""
    evening.page.goto(f"{evening.many}/badges?size=a7")
    add_rule(evening.page, "@media print { .nametag { break-inside: auto } }")
    assert split(printed(evening.page, tmp_path, "A4"))


def measured(page: Page) -> list[dict[str, float]]:
    """Each label in millimetres as it is printed, and by how much anything sticks out of it."""
    page.emulate_media(media="print")
    boxes = page.evaluate(
        """() => [...document.querySelectorAll('.nametag')].map(tag => {
            const box = tag.getBoundingClientRect();
            const inner = [...tag.querySelectorAll('p, svg')].map(e => e.getBoundingClientRect());
            return {
                width: box.width,
                height: box.height,
                out: Math.max(0, ...inner.map(one => Math.max(
                    box.left - one.left, one.right - box.right,
                    box.top - one.top, one.bottom - box.bottom))),
                wide: Math.max(...[...tag.querySelectorAll('p')].map(
                    one => one.scrollWidth - one.clientWidth)),
            };
        })"""
    )
    page.emulate_media(media="screen")
    return [{name: value / MILLIMETRE for name, value in box.items()} for box in boxes]


@pytest.mark.parametrize(("sheet", "size"), LABELS, ids=[size.key for _sheet, size in LABELS])
def test_sizes_are_exact_and_no_name_is_cut(evening: Evening, sheet: str, size: LabelSize) -> None:
    evening.page.goto(f"{evening.long}/{sheet}?size={size.key}")
    labels = measured(evening.page)
    assert len(labels) == len(LONG)
    for label in labels:
        assert abs(label["width"] - size.width) < 0.1
        assert abs(label["height"] - size.height) < 0.1
        assert label["out"] == 0
        assert label["wide"] < 0.3


def test_a_name_too_large_would_be_seen_to_stick_out(evening: Evening) -> None:
    """The control of the test above."""
    evening.page.goto(f"{evening.long}/badges")
    add_rule(evening.page, ".nametag .nametag-name { font-size: 14mm }")
    assert any(label["out"] > 1 for label in measured(evening.page))


def test_axe_finds_nothing_and_no_page_is_too_wide(evening: Evening) -> None:
    found: list[str] = []
    sheets: list[str] = [evening.thirty, evening.caterer, f"{evening.thirty}/kitchen?names=1"]
    sheets += [f"{evening.thirty}/{one}" for one in ("kitchen", "sign-in", "badges", "cards")]
    for path in sheets:
        found += faults(evening.page, path)
    assert not found, "\n".join(found)
