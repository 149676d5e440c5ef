"""Every fact of every kind of mail replaced by what would be a header elsewhere: none becomes one.

A mail is rendered from facts that lie in the outbox as JSON. Here each text among them, and the
names beside them, is a payload in turn: what comes out has the headers of an honest mail of that
kind, its sender and its recipient, or is refused.
"""

import os
from collections.abc import Callable, Iterator
from copy import deepcopy
from email import message_from_bytes
from email.policy import compat32
from email.utils import getaddresses
from typing import Any

import pytest
import time_machine
from flask import Flask
from jinja2 import UndefinedError

from community.calendar.selftest import ask_for_selftest
from community.core.db import db
from community.core.errors import Refused
from community.mail import message as message_module
from community.mail.kinds import get_kind
from community.mail.message import UnsafeMail
from community.mail.models import OutboxMail
from community.membership.joining import ask_to_join
from community.membership.signing_in import ask_for_code
from tests.evidence import Evidence
from tests.factories.header_payloads import PAYLOADS, names_by_parser
from tests.factories.mails import outbox, post
from tests.factories.people import a_member, an_organizer
from tests.mail.moody import moody
from tests.snapshots.scenes import ANN
from tests.snapshots.test_mails import SCENES

PROOF = bool(os.environ.get("PROOF"))
SHORT = ("party_changed", "invitation", "reply_in_words")
SCENES_HERE = list(SCENES) if PROOF else list(SHORT)
STEP = 32 if PROOF else 120  # each fact meets every so manieth payload, beginning elsewhere
# Rendering asks no database for what is in the facts.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True, scope="session")
SHOWN = "no fact of any kind of mail becomes a header, a sender or a recipient"

counted: dict[str, int] = {}
# A time, a UID, an address, or a choice of words that there is not.
REFUSED = (UnsafeMail, UndefinedError, Refused, ValueError, TypeError, LookupError, OSError)
Place = tuple[Any, Any]  # what holds a text, and under which key or index


def texts_in(value: Any) -> Iterator[Place]:
    """Every text among the facts, by where it lies."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in items:
        if isinstance(one, str):
            yield value, key
        elif isinstance(one, dict | list):
            yield from texts_in(one)


def spoiled(mail: OutboxMail, first: int) -> Iterator[tuple[str, OutboxMail]]:
    """The mail with one of its texts replaced, for each text and some payloads."""
    facts = {"recipient_name": mail.recipient_name, "facts": deepcopy(mail.facts)}
    for number, (holder, key) in enumerate(list(texts_in(facts))):
        honest = holder[key]
        for payload in PAYLOADS[(first + number) % STEP :: STEP]:
            holder[key] = payload
            mail.recipient_name, mail.facts = facts["recipient_name"], facts["facts"]
            yield payload, mail
        holder[key] = honest


def rendered(mail: OutboxMail) -> bytes | None:
    """None for what is refused: an address, a time, a UID that is none."""
    try:
        return get_kind(mail.kind).render(mail).data
    except REFUSED:
        return None


def people_of(data: bytes, name: str) -> list[str]:
    read = message_from_bytes(data, policy=compat32)
    return [address for _, address in getaddresses(read.get_all(name, []))]


def newest(app: Flask, scene: str) -> OutboxMail:
    with time_machine.travel("2026-06-01 12:00Z"):
        SCENES[scene](a_member("Ann Lee", ANN), an_organizer())
        post()
    mail = outbox(scene.partition(".")[0])[-1]
    db.session.expunge(mail)  # what is done to it here is never saved
    mail.recipient = mail.recipient or ANN  # who is erased is forgotten once it has left
    return mail


@pytest.mark.proof
@pytest.mark.parametrize("scene", SCENES_HERE)
def test_a_mail_has_the_headers_of_its_kind_whatever_its_facts_are(
    app: Flask, scene: str, evidence: Evidence
) -> None:
    evidence("S10", SHOWN)  # so that a failure on the way is one of this row
    mail = newest(app, scene)
    honest = rendered(mail)
    assert honest is not None
    names, sender = names_by_parser(honest), people_of(honest, "From")
    made = refused = 0
    for payload, bad in spoiled(mail, SCENES_HERE.index(scene)):
        data = rendered(bad)
        if data is None:
            refused += 1
            continue
        made += 1
        assert names_by_parser(data) == names, ascii(payload)
        assert people_of(data, "To") == [bad.recipient], ascii(payload)
        (address,) = people_of(data, "From")
        assert address.rpartition("@")[2] == sender[0].rpartition("@")[2], ascii(payload)
    db.session.rollback()
    assert made * 2 > refused, "names and titles are not refused"
    counted["mails"] = counted.get("mails", 0) + made + refused
    evidence("S10", SHOWN, count=f"{len(SCENES_HERE)} kinds, {counted['mails']:,} mails")


@pytest.mark.proof
def test_control_without_the_sanitizer_a_bcc_appears(
    app: Flask, monkeypatch: pytest.MonkeyPatch, evidence: Evidence
) -> None:
    monkeypatch.setattr(message_module, "header_text", lambda text: text)
    monkeypatch.setattr(message_module, "_encoded", lambda text: text)
    monkeypatch.setattr(message_module, "_check", lambda _mail, _data: None)
    mail = newest(app, "seat_given.promoted")
    mail.recipient_name = "Ann\r\nBcc: evil@x.test"
    data = rendered(mail)
    assert data is not None
    assert "Bcc" in message_from_bytes(data, policy=compat32)
    evidence("S10", SHOWN, control="sanitizer, encoding and check off: a Bcc is written")


ASKING: dict[str, Callable[[str], object]] = {
    "joining": lambda typed: ask_to_join(name=typed, email=typed),
    "signing in": lambda typed: ask_for_code(typed, browser="hers"),
    "testing the calendar": ask_for_selftest,
}


@pytest.mark.proof
def test_what_the_server_hears_in_rcpt_is_the_stored_address(
    app: Flask, evidence: Evidence
) -> None:
    near = [f"zoe{payload}@example.org" for payload in PAYLOADS]
    near += [f"zoe@example.org{payload}" for payload in PAYLOADS]
    refused = 0
    for typed in [*PAYLOADS, *near, "Zoe@Example.org"]:
        for ask in ASKING.values():
            try:
                ask(typed)
            except Refused:
                refused += 1
    stored = {mail.recipient for mail in outbox()}
    assert "zoe@example.org" in stored
    assert refused > 3 * len(PAYLOADS)
    with moody() as server:
        post(server.way_in())
    heard = {address for address, _ in server.taken}
    assert heard <= stored
    assert not heard <= stored - {"zoe@example.org"}, "the control: an address too many is noticed"
    assert all(address.isascii() and address.isprintable() for address in stored)
    for address, data in server.taken:
        assert people_of(data, "To") == [address]
    tried = 3 * (len(PAYLOADS) + len(near))
    evidence(
        "S10",
        "a server hears in RCPT what is stored, and nothing else",
        count=f"{tried} typed",
        control="an address that is stored no more is noticed",
    )
