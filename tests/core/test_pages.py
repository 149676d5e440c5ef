"""Cursors lead back to their key, and whatever else a browser sends is refused."""

import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.core.errors import Refused
from community.core.pages import cursor, read_cursor, read_instant


def _raw(key: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


@given(st.text(max_size=30), st.integers(0, 2**31 - 1))
def test_a_cursor_leads_back_to_its_key(text: str, number: int) -> None:
    if "\x00" in text or any(0xD800 <= ord(c) <= 0xDFFF for c in text):
        return
    assert read_cursor(cursor(text, number), (str, int)) == [text, number]


def test_a_cursor_fits_into_an_address() -> None:
    assert cursor("é/?&=+", 12).isascii()
    assert set(cursor("é/?&=+", 12)).isdisjoint("/+=?&")


@pytest.mark.parametrize("nothing", [None, ""])
def test_without_a_cursor_there_is_no_key(nothing: str | None) -> None:
    assert read_cursor(nothing, (str, int)) is None


@pytest.mark.parametrize(
    "text",
    [
        "?", "é", "a", "AAAA", "WyJhIl0=====", _raw(["a"]), _raw(["a", 1, 1]), _raw([1, "a"]),
        _raw({"a": 1}), _raw("a"), _raw(None), _raw(["a", True]), _raw(["a", 1.0]),
        _raw(["a", -1]), _raw(["a", 2**31]), _raw(["a", 10**400]), _raw(["a\x00", 1]),
        _raw(["a", "1"]), _raw(["\ud800", 1]), _raw(["a" * 2000, 1]), "[" * 900, _raw(["a", None]),
        base64.urlsafe_b64encode(b"[" * 700).decode(), "__4",
    ],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="bad_cursor"):
        read_cursor(text, (str, int))


def test_an_instant_in_a_cursor_comes_back_as_utc() -> None:
    at = datetime(2026, 7, 16, 22, 30, tzinfo=UTC)
    assert read_instant(at.isoformat()) == at
    assert read_instant("2026-07-16T18:30:00-04:00") == at


@pytest.mark.parametrize(
    "text", ["", "x", "2026-07-16T18:30:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00+14:00"]
)
def test_any_other_instant_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="bad_cursor"):
        read_instant(text)
