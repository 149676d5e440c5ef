"""What the mail guarantee says (docs/guarantees.md), looked up in the database and at a server."""

from collections import Counter
from collections.abc import Collection, Mapping

import sqlalchemy as sa

from community.core.db import db
from community.events.queries import find_event
from community.mail.models import MailState, OutboxMail
from community.membership.models import PersonAddress
from community.rsvp.models import Rsvp, RsvpStatus
from tests.reliability.killed.post_office import PostOffice
from tests.rsvp.invariants import everything_holds


def answers_are_whole(slug: str, people: Collection[str], *, seats: int) -> dict[str, RsvpStatus]:
    """G1: every acknowledged answer is there, the seats add up, and each change has its mail."""
    event = find_event(slug)
    assert event is not None
    rows = db.session.execute(
        sa.select(PersonAddress.address, Rsvp.status)
        .join(Rsvp, Rsvp.person_id == PersonAddress.person_id)
        .where(Rsvp.event_id == event.id)
    )
    answers = {address: status for address, status in rows}  # noqa: C416 - rows, not pairs
    assert set(answers) >= set(people), "an acknowledged answer is gone"
    going = min(seats, len(answers))
    wanted = {RsvpStatus.GOING: going, RsvpStatus.WAITLISTED: len(answers) - going}
    assert Counter(answers.values()) == Counter(wanted)
    assert event.seats_taken == going
    everything_holds(event.id)
    return answers


def mails_are_whole(
    office: PostOffice, *, deaths: Mapping[str, int] | None = None
) -> dict[str, int]:
    """G2 and G3: every mail of the outbox has left, as one and the same mail however often.

    ``deaths`` is, by Message-ID, how often a worker died between its last dot and its mark: so
    many copies there may be, and no more. Says how many there are of each that came twice.
    """
    db.session.rollback()
    rows = db.session.execute(
        sa.select(OutboxMail.message_id, OutboxMail.recipient, OutboxMail.state)
    ).all()
    assert {state for _, _, state in rows} == {MailState.SENT}
    copies = office.copies()
    lost = [recipient for message_id, recipient, _ in rows if message_id not in copies]
    assert lost == [], "a mail that counts as sent never left"
    assert set(copies) == {message_id for message_id, _, _ in rows}
    assert {message_id: {one.recipient for one in copies[message_id]} for message_id in copies} == {
        message_id: {recipient} for message_id, recipient, _ in rows
    }
    changed = [name for name, prints in office.fingerprints().items() if len(prints) > 1]
    assert changed == [], "a copy is another mail"
    more = {name: len(all_) - 1 for name, all_ in copies.items() if len(all_) > 1}
    if deaths is not None:
        unexplained = {name: count for name, count in more.items() if count > deaths.get(name, 0)}
        assert unexplained == {}, "a copy without a death"
    return more


def database_is_whole() -> None:
    """What the database itself finds of damage: nothing."""
    db.session.rollback()
    if db.engine.dialect.name == "sqlite":
        assert db.session.scalars(sa.text("PRAGMA integrity_check")).all() == ["ok"]
        assert db.session.execute(sa.text("PRAGMA foreign_key_check")).all() == []
        db.session.rollback()
        return
    with db.engine.begin() as connection:
        connection.execute(sa.text("CREATE EXTENSION IF NOT EXISTS amcheck"))
        checked = connection.execute(sa.text(_BTREES)).all()
        assert len(checked) > 100
        damaged = connection.execute(sa.text(_HEAPS)).all()
        assert damaged == []
        connection.execute(sa.text("DROP EXTENSION amcheck"))


# Every index against its table, and every table's pages.
_BTREES = """
SELECT bt_index_check(i.indexrelid, true)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
WHERE a.amname = 'btree' AND c.relnamespace = 'public'::regnamespace AND c.relpersistence = 'p'
"""
_HEAPS = """
SELECT c.relname, v.* FROM pg_class c, LATERAL verify_heapam(c.oid) v
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
"""
