"""The development mailbox reads every mail back, and nothing but mails."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from community.mail.message import Mail, to_bytes
from community.mail.reading import LARGEST, find_mail, list_mails, read_mail
from community.mail.transport import Spool

ICS = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nSUMMARY:D\xc3\xaener\r\nEND:VCALENDAR\r\n"


def spooled(folder: Path, number: int = 1, *, calendar: bytes | None = ICS) -> Path:
    """A real mail in the spool, written ``number`` seconds after the epoch."""
    mail = Mail(
        message_id=f"<{number}@example.org>",
        sender_name="Clube de Xadrez, São Paulo e Região Metropolitana",
        sender_address="rsvp+k7@localhost",
        recipient_name="Zoë",
        recipient_address="zoe@example.org",
        subject=f"Dîner n° {number} — réservé à tous les membres de la communauté",
        text="Chère Zoë,\n\nà bientôt.\n",
        html="<p>Chère Zoë</p>",
        date=datetime(2025, 7, 16, 18, 30, tzinfo=UTC),
        calendar=calendar,
        calendar_method="REQUEST" if calendar else None,
    )
    before = set(folder.glob("*.eml"))
    Spool(folder).send("", "zoe@example.org", to_bytes(mail), message_id=mail.message_id)
    (path,) = set(folder.glob("*.eml")) - before
    os.utime(path, (number, number))
    return path


def test_a_mail_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    path = spooled(tmp_path)
    mail = read_mail(path)
    assert mail.id == path.stem
    assert mail.subject == "Dîner n° 1 — réservé à tous les membres de la communauté"
    assert mail.sender == "Clube de Xadrez, São Paulo e Região Metropolitana <rsvp+k7@localhost>"
    assert mail.recipient == "Zoë <zoe@example.org>"
    assert mail.at == datetime(2025, 7, 16, 18, 30, tzinfo=UTC)
    assert mail.text == "Chère Zoë,\n\nà bientôt.\n"
    assert mail.html == "<p>Chère Zoë</p>\n"
    assert mail.calendar == ICS.decode()
    assert ("Auto-Submitted", "auto-generated") in mail.headers
    assert [name for name, _ in mail.headers][:3] == ["From", "To", "Subject"]


def test_a_mail_without_calendar_has_none(tmp_path: Path) -> None:
    assert read_mail(spooled(tmp_path, calendar=None)).calendar is None


def test_the_newest_come_first_and_only_so_many(tmp_path: Path) -> None:
    written = [spooled(tmp_path, number).stem for number in range(1, 6)]
    assert [mail.id for mail in list_mails(tmp_path)] == written[::-1]
    assert [mail.id for mail in list_mails(tmp_path, limit=2)] == written[:-3:-1]


def test_a_spool_that_does_not_exist_yet_is_empty(tmp_path: Path) -> None:
    assert list_mails(tmp_path / "mail") == []


def test_half_written_files_and_strangers_are_not_listed(tmp_path: Path) -> None:
    spooled(tmp_path)
    (tmp_path / ".abc.tmp").write_bytes(b"Subject: half")
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "folder.eml").mkdir()
    assert len(list_mails(tmp_path)) == 1


def test_a_mail_is_found_by_its_id(tmp_path: Path) -> None:
    path = spooled(tmp_path)
    found = find_mail(tmp_path, path.stem)
    assert found == read_mail(path)
    assert find_mail(tmp_path, "0" * 32) is None


@pytest.mark.parametrize(
    "mail_id",
    [
        "",
        "..",
        "../a",
        "..%2fa",
        "/etc/passwd",
        "a/../a",
        "a\\..\\a",
        "a\x00",
        "a\n",
        "A",
        "é",
        "１",
        "a.eml",
        "a" * 5000,
    ],
)
def test_an_id_that_is_not_ours_finds_nothing_outside_the_spool(
    tmp_path: Path, mail_id: str
) -> None:
    spool = tmp_path / "spool"
    spooled(spool)
    for name in ["a.eml", "A.eml", "é.eml", "１.eml", ".eml", "...eml", "a.eml.eml"]:
        (tmp_path / name).write_bytes(b"Subject: secret\r\n\r\n")
        (spool / name).write_bytes(b"Subject: stranger\r\n\r\n")
    assert find_mail(spool, mail_id) is None


BROKEN = {
    "nothing": b"",
    "no header": b"\r\n\r\nbody",
    "not a mail": bytes(range(256)) * 20,
    "unknown charset": b"Subject: =?x-no?q?a?=\r\nContent-Type: text/plain; charset=x\r\n\r\n\xe9",
    "odd charset": b"Content-Type: text/plain; charset=rot13\r\n\r\nabc",
    "bad base64": b"Subject: =?utf-8?b?A?=\r\nContent-Transfer-Encoding: base64\r\n\r\n!!",
    "raw 8 bit": b"Subject: \xe9\xff\r\nFrom: \xc3\xa9\r\n\r\n\xff",
    "bad date": b"Date: Thu, 99 Foo 99999 99:99:99 +9999\r\n\r\nx",
    "early date": b"Date: Mon, 01 Jan 0001 00:00:00 +2359\r\n\r\nx",
    "no boundary": b"Content-Type: multipart/mixed\r\n\r\n--x\r\n\r\nx",
    "empty group": b"From: :;,<\r\nTo: (((\r\n\r\nx",
    "controls": b"Subject: =?utf-8?q?a=0d=0ab=00?=\r\n\r\nx",
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_is_shown_as_far_as_it_can_be(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "abc.eml"
    path.write_bytes(data)
    (mail,) = list_mails(tmp_path)
    assert mail.at.utcoffset() is not None
    assert "\n" not in mail.subject
    assert "\x00" not in mail.subject
    for text in [mail.subject, mail.sender, mail.recipient, mail.text, *map(str, mail.headers)]:
        text.encode()


def test_a_naive_date_is_taken_as_utc(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"Date: Wed, 16 Jul 2025 18:30:00 -0000\r\n\r\nx")
    assert read_mail(tmp_path / "a.eml").at == datetime(2025, 7, 16, 18, 30, tzinfo=UTC)


def test_no_more_than_a_bounded_part_of_a_huge_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "abc.eml"
    with path.open("wb") as file:
        file.write(b"Subject: huge\r\n\r\n")
        file.truncate(LARGEST * 20)
    assert len(read_mail(path).text) <= LARGEST
