"""Whatever host a request names, mails lead to BASE_URL, and a program in production refuses it."""

import os
import re
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from community.core.current import settings
from tests.evidence import Evidence
from tests.factories.mails import post
from tests.security.access.pressing import Button, Desk

pytestmark = pytest.mark.proof
PROOF = bool(os.environ.get("PROOF"))
SHOWN = "links in mails begin with BASE_URL, whatever host the request named"
BASE = "http://community.test"
EVIL = "evil.example"
CALENDARS = (
    "https://calendar.google.com/",
    "https://outlook.live.com/",
    "https://outlook.office.com/",
)
HERE = {"Sec-Fetch-Site": "same-origin"}
VARIANTS: list[dict[str, str]] = [
    {"Host": EVIL},
    {"Host": f"{EVIL}:80"},
    {"Host": f"community.test, {EVIL}"},  # as WSGI joins duplicates
    {"Host": f"community.test@{EVIL}"},
    {"Host": f"{EVIL}#community.test"},
    {"X-Forwarded-Host": EVIL},
    {"X-Forwarded-Host": f"community.test, {EVIL}"},
    {"Forwarded": f"for=192.0.2.1;host={EVIL};proto=https"},
    {"X-Forwarded-Server": EVIL, "X-Host": EVIL, "X-Original-Host": EVIL},
    {"X-Forwarded-Proto": f"https://{EVIL}", "X-Forwarded-Port": "666"},
    {"X-Original-URL": f"http://{EVIL}/", "X-Rewrite-URL": f"http://{EVIL}/"},
    {"Host": "localhost:666", "X-Forwarded-Prefix": f"//{EVIL}"},
]
ALL_AT_ONCE = {name: value for variant in VARIANTS[5:] for name, value in variant.items()}
ALL_AT_ONCE |= {"Host": EVIL}


def mails(desk: Desk) -> list[str]:
    """All that the worker sends now, each as its reader has it."""
    with desk.world.app.app_context():
        folder: Path = settings().spool_folder
        for old in folder.glob("*.eml"):
            if old.name != "0001.eml":  # is part of the world
                old.unlink()
        post()
        sent = [file.read_bytes() for file in folder.glob("*.eml") if file.name != "0001.eml"]
    read = []
    for data in sent:
        mail = message_from_bytes(data, policy=policy.default)
        parts = [part for part in mail.walk() if not part.is_multipart()]
        texts = [str(part.get_payload(decode=True), "utf-8", "replace") for part in parts]
        read.append("\n".join([*map(str, mail.values()), *texts]))
    return read


def misled(texts: list[str]) -> list[str]:
    """Addresses in mails that do not begin with BASE_URL."""
    links = {link for text in texts for link in re.findall(r"https?://[^\s\"'<>]+", text)}
    wrong = sorted(link for link in links if not link.startswith((f"{BASE}/", *CALENDARS)))
    return wrong + [f"… {EVIL} …" for text in texts if EVIL in text]


@pytest.fixture
def mailing(desk: Desk) -> list[Button]:
    """The buttons that have a mail sent."""
    causes = {"outbox", "broadcasts", "announcements"}
    return [b for b, change in desk.effects.items() if causes & {table for table, _ in change}]


def test_no_mail_leads_to_a_host_that_a_request_named(
    desk: Desk, mailing: list[Button], evidence: Evidence
) -> None:
    rules = {button.rule for button in mailing}
    assert len(rules) >= 25
    variants, count = VARIANTS if PROOF else [ALL_AT_ONCE], 0
    for variant in variants:
        for button in mailing:
            desk.press(button, {**HERE, **variant})
        rows = desk.rows()
        assert [row for row in rows.values() if EVIL in str(row)] == [], variant
        assert misled(mails(desk)) == [], variant
        count += sum(table == "outbox" for table, _ in desk.changes())
        desk.world.reset()
    assert count >= 20 * len(variants)
    evidence("S6", SHOWN, count=f"{len(rules)} pages × {len(variants)} variants, {count} mails")


def test_a_program_that_asked_the_request_would_be_found_out(
    desk: Desk, mailing: list[Button], monkeypatch: pytest.MonkeyPatch, evidence: Evidence
) -> None:
    """The control: what is set for BASE_URL follows the request, as it does at others."""
    app, known = desk.world.app, desk.world.app.extensions["community_settings"]

    def follow() -> None:
        from flask import request

        changed = known.model_copy(update={"base_url": f"http://{request.host}"})
        app.extensions["community_settings"] = changed

    monkeypatch.setitem(app.before_request_funcs, None, [follow, *app.before_request_funcs[None]])
    [button] = [b for b in mailing if b.rule == "/sign-in"]
    try:
        desk.press(button, {**HERE, "Host": EVIL})
        assert misled(mails(desk))
    finally:
        app.extensions["community_settings"] = known
    evidence("S6", SHOWN, control="BASE_URL from the Host header leads to the other host")
