"""Nothing that a stranger types becomes a header, a recipient or a body."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP, compat32, default

import pytest

from community.mail import message as message_module
from community.mail.message import Mail, UnsafeMail, to_bytes

EVIL = "Bcc: evil@x.test"
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


def payloads() -> Iterator[str]:
    breaks = [
        "\r\n",
        "\n",
        "\r",
        "\n\r",
        "\r\n ",
        "\r\n\t",
        "\r\n\r\n",
        "\n\n",
        "\x00\r\n",
        "\r\x00\n",
    ]
    breaks += [
        "\x00",
        "\x0b",
        "\x0c",
        "\x1c",
        "\x1d",
        "\x1e",
        "\x85",
        "\u2028",
        "\u2029",
        "\ud80d\n",
    ]
    breaks += ["\u560d\u560a", "\u010a", "\u202a\r\n", "\\r\\n", "%0d%0a", "&#13;&#10;"]
    yield from (f"Dinner{b}{EVIL}" for b in breaks)
    q = ["=0d=0a", "=0D=0A", "=0a", "=0d", "=0d=0a=0d=0a", "=00=0d=0a"]
    for charset, kind in itertools.product(["utf-8", "us-ascii", "iso-8859-1*en"], "qQ"):
        yield from (f"=?{charset}?{kind}?a{b}Bcc=3a_evil=40x.test?=" for b in q)
    for kind in "bB":
        yield f"=?utf-8?{kind}?YQ0KQmNjOiBldmlsQHgudGVzdA==?="
        yield f"=?utf-8?{kind}?YQpCY2M6IGV2aWxAeC50ZXN0?="
        yield f"=?utf-7?{kind}?K0FBMEFDZy1CY2M6IGV2aWxAeC50ZXN0?="
    yield "=?utf-8?q?a?= =?utf-8?q?=0d=0aBcc=3a_evil=40x.test?="
    yield "=\u202a?utf-8?q?a=0d=0aBcc=3a_evil=40x.test?="
    yield '"=?utf-8?q?a=0d=0aBcc=3a_evil=40x.test?="'
    yield "(=?utf-8?q?a=0d=0aBcc=3a_evil=40x.test?=)"
    yield f"{'x' * 70} =?utf-8?q?a=0d=0aBcc=3a_evil=40x.test?="
    yield f"x; filename*=utf-8''a%0d%0a{EVIL}"
    yield f"x; filename*0*=utf-8''a%0d%0a; filename*1={EVIL}"
    yield 'a" <evil@x.test>, "'
    yield 'a\\" <evil@x.test>, "'
    yield "a\\"
    yield "evil@x.test"
    yield "<evil@x.test>"
    yield "evil@x.test, zoe"
    yield f"group: evil@x.test;{'x' * 90}"
    yield f"evil@x.test ({'comment ' * 12})"
    yield f"({'a' * 2000}\n{EVIL})"
    yield f"{'(' * 500}{EVIL}"
    yield "boss@x.test " + "word, " * 40
    yield "é" * 60 + f"\r\n{EVIL}"
    yield f"{'x' * 77}\r\n{EVIL}"
    yield f"--=_a_\r\n\r\n{EVIL}"
    yield f"\r\n.\r\nMAIL FROM:<evil@x.test>\r\nRCPT TO:<evil@x.test>\r\nDATA\r\n{EVIL}"
    yield '"a\r\nRCPT TO:<evil@x.test>\r\n"@c.test'
    yield "evil@x.test>\r\nRCPT TO:<zoe@example.org"
    yield "https://x.test/>\r\nBcc: evil@x.test"
    yield "https://x.test/>, <mailto:evil@x.test"
    yield "<1@example.org>\r\n\tBcc: evil@x.test"


PAYLOADS = list(payloads())


def names_by_hand(data: bytes) -> list[str]:
    """Header names of the top block, read without any parser of the standard library."""
    head = data.partition(b"\r\n\r\n")[0].decode("latin-1").splitlines()
    return [line.partition(":")[0] for line in head if not line.startswith((" ", "\t"))]


def names_by_parser(data: bytes) -> list[list[str]]:
    return [part.keys() for part in message_from_bytes(data, policy=compat32).walk()]


def test_there_are_at_least_sixty_payloads() -> None:
    assert len(set(PAYLOADS)) >= 90


@pytest.mark.parametrize("field", TYPED_BY_PEOPLE)
@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: ascii(payload)[1:50])
def test_what_people_type_never_becomes_a_header(payload: str, field: str) -> None:
    honest = to_bytes(HONEST)
    data = to_bytes(replace(HONEST, **{field: payload}))
    assert names_by_hand(data) == names_by_hand(honest)
    assert names_by_parser(data) == names_by_parser(honest)
    message = message_from_bytes(data, policy=default)
    assert [a.addr_spec for a in message["From"].addresses] == [HONEST.sender_address]
    assert [a.addr_spec for a in message["To"].addresses] == [HONEST.recipient_address]
    assert str(message["Subject"]).isprintable()
    assert message["Bcc"] is None


@pytest.mark.parametrize("field", OURS)
@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: ascii(payload)[1:50])
def test_what_we_make_ourselves_is_refused_when_it_is_not_what_we_make(
    payload: str, field: str
) -> None:
    mail = replace(HONEST, **{field: payload})
    try:
        data = to_bytes(mail)
    except UnsafeMail:
        return
    assert names_by_parser(data) == names_by_parser(to_bytes(HONEST))
    # What got through is in the grammar of the field: a plain address or Message-ID.
    assert payload in ("evil@x.test", "<evil@x.test>")
    assert "<" not in payload or field in ("message_id", "in_reply_to")


def test_control_the_library_alone_lets_the_payloads_through() -> None:
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
