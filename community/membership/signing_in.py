"""Proving who somebody is: the one module that turns a proof into a session.

So far the proof is a mailed code or link. Passkeys and other identity providers will end in
:func:`community.membership.sessions.open_session` as these do, and so count as fresh, too.
"""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from community.core import limits
from community.core.addresses import normal_address
from community.core.clock import LEEWAY, now
from community.core.db import db, record, rows_changed, transactional
from community.core.errors import Refused
from community.core.tokens import digest, new_code, new_token, same, sign
from community.membership.changes import SignInAsked
from community.membership.joining import prove_address
from community.membership.models import CODE_TRIES, AuthSession, Person, PersonAddress, SignInCode
from community.membership.queries import find_owner_id
from community.membership.sessions import is_known, open_session

LIFETIME = timedelta(minutes=10)  # ASVS 5.0 6.5.5
FRESH = timedelta(minutes=15)
_WINDOW = timedelta(minutes=10)
_MOST_MAILS = 3
_MOST_A_DAY = 20


def ask_for_code(email: str, *, browser: str, known: str = "") -> None:
    """Have a code and a link mailed, both good for ``browser`` alone (the asking one's secret).

    Three mails in ten minutes and twenty a day go to an address. A browser that signed in as
    this person before counts apart, so that a stranger who uses up the address's allowance
    locks nobody out.
    """
    address = normal_address(email)
    # The same statements for every address, and nothing that refers to a person is written: whose
    # it is the worker finds out, because the time that it takes here would tell.
    own = is_known(known, find_owner_id(address) or 0)
    key = f"{digest(known)} {address}" if own else address
    limits.take("sign-in", key, most=_MOST_MAILS, within=_WINDOW)
    if not own:  # five guesses a mail: without this a stranger had two thousand a day
        limits.take("sign-in-day", address, most=_MOST_A_DAY, within=timedelta(days=1))
    _note_request(address, browser)


@transactional
def _note_request(address: str, browser: str) -> None:
    request = SignInCode(
        address=address,
        browser_hash=digest(browser),
        expires_at=now() + LIFETIME,
    )
    db.session.add(request)
    db.session.flush()
    record(SignInAsked(request.id))


def new_proofs(sign_in_id: int, address: str) -> tuple[str, str, dict[str, Any]] | None:
    """A code, a link token, and the columns to store of them, for the worker that renders.

    None when the address is nobody's: then there is nothing that could open anything.
    """
    person_id = find_owner_id(address)
    if person_id is None:
        return None
    code, token = new_code(), new_token()
    hashes = {"code_hash": sign("code", sign_in_id, code), "link_hash": digest(token)}
    return code, token, {**hashes, "person_id": person_id}


def latest_request(browser: str) -> SignInCode | None:
    """The newest request of this browser that is still open."""
    return db.session.scalar(
        sa.select(SignInCode)
        .where(SignInCode.browser_hash == digest(browser), *_open(now()))
        .order_by(SignInCode.id.desc())
        .limit(1)
    )


def sign_in_with_code(code: str, *, browser: str, agent: str = "", known: str = "") -> str:
    """The session token for a typed code. Refuses a wrong, used, foreign or expired one.

    A try is counted before the code is looked at, by one UPDATE and in a transaction of its
    own: a hundred guesses at the same moment are five tries, too.
    """
    request = latest_request(browser)
    if request is None or not _count_try(request.id):
        raise Refused("code_dead")
    # There is none for an unknown address, and ``""`` is no signature.
    if not same(request.code_hash or "", sign("code", request.id, code)):
        raise Refused("code_wrong")
    return _redeem(request.id, proof="code", agent=agent, known=known)


def find_by_link(token: str) -> SignInCode | None:
    """The open request behind a mailed link, for its page. Changes nothing."""
    return db.session.scalar(
        sa.select(SignInCode).where(SignInCode.link_hash == digest(token), *_open(now()))
    )


def asked_by(request: SignInCode, browser: str | None) -> bool:
    """Whether that browser is the one that asked."""
    return bool(browser) and same(request.browser_hash, digest(browser or ""))


def sign_in_with_link(token: str, *, browser: str, agent: str = "", known: str = "") -> str:
    """The session token for a mailed link, opened in the browser that asked for it."""
    request = find_by_link(token)
    if request is None:
        raise Refused("link_dead")
    if not asked_by(request, browser):
        raise Refused("link_elsewhere")
    return _redeem(request.id, proof="link", agent=agent, known=known)


def is_fresh(session: AuthSession) -> bool:
    """Whether who sits there was proven so lately that they may change how they sign in."""
    moment = now()
    return moment - FRESH < session.created_at <= moment + LEEWAY


@transactional
def void_codes(person_id: int) -> None:
    """Make every code and link that was or will be mailed to a person worthless."""
    own = sa.select(PersonAddress.address).where(PersonAddress.person_id == person_id)
    theirs = sa.or_(SignInCode.person_id == person_id, SignInCode.address.in_(own))
    codes = sa.update(SignInCode).where(theirs, *_open(now()))
    rows_changed(codes.values(used_at=now()))


def _open(moment: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    is_young = SignInCode.created_at <= moment + LEEWAY
    return SignInCode.used_at.is_(None), SignInCode.expires_at > moment, is_young


@transactional
def _count_try(sign_in_id: int) -> bool:
    counted = (
        sa.update(SignInCode)
        .where(SignInCode.id == sign_in_id, SignInCode.tries < CODE_TRIES, *_open(now()))
        .values(tries=SignInCode.tries + 1)
    )
    return rows_changed(counted) == 1


@transactional
def _redeem(sign_in_id: int, *, proof: str, agent: str, known: str) -> str:
    used = sa.update(SignInCode).where(SignInCode.id == sign_in_id, *_open(now()))
    if rows_changed(used.values(used_at=now())) != 1:
        raise Refused("code_dead")
    # A code proves the mailbox that it went to, and that must still be the person's: the lock
    # waits for whoever is changing it.
    found = db.session.execute(
        sa.select(Person, SignInCode.address)
        .join(SignInCode, SignInCode.person_id == Person.id)
        .join(
            PersonAddress,
            sa.and_(
                PersonAddress.person_id == Person.id, PersonAddress.address == SignInCode.address
            ),
        )
        .where(SignInCode.id == sign_in_id)
        .with_for_update(read=True, of=PersonAddress)
    ).one_or_none()
    if found is None:
        raise Refused("code_dead")
    person, address = found
    prove_address(person.id, address)
    return open_session(person, proof=proof, browser=agent, known=known)


def end_old_codes() -> int:
    """Use up what ran out a moment ago, so that no clock that is set back revives it."""
    over = SignInCode.used_at.is_(None), SignInCode.expires_at <= now()
    is_there = db.session.scalar(sa.select(SignInCode.id).where(*over).limit(1)) is not None
    db.session.rollback()
    return _end(*over) if is_there else 0


@transactional
def _end(*over: sa.ColumnElement[bool]) -> int:
    return rows_changed(sa.update(SignInCode).where(*over).values(used_at=now()))


@transactional
def forget_old_codes() -> int:
    """Delete requests that ran out a day ago; says how many."""
    return rows_changed(
        sa.delete(SignInCode).where(SignInCode.expires_at <= now() - timedelta(days=1))
    )
