"""Hostile files handed in at every page that takes a picture: what is served is made anew."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from community.config import ROOT
from community.core import pictures
from community.core.db import db
from community.core.identity import CommunityLogo
from community.events.covers import EventCover
from community.membership.photo_models import PersonPhoto
from tests.core.test_pictures import BAD, HTML, ZIP, a_bomb, with_metadata
from tests.evidence import Evidence
from tests.factories.events import an_event
from tests.factories.people import a_member, an_admin, an_organizer
from tests.factories.pictures import a_picture, opened
from tests.web.browser_without_js import Browser, Page
from tests.web.organize.test_identity import save as hand_in_logo
from tests.web.test_covers import hand_in as hand_in_cover
from tests.web.test_photos import address, browser_of
from tests.web.test_photos import hand_in as hand_in_photo

PROOF = bool(os.environ.get("PROOF"))
SHOWN = "no byte of a file that was handed in is served, only pixels as JPEG or PNG"
KINDS = ("JPEG", "PNG", "GIF", "WEBP")
NAMES = ("../../../etc/cron.d/x", "x.svg", "..\\x.html", "a.php;.jpg", "x" * 300, "\u202egpj.exe")
BEHIND = {"HTML": HTML, "ZIP": ZIP, "PHP": b"<?php echo 'canary'; ?>", "PDF": b"%PDF-1.7 canary"}
FILES: dict[str, bytes] = {
    **{name: content for name, (content, _) in BAD.items() if len(content) < 400_000},
    **{
        f"{kind} and {name} behind it": a_picture(kind) + more
        for kind in KINDS
        for name, more in BEHIND.items()
    },
    **{f"{kind} with GPS, comment and XMP": with_metadata(kind) for kind in ("JPEG", "PNG")},
    **{f"{kind} of 30,000 pixels a side": a_bomb(kind, 30_000) for kind in ("PNG", "GIF", "JPEG")},
}
TAKEN = {name for name in FILES if " and " in name or "GPS" in name}
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True, scope="session")


class Door:
    """A page that takes a picture, and the address at which what became of it is served."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def photo(self) -> tuple[Callable[[bytes, str], Page], Callable[[], str]]:
        browser = browser_of(self.app, a_member(name="Ada"))
        return (
            lambda content, name: hand_in_photo(browser, content, name),
            lambda: address(browser.get("/profile")),
        )

    def cover(self) -> tuple[Callable[[bytes, str], Page], Callable[[], str]]:
        owner = an_organizer()
        event = an_event(owner)
        browser = browser_of(self.app, owner)
        return (
            lambda content, _name: hand_in_cover(browser, event, content),
            lambda: f"/events/{event.slug}/cover/large",
        )

    def logo(self) -> tuple[Callable[[bytes, str], Page], Callable[[], str]]:
        browser = browser_of(self.app, an_admin())
        return (
            lambda content, _name: hand_in_logo(browser, content, name="Data Leaders"),
            lambda: re.findall(r'src="(/logo/[^"]+)"', browser.get("/").html)[0],
        )


KEPT = {"photo": PersonPhoto, "cover": EventCover, "logo": CommunityLogo}


def kept(door: str) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(KEPT[door])) or 0


@pytest.mark.proof
@pytest.mark.parametrize("door", KEPT)
def test_what_is_served_holds_nothing_but_pixels(app: Flask, door: str, evidence: Evidence) -> None:
    hand_in, where = getattr(Door(app), door)()
    visitor = browser_of(app, a_member())
    taken, expected = 0, 0
    first, step = (0, 1) if PROOF else (list(KEPT).index(door), len(KEPT))
    for number, (name, content) in list(enumerate(FILES.items()))[first::step]:
        expected += name in TAKEN
        before = kept(door)
        answer = hand_in(content, NAMES[number % len(NAMES)])
        assert answer.status in {200, 422}, name
        if answer.status == 422:
            assert kept(door) == before, name
            continue
        if not content:
            continue  # no file is no new picture
        taken += 1
        served = visitor.client.get(where())
        assert served.status_code == 200, name
        assert served.mimetype in {"image/jpeg", "image/png"}, name
        assert served.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in served.headers["Content-Security-Policy"]
        assert b"canary" not in served.data, name
        assert not opened(served.data).getexif(), name
    assert taken == expected > 0
    count = f"{len(FILES)} files x {len(KEPT)} pages, {len(NAMES)} names"
    evidence("S18", SHOWN, count=count)


@pytest.mark.proof
def test_control_a_file_that_were_kept_as_it_is_would_be_served_with_all_that_is_in_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch, evidence: Evidence
) -> None:
    def as_it_is(content: bytes, shapes: list[pictures.Shape]) -> list[pictures.Picture]:
        return [pictures.Picture(s.name, content, "text/html", 9, 9) for s in shapes]

    from community.membership import photos

    monkeypatch.setattr(photos, "remake", as_it_is)
    hand_in, where = Door(app).photo()
    hand_in(a_picture() + HTML, "x.html")
    served = browser_of(app, a_member()).client.get(where())
    assert b"canary" in served.data
    evidence("S18", SHOWN, control="files kept as they are: script and EXIF are served")


def test_no_name_of_a_file_becomes_one_here(app: Flask) -> None:
    before = {path for path in ROOT.parent.glob("*") if path.name != "__pycache__"}
    instance = Path(app.instance_path)
    hand_in, _ = Door(app).photo()
    for name in NAMES:
        hand_in(a_picture(), name)
    assert {path for path in ROOT.parent.glob("*") if path.name != "__pycache__"} == before
    assert not list(instance.rglob("*cron*"))
    assert not list(instance.rglob("*.php*"))


def test_each_fetch_asks_again_who_may_see_it(app: Flask) -> None:
    """Discourse's media stayed public once somebody had their address (CVE-2026-91157)."""
    owner = a_member(name="Ada")
    browser = browser_of(app, owner)
    hand_in_photo(browser, a_picture())
    path = address(browser.get("/profile"))
    browser.get("/profile/privacy")
    browser.submit(name="everybody", photo="everybody")
    visitor = Browser(app)
    assert visitor.client.get(path).status_code == 200
    browser.get("/profile/privacy")
    browser.submit(name="everybody", photo="nobody")
    assert visitor.client.get(path).status_code == 404
