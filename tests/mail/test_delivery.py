"""Delivery loses no mail, sends the same bytes however often it takes, and never out of order."""

import threading
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy import exc

from community.core.clock import now
from community.core.db import db
from community.mail import delivery, leases
from community.mail.delivery import deliver_due
from community.mail.leases import renew
from community.mail.models import MailState, OutboxMail, SuppressionReason
from community.mail.suppressions import suppress
from community.mail.transport import Spool
from community.rsvp.respond import say_yes
from tests.factories.events import an_event
from tests.factories.mails import letter, outbox, post, queued, states
from tests.factories.people import a_member
from tests.mail.moody import moody

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
DEATH = SystemExit  # what no "except Exception" catches, as no process catches its own SIGKILL


class Watched(Spool):
    """A spool that something happens beside, before it answers."""

    def __init__(self, folder: Path, meanwhile: Callable[[], object]) -> None:
        super().__init__(folder)
        self.meanwhile = meanwhile

    def send(self, envelope_from: str, recipient: str, data: bytes, *, message_id: str) -> None:
        super().send(envelope_from, recipient, data, message_id=message_id)
        self.meanwhile()


def die() -> None:
    raise DEATH


def only() -> OutboxMail:
    (mail,) = outbox()
    return mail


def test_a_mail_is_marked_sent_when_the_server_has_taken_it(app: Flask) -> None:
    queued()
    with moody() as server:
        assert deliver_due(server.way_in(), lease="w") == 1
        assert deliver_due(server.way_in(), lease="w") == 0
        assert server.recipients == ["ann@example.org"]
    mail = only()
    assert (mail.state, mail.attempts, mail.lease, mail.last_error) == ("sent", 1, None, "")
    assert mail.sent_at is not None
    assert now() - mail.sent_at < timedelta(minutes=1)


def test_the_bytes_are_stored_before_the_server_hears_of_the_mail(app: Flask) -> None:
    queued()
    seen: list[tuple[bytes, str]] = []

    def look() -> None:
        with app.app_context():
            seen.append(db.session.execute(sa.select(OutboxMail.body, OutboxMail.state)).one())

    with moody(when_taken=look) as server:
        post(server.way_in())
        assert seen == [(server.taken[0][1], MailState.SENDING)]


def test_a_server_that_hangs_up_after_the_mail_gets_the_very_same_bytes_again(app: Flask) -> None:
    queued()
    with moody(hang_ups=1) as server, time_machine.travel(NOON) as clock:
        _set(due_at=NOON, deadline=NOON + timedelta(hours=1))
        post(server.way_in())
        assert only().state == MailState.QUEUED
        clock.shift(60)
        post(server.way_in())
        assert only().state == MailState.SENT
        assert len(server.taken) == 2
        assert len(set(server.hashes)) == 1
        ids = {letter(data).message_id for _, data in server.taken}
    assert ids == {f"<{only().message_id}>"}


def test_nobody_touches_the_mail_of_a_worker_that_lives(app: Flask, tmp_path: Path) -> None:
    queued()
    with pytest.raises(DEATH):
        deliver_due(Watched(tmp_path, die), lease="dead")
    assert post() == 0
    with time_machine.travel(now() + timedelta(seconds=80)):
        assert renew("dead") == 1
    with time_machine.travel(now() + timedelta(seconds=100)):
        assert post() == 0
    assert only().state == MailState.SENDING


def test_the_mail_of_a_dead_worker_is_sent_by_another_as_the_same_bytes(
    app: Flask, tmp_path: Path
) -> None:
    queued()
    with pytest.raises(DEATH):
        deliver_due(Watched(tmp_path, die), lease="dead")
    (first,) = (file.read_bytes() for file in tmp_path.glob("*.eml"))
    with moody() as server, time_machine.travel(now() + timedelta(seconds=91)):
        post(server.way_in())
        assert server.taken == [("ann@example.org", first)]
    assert (only().state, only().attempts) == (MailState.SENT, 2)


