"""Markdown as plain text: what was meant stays, and no value becomes anything but text."""

import pytest

from community.core.markup import Value
from community.core.plain_markup import filled_plain


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("One\ntwo\n\nthree", "One\ntwo\n\nthree"),
        ("# Title\n\nText", "Title\n\nText"),
        ("**loud** and *soft*", "*loud* and _soft_"),
        ("- a\n- b\n  - c", "- a\n- b\n  - c"),
        ("- a\n\n- b", "- a\n\n- b"),
        ("3. a\n4. b", "3. a\n4. b"),
        ("> said\n> twice", "> said\n> twice"),
        ("> a\n>\n> b", "> a\n>\n> b"),
        ("```\ncode\n  more\n```", "    code\n      more"),
        ("a\n\n---\n\nb", "a\n\n* * *\n\nb"),
        ("[here](https://example.org/)", "here <https://example.org/>"),
        ("<https://example.org/>", "https://example.org/"),
        ("<ann@example.org>", "ann@example.org"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("[x](/here)", "x"),
        ("`{x}` \\*y\\*", "{x} *y*"),
        ("a  \nb", "a\nb"),
        ("", ""),
    ],
)
def test_each_element_has_a_plain_form(markdown: str, text: str) -> None:
    assert filled_plain([markdown]) == text


def test_values_are_text_and_own_addresses_stand_once() -> None:
    own = Value("https://community.example/rsvp/1", is_link=True)
    assert filled_plain(["Dear ", Value("*Ada* [x](y) # 1"), ", see ", own, "."]) == (
        "Dear *Ada* [x](y) # 1, see https://community.example/rsvp/1."
    )
    assert filled_plain(["[Your page](", own, ")"]) == f"Your page <{own.text}>"
