"""The audit log as it is read: narrowed, in pages, with today's names, and as fast for many."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.bulk import insert_many
from community.core.clock import now
from community.core.db import db, transactional
from community.core.errors import Refused
from community.core.origin import Origin, acting
from community.core.pages import cursor
from community.events.models import Event
from community.membership.blocking import block
from community.membership.models import Person
from community.organizing.audit_log import PAGE, LogEntry, LogSought, iter_log, read_log
from community.organizing.models import AuditEntry
from community.privacy.erasing import erase_person
from community.privacy.merging import merge
from community.rsvp.respond import say_no, say_yes
from tests.discovery.counting import plan_of, statements
from tests.factories.events import an_event
from tests.factories.people import a_member, an_admin, an_organizer

AUDIT = AuditEntry.metadata.tables["audit"]


@transactional
def entries(many: int, **facts: Any) -> None:
    """Entries a second apart, the oldest first."""
    known = {"actor_id": None, "via": "web", "action": "X", "network": "", "details": {}}
    known |= {"event_id": None, "person_id": None, "rsvp_id": None}
    start = datetime(2026, 1, 1, tzinfo=UTC)
    insert_many(
        AUDIT, [{**known, "at": start + timedelta(seconds=n), **facts} for n in range(many)]
    )


def found(**sought: Any) -> list[str]:
    return [one.action for one in read_log(LogSought(**sought)).rows]


def whole(sought: LogSought) -> Iterator[LogEntry]:
    """All pages, one after the other."""
    after = ""
    while True:
        page = read_log(sought, after)
        yield from page.rows
        if page.after is None:
            return
        after = page.after


def test_an_events_log_tells_who_did_what_to_whom(app: Flask) -> None:
    owner, ann = an_organizer("Olga"), a_member("Ann")
    event = an_event(owner)
    with acting(Origin(ann.id, "web", "192.0.2.7")):
        rsvp = say_yes(ann.id, event.id)
    newest, *older = read_log(LogSought(event_id=event.id)).rows
    assert [one.action for one in older] == ["EventPublished", "EventDrafted"]
    assert (newest.action, newest.via, newest.network) == ("SeatGiven", "web", "192.0.2.7")
    assert newest.actor is not None
    assert newest.person is not None
    assert newest.event is not None
    assert (newest.actor.name, newest.person.name) == ("Ann", "Ann")
    assert (newest.rsvp_id, newest.event.title) == (rsvp.id, event.title)
    assert older[0].actor is None


def test_a_person_finds_what_they_did_what_was_done_to_them_and_their_answers(app: Flask) -> None:
    ann, other, event = a_member("Ann"), a_member("Bea"), an_event()
    db.session.rollback()
    before = len(found(person_id=ann.id))
    entries(1, action="did", actor_id=ann.id)
    entries(1, action="both", actor_id=ann.id, person_id=ann.id)
    entries(1, action="done to", actor_id=other.id, person_id=ann.id)
    entries(1, action="of another", actor_id=other.id, person_id=other.id)
    rsvp = say_yes(ann.id, event.id)
    say_yes(other.id, event.id)
    actions = found(person_id=ann.id)
    assert len(actions) == before + 4
    assert {"did", "both", "done to", "SeatGiven"} <= set(actions)
    assert found(rsvp_id=rsvp.id) == ["SeatGiven"]
    assert found(person_id=ann.id, event_id=event.id) == ["SeatGiven"]
    assert found(person_id=ann.id, actions=("did", "both")) == ["both", "did"]


def test_it_is_narrowed_to_actions_ways_and_times(app: Flask) -> None:
    entries(3, action="A", via="mail")
    entries(2, action="B", via="web")
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert found(actions=("A", "B")) == ["A", "B", "A", "B", "A"]
    assert found(actions=("B",)) == ["B", "B"]
    assert found(via="mail") == ["A", "A", "A"]
    assert found(via="mail", actions=("B",)) == []
    second = start + timedelta(seconds=1)
    assert found(actions=("A",), since=second) == ["A", "A"]
    assert found(actions=("A",), until=second) == ["A"]


def test_pages_are_the_whole_log_once_in_order(app: Flask) -> None:
    ann = a_member()
    entries(2 * PAGE + 7, action="A", actor_id=ann.id)
    entries(PAGE, action="B", person_id=ann.id)  # at the same instants
    for sought in (LogSought(person_id=ann.id), LogSought(actions=("A", "B")), LogSought()):
        rows = list(whole(sought))
        keys = [(one.at, one.id) for one in rows]
        assert keys == sorted(set(keys), reverse=True)
        assert len([one for one in rows if one.action in {"A", "B"}]) == 3 * PAGE + 7
        assert [one.id for one in iter_log(sought)] == [one.id for one in rows]


@pytest.mark.parametrize(
    "after", ["x", cursor("x", 1), cursor("2026-01-01", 1), cursor(1, 1), cursor("2026-01-01T00")]
)
def test_a_cursor_that_is_none_is_refused(app: Flask, after: str) -> None:
    with pytest.raises(Refused):
        read_log(LogSought(), after)


def test_who_was_erased_is_nobody_and_who_was_merged_is_who_stays(app: Flask) -> None:
    event, admin = an_event(), an_admin()
    gone, one, other = a_member("Gone"), a_member("Twice A"), a_member("Twice B")
    for person in (gone, one, other):
        with acting(Origin(person.id, "web")):
            say_yes(person.id, event.id)
    noted = {one.id for one in read_log(LogSought(event_id=event.id)).rows}
    erase_person(gone.id)
    merge(admin.id, one.id, other.id)
    rows = [one for one in whole(LogSought(event_id=event.id)) if one.id in noted]
    assert {row.actor.name for row in rows if row.actor} == {"", "Twice A"}
    assert {row.actor.id for row in rows if row.actor} == {gone.id, one.id}
    mine = {row.id for row in whole(LogSought(person_id=one.id))} & noted
    assert len(mine) == 2


def test_an_admin_does_not_read_who_keeps_away_from_them(app: Flask) -> None:
    root, another, ann = an_admin(), an_admin(), a_member()
    with acting(Origin(ann.id, "web")):
        block(ann.id, root.id)
    assert "MemberBlocked" not in found(reader_id=root.id)
    assert "MemberBlocked" not in found(reader_id=root.id, person_id=ann.id)
    assert "MemberBlocked" in found(reader_id=another.id)
    entries(1, action="ConnectionAskIgnored", person_id=ann.id, details={"asker_id": root.id})
    entries(1, action="ConnectionAskIgnored", person_id=ann.id, details={})
    assert found(reader_id=root.id).count("ConnectionAskIgnored") == 1
    assert found(reader_id=another.id).count("ConnectionAskIgnored") == 2


WAYS: dict[str, tuple[dict[str, Any], str]] = {
    "all": ({}, "ix_audit_at"),
    "event": ({"event_id": 1}, "ix_audit_event_id"),
    "answer": ({"rsvp_id": 1}, "ix_audit_rsvp_id"),
    "person": ({"person_id": 1}, "ix_audit_actor_id"),
    "actions": ({"actions": ("A", "B")}, "ix_audit_action"),
    "via": ({"via": "mail"}, "ix_audit_via"),
    "time": ({"since": now(), "until": now()}, "ix_audit_at"),
}


@pytest.mark.parametrize("way", WAYS)
def test_what_it_is_narrowed_to_is_read_in_order_from_an_index(app: Flask, way: str) -> None:
    entries(5000, actor_id=2, person_id=2, event_id=2, rsvp_id=2, action="C")
    entries(60, actor_id=1, person_id=1, event_id=1, rsvp_id=1, action="A", via="mail")
    if db.engine.dialect.name == "postgresql":
        with db.engine.begin() as connection:  # as autovacuum does a minute later
            connection.exec_driver_sql("ANALYZE audit")
    sought, index = WAYS[way]
    plan = _plan(LogSought(**sought), cursor("2026-06-01T00:00:00+00:00", 5))
    assert index in plan, plan
    assert not _goes_through_everything(plan), plan
    if way == "person":
        assert "ix_audit_person_id" in plan
        if db.engine.dialect.name == "sqlite":  # PostgreSQL goes by how many answers there are
            assert "ix_audit_rsvp_id" in plan


def test_the_look_at_the_plan_sees_a_log_without_the_index(app: Flask) -> None:
    entries(3000, action="A")
    plan = plan_of("SELECT id FROM audit WHERE network = 'x' ORDER BY id + 0 DESC LIMIT 5", ())
    assert _goes_through_everything(plan), plan


def _plan(sought: LogSought, after: str) -> str:
    with statements() as asked:
        read_log(sought, after)
    return "\n".join(plan_of(*one) for one in asked if "FROM audit" in one[0])


def _goes_through_everything(plan: str) -> bool:
    """Whether some scan of the log neither looks up a value nor walks backward in order."""
    lines = plan.splitlines()
    if db.engine.dialect.name == "sqlite":
        return any("SCAN audit" in one and "INDEX" not in one for one in lines)
    scans = [n for n, one in enumerate(lines) if "Scan" in one and " on audit" in one]
    return any(
        "Backward" not in lines[n] and "Index Cond" not in "".join(lines[n + 1 : n + 2])
        for n in scans
    )


def _busy(event: Event, people: list[Person]) -> None:
    for person in people:
        with acting(Origin(person.id, "web")):
            say_yes(person.id, event.id)
            say_no(person.id, event.id)


def test_a_page_of_many_costs_as_many_queries_as_one_of_few(app: Flask) -> None:
    counted = []
    for many in (1, 12):
        _busy(an_event(), [a_member() for _ in range(many)])
        db.session.rollback()
        db.session.expunge_all()
        with statements() as asked:
            read_log(LogSought())
        counted.append(len(asked))
    assert counted[0] == counted[1] <= 7
    with statements() as asked:
        read_log(LogSought(person_id=1))
    assert len(asked) <= 8


def test_the_whole_of_it_is_read_in_batches(app: Flask) -> None:
    entries(1201, action="A")
    with statements() as asked:
        assert sum(1 for _ in iter_log(LogSought(actions=("A",)))) == 1201
    assert 3 <= len([one for one in asked if "FROM audit" in one[0]]) <= 4
    assert not db.session.identity_map.keys()
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AUDIT)) >= 1201
