"""Whoever asks for somebody else's mails, however often and from wherever, fills no mailbox."""

import os
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from community.app import create_app
from community.core import limits
from community.core.current import settings
from community.core.db import db
from community.mail.models import OutboxMail
from community.membership import signing_in
from community.membership.models import CODE_TRIES, SignInCode
from tests.evidence import Evidence
from tests.factories.events import an_event
from tests.factories.people import a_member
from tests.factories.proofs import mailed_code
from tests.web.browser_without_js import Browser

pytestmark = pytest.mark.proof
PROOF = bool(os.environ.get("PROOF"))
ADA = "ada@example.org"
TIMES = 1_000 if PROOF else 40
MOST = {"sign in": 3, "join": 3, "answer": 3}
SHOWN = "one address gets at most three mails, however often and from wherever they are asked for"
RESTART = "limits hold over processes and restarts"
FORMS: dict[str, tuple[str, dict[str, str]]] = {
    "sign in": ("/sign-in", {}),
    "join": ("/join", {"name": "Ada", "consent": "y"}),
    "answer": ("/events/boston-leadership-dinner/rsvp", {"name": "Ada", "action": "going"}),
}


def spoofed(number: int) -> dict[str, str]:
    """The words of one of a hundred networks that a request claims to come from."""
    claimed = f"203.0.113.{number % 100}"
    return {
        "X-Forwarded-For": f"{claimed}, 10.0.0.{number % 7}",
        "Forwarded": f"for={claimed}",
        "X-Real-IP": claimed,
        "X-Client-IP": claimed,
        "CF-Connecting-IP": claimed,
        "True-Client-IP": claimed,
    }


def mails(address: str = ADA) -> int:
    db.session.rollback()
    sent = sa.select(sa.func.count()).where(OutboxMail.recipient == address)
    return db.session.scalar(sa.select(sent.scalar_subquery())) or 0


def flood(app: Flask, form: str, *, times: int = TIMES, address: str = ADA) -> dict[int, int]:
    """Ask so often; how many answers there were of each status."""
    path, typed = FORMS[form]
    browser = Browser(app)
    values = browser.get(path).form("email").values
    seen: dict[int, int] = {}
    for number in range(times):
        data = {**values, **typed, "email": address if number % 2 else address.upper()}
        with browser.client.session_transaction() as session:
            session.pop("_flashes", None)
        answer = browser.client.post(path, data=data, headers=spoofed(number))
        seen[answer.status_code] = seen.get(answer.status_code, 0) + 1
    return seen


@pytest.mark.parametrize("form", FORMS)
def test_a_flood_of_requests_for_one_address_is_three_mails(
    app: Flask, form: str, evidence: Evidence
) -> None:
    a_member(email=ADA)
    an_event()
    seen = flood(app, form)
    assert seen == {303: MOST[form], 429: TIMES - MOST[form]}
    assert mails() == MOST[form]
    evidence("S17", SHOWN, count=f"{TIMES} requests by each of {len(FORMS)} forms")


def test_without_the_limit_of_the_address_every_request_is_a_mail(
    app: Flask, monkeypatch: pytest.MonkeyPatch, evidence: Evidence
) -> None:
    """The control: the network is counted alone."""
    a_member(email=ADA)
    whole = limits.take

    def careless(kind: str, key: str, **facts: object) -> None:
        if "network" in kind:
            whole(kind, key, **facts)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(signing_in.limits, "take", careless)
    assert flood(app, "sign in", times=20) == {303: 20}
    assert mails() == 20
    evidence("S17", SHOWN, control="without the limit of the address 20 requests are 20 mails")


def ask_for_many(app: Flask) -> int:
    """How many of a hundred addresses are written to, asked for from one connection."""
    browser = Browser(app, address="198.51.100.7")
    values = browser.get("/join").form("email").values
    passed = 0
    for number in range(100):
        data = {**values, **FORMS["join"][1], "email": f"p{number}@example.org"}
        answer = browser.client.post("/join", data=data, headers=spoofed(number))
        passed += answer.status_code == 303
    return passed


