"""People with open forms for the benchmarks: signed in, their sessions and CSRF tokens at hand."""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Flask
from itsdangerous import URLSafeTimedSerializer

from community.core.bulk import insert_many
from community.core.clock import now
from community.core.db import db, transactional
from community.core.tokens import digest, new_key, new_token
from community.core.walltime import to_local
from community.events.drafts import EventDraft, create_event
from community.events.models import Event
from community.events.publishing import publish_event
from community.events.queries import lock_event
from community.membership.joining import grant_role
from community.membership.models import Membership, Person, Role
from community.membership.terms import sort_name_of
from community.rsvp.models import Reason, RsvpStatus

_TABLES = Person.metadata.tables
_BATCH = 2_000


@dataclass(frozen=True)
class Guest:
    """A person, and the form that their browser shows."""

    person_id: int
    cookie: str
    csrf: str


def an_event(starts_in: timedelta = timedelta(days=30), **facts: Any) -> Event:
    """A published event of an organizer of its own, in a month."""
    run = uuid.uuid4().hex[:8]
    organizer = grant_role(f"organizer-{run}@example.org", Role.ORGANIZER)
    starts_at = to_local(now() + starts_in, "UTC").replace(microsecond=0)
    draft = EventDraft(
        title=f"Benchmark {run}",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=3),
        timezone="UTC",
        **facts,
    )
    event = create_event(organizer.id, draft)
    publish_event(organizer.id, event.id)
    return event


def people(count: int) -> list[int]:
    """Members with one proven address each; their ids."""
    starts = range(0, count, _BATCH)
    return [one for start in starts for one in _people(min(_BATCH, count - start))]


@transactional
def _people(count: int) -> list[int]:
    run = uuid.uuid4().hex[:8]
    rows = [
        {
            "handle": f"g{number}-{run}",
            "name": f"Guest {number}",
            "sort_name": sort_name_of(f"Guest {number}"),
            "membership": Membership.ACTIVE,
            "joined_at": now(),
        }
        for number in range(count)
    ]
    ids = [row.id for row in insert_many(_TABLES["people"], rows, returning=("id",))]
    addresses = [
        {
            "person_id": one,
            "address": f"g{one}-{run}@example.org",
            "is_primary": True,
            "verified_at": now(),
        }
        for one in ids
    ]
    insert_many(_TABLES["person_addresses"], addresses)
    return ids


def guests(app: Flask, count: int) -> list[Guest]:
    """People in front of a form of this application."""
    ids = people(count)
    tokens = [new_token() for _ in ids]
    _sign_in(ids, tokens)
    sessions = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]  # Flask's default interface has it
    forms = URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token")
    found = []
    for person_id, token in zip(ids, tokens, strict=True):
        secret = secrets.token_hex(20)
        cookie = sessions.dumps({"token": token, "csrf_token": secret})
        found.append(Guest(person_id, f"session={cookie}", str(forms.dumps(secret))))
    return found


def answer_all(
    event_id: int, person_ids: Sequence[int], status: RsvpStatus, party: int = 1
) -> None:
    """Have all of them answered: straight into the tables, in batches."""
    for start in range(0, len(person_ids), _BATCH):
        _answer(event_id, person_ids[start : start + _BATCH], status, party)
    if db.session.get_bind().dialect.name == "postgresql":
        # As autovacuum does a minute later.
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE rsvps, attendees, decisions")


@transactional
def _answer(event_id: int, person_ids: Sequence[int], status: RsvpStatus, party: int) -> None:
    event = lock_event(event_id)
    given = {"event_id": event_id, "status": status, "party_size": party, "answered_at": now()}
    rows = [
        {**given, "person_id": one, "ticket": ticket}
        for ticket, one in enumerate(person_ids, event.next_ticket)
    ]
    made = insert_many(_TABLES["rsvps"], rows, returning=("id", "person_id", "ticket"))
    heads = [
        {
            "rsvp_id": row.id,
            "position": position,
            "name": f"Guest {row.person_id}",
            "address": None if position else f"g{row.person_id}@example.com",
            "answers": {},
            "uid": uuid.uuid4().hex,
            "reply_key": new_key(),
        }
        for row in made
        for position in range(party)
    ]
    insert_many(_TABLES["attendees"], heads)
    decisions = [
        {
            "rsvp_id": row.id,
            "at": now(),
            "via": "web",
            "became": status,
            "reason": Reason.SEAT_FREE if status == RsvpStatus.GOING else Reason.FULL,
            "ticket": row.ticket,
            "party": party,
        }
        for row in made
    ]
    insert_many(_TABLES["decisions"], decisions)
    event.next_ticket += len(rows)
    if status == RsvpStatus.GOING:
        event.seats_taken += len(rows) * party


@transactional
def _sign_in(ids: Sequence[int], tokens: Sequence[str]) -> None:
    rows = [
        {
            "person_id": person_id,
            "token_hash": digest(token),
            "proof": "code",
            "expires_at": now() + timedelta(days=1),
        }
        for person_id, token in zip(ids, tokens, strict=True)
    ]
    insert_many(_TABLES["sessions"], rows)
