"""Text is made safe for a line, a paragraph, a header; folded; shortened; worded."""

import re
import unicodedata
from gettext import NullTranslations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.core.text import (
    clean_line,
    clean_text,
    fold,
    gettext,
    header_text,
    ngettext,
    shorten,
    slugify,
    speaking,
)

CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ana   Costa ", "Ana Costa"),
        ("Ana\r\nBcc: x", "Ana Bcc: x"),
        ("Ana\x00Costa", "Ana Costa"),
        ("Ana\u2028Costa\u2029", "Ana Costa"),
        ("Ana\x85Costa", "Ana Costa"),
        ("Zoe\u0308", "Zoë"),
        ("a\ud800b", "a b"),
        ("evil\u202egpj.exe", "evilgpj.exe"),
        ("\u2067x\u2069", "x"),
        ("e\u202a\u0301", "é"),  # composed although an override stood between
        ("\u00a0Ana\u3000Costa", "Ana Costa"),
        ("", ""),
        ("\u200b\u2060\ufeff", ""),
        ("\u3164 \u2800", ""),
        ("\u00ad\ufe0f", ""),
        ("\u0928\u200d\u092f", "\u0928\u200d\u092f"),  # a joiner between letters stays
        ("\U0001f469\u200d\U0001f4bb", "\U0001f469\u200d\U0001f4bb"),
    ],
)
def test_a_line_keeps_what_can_be_printed(typed: str, kept: str) -> None:
    assert clean_line(typed) == kept


@given(st.text())
def test_a_clean_line_is_one_line_and_cleaning_it_again_changes_nothing(typed: str) -> None:
    line = clean_line(typed)
    assert not CONTROLS.search(line)
    assert len(line.splitlines()) <= 1
    assert clean_line(line) == line


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("one\r\ntwo\rthree\n", "one\ntwo\nthree"),
        ("a\tb", "a    b"),
        ("a\x00b\x0bc", "a b c"),
        ("a\u2028b", "a b"),
        ("  indented", "indented"),
    ],
)
def test_a_paragraph_keeps_its_line_ends_and_no_other_control(typed: str, kept: str) -> None:
    assert clean_text(typed) == kept


@given(st.text())
def test_clean_text_holds_no_control_but_the_newline(typed: str) -> None:
    assert not CONTROLS.search(clean_text(typed).replace("\n", ""))


@pytest.mark.parametrize(
    "typed",
    [
        "=?utf-8?q?a=0d=0aBcc=3a_evil=40x?=",
        "=\u202a?utf-8?b?DQo=?=",
        "=\u2066\u2069?x?q?y?=",
        "==??utf-8?q?=0a?=",
        "=\r\n?utf-8?q?=0a?=",
    ],
)
def test_no_encoded_word_reaches_a_header(typed: str) -> None:
    assert "=?" not in header_text(typed)


@given(st.text(alphabet="=?\u202a\r\n aq0"))
def test_no_mixture_of_its_pieces_becomes_an_encoded_word(typed: str) -> None:
    assert "=?" not in header_text(typed)


def test_searching_ignores_case_accents_and_width() -> None:
    assert fold("  ZÜRICH  Straße ") == fold("zurich strasse")
    assert fold("ＡＢＣ") == "abc"


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Boston Leadership Dinner", "boston-leadership-dinner"),
        ("Dîner à Paris — 2025!", "diner-a-paris-2025"),
        ("../../etc/passwd", "etc-passwd"),
        ("東京", ""),
        ("a" * 100, "a" * 80),
        ("a" * 79 + " b", "a" * 79),
    ],
)
def test_a_slug_is_ascii_words_and_hyphens(title: str, slug: str) -> None:
    assert slugify(title) == slug


@pytest.mark.parametrize(
    ("text", "longest", "cut"),
    [
        ("short", 10, "short"),
        ("exactly10!", 10, "exactly10!"),
        ("one two three four", 12, "one two…"),
        ("onelongwordwithoutspaces", 10, "onelongwo…"),
        ("a bcdefghijklmnop", 10, "a bcdefgh…"),
    ],
)
def test_a_long_text_is_cut_at_a_word_when_there_is_one(text: str, longest: int, cut: str) -> None:
    assert shorten(text, longest) == cut
    assert len(cut) <= longest


@given(st.text(), st.integers(min_value=1, max_value=50))
def test_a_shortened_text_is_never_too_long(text: str, longest: int) -> None:
    assert len(shorten(text, longest)) <= longest


def test_wording_follows_the_catalogue_inside_the_block_only() -> None:
    class Loud(NullTranslations):
        def gettext(self, message: str) -> str:
            return message.upper()

        def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
            return (msgid1 if n == 1 else msgid2).upper()

    with speaking(Loud()):
        assert gettext("hello") == "HELLO"
        assert ngettext("a seat", "seats", 2) == "SEATS"
    assert gettext("hello %(name)s", name="Ana") == "hello Ana"
    assert gettext("100%") == "100%"
    assert ngettext("%(num)s seat", "%(num)s seats", 3) == "3 seats"


def test_the_text_is_in_normal_form_c() -> None:
    assert unicodedata.is_normalized("NFC", clean_line("A\u030angstro\u0308m"))