@pytest.fixture
def believed(app: Flask) -> Iterator[None]:
    """The program as it is when it believes one proxy in front."""
    whole = app.wsgi_app
    app.wsgi_app = ProxyFix(whole, 1, 1, 0, 0)  # type: ignore[method-assign]  # WSGI's way to wrap
    yield
    app.wsgi_app = whole  # type: ignore[method-assign]  # the same


SPOOFED = "a network that a request claims to come from counts only as TRUSTED_PROXIES says"


def test_who_claims_to_be_many_is_one(app: Flask, evidence: Evidence) -> None:
    assert ask_for_many(app) == 30
    evidence("S17", SPOOFED, count="100 joins from 100 claimed networks: 30 pass")


def test_behind_a_proxy_it_is_the_proxys_word_that_counts(
    app: Flask, believed: None, evidence: Evidence
) -> None:
    """The control: seven networks, by the last word of the header, are seven times as many."""
    assert ask_for_many(app) == 100
    evidence("S17", SPOOFED, control="behind one proxy its own word counts: all 100 pass")


def test_a_program_that_starts_again_goes_on_counting(app: Flask, evidence: Evidence) -> None:
    a_member(email=ADA)
    assert flood(app, "sign in", times=4) == {303: 3, 429: 1}
    here = settings()
    given = {
        "instance_path": here.instance_path,
        "database_url": here.database_url,
        "secret_key": here.secret_key,
        "base_url": here.base_url,
    }
    again = create_app(**given)
    assert flood(again, "sign in", times=3) == {429: 3}
    with again.app_context():
        db.session.remove()
        db.engine.dispose()
    evidence(
        "S17",
        RESTART,
        count="and over three processes at once: tests/core/test_limits.py",
        control="counted in two steps too many pass (there)",
    )


VICTIM = "the victim of a flood still signs in by the link that was sent before"


def a_victim(app: Flask) -> tuple[Browser, str, str]:
    """Ada, who asked for a code; with the code and the link that she was sent."""
    a_member("Ada Lovelace", email=ADA)
    victim = Browser(app, address="192.0.2.44")
    victim.get("/sign-in")
    victim.submit(email=ADA)
    victim.get("/sign-in/code")
    return victim, *mailed_code(ADA)


def a_stranger_guesses(app: Flask, code: str) -> int:
    """Eight wrong codes from another browser; says how many tries were counted at most."""
    stranger = Browser(app, address="198.51.100.7")
    for number in range(8):
        stranger.get("/sign-in/code")
        answer = stranger.submit(code=f"{(int(code) + 1 + number) % 1_000_000:06d}")
        assert answer.status == 422
    return db.session.scalar(sa.select(sa.func.max(SignInCode.tries))) or 0


def test_the_victim_of_a_flood_signs_in_by_what_was_sent_before(
    app: Flask, evidence: Evidence
) -> None:
    victim, code, link = a_victim(app)
    assert flood(app, "sign in")[429] == TIMES - 2
    assert a_stranger_guesses(app, code) == 0
    victim.get(f"/sign-in/link/{link}")
    assert victim.submit().says("You are signed in.")
    evidence("S17", VICTIM, count=f"{TIMES} requests in between")


def test_where_any_browser_counts_a_stranger_uses_up_the_tries(
    app: Flask, monkeypatch: pytest.MonkeyPatch, evidence: Evidence
) -> None:
    """The control: who asked for a code is not looked at."""
    newest = sa.select(SignInCode).order_by(SignInCode.id.desc()).limit(1)
    monkeypatch.setattr(signing_in, "latest_request", lambda _browser: db.session.scalar(newest))
    victim, code, _link = a_victim(app)
    assert a_stranger_guesses(app, code) == CODE_TRIES
    assert not victim.submit(code=code).says("You are signed in.")
    evidence("S17", VICTIM, control="tries of any browser counted: a stranger uses them up")
