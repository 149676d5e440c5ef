"""Which address of ours a mail was sent to, when only its headers tell."""

from collections.abc import Iterator

import pytest
from flask import Flask

from community.inbound.envelope import recipient_of

KEY = "abcdefghijklmnopqrstuvwxyz"
OURS = f"rsvp+{KEY}@events.test"


@pytest.fixture(autouse=True)
def _addresses(app: Flask) -> Iterator[None]:
    known = app.extensions["community_settings"]
    ours = {"rsvp_address": "RSVP@events.test", "bounce_address": "bounces@events.test"}
    app.extensions["community_settings"] = known.model_copy(update=ours)
    yield
    app.extensions["community_settings"] = known


FOUND = {
    f"Delivered-To: {OURS}\nTo: rsvp+other@events.test\n": OURS,
    f"X-Original-To: {OURS}\nDelivered-To: community@localhost\nTo: x@example.org\n": OURS,
    f"Delivered-To: rsvp@events.test\nTo: Club <{OURS}>\n": OURS,  # the server keeps no detail
    f"To: ann@example.org,\n\t<{OURS}>\n": OURS,
    f"Cc: {OURS}\n": OURS,
    f"to: <rsvp%2B{KEY}@events.test>\n": OURS,
    f"To: rsvp-{KEY}@events.test\n": f"rsvp-{KEY}@events.test",
    f"To: RSVP+{KEY.upper()}@EVENTS.test\n": f"RSVP+{KEY.upper()}@EVENTS.test",
    "To: bounces+17-3f@events.test\n": "bounces+17-3f@events.test",
    f"Delivered-To: later+x@example.org\nDelivered-To: {OURS}\n": OURS,
    "": "",
    "To: rsvp@events.test\n": "",  # no key: it names nobody
    f"To: rsvp+{KEY}@events.test.example.org\n": "",
    f"To: xrsvp+{KEY}@events.test\n": "",
    f"Subject: {OURS}\n": "",
    f"To: ann@example.org\n\nTo: {OURS}\n": "",  # in the body
    "To: \xff\xfe\x00\n": "",
}


def test_the_server_s_own_note_comes_first_and_no_stranger_s_address_is_taken(app: Flask) -> None:
    for headers, expected in FOUND.items():
        mail = headers.replace("\n", "\r\n").encode("latin-1") + b"\r\nHello\r\n"
        assert recipient_of(mail) == expected, headers
    assert recipient_of(b"\xff" * 100_000) == ""
    assert recipient_of(b"To: " + b"x@y.test, " * 100_000) == ""
    assert recipient_of(b"To: x\r\n" * 5000 + f"To: {OURS}\r\n\r\n".encode()) == ""
