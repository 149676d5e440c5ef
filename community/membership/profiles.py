"""A person's own profile: what it says, and who may read which field."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from community.core.db import db, record, transactional
from community.core.errors import NotFound, Refused
from community.core.text import clean_line, clean_text
from community.core.walltime import is_zone
from community.membership.audiences import DEFAULTS, Audience
from community.membership.changes import AudiencesChanged, FindabilityChanged, ProfileEdited
from community.membership.models import Membership, Person
from community.membership.queries import find_topics

MOST_LINKS = 5
LONGEST_LINK = 200
LONGEST_BIO = 2000
LOCALES = ("en", "ar", "de", "es", "fr", "it", "ja", "nl", "pl", "pt", "sv", "uk", "zh")

# Web addresses alone: a scheme such as "javascript:" would run where it is pressed. No user name
# before the host and no backslash, which browsers read as a slash: both hide where a link leads.
_LINK = re.compile(
    r"https?://[^\s/?#\\@:\[\]<>\"']+(?::[0-9]{1,5})?(?:[/?#][^\s\\<>\"]*)?", re.IGNORECASE
)


@dataclass(frozen=True)
class ProfileDraft:
    """What somebody writes about themselves. ``topics`` are slugs, ``timezone`` an IANA zone."""

    name: str
    job_title: str = ""
    organization: str = ""
    location: str = ""
    bio: str = ""
    links: Sequence[str] = ()
    topics: Sequence[str] = ()
    timezone: str = ""
    locale: str = ""


@transactional
def edit_profile(person_id: int, draft: ProfileDraft) -> Person:
    """Write a member's own profile. Refuses a missing name, and no real link, zone, language."""
    person = get_member(person_id)
    written = {
        "name": clean_line(draft.name),
        "job_title": clean_line(draft.job_title),
        "organization": clean_line(draft.organization),
        "location": clean_line(draft.location),
        "bio": clean_text(draft.bio)[:LONGEST_BIO],
        "links": "\n".join(_checked_links(draft.links)),
        "timezone": _checked_zone(draft.timezone),
        "locale": _checked_locale(draft.locale),
    }
    if not written["name"]:
        raise Refused("name_missing", field="name")
    changed = [field for field, value in written.items() if getattr(person, field) != value]
    for field in changed:
        setattr(person, field, written[field])
    topics = find_topics(draft.topics)
    if {topic.id for topic in topics} != {topic.id for topic in person.topics}:
        person.topics = topics
        changed.append("topics")
    if changed:
        record(ProfileEdited(person.id, tuple(changed)))
    return person


@transactional
def choose_audiences(person_id: int, chosen: Mapping[str, Audience]) -> Person:
    """Say who may read which field; fields that are not named stay as they are."""
    person = get_member(person_id)
    changed, before = {}, {}
    for field in DEFAULTS:
        column = f"{field}_audience"
        if field in chosen and getattr(person, column) != chosen[field]:
            before[field] = getattr(person, column).value
            setattr(person, column, chosen[field])
            changed[field] = chosen[field].value
    if changed:
        record(AudiencesChanged(person.id, changed, before))
    return person


@transactional
def be_findable_after_events(person_id: int, *, findable: bool) -> None:
    """Say whether members who were at the same event find each other afterwards."""
    person = get_member(person_id)
    if person.findable_after_events != findable:
        person.findable_after_events = findable
        record(FindabilityChanged(person.id, findable))


def links_of(person: Person) -> list[str]:
    """A person's links, in their own order."""
    return person.links.splitlines()


def audiences_of(person: Person) -> dict[str, Audience]:
    """Who may read which field of a person."""
    return {field: getattr(person, f"{field}_audience") for field in DEFAULTS}


def get_member(person_id: int) -> Person:
    """An active member, for nobody else to change meanwhile. Raises NotFound."""
    person = db.session.get(
        Person, person_id, populate_existing=True, with_for_update={"key_share": True}
    )
    if person is None or person.membership != Membership.ACTIVE or person.erased_at:
        raise NotFound("person")
    return person


def _checked_links(typed: Sequence[str]) -> list[str]:
    links = list(dict.fromkeys(line for line in map(clean_line, typed) if line))
    if len(links) > MOST_LINKS:
        raise Refused("too_many_links", field="links", most=MOST_LINKS)
    for link in links:
        if len(link) > LONGEST_LINK or not _LINK.fullmatch(link):
            raise Refused("bad_link", field="links", link=link[:60])
    return links


def _checked_zone(typed: str) -> str | None:
    zone = clean_line(typed)
    if zone and not is_zone(zone):
        raise Refused("unknown_zone", field="timezone", zone=zone)
    return zone or None


def _checked_locale(typed: str) -> str | None:
    if typed and typed not in LOCALES:
        raise Refused("unknown_locale", field="locale")
    return typed or None
