"""Connections: asking, accepting, letting lie, and that nobody learns of a refusal."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db, transactional
from community.core.errors import Forbidden, NotFound, Refused, TooMany
from community.discovery.connected import Standing, asks_received, asks_sent, between, contacts
from community.membership import connections
from community.membership.blocking import block
from community.membership.connection_models import Connection, ConnectionState
from community.membership.connections import (
    accept,
    ask_to_connect,
    disconnect,
    let_lie,
    take_back,
)
from community.membership.models import Membership, Person
from community.membership.pairs import find_connection
from community.membership.viewer import Viewer
from tests.factories.at_once import at_once
from tests.factories.mails import outbox
from tests.factories.people import a_member, a_person


def _standing(of: Person, towards: Person) -> Standing:
    db.session.rollback()
    return between(Viewer.of(of), towards).standing


def _state(one: Person, other: Person) -> ConnectionState | None:
    db.session.rollback()
    pair = find_connection(one.id, other.id)
    return pair.state if pair else None


@transactional
def _become(person: Person, membership: Membership) -> None:
    db.session.get_one(Person, person.id).membership = membership


def test_an_ask_is_accepted_and_both_are_told_once(app: Flask) -> None:
    ann, bob = a_member("Ann"), a_member("Bob")
    ask_to_connect(ann.id, bob.id, "We met\nin  Boston.")
    assert (_standing(ann, bob), _standing(bob, ann)) == (Standing.SENT, Standing.RECEIVED)
    (asked,) = asks_received(Viewer.of(bob)).rows
    assert (asked.profile.name, asked.word) == ("Ann", "We met in Boston.")
    accept(bob.id, ann.id)
    accept(bob.id, ann.id)
    assert (_standing(ann, bob), _standing(bob, ann)) == (Standing.CONNECTED, Standing.CONNECTED)
    assert [(mail.kind, mail.person_id) for mail in outbox()] == [
        ("connection_asked", bob.id),
        ("connection_accepted", ann.id),
    ]


def test_two_who_ask_each_other_are_connected(app: Flask) -> None:
    ann, bob = a_member(), a_member()
    ask_to_connect(ann.id, bob.id)
    ask_to_connect(bob.id, ann.id, "Me, too.")
    assert _state(ann, bob) == ConnectionState.CONNECTED
    assert db.session.query(Connection).count() == 1


def test_who_is_let_lie_sees_what_who_waits_sees(app: Flask) -> None:
    ann, bob, cy = a_member("Ann"), a_member("Bob"), a_member("Cy")
    with time_machine.travel(now(), tick=False):
        for other in (bob, cy):
            ask_to_connect(ann.id, other.id, "Hello")
    let_lie(bob.id, ann.id)
    let_lie(bob.id, ann.id)
    assert asks_received(Viewer.of(bob)).rows == []
    assert _standing(bob, ann) == Standing.NONE
    as_ann = Viewer.of(ann)
    assert between(as_ann, bob) == between(as_ann, cy)
    assert [(c.profile.name, c.word) for c in asks_sent(as_ann).rows] == [
        ("Cy", "Hello"),
        ("Bob", "Hello"),
    ]


@pytest.mark.parametrize("first_back", [False, True])
def test_asking_once_more_undoes_no_refusal_and_sends_nothing(app: Flask, first_back: bool) -> None:
    ann, bob = a_member(), a_member()
    ask_to_connect(ann.id, bob.id)
    let_lie(bob.id, ann.id)
    if first_back:
        take_back(ann.id, bob.id)
    with time_machine.travel(now() + timedelta(days=400)):
        ask_to_connect(ann.id, bob.id, "Please!")
        assert _standing(ann, bob) == Standing.SENT
        assert asks_received(Viewer.of(bob)).rows == []
        assert len(outbox()) == 1


def test_who_let_an_ask_lie_may_still_ask_and_is_connected_at_once(app: Flask) -> None:
    ann, bob = a_member(), a_member()
    ask_to_connect(ann.id, bob.id)
    let_lie(bob.id, ann.id)
    ask_to_connect(bob.id, ann.id)
    assert _state(ann, bob) == ConnectionState.CONNECTED


def test_taking_back_and_asking_anew_mails_once_a_week(app: Flask) -> None:
    ann, bob = a_member(), a_member()
    for days, mails in ((0, 1), (1, 1), (8, 2)):
        with time_machine.travel(now() + timedelta(days=days)):
            ask_to_connect(ann.id, bob.id)
            assert len(asks_received(Viewer.of(bob)).rows) == 1
            assert len(outbox("connection_asked")) == mails
            take_back(ann.id, bob.id)
            take_back(ann.id, bob.id)
            assert asks_received(Viewer.of(bob)).rows == []


def test_either_may_disconnect_and_the_other_is_not_told(app: Flask) -> None:
    ann, bob = a_member(), a_member()
    for who, other in ((ann, bob), (bob, ann)):
        ask_to_connect(ann.id, bob.id)
        if _state(ann, bob) == ConnectionState.ASKED:
            accept(bob.id, ann.id)
        before = len(outbox())
        disconnect(who.id, other.id)
        disconnect(who.id, other.id)
        assert len(outbox()) == before
        assert contacts(Viewer.of(ann)).rows == contacts(Viewer.of(bob)).rows == []


def test_nobody_answers_what_was_not_asked_of_them(app: Flask) -> None:
    ann, bob, cy = a_member(), a_member(), a_member()
    ask_to_connect(ann.id, bob.id)
    wrong: list[tuple[Any, int, int]] = [
        (accept, ann.id, bob.id),  # her own ask
        (accept, cy.id, ann.id),
        (accept, cy.id, bob.id),
        (let_lie, ann.id, bob.id),
        (let_lie, cy.id, ann.id),
        (take_back, bob.id, ann.id),
        (take_back, cy.id, ann.id),
        (disconnect, ann.id, bob.id),
    ]
    for verb, who, other in wrong:
        with pytest.raises(NotFound):
            verb(who, other)
    assert _state(ann, bob) == ConnectionState.ASKED


def test_a_taken_back_ask_cannot_be_accepted(app: Flask) -> None:
    ann, bob = a_member(), a_member()
    ask_to_connect(ann.id, bob.id)
    take_back(ann.id, bob.id)
    with pytest.raises(NotFound):
        accept(bob.id, ann.id)


@pytest.mark.parametrize("membership", [Membership.SUSPENDED, Membership.ENDED, Membership.APPLIED])
def test_only_active_members_are_there(app: Flask, membership: Membership) -> None:
    ann, bob, gone = a_member("Ann"), a_member("Bob"), a_member("Gone")
    ask_to_connect(gone.id, ann.id)
    ask_to_connect(bob.id, gone.id)
    _become(gone, membership)
    for other in (gone.id, ann.id, a_person().id, 999_999):
        with pytest.raises(NotFound):
            ask_to_connect(ann.id, other)
    with pytest.raises(NotFound):
        accept(ann.id, gone.id)
    with pytest.raises(Forbidden):
        ask_to_connect(gone.id, bob.id)
    assert asks_received(Viewer.of(ann)).rows == []
    assert asks_sent(Viewer.of(bob)).rows == []


def test_a_word_with_a_link_is_refused(app: Flask) -> None:
    ann, bob = a_member(), a_member()
    for word in ("see https://evil.test", "go to www.evil.test"):
        with pytest.raises(Refused) as refused:
            ask_to_connect(ann.id, bob.id, word)
        assert refused.value.code == "word_with_link"
    assert _state(ann, bob) is None
    ask_to_connect(ann.id, bob.id, "x" * 400)
    pair = find_connection(ann.id, bob.id)
    assert pair is not None
    assert len(pair.word) == 300


def test_there_are_twenty_asks_in_a_day(app: Flask) -> None:
    ann, others = a_member(), [a_member() for _ in range(21)]
    for other in others[:20]:
        ask_to_connect(ann.id, other.id)
    with pytest.raises(TooMany):
        ask_to_connect(ann.id, others[20].id)
    ask_to_connect(a_member().id, others[20].id)  # another person's day
    with time_machine.travel(now() + timedelta(days=1, minutes=1)):
        ask_to_connect(ann.id, others[20].id)


def test_open_asks_are_limited_and_who_is_gone_does_not_count(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MOST_OPEN", 2)
    ann, bob, cy, di, ed = (a_member() for _ in range(5))
    ask_to_connect(ann.id, bob.id)
    ask_to_connect(ann.id, cy.id)
    let_lie(bob.id, ann.id)  # still open as far as Ann can see
    with pytest.raises(Refused) as refused:
        ask_to_connect(ann.id, di.id)
    assert refused.value.code == "too_many_asks"
    block(cy.id, ann.id)  # gone from Ann's list, and so from what is counted
    ask_to_connect(ann.id, di.id)
    take_back(ann.id, di.id)
    ask_to_connect(ann.id, ed.id)


def test_asking_at_the_same_moment_is_asking_once(app: Flask) -> None:
    ann, bob = a_member(), a_member()
    a, b = ann.id, bob.id
    answers = at_once(app, [lambda: ask_to_connect(a, b).id for _ in range(6)])
    assert len(set(answers)) == 1, answers
    assert len(outbox()) == 1
    assert _state(ann, bob) == ConnectionState.ASKED


def test_asking_each_other_at_the_same_moment_connects(app: Flask) -> None:
    for _ in range(3):
        a, b = a_member().id, a_member().id
        calls = [lambda a=a, b=b: ask_to_connect(a, b).id, lambda a=a, b=b: ask_to_connect(b, a).id]
        answers = at_once(app, calls * 2)
        assert len(set(answers)) == 1, answers
        pair = find_connection(a, b)
        assert pair is not None
        assert pair.state == ConnectionState.CONNECTED
    assert db.session.query(Connection).count() == 3


def test_blocking_and_accepting_at_the_same_moment_leave_nobody_connected(app: Flask) -> None:
    for _ in range(3):
        ann, bob = a_member(), a_member()
        ask_to_connect(ann.id, bob.id)
        a, b = ann.id, bob.id
        at_once(
            app,
            [lambda a=a, b=b: accept(b, a).id, lambda a=a, b=b: block(b, a)],  # type: ignore[list-item,return-value]  # either answers
        )
        assert _state(ann, bob) != ConnectionState.CONNECTED


def test_long_lists_go_on_where_they_stopped(app: Flask) -> None:
    me = a_member("Me")
    for number in range(5):
        other = a_member(f"Other {number}")
        ask_to_connect(other.id, me.id)
        if number % 2:
            accept(me.id, other.id)
    reader = Viewer.of(me)
    for read, expected in (
        (asks_received, ["Other 4", "Other 2", "Other 0"]),
        (contacts, ["Other 1", "Other 3"]),
    ):
        names, after = [], ""
        while True:
            page = read(reader, after, size=1)
            names += [one.profile.name for one in page.rows]
            if not page.after:
                break
            after = page.after
        if read is contacts:
            names.sort()  # the directory's names are indexed by another consequence
        assert names == expected
