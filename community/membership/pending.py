"""Wishes that wait until the address behind them is proven."""

from datetime import timedelta

import sqlalchemy as sa

from community.core.clock import LEEWAY, now
from community.core.db import db, rows_changed
from community.core.errors import Refused
from community.core.tokens import digest, new_token, same
from community.core.types import JSONDict
from community.membership.models import Pending, PendingKind

LIFETIME = timedelta(hours=48)


def remember(kind: PendingKind, address: str, payload: JSONDict, *, browser: str) -> Pending:
    """Keep a wish for 48 hours. ``browser`` is the asking browser's own secret, or ``""``."""
    pending = Pending(
        kind=kind,
        address=address,
        payload=payload,
        browser_hash=digest(browser) if browser else "",
        expires_at=now() + LIFETIME,
    )
    db.session.add(pending)
    db.session.flush()
    return pending


def find_pending(kind: PendingKind, token: str) -> Pending | None:
    """The unused, unexpired wish behind a mailed token, for its page. Changes nothing."""
    return db.session.scalar(
        sa.select(Pending).where(
            Pending.token_hash == digest(token),
            Pending.kind == kind,
            Pending.used_at.is_(None),
            Pending.expires_at > now(),
            Pending.created_at <= now() + LEEWAY,
        )
    )


def redeem(kind: PendingKind, token: str) -> Pending:
    """Use up a token, once however many ask at the same time. Refuses what is dead or foreign."""
    pending = find_pending(kind, token)
    if pending is None:
        raise Refused("link_dead")
    used = sa.update(Pending).where(Pending.id == pending.id, Pending.used_at.is_(None))
    if rows_changed(used.values(used_at=now())) != 1:
        raise Refused("link_dead")
    return pending


def void_address_wishes(person_id: int) -> None:
    """Take back whatever addresses a person asked for and has not confirmed."""
    wishes = sa.update(Pending).where(
        Pending.kind == PendingKind.ADDRESS,
        Pending.payload["person_id"].as_integer() == person_id,
        Pending.used_at.is_(None),
    )
    rows_changed(wishes.values(used_at=now()))


def asked_here(pending: Pending, browser: str | None) -> bool:
    """Whether this browser is the one that the wish came from."""
    return bool(browser and pending.browser_hash and same(digest(browser), pending.browser_hash))


def new_pending_token() -> tuple[str, str]:
    """A new token for a wish and what to store of it, for the worker that renders the mail."""
    token = new_token()
    return token, digest(token)
