"""A name that is a link leads nobody away, in mails to those who do not know us."""

import re

import pytest
from flask import Flask

from community.core.text import without_links
from community.membership.invitations import invite
from community.notices import mails
from community.rsvp.party import Guest
from community.rsvp.respond import say_yes
from tests.evidence import Evidence
from tests.factories.events import an_event
from tests.factories.mails import letter, post
from tests.factories.people import a_member
from tests.mail.moody import moody

LINK = re.compile(r"(?i)://|\bwww\.\w|\b[\w-]+[.\u3002](?:com|org|net|io)\b|\w@\w")
SHOWN = "a name that is a link is none in a mail to a stranger"
NAMES = [
    "You won: https://evil.com/prize",
    "evil.com",
    "www.evil.com",
    "http://evil.com",
    "Pay at evil.io/pay",
    "//evil.org",
    "Ann (evil.com) Lee",
    "evil.com:443/x",
    "https:evil.com",
    "EVIL.COM",
    "mail boss@evil.com",
    "evil\u3002com",
    "hxxp://evil.com",
    "a.b.evil.net",
]
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True, scope="session")


def read(name: str, number: int = 0) -> str:
    """What two strangers read whom somebody of that name writes to: invited, and brought along."""
    member = a_member(name)
    invite(member.id, f"stranger{number}@elsewhere.example")
    event = an_event(guests_allowed=1)
    guest = Guest(name, address=f"guest{number}@elsewhere.example")
    say_yes(member.id, event.id, guests=[guest])
    with moody() as server:
        post(server.way_in())
    read = [letter(data) for address, data in server.taken if "elsewhere" in address]
    assert len(read) == 2
    return "\n".join(f"{one.subject}\n{one.text}" for one in read)


def links_elsewhere(text: str) -> list[str]:
    ours = re.sub(r"http://community\.test/\S*|\S+@localhost", "", text)
    # The address that somebody has is no link of anybody's making, nor are the calendars' pages.
    ours = re.sub(r"https://(?:calendar\.google|outlook\.\w+)\.com/\S*", "", ours)
    return [found[0] for found in LINK.finditer(ours)]


@pytest.mark.proof
def test_no_name_is_a_link(app: Flask, evidence: Evidence) -> None:
    for number, name in enumerate(NAMES):
        assert links_elsewhere(read(name, number)) == [], name
    evidence("S10b", SHOWN, count=f"{len(NAMES)} names x 2 mails, subject and text")


@pytest.mark.proof
def test_control_as_it_was_typed_it_is_one(
    app: Flask, monkeypatch: pytest.MonkeyPatch, evidence: Evidence
) -> None:
    monkeypatch.setattr(mails, "without_links", lambda name: name)
    assert links_elsewhere(read(NAMES[0]))
    evidence("S10b", SHOWN, control="names as they were typed: the subject holds a link")


@pytest.mark.parametrize(
    "name",
    [
        "Ann Lee",
        "J. R. R. Tolkien",
        "J.R.R. Tolkien",
        "Dr. Zoë Ångström-Müller",
        "O'Neil, Jr.",
        "Ж.",
    ],
)
def test_the_names_of_people_stay_as_they_are(app: Flask, name: str) -> None:
    assert without_links(name) == name
