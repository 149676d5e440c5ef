"""A mail's bytes: the layouts that calendars take, readable on every client, always the same."""

import base64
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import compat32, default
from email.utils import getaddresses

import pytest

from community.mail.message import Mail, UnsafeMail, to_bytes, wrapped
from community.mail.mime import picture_id

ICS = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n"
    b"SUMMARY:D\xc3\xaener\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
PLAIN = Mail(
    message_id="<k7.1@example.org>",
    sender_name="Anna Host (Chess Club)",
    sender_address="rsvp+k7@localhost",
    recipient_name="Zoë Müller",
    recipient_address="zoe@example.org",
    subject="Boston Leadership Dinner",
    text="Dear Zoë,\n\nsee you there.\n",
    html="<p>Dear Zoë, see you there.</p>",
    date=datetime(2025, 7, 16, 18, 30, tzinfo=UTC),
)
INVITE = replace(PLAIN, calendar=ICS, calendar_method="REQUEST")


def layout(data: bytes) -> list[str]:
    return [part.get_content_type() for part in message_from_bytes(data, policy=default).walk()]


def test_a_mail_without_calendar_is_plain_text_and_html() -> None:
    assert layout(to_bytes(PLAIN)) == ["multipart/alternative", "text/plain", "text/html"]


def test_an_invite_has_the_layout_that_gmail_outlook_and_apple_take() -> None:
    mixed = message_from_bytes(to_bytes(INVITE), policy=default)
    assert mixed.get_content_type() == "multipart/mixed"
    alternative, attachment = mixed.iter_parts()
    assert alternative.get_content_type() == "multipart/alternative"
    plain, html, calendar = alternative.iter_parts()
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert str(calendar["Content-Type"]) == 'text/calendar; charset="utf-8"; method="REQUEST"'
    assert calendar["Content-Disposition"] is None
    assert calendar.get_payload(decode=True) == ICS
    assert str(attachment["Content-Type"]) == 'application/ics; name="invite.ics"'
    assert str(attachment["Content-Disposition"]) == 'attachment; filename="invite.ics"'
    assert str(attachment["Content-Transfer-Encoding"]) == "base64"
    assert attachment.get_payload(decode=True) == ICS


def test_a_picture_goes_with_the_html_and_leaves_the_invite_as_it_was() -> None:
    png = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
    html = f'<img src="cid:{picture_id(INVITE.message_id)}">'
    for mail in (PLAIN, INVITE):
        data = to_bytes(replace(mail, html=html, picture=png))
        related = ["multipart/related", "text/html", "image/png"]
        rest = ["text/calendar", "application/ics"] if mail is INVITE else []
        top = ["multipart/mixed"] if mail is INVITE else []
        assert layout(data) == [*top, "multipart/alternative", "text/plain", *related, *rest]
        parts = list(message_from_bytes(data, policy=default).walk())
        [picture] = [part for part in parts if part.get_content_type() == "image/png"]
        assert picture.get_payload(decode=True) == png
        assert picture["Content-Disposition"] == 'inline; filename="code.png"'
        assert f"cid:{picture['Content-ID'][1:-1]}" in html
        assert data == to_bytes(replace(mail, html=html, picture=png))


def test_the_header_block_of_an_invite_is_exactly_this() -> None:
    mail = replace(
        INVITE,
        in_reply_to="first@example.org",
        list_unsubscribe="https://example.org/mail/stop?t=a-b_c%20d",
        list_unsubscribe_post=True,
        reply_to="anna@example.org",
    )
    head = to_bytes(mail).partition(b"\r\n\r\n")[0].decode("ascii")
    assert re.sub("=_m_[0-9a-f]{32}", "=_m_X", head).split("\r\n") == [
        'From: "Anna Host (Chess Club)" <rsvp+k7@localhost>',
        "To: =?utf-8?b?Wm/DqyBNw7xsbGVy?= <zoe@example.org>",
        "Subject: Boston Leadership Dinner",
        "Date: Wed, 16 Jul 2025 18:30:00 +0000",
        "Message-ID: <k7.1@example.org>",
        "Reply-To: anna@example.org",
        "In-Reply-To: <first@example.org>",
        "References: <first@example.org>",
        "List-Unsubscribe: <https://example.org/mail/stop?t=a-b_c%20d>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: OOF, AutoReply",
        "MIME-Version: 1.0",
        "Content-Type: multipart/mixed;",
        ' boundary="=_m_X"',
    ]


@pytest.mark.parametrize("mail", [PLAIN, INVITE], ids=["plain", "invite"])
def test_the_bytes_are_short_seven_bit_lines_ending_in_cr_lf(mail: Mail) -> None:
    data = to_bytes(replace(mail, text="ü" * 5000 + "\n.\nFrom x\n", html="<b>" + "x" * 5000))
    assert data.isascii()
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert b"\r" not in data.replace(b"\r\n", b"")
    assert max(map(len, data.split(b"\r\n"))) <= 78


def test_the_same_mail_gives_the_same_bytes_and_another_one_another_boundary() -> None:
    assert to_bytes(INVITE) == to_bytes(replace(INVITE))
    boundary = re.compile(rb"=_[am]_[0-9a-f]{32}")
    other = to_bytes(replace(INVITE, message_id="other@example.org"))
    assert not set(boundary.findall(to_bytes(INVITE))) & set(boundary.findall(other))


