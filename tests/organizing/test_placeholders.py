"""What stands in braces: a fixed list, and values that are nothing but text."""

import re

import pytest

from community.core.errors import Refused
from community.core.markup import filled_html, safe_html
from community.organizing.placeholders import NAMES, filled, filled_text, parse

OWN = "https://community.example/rsvp/1-abc"
KNOWN = dict.fromkeys(NAMES, "x") | {"own_page": OWN}

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[press](https://evil.example)",
    "<https://evil.example>",
    "![a](https://evil.example/a.png)",
    "**loud**",
    "# Heading",
    "- a\n- b",
    "`code`",
    "[a]: https://evil.example",
    "](https://evil.example)",
    "{own_page}",
    "{{name}}",
    "\ue0000\ue001",
    "&lt;b&gt;",
    "\\",
    "</p><h1>",
    "javascript:alert(1)",
]


def html(text: str, **values: str) -> str:
    return str(filled_html(filled(parse(text), {**KNOWN, **values})))


def seen(found: str) -> str:
    """What a reader reads of it."""
    bare = re.sub(r"<[^>]*>", "", found).strip()
    for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        bare = bare.replace(entity, sign)
    return bare


def test_the_whole_list_is_filled_in_and_two_braces_are_one() -> None:
    values = {name: f"<{name}>" for name in NAMES}
    text = " ".join(f"{{{name}}}" for name in NAMES) + " {{name} { name }"
    said = " ".join(f"<{name}>" for name in NAMES) + " {name} <name>"
    assert filled_text(parse(text), values) == said


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("{nome}", "placeholder_unknown", 1, 1),
        ("Dear {name},\n\nsee {place}", "placeholder_unknown", 3, 5),
        ("Dear {name", "placeholder_open", 1, 6),
        ("Dear {na\nme}", "placeholder_open", 1, 6),
        ("{name{event}", "placeholder_open", 1, 1),
        ("{}", "placeholder_unknown", 1, 1),
        ("{name!r}", "placeholder_unknown", 1, 1),
        ("{name.__class__}", "placeholder_unknown", 1, 1),
        ("{0}", "placeholder_unknown", 1, 1),
        ("{NAME}", "placeholder_unknown", 1, 1),
        ("{{{name", "placeholder_open", 1, 3),
    ],
)
def test_what_does_not_exist_is_refused_by_name_and_place(
    text: str, code: str, line: int, column: int
) -> None:
    with pytest.raises(Refused) as refused:
        parse(text, "body")
    assert refused.value.code == code
    assert refused.value.values["field"] == "body"
    assert (refused.value.values["line"], refused.value.values["column"]) == (line, column)
    assert refused.value.values["known"] == ", ".join(f"{{{name}}}" for name in NAMES)


@pytest.mark.parametrize("text", ["}", "a } b", "}}", "{{", "{{}", "100 % {{x}}"])
def test_other_braces_are_text(text: str) -> None:
    assert filled_text(parse(text), KNOWN) == text.replace("{{", "{")


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("around", ["{name}", "Dear {name},", "**{name}**", "- {name}", "`{name}`"])
def test_a_name_is_nothing_but_text(name: str, around: str) -> None:
    found = html(around, name=name)
    plain = str(safe_html(around.replace("{name}", "NAME")))
    tags = re.findall(r"<[^>]*>", found)
    assert tags == re.findall(r"<[^>]*>", plain), "the name brought a tag along"
    assert " ".join(seen(found).split()) == " ".join(seen(plain).replace("NAME", name).split())


def test_without_that_care_a_name_brings_a_link_a_picture_and_a_heading_along() -> None:
    """The control: values put into the Markdown before it is parsed."""
    brought = [
        name
        for name in HOSTILE
        if re.findall(r"<[^>]*>", str(safe_html("Dear {name},".replace("{name}", name))))
        != ["<p>", "</p>"]
    ]
    assert {"[press](https://evil.example)", "**loud**", "`code`"} <= set(brought)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_within_an_address_leads_nowhere_else(name: str) -> None:
    found = html("[a](https://example.org/?q={name}) [b]({name})", name=name)
    for address in re.findall(r'href="([^"]*)"', found):
        assert address.startswith("https://example.org/?q=")
        assert "evil.example" not in address.partition("?q=")[0]


def test_the_own_page_is_a_link_where_it_stands_and_where_one_leads_to() -> None:
    assert html("{own_page}") == f'<p><a href="{OWN}" rel="nofollow noopener">{OWN}</a></p>\n'
    assert html("[here]({own_page})") == (
        f'<p><a href="{OWN}" rel="nofollow noopener">here</a></p>\n'
    )
    within = html("[go to {own_page}](https://example.org/)")
    assert within.count("<a ") == 1
    assert OWN in within


@pytest.mark.parametrize("number", ["5", "0005", "9" * 5000])
def test_marks_made_of_character_entities_lead_to_nothing(number: str) -> None:
    """Markdown makes signs of them after the marks that were typed are gone."""
    typed = f"&#xE000;{number}&#xE001; [x](https://example.org/%EE%80%80{number}%EE%80%81) {{name}}"
    assert "Ada" in html(typed, name="Ada")


def test_the_own_page_is_no_word_of_a_subject() -> None:
    with pytest.raises(Refused) as refused:
        parse("Your page: {own_page}", "subject")
    assert refused.value.code == "placeholder_not_in_subject"
    assert parse("{own_page}", "body")


def test_marks_that_were_typed_put_nothing_in() -> None:
    assert "SECRET" not in html("\ue0000\ue001 {{name}", name="SECRET")
    assert html("\ue0000\ue001{name}", name="Ada") == "<p>0Ada</p>\n"
