"""A community of any size for the benchmarks: skewed as real ones are, and quick to make."""

import random
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any

import sqlalchemy as sa

from community.core.bulk import insert_many
from community.core.clock import now
from community.core.db import db, transactional
from community.core.walltime import to_local
from community.events.drafts import EventDraft, create_event
from community.events.publishing import publish_event
from community.membership.audiences import Audience
from community.membership.joining import grant_role
from community.membership.models import Membership, Person, Role, Topic
from community.membership.terms import index_all_missing, sort_name_of

TOPICS = 40
_BATCH = 2_000
_FIRST = [
    a + b
    for a in ("Al", "Be", "Ca", "Do", "El", "Fa", "Ge", "Hi", "Jo", "Ma")
    for b in (
        "an",
        "bert",
        "cia",
        "da",
        "en",
        "fi",
        "ga",
        "in",
        "la",
        "mo",
        "na",
        "rik",
        "sa",
        "to",
    )
]
_SYLLABLES = (
    "ba",
    "chen",
    "dorf",
    "ek",
    "fors",
    "gren",
    "hal",
    "kov",
    "lind",
    "mann",
    "ner",
    "o",
    "park",
    "quist",
    "ros",
    "son",
    "tar",
    "ulf",
    "vik",
    "wood",
)
_TITLES = (
    "Chief Data Officer",
    "Data Scientist",
    "Head of Analytics",
    "Engineer",
    "Editor",
    "Partner",
    "Head of Research",
    "Product Manager",
    "Founder",
)
_PLACES = (
    "Boston",
    "London",
    "São Paulo",
    "Berlin",
    "Oslo",
    "Paris",
    "Nairobi",
    "Singapore",
    "Toronto",
    "Kyiv",
    "Warsaw",
    "Tokyo",
    "Lisbon",
    "Austin",
    "Zürich",
    "Malmö",
)
_WORDS = (
    "data",
    "leadership",
    "governance",
    "startup",
    "health",
    "energy",
    "ethics",
    "finance",
    "cloud",
    "design",
    "policy",
    "research",
    "supply",
    "chain",
    "teams",
    "strategy",
)
_TABLES = Person.metadata.tables


def people_of(seed: int) -> random.Random:
    """The same community in every run."""
    return random.Random(seed)


def grow_to(size: int, topics: Sequence[int]) -> None:
    """Add members until there are so many, with their topics and the words they are found by."""
    there = db.session.scalar(sa.select(sa.func.count()).select_from(Person)) or 0
    draw = people_of(there)
    rows = (_person(draw, number) for number in range(there, size))
    while batch := list(islice(rows, _BATCH)):
        _add(draw, batch, topics)
    index_all_missing()
    db.session.rollback()
    if db.session.get_bind().dialect.name == "postgresql":
        # As autovacuum does a minute later.
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


@transactional
def make_topics() -> list[int]:
    """Topics, the one that most people follow first; their ids."""
    rows = [Topic(slug=f"topic-{n}", name=f"Topic {n} {_WORDS[n % 16]}") for n in range(TOPICS)]
    db.session.add_all(rows)
    db.session.flush()
    return [row.id for row in rows]


def hold_dinners(people: Sequence[int], *, count: int, guests: int) -> None:
    """Past dinners at which the first of these people met others of them."""
    host = grant_role("host@example.org", Role.ORGANIZER)
    draw = random.Random(count)
    for number in range(count):
        starts_at = to_local(now() + timedelta(days=9), "UTC").replace(microsecond=0)
        draft = EventDraft(
            title=f"Dinner {number}",
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=3),
            timezone="UTC",
        )
        event = create_event(host.id, draft)
        publish_event(host.id, event.id)
        _seat(event.id, [people[0], *draw.sample(people[1:], guests - 1)])


@transactional
def _seat(event_id: int, people: Sequence[int]) -> None:
    """Straight into the tables: how fast answers are is measured elsewhere."""
    seats = [
        {"event_id": event_id, "person_id": person_id, "status": "going", "ticket": ticket}
        for ticket, person_id in enumerate(people, 1)
    ]
    insert_many(_TABLES["rsvps"], seats)
    events = _TABLES["events"]
    past = now() - timedelta(days=30)
    db.session.execute(
        sa.update(events)
        .where(events.c.id == event_id)
        .values(starts_at=past, ends_at=past + timedelta(hours=3))
    )


@transactional
def _add(draw: random.Random, batch: Sequence[dict[str, Any]], topics: Sequence[int]) -> None:
    made = insert_many(_TABLES["people"], batch, returning=("id",))
    follows = [
        {"person_id": row.id, "topic_id": topic}
        for row in made
        for topic in _followed(draw, topics)
    ]
    insert_many(_TABLES["person_topics"], follows)
    addresses = [{"person_id": row.id, "address": f"m{row.id}@example.org"} for row in made]
    insert_many(_TABLES["person_addresses"], addresses)


def _followed(draw: random.Random, topics: Sequence[int]) -> Iterator[int]:
    """The first topic is everybody's second, the last ones are for a few."""
    for rank, topic in enumerate(topics):
        if draw.random() < 0.5 / (1 + rank) ** 0.8:
            yield topic


def _person(draw: random.Random, number: int) -> dict[str, Any]:
    name = f"{draw.choice(_FIRST)} {''.join(draw.choices(_SYLLABLES, k=3)).title()}"
    # A word that half of all people share, and houses of very different size.
    house = f"House {int(draw.paretovariate(0.6)) % 5000}"
    hidden = Audience.SAME_EVENT if draw.random() < 0.05 else Audience.MEMBERS
    return {
        "handle": f"p{number}-{draw.randrange(10**9)}",
        "name": name,
        "sort_name": sort_name_of(name),
        "organization": f"{house} Institute" if draw.random() < 0.5 else house,
        "job_title": draw.choice(_TITLES),
        "location": _PLACES[min(int(draw.expovariate(0.35)), len(_PLACES) - 1)],
        "bio": " ".join(draw.choices(_WORDS, k=6)) if draw.random() < 0.3 else "",
        "membership": Membership.ACTIVE,
        "joined_at": now(),
        "created_at": now(),
        "organization_audience": hidden,
        "name_audience": Audience.EVERYBODY if draw.random() < 0.2 else Audience.MEMBERS,
    }
