"""The database refuses to change or delete an entry of the audit log, whoever asks it to."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import downgrade, upgrade

from community.app import create_app
from community.core.db import db, transactional
from community.organizing.models import AuditEntry
from community.privacy.holdings import ids_only
from tests.factories.events import an_event

DETAILS = {"n": 7, "wanted": True, "was": "going", "fields": ["title"], "half": 0.5, "none": None}


@transactional
def an_entry() -> int:
    entry = AuditEntry(
        actor_id=1, via="web", network="192.0.2.7", action="X", person_id=2, details=DETAILS
    )
    db.session.add(entry)
    db.session.flush()
    return entry.id


def kept(entry_id: int) -> tuple[Any, ...]:
    db.session.rollback()
    table = AuditEntry.metadata.tables["audit"]
    row = tuple(db.session.execute(sa.select(table).where(table.c.id == entry_id)).one())
    db.session.rollback()  # TRUNCATE waits for every reader
    return row


def run(statement: str) -> None:
    """As raw SQL, over a connection of its own."""
    with db.engine.begin() as connection:
        connection.exec_driver_sql(statement)


REFUSED = [
    "UPDATE audit SET action = 'Y'",
    "UPDATE audit SET actor_id = 9",
    "UPDATE audit SET actor_id = NULL",
    "UPDATE audit SET person_id = NULL",
    "UPDATE audit SET event_id = 9",
    "UPDATE audit SET rsvp_id = 9",
    "UPDATE audit SET via = 'mail'",
    "UPDATE audit SET at = '2000-01-01 00:00:00'",
    "UPDATE audit SET id = id + 1000",
    "UPDATE audit SET network = '198.51.100.1'",
    "UPDATE audit SET network = '', action = 'Y'",
    "UPDATE audit SET details = '{}'",
    """UPDATE audit SET details = '{"n": 8, "wanted": true}'""",
    """UPDATE audit SET details = '{"n": 7, "wanted": false}'""",
    """UPDATE audit SET details = '{"n": 7, "wanted": true, "new": 1}'""",
    """UPDATE audit SET details = '{"n": 7, "wanted": true, "was": "going!"}'""",
    """UPDATE audit SET details = '[7, true]'""",
    "DELETE FROM audit",
    "DELETE FROM audit WHERE id > 0",
]
SQLITE_ALONE = [
    "REPLACE INTO audit (id, at, via, network, action, details)"
    " SELECT id, at, via, '', 'Y', '{}' FROM audit",
    "UPDATE OR REPLACE audit SET action = 'Y'",
]
POSTGRESQL_ALONE = [
    "TRUNCATE audit",
    "INSERT INTO audit (id, at, via, network, action, details)"
    " SELECT id, at, via, '', 'Y', '{}' FROM audit ON CONFLICT (id) DO UPDATE SET action = 'Y'",
]


def test_an_entry_is_neither_changed_nor_deleted(app: Flask) -> None:
    entry_id = an_entry()
    before = kept(entry_id)
    sqlite = db.engine.dialect.name == "sqlite"
    for statement in [*REFUSED, *(SQLITE_ALONE if sqlite else POSTGRESQL_ALONE)]:
        with pytest.raises(sa.exc.IntegrityError, match="never changed or deleted"):
            run(statement)
        assert kept(entry_id) == before, statement


def test_the_program_itself_cannot_either(app: Flask) -> None:
    entry_id = an_entry()

    @transactional
    def forge() -> None:
        db.session.get_one(AuditEntry, entry_id).actor_id = 3

    @transactional
    def wipe() -> None:
        db.session.execute(sa.delete(AuditEntry))

    for use_case in (forge, wipe):
        with pytest.raises(sa.exc.IntegrityError):
            use_case()


def test_retention_empties_the_network_and_erasure_takes_words_away(app: Flask) -> None:
    entry_id = an_entry()

    @transactional
    def let_go(**values: object) -> None:
        db.session.execute(sa.update(AuditEntry).values(**values))

    let_go(network="")
    let_go(details=ids_only(DETAILS))
    let_go(details=ids_only(DETAILS))
    db.session.rollback()
    entry = db.session.get_one(AuditEntry, entry_id, populate_existing=True)
    assert (entry.network, entry.details) == ("", {"n": 7, "wanted": True})


def test_without_the_triggers_everything_is_possible(tmp_path: Path) -> None:
    """What the tests above would not see if the database refused by itself."""
    app = create_app(instance_path=tmp_path)
    with app.app_context():
        upgrade()
        an_entry()
        names = sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        triggers = [name for name in db.session.scalars(names) if name.startswith("audit_is")]
        db.session.rollback()
        assert len(triggers) == 3
        for name in triggers:
            run(f"DROP TRIGGER {name}")
        run("UPDATE audit SET actor_id = 9")
        run("DELETE FROM audit")
        db.engine.dispose()


def test_without_the_triggers_everything_is_possible_on_postgresql(app: Flask) -> None:
    if db.engine.dialect.name == "sqlite":
        return  # the test above
    entry_id = an_entry()
    db.session.rollback()
    with db.engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE audit DISABLE TRIGGER USER")
        changed = connection.exec_driver_sql("UPDATE audit SET actor_id = 9").rowcount
        gone = connection.exec_driver_sql("DELETE FROM audit").rowcount
        connection.rollback()
    assert (changed, gone) == (1, 1)
    assert kept(entry_id)


def test_entries_from_before_know_whose_answer_they_are_about(tmp_path: Path) -> None:
    app = create_app(instance_path=tmp_path)
    with app.app_context():
        upgrade(revision="0023")
        run(
            "INSERT INTO audit (at, via, network, action, details)"
            """ VALUES ('2026-01-01', 'web', '', 'SeatGiven', '{"rsvp_id": 5, "n": 1}'),"""
            " ('2026-01-01', 'web', '', 'SignedIn', '{}')"
        )
        upgrade()
        query = sa.select(AuditEntry.rsvp_id, AuditEntry.details).order_by(AuditEntry.id)
        assert list(map(tuple, db.session.execute(query))) == [(5, {"n": 1}), (None, {})]
        db.session.rollback()
        downgrade(revision="0023")
        details = sa.text("SELECT details ->> '$.rsvp_id' FROM audit ORDER BY id")
        assert list(db.session.scalars(details)) == [5, None]
        db.session.rollback()
        db.engine.dispose()


def test_what_happens_is_still_noted(app: Flask) -> None:
    event = an_event()
    noted = sa.select(sa.func.count()).where(AuditEntry.event_id == event.id)
    assert db.session.scalar(noted) == 2
