"""Signing browsers out from elsewhere: one, all others, or all."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.core.errors import NotFound, Refused
from community.membership.models import AuthSession
from community.membership.sessions import (
    find_session,
    find_signed_in,
    list_sessions,
    open_session,
    revoke_session,
    revoke_sessions,
    sign_out,
)
from community.membership.signing_in import is_fresh
from community.organizing.models import AuditEntry
from tests.factories.people import a_member


def session_of(token: str) -> AuthSession:
    found = find_session(token)
    assert found is not None
    return found


def test_the_list_has_what_is_alive_and_mine_the_newest_first(app: Flask) -> None:
    ada = a_member()
    with time_machine.travel(now() - timedelta(days=31)):
        open_session(ada, proof="code")
    first, second, gone = (open_session(ada, proof="code") for _ in range(3))
    sign_out(gone)
    open_session(a_member(), proof="code")
    listed = list_sessions(ada.id)
    assert [s.id for s in listed.rows] == [session_of(second).id, session_of(first).id]
    assert listed.after is None


def test_a_long_list_is_read_in_pages(app: Flask) -> None:
    ada = a_member()
    for _ in range(45):
        open_session(ada, proof="code")
    seen, after = [], None
    for _ in range(3):
        listed = list_sessions(ada.id, after=after)
        seen += [session.id for session in listed.rows]
        after = listed.after
    assert after is None
    assert len(set(seen)) == len(seen) == 45
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize("after", ["x", "WyJ4Il0", "W10", "x" * 2000])
def test_a_made_up_place_in_the_list_is_refused(app: Flask, after: str) -> None:
    with pytest.raises(Refused, match="bad_cursor"):
        list_sessions(a_member().id, after=after)


def test_one_session_ends_and_no_other(app: Flask) -> None:
    ada = a_member()
    one, other = (open_session(ada, proof="code") for _ in range(2))
    number = session_of(one).id
    revoke_session(ada.id, number)
    revoke_session(ada.id, number)  # twice is once
    assert find_signed_in(one) is None
    assert find_signed_in(other) is not None
    assert _audited("SignedOut") == 1


def test_a_session_of_somebody_else_looks_absent(app: Flask) -> None:
    ada, bob = a_member(), a_member()
    token = open_session(bob, proof="code")
    for number in (session_of(token).id, 999_999, 2**31 - 1, 2**31, 10**30):
        with pytest.raises(NotFound):
            revoke_session(ada.id, number)
    assert find_signed_in(token) is not None


def test_all_others_end_and_this_one_stays(app: Flask) -> None:
    ada = a_member()
    here, *others = (open_session(ada, proof="code") for _ in range(4))
    bobs = open_session(a_member(), proof="code")
    assert revoke_sessions(ada.id, keep=here) == 3
    assert revoke_sessions(ada.id, keep=here) == 0
    assert [find_signed_in(token) for token in others] == [None] * 3
    assert find_signed_in(here) is not None
    assert find_signed_in(bobs) is not None
    assert _audited("SessionsRevoked") == 1


def test_all_end_without_one_to_keep(app: Flask) -> None:
    ada = a_member()
    tokens = [open_session(ada, proof="code") for _ in range(3)]
    assert revoke_sessions(ada.id) == 3
    assert [find_signed_in(token) for token in tokens] == [None] * 3


def test_a_proof_is_fresh_for_a_quarter_of_an_hour(app: Flask) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        session = session_of(open_session(a_member(), proof="code"))
        clock.shift(timedelta(minutes=15, seconds=-1))
        assert is_fresh(session)
        clock.shift(1)
        assert not is_fresh(session)


def _audited(action: str) -> int:
    db.session.rollback()
    counted = sa.select(sa.func.count()).where(AuditEntry.action == action)
    return db.session.scalar(counted) or 0
