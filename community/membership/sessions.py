"""Signed-in browsers: sessions that can be revoked, and browsers that are known."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from community.core.clock import now
from community.core.db import db, record, rows_changed, transactional
from community.core.errors import NotFound, Refused
from community.core.pages import Page, cursor, read_cursor
from community.core.text import clean_line, shorten
from community.core.tokens import digest, new_token
from community.membership.changes import SessionsRevoked, SignedIn, SignedOut
from community.membership.models import AuthSession, KnownBrowser, Person
from community.membership.pending import void_address_wishes
from community.membership.queries import steady_address

LIFETIME = timedelta(days=30)
# A session that ends later than this was begun by a clock that was ahead. Nobody is signed out
# by one that is set back by minutes.
_LONGEST = LIFETIME + timedelta(hours=1)
_PAGE = 20
# Made once, because every page of somebody signed in asks it.
_SIGNED_IN = (
    sa.select(Person)
    .join(AuthSession, AuthSession.person_id == Person.id)
    .outerjoin(Person.addresses)
    .options(contains_eager(Person.addresses))
    .where(
        AuthSession.token_hash == sa.bindparam("hash"),
        AuthSession.revoked_at.is_(None),
        AuthSession.expires_at > sa.bindparam("moment"),
        AuthSession.expires_at <= sa.bindparam("latest"),
        Person.erased_at.is_(None),
    )
)


@transactional
def open_session(person: Person, *, proof: str, browser: str = "", known: str = "") -> str:
    """Sign a browser in after its person was proven; the token for its cookie.

    ``proof`` names what proved it: ``code``, ``link``, ``join``, ``rsvp``. ``browser`` is the
    User-Agent, ``known`` the secret by which this browser will be recognised (see
    :func:`is_known`).
    """
    # Whoever has no address is being erased at this moment, and must not come back by this door.
    if person.erased_at is not None or not steady_address(person.id):
        raise Refused("membership_closed")
    token = new_token()
    session = AuthSession(
        person_id=person.id,
        token_hash=digest(token),
        proof=proof,
        browser=shorten(clean_line(browser), 200),
        expires_at=now() + LIFETIME,
    )
    db.session.add(session)
    if known:
        _recognise(known, person.id)
    db.session.flush()
    record(SignedIn(person.id, session.id, proof))
    return token


def find_session(token: str) -> AuthSession | None:
    """The session of a cookie's token, unless it is over or revoked."""
    return db.session.scalar(
        sa.select(AuthSession).where(
            AuthSession.token_hash == digest(token),
            AuthSession.revoked_at.is_(None),
            AuthSession.expires_at > now(),
            AuthSession.expires_at <= now() + _LONGEST,
        )
    )


def find_signed_in(token: str) -> Person | None:
    """Whom a cookie's token stands for.

    Also somebody whose membership is suspended or over: their own answers stay theirs, and the
    members' pages are closed to them.
    """
    moment = now()
    asked = {"hash": digest(token), "moment": moment, "latest": moment + _LONGEST}
    found = db.session.scalars(_SIGNED_IN, asked)
    return found.unique().one_or_none()


@transactional
def sign_out(token: str) -> None:
    """Revoke the session of a cookie's token; nothing happens when there is none."""
    session = find_session(token)
    if session is not None:
        session.revoked_at = now()
        record(SignedOut(session.person_id, session.id))


def list_sessions(person_id: int, *, after: str | None = None) -> Page[AuthSession]:
    """The browsers in which a person is signed in, the newest first, twenty a page."""
    found = sa.select(AuthSession).where(AuthSession.person_id == person_id, *_alive())
    key = read_cursor(after, (int,))
    if key is not None:
        found = found.where(AuthSession.id < key[0])
    rows = list(db.session.scalars(found.order_by(AuthSession.id.desc()).limit(_PAGE + 1)))
    more = cursor(rows[_PAGE - 1].id) if len(rows) > _PAGE else None
    return Page(rows[:_PAGE], more)


@transactional
def revoke_session(person_id: int, session_id: int) -> None:
    """End one session of a person; nothing happens when it is over. Others' look absent."""
    # A number from an address: PostgreSQL answers one that fits no id with an error.
    session = db.session.get(AuthSession, session_id) if session_id.bit_length() < 32 else None
    if session is None or session.person_id != person_id:
        raise NotFound("session")
    if session.revoked_at is None:
        session.revoked_at = now()
        record(SignedOut(person_id, session.id))


@transactional
def revoke_sessions(person_id: int, *, keep: str = "") -> int:
    """End every session of a person but the one of the cookie ``keep``; says how many.

    An address that was asked for and is not confirmed is taken back: it may have been a thief.
    """
    mine = sa.update(AuthSession).where(AuthSession.person_id == person_id, *_alive())
    if keep:
        mine = mine.where(AuthSession.token_hash != digest(keep))
    revoked = rows_changed(mine.values(revoked_at=now()))
    void_address_wishes(person_id)
    if revoked:
        record(SessionsRevoked(person_id, revoked))
    return revoked


def _alive() -> tuple[sa.ColumnElement[bool], ...]:
    return AuthSession.revoked_at.is_(None), AuthSession.expires_at > now()


def is_known(browser: str, person_id: int) -> bool:
    """Whether the browser with that secret has signed in as this person before."""
    found = sa.select(KnownBrowser.id).where(
        KnownBrowser.token_hash == digest(browser), KnownBrowser.person_id == person_id
    )
    return db.session.scalar(found) is not None


def _recognise(browser: str, person_id: int) -> None:
    seen = sa.update(KnownBrowser).where(
        KnownBrowser.token_hash == digest(browser), KnownBrowser.person_id == person_id
    )
    if not rows_changed(seen.values(used_at=now())):
        db.session.add(KnownBrowser(person_id=person_id, token_hash=digest(browser)))


@transactional
def forget_old_sessions() -> int:
    """Delete sessions that ended a month ago; says how many."""
    return rows_changed(sa.delete(AuthSession).where(AuthSession.expires_at <= now() - LIFETIME))
