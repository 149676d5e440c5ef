"""A member's card for address books: vCard 3.0 (RFC 2426), which Apple, Outlook and Google read."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from icalendar import Component, vAdr, vCategory, vN, vOrg, vText, vUri

from community.calendar.safe_text import safe_line, safe_uri
from community.core.clock import now
from community.core.tokens import sign
from community.discovery.people import VisibleProfile

LONGEST = 250  # characters of one value


@dataclass(frozen=True)
class Card:
    """What a card says. ``revised`` is an aware instant (UTC); what is empty is left out."""

    uid: str
    revised: datetime
    name: str
    email: str
    organization: str = ""
    job_title: str = ""
    location: str = ""
    links: Sequence[str] = ()
    topics: Sequence[str] = ()


def card_of(person_id: int, shown: VisibleProfile) -> Card:
    """The card of somebody as a viewer sees them; what is hidden from them is left out."""
    return Card(
        # Known to nobody but us, the same after the site or the person's name has moved.
        uid=f"urn:uuid:{uuid.UUID(sign('vcard', person_id))}",
        revised=now(),
        name=shown.name,
        email=shown.email or "",
        organization=shown.organization or "",
        job_title=shown.job_title or "",
        location=shown.location or "",
        links=shown.links or (),
        topics=[topic.name for topic in shown.topics or ()],
    )


class _VCard(Component):
    name = "VCARD"


def vcard(card: Card) -> bytes:
    """The card as a file: lines folded at 75 octets, CRLF, UTF-8 (RFC 2426, 2.6 and 5)."""
    made = _VCard()
    # icalendar knows the types of few properties of a card, so each is named.
    made.add("VERSION", vText("3.0"))
    name = safe_line(card.name, LONGEST)
    made.add("FN", vText(name))
    made.add("N", vN((*_family_and_given(name), "", "", "")))
    if organization := safe_line(card.organization, LONGEST):
        made.add("ORG", vOrg((organization,)))
    if title := safe_line(card.job_title, LONGEST):
        made.add("TITLE", vText(title))
    made.add("EMAIL", vText(safe_line(card.email, LONGEST), params={"TYPE": "INTERNET"}))
    if place := safe_line(card.location, LONGEST):
        made.add("ADR", vAdr(("", "", "", place, "", "", ""), params={"TYPE": "WORK"}))
    for link in card.links:
        # Some readers take a comma or semicolon for the end of an address.
        plain = safe_uri(link).replace(",", "%2C").replace(";", "%3B")
        made.add("URL", vUri(plain))
    if topics := [line for topic in card.topics if (line := safe_line(topic, LONGEST))]:
        made.add("CATEGORIES", vCategory(topics))
    made.add("UID", vText(card.uid))
    made.add("REV", vText(f"{card.revised:%Y-%m-%dT%H:%M:%SZ}"))
    written: bytes = made.to_ical(sorted=False)
    return written


def _family_and_given(name: str) -> tuple[str, str]:
    """A guess that address books sort by; what is read is FN. A single word is a given name."""
    given, _, family = name.rpartition(" ")
    return (family, given) if given else ("", name)
