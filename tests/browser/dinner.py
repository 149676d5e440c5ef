"""The people of a dinner, what they do in their mailboxes, and the clock of the story."""

import re
import time
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.running import Running
from tests.journeys.visitor import Visitor, first_link, plain_text

PHONE = {"width": 390, "height": 844}
DAYS = 86_400
FIRST = """Ada Babbage Carla Dmitri Elif Femi Grace Hana Ines Jomo Kirsten Liang Mira Noor Olga Pia
Quentin Rosa Sana Tariq Uma Viktor Wanda Ximena Yusuf Zoe Anton Bea Chidi Dora"""


@dataclass(frozen=True)
class Invited:
    """Somebody on the guest list."""

    name: str
    address: str


PEOPLE = [
    Invited(f"{first} {last}", f"{first}.{last}@example.org".lower())
    for last in ("Moreno", "Okafor")
    for first in FIRST.split()
]


class Story:
    """The running program and the hands that use it."""

    def __init__(self, program: Running, chromium: Browser) -> None:
        self.program, self.chromium = program, chromium
        self.pages: dict[str, str] = {}  # by address, the own page out of the invitation

    def set_clock(self, seconds: float) -> None:
        """Let the program's clock run so far ahead of ours."""
        later_file(self.program.instance).write_text(str(seconds))

    def phone(self, address: str = "") -> tuple[BrowserContext, Page]:
        """A phone, signed in as whoever reads that mailbox."""
        context = self.chromium.new_context(
            base_url=self.program.url, viewport=PHONE, has_touch=True, is_mobile=True
        )
        context.set_default_timeout(15_000)
        page = context.new_page()
        if address:
            self.sign_in(page, address)
        return context, page

    def sign_in(self, page: Page, address: str) -> None:
        """Ask for a code, read the new mail, type it."""
        before = len(self.program.mailbox.mails_to(address))
        page.goto("/sign-in")
        page.get_by_label("E-mail address").fill(address)
        page.get_by_role("button", name="Send me a code").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Type the code")
        for _ in range(80):
            if len(self.program.mailbox.mails_to(address)) > before:
                break
            page.wait_for_timeout(100)
        text = plain_text(self.program.mailbox.wait_for(address, "code"))
        code = re.search(r"^\s*(\d{6})\s*$", text, re.MULTILINE)
        assert code is not None
        page.get_by_label("Code").fill(code[1])
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()

    def read_invitations(self) -> None:
        """Wait until everybody's invitation has come, and note where each leads."""
        until = time.monotonic() + 60
        while len(list(self.program.mailbox.folder.glob("*.eml"))) < len(PEOPLE):
            assert time.monotonic() < until, "not everybody was invited"
            time.sleep(0.2)
        mails = self.program.mailbox.by_recipient()
        self.pages = {one.address: first_link(mails[one.address][-1], "/rsvp/") for one in PEOPLE}

    def answers(self, one: Invited, action: str, guest: str = "", food: str = "") -> str:
        """Open the mailed page and press a button there; what the page then says."""
        visitor = Visitor(self.program.url)
        page = visitor.get(self.pages[one.address])
        typed = {}
        if action == "going":
            typed = {"guests": "1" if guest else "0", "dietary": food}
            typed |= {"guest-1-name": guest} if guest else {}
        return visitor.press(page, ("action", action), **typed).words


def later_file(instance: Path) -> Path:
    """Where the program reads how far its clock is ahead."""
    return instance / "later"