def test_a_worker_takes_up_what_a_broken_pass_of_its_own_left(app: Flask, tmp_path: Path) -> None:
    """Its own renewing would keep the mails from everybody for as long as it is busy."""
    for number in range(3):
        queued(f"p{number}@example.org")
    with pytest.raises(DEATH):
        deliver_due(Watched(tmp_path, die), lease="mine")
    renew("mine")
    with moody() as server:
        assert deliver_due(server.way_in(), lease="mine") == 3
        assert len(server.taken) == 3
    assert Counter(state for _, state in states()) == {"sent": 3}


def test_a_worker_that_slept_past_its_lease_changes_nothing_any_more(
    app: Flask, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    queued()
    with time_machine.travel(NOON) as clock, moody(answers={"ann@example.org": "550 no"}) as server:
        _set(due_at=NOON, deadline=NOON + timedelta(hours=1))

        def oversleep() -> None:
            clock.shift(91)
            other = threading.Thread(target=_in_context, args=(app, server.way_in()))
            other.start()
            other.join()

        deliver_due(Watched(tmp_path, oversleep), lease="slow")
        assert "its lease had passed on" in caplog.text
        mail = only()
        assert (mail.state, mail.attempts) == (MailState.FAILED, 2)  # as the other one found it
        assert renew("slow") == 0


def test_bytes_made_after_the_lease_passed_on_are_thrown_away(app: Flask) -> None:
    """Whoever has the mail now renders it: two tokens for one mail would leave one of them dead."""
    mail = queued()
    (mail_id,), _ = leases.lease_due("slow", 5)
    with time_machine.travel(now() + timedelta(seconds=91)):
        assert leases.lease_due("other", 5) == ([mail_id], 0)
    with moody() as server:
        late = db.session.get_one(OutboxMail, mail.id)
        delivery._deliver([late], server.way_in(), "slow")
        assert server.taken == []
    assert (only().body, only().lease) == (None, "other")


@pytest.mark.slow
def test_two_workers_deliver_each_of_two_hundred_mails_once(app: Flask) -> None:
    for number in range(200):
        queued(f"person{number}@example.org")
    with moody() as server:
        ways_in = [server.way_in(), server.way_in()]
        workers = [threading.Thread(target=_in_context, args=(app, way)) for way in ways_in]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert Counter(server.recipients) == {f"person{n}@example.org": 1 for n in range(200)}
        assert len(set(server.hashes)) == 200
    assert {mail.state for mail in outbox()} == {MailState.SENT}
    assert {mail.attempts for mail in outbox()} == {1}


def test_one_stuck_recipient_holds_nobody_up(app: Flask) -> None:
    queued("stuck@example.org")
    for number in range(4):
        queued(f"p{number}@example.org")
    with moody(answers={"stuck@example.org": "450 mailbox busy"}) as server:
        post(server.way_in())
        assert server.recipients == [f"p{n}@example.org" for n in range(4)]
    stuck, *others = outbox()
    assert stuck.state == MailState.QUEUED
    assert "450 mailbox busy" in stuck.last_error
    assert {mail.state for mail in others} == {MailState.SENT}


def test_the_urgent_goes_first_and_then_who_waits_longest(app: Flask) -> None:
    queued("last@example.org", urgency=5)
    queued("second@example.org", urgency=3)
    queued("third@example.org", urgency=3)
    queued("first@example.org", urgency=0)
    with moody() as server:
        post(server.way_in())
        order = [address.partition("@")[0] for address in server.recipients]
    assert order == ["first", "second", "third", "last"]


def test_pauses_grow_with_jitter_until_the_deadline_ends_it(app: Flask) -> None:
    queued()
    pauses: list[float] = []
    deadline = NOON + timedelta(hours=4)
    with (
        time_machine.travel(NOON, tick=False) as clock,
        moody(answers={"ann@example.org": "451 try later"}) as server,
    ):
        _set(due_at=NOON, deadline=deadline)
        while (mail := only()).state == MailState.QUEUED:
            pauses.append((mail.due_at - now()).total_seconds())
            assert mail.due_at < deadline
            clock.move_to(mail.due_at)
            post(server.way_in())
        assert now() < deadline  # it says so at once, and not when the deadline comes
        assert server.taken == []
    assert mail.state == MailState.FAILED
    assert "451 try later" in mail.last_error
    pauses.pop(0)  # it was due at once
    assert mail.attempts == len(pauses) + 1
    for number, pause in enumerate(pauses):
        planned = min(15.0 * 2**number, 1800.0)
        assert 0.74 * planned <= pause <= 1.26 * planned
    planned = [min(15.0 * 2**number, 1800.0) for number in range(len(pauses))]
    assert len({round(a / b, 3) for a, b in zip(pauses, planned, strict=True)}) > 3, "no jitter"


def test_a_mail_that_nobody_could_send_in_time_fails_and_is_not_sent_late(app: Flask) -> None:
    queued(deadline=now() + timedelta(minutes=10))
    with moody() as server, time_machine.travel(now() + timedelta(minutes=11)):
        post(server.way_in())
        assert server.taken == []
    assert (only().state, only().last_error) == (MailState.FAILED, "the deadline passed")


def test_a_refusal_for_good_fails_at_once_and_says_what_the_server_said(app: Flask) -> None:
    queued()
    with moody(answers={"ann@example.org": "550 5.1.1 no such user"}) as server:
        post(server.way_in())
    assert (only().state, only().attempts) == (MailState.FAILED, 1)
    assert "550 5.1.1 no such user" in only().last_error


def test_an_unsafe_mail_fails_at_once_and_the_next_one_goes(app: Flask) -> None:
    queued("ann@example.org>\r\nBcc: eve@example.org", urgency=0)
    queued("bob@example.org")
    with moody() as server:
        post(server.way_in())
        assert server.recipients == ["bob@example.org"]
    unsafe, _ = outbox()
    assert (unsafe.state, unsafe.body) == (MailState.FAILED, None)
    assert "an address is not plain" in unsafe.last_error


def test_a_mail_that_cannot_be_rendered_is_tried_again_and_fails_in_the_end(app: Flask) -> None:
    queued("ann@example.org", kind="waitlisted", urgency=0)  # none of the facts that it needs
    queued("bob@example.org", kind="no_such_kind", urgency=0)
    queued("cy@example.org")
    with moody() as server:
        post(server.way_in())
        assert server.recipients == ["cy@example.org"]
        broken, unknown, _ = outbox()
        for mail in (broken, unknown):
            assert (mail.state, mail.attempts, mail.body) == (MailState.QUEUED, 1, None)
        assert "cannot be rendered: 'event_title' is undefined" in broken.last_error
        with time_machine.travel(now() + timedelta(hours=73)):
            post(server.way_in())
    assert [mail.state.value for mail in outbox()] == ["failed", "failed", "sent"]
    assert "cannot be rendered" in outbox()[0].last_error


def test_a_server_that_goes_away_while_a_mail_is_made_is_no_fault_of_the_mail(app: Flask) -> None:
    if db.engine.dialect.name == "sqlite":
        return  # it is a file
    event = an_event()
    say_yes(a_member().id, event.id)

    def hang_up(connection: Any, _cursor: object, statement: str, *_rest: object) -> None:
        if "community_identities" in statement and not gone:
            gone.append(statement)
            connection.connection.driver_connection.close()

    gone: list[str] = []
    sa.event.listen(db.engine, "before_cursor_execute", hang_up)
    try:
        with moody() as server:
            with pytest.raises(exc.OperationalError):
                deliver_due(server.way_in(), lease="w")
            assert (only().state, only().last_error) == (MailState.SENDING, "")
            assert deliver_due(server.way_in(), lease="w") == 1
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", hang_up)
    assert (only().state, only().last_error) == (MailState.SENT, "")


def test_a_fault_while_handing_over_puts_that_mail_off_and_lets_the_next_go(
    app: Flask, tmp_path: Path
) -> None:
    queued("one@example.org")
    queued("two@example.org")
    faults = iter([ZeroDivisionError("a fault of ours")])

    def break_down_once() -> None:
        for fault in faults:
            raise fault

    post(Watched(tmp_path, break_down_once))
    one, two = outbox()
    assert (one.state, two.state) == (MailState.QUEUED, MailState.SENT)
    assert "cannot be handed over: a fault of ours" in one.last_error


def test_a_pass_that_only_gives_mails_up_does_not_look_like_an_empty_outbox(app: Flask) -> None:
    """``flask worker --once`` goes on until there is nothing to do."""
    for number in range(5):
        queued(f"late{number}@example.org", deadline=now() - timedelta(seconds=1), urgency=0)
    queued("bob@example.org")
    with moody() as server:
        assert deliver_due(server.way_in(), lease="w", most=5) == 5
        assert deliver_due(server.way_in(), lease="w", most=5) == 1
        assert server.recipients == ["bob@example.org"]


def test_that_a_mail_left_is_noted_even_if_the_database_is_away_just_then(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued()
    monkeypatch.setattr(delivery, "_INSIST", (0.01, 0.01, 0.01))
    outages = iter(range(2))

    def away(_c: object, _cur: object, statement: str, *_rest: object) -> None:
        if "sent_at=" in statement and next(outages, None) is not None:
            raise exc.OperationalError(statement, {}, OSError("the database is away"))

    sa.event.listen(db.engine, "before_cursor_execute", away)
    try:
        with moody() as server:
            post(server.way_in())
            post(server.way_in())
            assert server.recipients == ["ann@example.org"]
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", away)
    assert only().state == MailState.SENT
    assert next(outages, None) is None


def test_mails_of_one_pass_are_stored_together_and_looked_at_again_behind_a_slow_server(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    for address in ("ann@example.org", "bo@example.org", "cy@example.org"):
        queued(address)
    stored: list[int] = []

    def meanwhile() -> None:
        if not stored:
            stored.extend(mail.id for mail in outbox() if mail.body is not None)
            suppress("bo@example.org", SuppressionReason.BOUNCED)

    monkeypatch.setattr(delivery, "_LATELY", 0.0)
    spool = app.extensions["community_settings"].spool_folder
    deliver_due(Watched(spool, meanwhile), lease="w")
    assert len(stored) == 3, "before the server hears of the first"
    assert [state for _, state in states()] == ["sent", "stopped", "sent"]


def test_a_held_or_stopped_mail_stays_where_it_is(app: Flask) -> None:
    queued("one@example.org")
    _set(state=MailState.HELD)
    queued("two@example.org")
    _set(OutboxMail.recipient == "two@example.org", state=MailState.STOPPED)
    assert post() == 0
    assert [state for _, state in states()] == ["held", "stopped"]


def test_sending_a_mail_reads_its_bytes_once_and_writes_them_once(app: Flask) -> None:
    queued()
    said: list[str] = []

    def hear(_c: object, _cur: object, statement: str, *_rest: object) -> None:
        said.append(" ".join(statement.split()))

    sa.event.listen(db.engine, "before_cursor_execute", hear)
    try:
        deliver_due(Spool(app.extensions["community_settings"].spool_folder), lease="w")
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", hear)
    reads = [each for each in said if "outbox.body" in each.partition(" FROM ")[0]]
    reads = [each for each in reads if each.startswith("SELECT")]
    writes = [each for each in said if each.startswith("UPDATE outbox SET body=")]
    assert (len(reads), len(writes)) == (1, 1)


def _in_context(app: Flask, way_in: Spool) -> None:
    with app.app_context():
        while deliver_due(way_in, lease=uuid.uuid4().hex, most=10):
            pass


def _set(*which: sa.ColumnElement[bool], **values: object) -> None:
    db.session.execute(sa.update(OutboxMail).where(*which).values(**values))
    db.session.commit()
