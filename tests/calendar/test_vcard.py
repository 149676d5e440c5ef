"""Address cards as another program reads them, whatever people are called."""

from datetime import UTC, datetime
from typing import Any

import pytest
import vobject

from community.calendar.vcard import Card, vcard

HOSTILE = [
    "Ada\r\nTEL:+1",
    "Ada\nEND:VCARD\nBEGIN:VCARD\nFN:Eve",
    "Ada\rEMAIL:evil@example.org",
    "Ada\u2028TEL:+1\u2029\x85\x0b\x0cURL:x",
    "Love, Ada; of \\, fame",
    "Ada;;;\\n;TEL:+1",
    "a:b;c=d,e",
    '"Ada" ^n ^\' <x>',
    "Ä" * 120,
    "👩‍🚀" * 30,
    "\ufeffAda",
    "ا\u202eب",
]


def _card(**facts: Any) -> Card:
    known = {
        "uid": "urn:uuid:1",
        "revised": datetime(2026, 6, 1, 12, tzinfo=UTC),
        "name": "Ada Lovelace",
        "email": "ada@example.org",
    }
    return Card(**{**known, **facts})


def _read(data: bytes) -> Any:
    cards = list(vobject.readComponents(data.decode()))
    assert len(cards) == 1
    return cards[0]


def test_a_card_says_what_it_was_given() -> None:
    card = _read(
        vcard(
            _card(
                organization="Analytical Engines, Inc.",
                job_title="Programmer",
                location="London",
                links=["https://ada.example/a?b=c", "https://example.org"],
                topics=["AI, ML", "Data"],
            )
        )
    )
    assert card.version.value == "3.0"
    assert card.fn.value == "Ada Lovelace"
    assert (card.n.value.family, card.n.value.given) == ("Lovelace", "Ada")
    assert card.org.value == ["Analytical Engines, Inc."]
    assert card.title.value == "Programmer"
    assert (card.email.value, card.email.type_param) == ("ada@example.org", "INTERNET")
    assert card.adr.value.city == "London"
    assert [url.value for url in card.contents["url"]] == [
        "https://ada.example/a?b=c",
        "https://example.org",
    ]
    assert card.categories.value == ["AI, ML", "Data"]
    assert (card.uid.value, card.rev.value) == ("urn:uuid:1", "2026-06-01T12:00:00Z")


def test_what_is_hidden_or_empty_is_not_there() -> None:
    card = _read(vcard(_card(topics=[""], location=" ")))
    assert set(card.contents) == {"version", "fn", "n", "email", "uid", "rev"}


def test_a_single_word_is_a_given_name() -> None:
    card = _read(vcard(_card(name="Madonna")))
    assert (card.n.value.family, card.n.value.given) == ("", "Madonna")


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("field", ["name", "organization", "job_title", "location", "topics"])
def test_no_text_becomes_another_property(field: str, hostile: str) -> None:
    fine = {"organization": "O", "job_title": "J", "location": "L", "topics": ["T"]}
    plain = _read(vcard(_card(**fine)))
    value = [hostile] if field == "topics" else hostile
    data = vcard(_card(**{**fine, field: value}))
    card = _read(data)
    assert {name: len(of) for name, of in card.contents.items()} == {
        name: len(of) for name, of in plain.contents.items()
    }
    lines = data.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert all(b"\n" not in line and b"\r" not in line for line in lines)
    data.decode()
    for line in lines:
        line.decode()


@pytest.mark.parametrize("hostile", HOSTILE[4:8])
def test_signs_come_back_as_they_were(hostile: str) -> None:
    card = _read(vcard(_card(name=hostile, organization=hostile, topics=[hostile, "x"])))
    assert card.fn.value == hostile
    assert card.org.value == [hostile]
    assert card.categories.value == [hostile, "x"]


@pytest.mark.parametrize("link", ["https://a.example/;,x", "https://a.example/\r\nTEL:1", "ü;"])
def test_a_link_ends_where_it_ends(link: str) -> None:
    card = _read(vcard(_card(links=[link])))
    assert set(card.contents) == {"version", "fn", "n", "email", "url", "uid", "rev"}
    assert card.url.value.isascii()
    assert not set(card.url.value) & set(" ;,")