def test_a_body_that_quotes_the_boundary_does_not_end_its_part() -> None:
    boundary = re.findall(r"=_a_[0-9a-f]{32}", to_bytes(PLAIN).decode())[0]
    forged = f"--{boundary}\r\nContent-Type: text/html\r\n\r\nforged\r\n--{boundary}--\r\n"
    data = to_bytes(replace(PLAIN, text=forged, html=forged))
    assert layout(data) == ["multipart/alternative", "text/plain", "text/html"]
    body = message_from_bytes(data, policy=default).get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == forged.splitlines()


def test_a_calendar_with_bare_newlines_is_sent_with_cr_lf() -> None:
    data = to_bytes(replace(INVITE, calendar=ICS.replace(b"\r\n", b"\n")))
    assert data == to_bytes(INVITE)


@pytest.mark.parametrize("calendar", [ICS.replace(b"REQUEST", b"CANCEL"), b"BEGIN\r\n", b"\xff"])
def test_an_invite_whose_parts_disagree_is_not_made(calendar: bytes) -> None:
    with pytest.raises(UnsafeMail):
        to_bytes(replace(INVITE, calendar=calendar))


def test_the_date_is_written_in_utc() -> None:
    east = PLAIN.date.astimezone(timezone(timedelta(hours=9)))
    assert to_bytes(replace(PLAIN, date=east)) == to_bytes(PLAIN)


@pytest.mark.parametrize(
    "wrong",
    [
        {"date": datetime(2025, 7, 16)},  # noqa: DTZ001 - a naive date is the case
        {"calendar": ICS},
        {"calendar_method": "REQUEST"},
    ],
)
def test_half_a_mail_cannot_be_made(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        replace(PLAIN, **wrong)


SUBJECTS = [
    "",
    "Dîner à Paris — «été» 2025 avec très élégant invités célèbres où, naïve Zoë",
    "Встреча сообщества предпринимателей в Бостоне, ужин и обсуждение данных",
    "東京のディナー" * 8,
    "🎉" * 40,
    "x" * 200,
    "a quite long subject in English that has to be folded somewhere because it is so long",
    'quotes " and \\ and <angles> (and comments), commas; semicolons: @ signs _ = ?',
]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_subject_arrives_as_it_was_written(subject: str) -> None:
    data = to_bytes(replace(PLAIN, subject=subject))
    assert message_from_bytes(data, policy=default)["Subject"] == subject
    assert max(map(len, data.split(b"\r\n"))) <= 78


def test_a_long_subject_is_cut_at_200_characters() -> None:
    data = to_bytes(replace(PLAIN, subject="word " * 100))
    subject = str(message_from_bytes(data, policy=default)["Subject"])
    assert subject.endswith("word…")
    assert 190 < len(subject) <= 200


NAMES = [
    "Ana",
    "O'Hara, Jane",
    'The "Boss" \\ Ltd.',
    "a@b.org (Chess O'Hara (Chess plain (Chess averyveryverylongwordwithoutspaces Ltd. Club)",
    "boss@example.org <boss@example.org>, eve@x.test; group: x@y.test;",
    "averyveryverylongwordwithoutspaces (Chess Foo, Ltd. Zoë Größe;",
    "Мария Ивановна, президент",
    "x" * 120,
    "(((((",
    ">>>",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_stays_a_name_and_never_becomes_the_address(name: str) -> None:
    # The library itself fails here: its folding of a long name drops the quotes.
    data = to_bytes(replace(PLAIN, sender_name=name, recipient_name=name))
    message = message_from_bytes(data, policy=compat32)
    for header, address in [("From", PLAIN.sender_address), ("To", PLAIN.recipient_address)]:
        ((phrase, found),) = getaddresses([message[header]])
        assert (str(make_header(decode_header(phrase))), found) == (name, address)
        (read,) = message_from_bytes(data, policy=default)[header].addresses
        assert read.addr_spec == address


@pytest.mark.parametrize("line_length", [40, 76])
def test_prose_is_wrapped_at_spaces_and_links_stay_whole(line_length: int) -> None:
    link = "https://example.org/" + "a" * 100
    text = f"{'word ' * 30}\n\n  - {'item ' * 30}\n{link}\n> short"
    lines = wrapped(text, line_length).split("\n")
    assert link in lines
    assert "> short" in lines
    assert all(len(line) <= line_length for line in lines if line != link)
    assert [line for line in lines if line.startswith("    item")]
    assert " ".join(" ".join(lines).split()) == " ".join(text.split())


def test_the_plain_text_is_readable_in_the_raw_mail() -> None:
    assert b"\r\n\r\nDear Zo=C3=AB,\r\n\r\nsee you there.\r\n" in to_bytes(PLAIN)


def test_lone_surrogates_in_a_body_do_not_stop_the_mail() -> None:
    assert to_bytes(replace(PLAIN, text="a\ud800b", html="a\ud800b")).count(b"a?b") == 2


def test_the_calendar_is_base64_in_both_places() -> None:
    encoded = base64.encodebytes(ICS).replace(b"\n", b"\r\n")
    assert to_bytes(INVITE).count(encoded) == 2
