"""Of an answer in words stays what was written, and what a program wrote is told apart."""

import pytest

from community.inbound.quoting import LONGEST, text_of_html, written_above
from community.inbound.reading import Kind, read
from tests.inbound.in_words import (
    ASKS,
    BY_PROGRAMS,
    HTML,
    PEOPLE_SAY,
    PLAIN,
    REPORTS,
    SECRET,
    WINMAIL,
    automatic,
    plain,
)


@pytest.mark.parametrize("text", PLAIN.values(), ids=PLAIN)
def test_what_stands_above_the_older_mail_is_kept(text: str) -> None:
    received = read(plain(text))
    assert (received.kind, received.words) == (Kind.WORDS, ASKS)
    assert not received.is_automatic


@pytest.mark.parametrize("mail", HTML.values(), ids=HTML)
def test_so_it_is_of_a_page(mail: bytes) -> None:
    received = read(mail)
    assert (received.kind, received.words) == (Kind.WORDS, ASKS)


def test_the_older_mail_would_be_seen() -> None:
    assert SECRET in "".join(PLAIN.values())
    assert SECRET in text_of_html(f"<p>{ASKS}</p><p>{SECRET}</p>")
    assert SECRET in written_above(f"{ASKS}\n\n{SECRET}")


@pytest.mark.parametrize("text", PEOPLE_SAY)
def test_what_people_write_is_not_taken_for_a_quote(text: str) -> None:
    assert read(plain(text)).words == text


def test_answers_between_the_quoted_lines_are_kept_when_nothing_is_above() -> None:
    text = "> Do you come?\n\nYes.\n\n> Alone?\n\nWith my wife.\n\n-- \nAnn"
    assert written_above(text) == "Yes.\n\nWith my wife."


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("Grüße".encode(), "Grüße"),
        (b"=?x-none?q?a?= b", "=?x-none?q?a?= b"),
        (b"=?utf\xff8?q?a?= b", "=?utf\ufffd8?q?a?= b"),
        (b"=?utf-8?b?a?= b", "=?utf-8?b?a?= b"),
        (b"=?utf-8?q?a=0D=0ABcc:_x?=", "a Bcc: x"),
        (b"a\r\n b", "a b"),
    ],
)
def test_a_subject_is_one_line_whatever_it_is(raw: bytes, shown: str) -> None:
    received = read(automatic("@@").replace(b"@@", raw))
    assert (received.kind, received.subject) == (Kind.WORDS, shown)


def test_a_paragraph_before_a_quote_is_no_attribution() -> None:
    text = "Yes.\nMay I bring 2 bottles?\nMy wife says:\n> bring wine"
    assert written_above(text) == "Yes.\nMay I bring 2 bottles?\nMy wife says:"


def test_words_are_printable_and_not_too_many() -> None:
    assert written_above("a\x00b\u202ec\r\nd\re") == "a bc\nd\ne"
    assert len(written_above("word " * 10_000)) <= LONGEST
    assert len(written_above("a" + "\u0301\u0316" * 100_000)) <= LONGEST


@pytest.mark.parametrize(("mail", "why"), BY_PROGRAMS.values(), ids=BY_PROGRAMS)
def test_what_a_program_wrote_is_told_apart(mail: bytes, why: str) -> None:
    received = read(mail)
    assert (received.kind, received.reason) == (Kind.AUTOMATIC, why)
    assert received.is_automatic


@pytest.mark.parametrize(
    "headers",
    [("Auto-Submitted: no",), ("Precedence: first-class",), ("Return-Path: <ann@example.com>",)],
)
def test_who_says_that_they_are_no_program_is_none(headers: tuple[str, ...]) -> None:
    received = read(automatic("Re: out of office dinner", *headers))
    assert (received.kind, received.is_automatic) == (Kind.WORDS, False)


@pytest.mark.parametrize(("mail", "why"), REPORTS.values(), ids=REPORTS)
def test_a_report_is_a_report_whatever_it_holds(mail: bytes, why: str) -> None:
    received = read(mail)
    assert (received.kind, received.reason) == (Kind.REPORT, why)
    assert received.is_automatic
    assert received.calendar is None


def test_who_sends_a_winmail_dat_alone_needs_help() -> None:
    received = read(WINMAIL)
    assert (received.kind, received.reason) == (Kind.HELP, "winmail")
