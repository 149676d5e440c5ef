"""The words of mails: complete or an error, and both forms show what was typed as it was typed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError

from community.app import create_app
from community.calendar.ways import ways_to_add
from community.mail.rendering import word
from tests.calendar.examples import when

EVENT: dict[str, Any] = {
    "event_title": "Dinner",
    "event_location": "Glass House, Boston",
    "event_outside": "Glass House, Boston",
    "event_link": "",
    "event_format": "in_person",
    "day": "Thursday, July 16, 2026",
    "hours": "6:30 PM to 9:30 PM",
    "zone": "New York time",
    "was": [],
    "moved": False,
    "elsewhere": False,
    "ways": ways_to_add(
        title="Dinner",
        when=when("2026-07-16 18:30", "2026-07-16 21:30"),
        place="Glass House, Boston",
        summary="",
        page="http://community.test/events/dinner",
    ),
}


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path) -> Iterator[None]:
    app = create_app(instance_path=tmp_path, base_url="http://community.test", name="R&D <Club>")
    with app.app_context():
        yield


def facts(**changes: Any) -> dict[str, Any]:
    event = {**EVENT, **{name: changes[name] for name in EVENT if name in changes}}
    known = {
        "recipient_name": "Ann",
        "event_title": event["event_title"],
        "facts_of_event": event,
        "guests": [],
        "party_size": 1,
        "promoted": False,
        "rsvp_token": "1-abc",
        "has_invite": True,
        "check_in_code": "2W-7K3M-QX9P-2ABC",
        "picture_id": "picture.1@mail.invalid",
        "place": 3,
        "message": "",
    }
    return {**known, **changes}


def test_a_mail_lacking_a_fact_is_an_error_and_not_a_gap() -> None:
    known = facts()
    del known["promoted"]
    with pytest.raises(UndefinedError, match="promoted"):
        word("seat_given", **known)


def test_names_and_titles_are_text_in_html_whatever_they_hold() -> None:
    nasty = "<script>alert(1)</script>\" onclick='x' & Co"
    words = word(
        "seat_given",
        **facts(event_title=nasty, event_location=nasty, guests=[nasty], was=[nasty]),
    )
    assert "<script" not in words.html
    assert words.html.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 5  # the place twice
    assert " onclick='" not in words.html
    assert "R&amp;D &lt;Club&gt;" in words.html


def test_names_and_titles_stand_in_plain_text_as_they_were_typed() -> None:
    words = word("seat_given", **facts(event_title="R&D <live> 100% {{ 7*7 }} %(name)s"))
    assert "  R&D <live> 100% {{ 7*7 }} %(name)s\n" in words.text
    assert "R&D <Club>" in words.text
    assert words.subject == "You are going: R&D <live> 100% {{ 7*7 }} %(name)s"


def test_a_message_of_the_hosts_keeps_its_lines_and_none_of_its_markup() -> None:
    words = word("event_cancelled", **facts(message="Snow.\n<b>Sorry</b>"))
    assert "Snow.\n<b>Sorry</b>" in words.text
    assert "Snow.\n&lt;b&gt;Sorry&lt;/b&gt;" in words.html
    assert "white-space:pre-line" in words.html


def test_a_subject_is_one_line() -> None:
    words = word("seat_given", **facts(event_title="one\r\nBcc: eve@example.org\n  two"))
    assert words.subject == "You are going: one Bcc: eve@example.org two"


def test_who_has_no_name_is_greeted_without_one() -> None:
    assert word("seat_given", **facts(recipient_name="")).text.startswith("Hello,\n\nYou are going")
    assert word("seat_given", **facts()).text.startswith("Hello Ann,\n\nYou are going")


@pytest.mark.parametrize(
    ("kind", "one", "three"),
    [
        ("seat_given", "somebody else can have your seat:", "others can have your seats:"),
        ("waitlisted", "there is a seat for you and", "there are 3 seats for you and your guests"),
        ("left", "Your seat is free", "Your 3 seats are free"),
    ],
)
def test_one_seat_and_several_are_worded_apart(kind: str, one: str, three: str) -> None:
    def plain(party_size: int) -> str:
        text = word(kind, **facts(party_size=party_size, was="going")).text
        return " ".join(text.split())

    assert one in plain(1)
    assert three in plain(3)
    assert one not in plain(3)


def test_links_begin_with_the_base_url_and_carry_the_token() -> None:
    words = word("seat_given", **facts())
    assert "\nhttp://community.test/rsvp/1-abc\n" in words.text
    assert 'href="http://community.test/rsvp/1-abc"' in words.html


def test_an_event_online_says_so_where_there_is_no_place() -> None:
    online = word("seat_given", **facts(event_location="", event_format="online"))
    nowhere = word("seat_given", **facts(event_location=""))
    assert "\n  Online\n" in online.text
    assert "Online" in online.html
    assert "Online" not in nowhere.text
    assert "(New York time)\n\nThe invite" in nowhere.text


def test_html_loads_nothing_from_anywhere() -> None:
    html = word("seat_given", **facts()).html
    assert html.count('<img src="cid:picture.1@mail.invalid"') == 1  # which is in the mail itself
    html = html.replace('<img src="cid:picture.1@mail.invalid"', "")
    for loader in ("<img", "<link", "<script", "url(", "@import", "src="):
        assert loader not in html
