"""Every link of every kind of mail: whatever fetches it changes nothing, and its reader still can.

The mails are those of ``tests/snapshots``: one scene for each kind, all there are.
"""

import os
import re

import pytest
import time_machine
from flask import Flask

from community.core.links import PATHS
from tests.evidence import Evidence
from tests.factories.mails import Letter, letter, post
from tests.factories.people import a_member, an_organizer
from tests.house.test_safe_methods import fingerprint
from tests.mail.moody import moody
from tests.snapshots.scenes import ANN
from tests.snapshots.test_mails import SCENES
from tests.web.browser_without_js import Browser

pytestmark = pytest.mark.proof
PROOF = bool(os.environ.get("PROOF"))
SHOWN = "no link of any mail changes anything, however often and by whatever it is opened"
BASE = "http://community.test"
# The kinds of mails with a link that acts, and what that link is called where it is made.
SHORT = {
    "join_confirm": {"join_confirm"},
    "rsvp_confirm": {"rsvp_confirm"},
    "sign_in": {"sign_in_link"},
    "invitation": {"invited"},
    "team_invitation": {"helping"},
    "address_confirm": {"address_confirm"},
    "guest_going": {"guest"},
    "new_event": {"unsubscribe"},
    "seat_given": {"rsvp", "rsvp_file"},
    "answer_doubted": {"answer_confirm"},
}
# Links with a token that no mail holds: they are shown on pages.
ON_PAGES = {"secret_feed", "kitchen"}


def letters(scene: str) -> list[Letter]:
    """All mails of a scene."""
    with moody() as server:
        SCENES[scene](a_member("Ann Lee", ANN), an_organizer())
        post(server.way_in())
    return [letter(data) for _, data in server.taken]


def links_of(mails: list[Letter]) -> list[str]:
    """The paths of all links in them, in text, HTML and calendar."""
    found: set[str] = set()
    for mail in mails:
        calendar = (mail.calendar or b"").replace(b"\r\n ", b"").decode()
        text = "\n".join([mail.text, mail.html, calendar])
        found |= set(re.findall(rf"{BASE}(/[^\s\"'<>\\)]*)", text))
    return sorted(path.rstrip(".,;") for path in found)


def kinds(paths: list[str]) -> set[str]:
    """What each of them is called where links are made."""
    called = set()
    for name, pattern in PATHS.items():
        as_regex = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(pattern))
        if any(re.fullmatch(as_regex, path) for path in paths):
            called.add(name)
    return called


def fetch(app: Flask, path: str) -> None:
    """As gateways do: three times each, from several networks, without any cookie."""
    for network in ("192.0.2.7", "198.51.100.23", "2001:db8::5"):
        client = Browser(app, address=network).client
        for method in ("HEAD", "GET", "OPTIONS"):
            answer = client.open(path, method=method, headers={"User-Agent": "SafeLinks"})
            assert answer.status_code in {200, 303, 404, 410}, (method, path)


def acting(paths: list[str]) -> list[str]:
    """Those with a token; what stands for one in a mail to try a message out is none."""
    real = [path for path in paths if not path.endswith("/their-own-page")]
    return [path for path in real if any("{token}" in PATHS[kind] for kind in kinds([path]))]


@pytest.mark.parametrize("scene", SCENES if PROOF else SHORT)
def test_whatever_fetches_the_links_of_a_mail_changes_nothing(
    app: Flask, scene: str, evidence: Evidence
) -> None:
    with time_machine.travel("2026-06-01 12:00Z"):
        paths = links_of(letters(scene))
        assert SHORT.get(scene, set()) <= kinds(paths)
        before = fingerprint()
        for path in paths:
            fetch(app, path)
        assert fingerprint() == before
        for path in acting(paths):  # afterwards it is there for its reader
            page = Browser(app, address="203.0.113.9").get(path)
            assert page.status in {200, 410}, path
    evidence(
        "S2",
        SHOWN,
        count=f"{len(SCENES)} mails, each link 3 × GET, HEAD and OPTIONS",
        control="tests/house/test_safe_methods.py: a page that writes is seen",
    )


def test_the_short_run_has_every_kind_of_link_that_acts() -> None:
    secret = {name for name, pattern in PATHS.items() if "{token}" in pattern}
    assert secret - ON_PAGES == set().union(*SHORT.values())
