"""Tokens and codes for tests, made as the worker makes them while it renders a mail."""

import sqlalchemy as sa

from community.core.db import db, transactional
from community.membership.models import Pending, PendingKind, SignInCode
from community.membership.pending import new_pending_token
from community.membership.signing_in import new_proofs


@transactional
def mailed_token(kind: PendingKind, address: str) -> str:
    """The token in the newest mail about a wish of that kind."""
    wanted = sa.select(Pending).where(Pending.kind == kind, Pending.address == address)
    pending = db.session.scalars(wanted.order_by(Pending.id.desc()).limit(1)).one()
    token, pending.token_hash = new_pending_token()
    return token


@transactional
def mailed_code(address: str) -> tuple[str, str]:
    """The code and the link's token in the newest sign-in mail to that address."""
    wanted = sa.select(SignInCode).where(SignInCode.address == address)
    request = db.session.scalars(wanted.order_by(SignInCode.id.desc()).limit(1)).one()
    proofs = new_proofs(request.id, address)
    if proofs is None:  # that mail has none
        return "000000", "no-token"
    code, token, columns = proofs
    for column, value in columns.items():
        setattr(request, column, value)
    return code, token
