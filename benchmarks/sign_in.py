"""Signing in through HTTP: asking for a code and entering it, beside a form that saves one row.

Limits are off, and whoever types the code got it from the database and from no mail.
"""

import secrets
from collections.abc import Iterator

import sqlalchemy as sa
from flask import Flask, current_app
from itsdangerous import URLSafeTimedSerializer

from benchmarks.crowd import guests
from benchmarks.load import Answered, ask, post
from benchmarks.serving import serving
from community.core.db import db, transactional
from community.core.tokens import new_token
from community.membership.models import PersonAddress, SignInCode
from community.membership.signing_in import new_proofs

PEOPLE = 240


def measure(rounds: int) -> Iterator[str]:
    """Lines of the table."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # the proxy's own
    saved, asked, entered = [], [], []
    with serving(COMMUNITY_ENV="development", COMMUNITY_RATE_LIMITS="off") as (port, _process):
        for number in range(rounds + 1):
            crowd = guests(app, PEOPLE)
            addresses = _addresses([one.person_id for one in crowd])
            browsers = [_Browser(app) for _ in crowd]
            forms = [post("/form", port, f"csrf_token={one.csrf}", one.cookie) for one in crowd]
            asks = [
                post("/sign-in", port, f"csrf_token={one.csrf}&email={address}", one.cookie)
                for one, address in zip(browsers, addresses, strict=True)
            ]
            db.session.remove()
            runs = [ask(port, forms, 303), ask(port, asks, 303)]
            codes = _codes()
            enters = [
                post(
                    "/sign-in/code",
                    port,
                    f"csrf_token={one.csrf}&code={codes[address]}",
                    one.cookie,
                )
                for one, address in zip(browsers, addresses, strict=True)
            ]
            runs.append(ask(port, enters, 303))
            if number:  # the first round fills every process
                for kept, run in zip((saved, asked, entered), runs, strict=True):
                    kept.append(run)
    for what, figures in (
        ("form that saves one row (floor)", saved),
        ("asking for a code", asked),
        ("entering it", entered),
    ):
        yield _line(what, figures, saved)


def _line(what: str, runs: list[Answered], floors: list[Answered]) -> str:
    ratios = sorted(run.rate / floor.rate for run, floor in zip(runs, floors, strict=True))
    best = max(runs, key=lambda run: run.rate)
    return f"sign-in: {what:36} {best.rate:8,.0f} /s {ratios[0]:5.2f} to {ratios[-1]:.2f}"


class _Browser:
    """Somebody who has the form before them and is not signed in."""

    def __init__(self, app: Flask) -> None:
        secret = secrets.token_hex(20)
        sessions = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]  # Flask's default interface has it
        forms = URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token")
        self.csrf = forms.dumps(secret)
        session = sessions.dumps({"csrf_token": secret})
        self.cookie = f"session={session}; browser={new_token()}"


def _addresses(people: list[int]) -> list[str]:
    query = sa.select(PersonAddress.person_id, PersonAddress.address)
    found = dict(iter(db.session.execute(query.where(PersonAddress.person_id.in_(people)))))
    return [found[one] for one in people]


@transactional
def _codes() -> dict[str, str]:
    """The code of each open request, made as the worker makes it."""
    codes = {}
    for request in db.session.scalars(sa.select(SignInCode).where(SignInCode.code_hash.is_(None))):
        proofs = new_proofs(request.id, request.address)
        if proofs is not None:
            codes[request.address], _link, columns = proofs
            for column, value in columns.items():
                setattr(request, column, value)
    return codes
