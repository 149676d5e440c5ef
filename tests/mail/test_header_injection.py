"""Nothing that a stranger types becomes a header, a recipient or a body."""

import itertools
import os
import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP, compat32, default

import pytest

from community.mail import message as message_module
from community.mail.message import Mail, UnsafeMail, to_bytes
from tests.evidence import Evidence
from tests.factories.header_payloads import EVIL, PAYLOADS, names_by_hand, names_by_parser

PROOF = bool(os.environ.get("PROOF"))

HONEST = Mail(
    message_id="<1@example.org>",
    sender_name="Anna",
    sender_address="rsvp@example.org",
    recipient_name="Zoe",
    recipient_address="zoe@example.org",
    subject="Dinner",
    text="Hello",
    html="<p>Hello</p>",
    date=datetime(2025, 7, 16, tzinfo=UTC),
    calendar=b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n",
    calendar_method="REQUEST",
    in_reply_to="<0@example.org>",
    list_unsubscribe="https://example.org/stop",
    list_unsubscribe_post=True,
    reply_to="anna@example.org",
)
TYPED_BY_PEOPLE = ["sender_name", "recipient_name", "subject", "text", "html"]
OURS = [
    "sender_address",
    "recipient_address",
    "message_id",
    "in_reply_to",
    "list_unsubscribe",
    "reply_to",
]
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
SHOWN = "what people type becomes no header of a mail, on the CPython that would let it"


def test_there_are_at_least_two_hundred_payloads() -> None:
    assert len(PAYLOADS) >= 200


@pytest.mark.proof
@pytest.mark.parametrize("field", TYPED_BY_PEOPLE)
def test_what_people_type_never_becomes_a_header(field: str, evidence: Evidence) -> None:
    honest = to_bytes(HONEST)
    for number, payload in enumerate(PAYLOADS):
        data = to_bytes(replace(HONEST, **{field: payload}))
        assert names_by_hand(data) == names_by_hand(honest), ascii(payload)
        assert names_by_parser(data) == names_by_parser(honest), ascii(payload)
        if number % 3 and not PROOF:
            continue  # the newer parser takes ten times as long
        message = message_from_bytes(data, policy=default)
        assert [a.addr_spec for a in message["From"].addresses] == [HONEST.sender_address]
        assert [a.addr_spec for a in message["To"].addresses] == [HONEST.recipient_address]
        assert not UNSEEN.search(str(message["Subject"])), ascii(payload)
        assert message["Bcc"] is None
    fields = len(TYPED_BY_PEOPLE) + len(OURS)
    evidence("S10", SHOWN, count=f"{len(PAYLOADS)} payloads x {fields} fields")


@pytest.mark.parametrize("field", OURS)
def test_what_we_make_ourselves_is_refused_when_it_is_not_what_we_make(field: str) -> None:
    honest = names_by_parser(to_bytes(HONEST))
    for payload in PAYLOADS:
        mail = replace(HONEST, **{field: payload})
        try:
            data = to_bytes(mail)
        except UnsafeMail:
            continue
        assert names_by_parser(data) == honest, ascii(payload)
        # What got through is in the grammar of the field: a plain address or Message-ID.
        assert payload in ("evil@x.test", "<evil@x.test>")
        assert "<" not in payload or field in ("message_id", "in_reply_to")


@pytest.mark.proof
def test_control_the_library_alone_lets_the_payloads_through(evidence: Evidence) -> None:
    injected, refused, encoded = 0, 0, 0
    for payload in PAYLOADS:
        naive = EmailMessage(policy=SMTP)
        try:
            naive["Subject"] = payload
            naive.set_content("Hello")
            read = message_from_bytes(naive.as_bytes(), policy=compat32)
            injected += "Bcc" in read
            # As Debian's CPython 3.11.2 has been mended: line breaks stay encoded.
            encoded += bool(re.search(r"=\?.*=0[AD]", str(read["Subject"]), re.IGNORECASE))
        except (ValueError, UnicodeError):
            continue
        except MessageError:  # HeaderWriteError, since CPython 3.11.10 and its contemporaries
            refused += 1
    harmful = injected + refused + encoded
    assert harmful >= 10, "the payloads must be ones that harm, or used to"
    evidence("S10", SHOWN, control=f"EmailMessage alone: {injected} write a Bcc")


def test_control_without_the_sanitizer_the_encoding_still_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(message_module, "header_text", lambda text: text)
    honest = names_by_hand(to_bytes(HONEST))
    for payload, field in itertools.product(PAYLOADS, ["sender_name", "subject"]):
        try:
            data = to_bytes(replace(HONEST, **{field: payload}))
        except (UnsafeMail, UnicodeError):
            continue
        assert names_by_hand(data) == honest


def test_control_without_sanitizer_and_encoding_the_check_refuses_and_it_is_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(message_module, "header_text", lambda text: text)
    monkeypatch.setattr(message_module, "_encoded", lambda text: text)
    attack = replace(HONEST, subject=f"Dinner\r\n{EVIL}")
    with pytest.raises(UnsafeMail, match="headers"):
        to_bytes(attack)
    with pytest.raises(UnsafeMail, match="headers"):
        to_bytes(replace(HONEST, subject="Dinner\r\n\r\nforged body"))
    with pytest.raises(UnsafeMail, match="another address"):
        to_bytes(replace(HONEST, sender_name=f"evil@x.test, {'x' * 80}"))
    monkeypatch.setattr(message_module, "_check", lambda _mail, _data: None)
    assert message_from_bytes(to_bytes(attack), policy=compat32)["Bcc"] == "evil@x.test"
