"""Mailed secrets and sessions: good for one purpose, once, as long as they should, and hashed."""

import os
import re
import time
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core import tokens
from community.core.db import db, transactional
from community.core.errors import Refused
from community.membership import signing_in
from community.membership.models import AuthSession, PendingKind, SignInCode
from community.membership.signing_in import ask_for_code, sign_in_with_code, sign_in_with_link
from tests.evidence import Evidence
from tests.factories.at_once import at_once
from tests.factories.people import a_member
from tests.factories.proofs import mailed_code
from tests.security.access.pressing import Button, Desk

pytestmark = pytest.mark.proof
PROOF = bool(os.environ.get("PROOF"))
HERE = "secret of this browser"
ONCE = "a link pressed 50 times at once is one session"
FIVE = "of 100 codes guessed at once at most 5 are looked at"
PURPOSE = "a token opens nothing but what it was made for"
REST = "no token, code or cookie can be read in the database"
TRIALS = 200 if PROOF else 1


def requests(app: Flask) -> list[tuple[str, str, str, str]]:
    """Address, browser, code and link of so many people who asked to sign in."""
    found = []
    for number in range(TRIALS):
        address, browser = f"ada{number}@example.org", f"{HERE} {number}"
        a_member(email=address)
        ask_for_code(address, browser=browser)
        found.append((address, browser, *mailed_code(address)))
    return found


def sessions() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(AuthSession)) or 0


def test_a_link_pressed_many_times_at_once_is_one_session(app: Flask, evidence: Evidence) -> None:
    for number, (_, browser, _, link) in enumerate(requests(app), 1):
        answers = at_once(app, [lambda b=browser, t=link: sign_in_with_link(t, browser=b)] * 50)
        assert sum(isinstance(answer, str) for answer in answers) == 1
        assert sum(isinstance(answer, Refused) for answer in answers) == 49
        assert sessions() == number
    evidence("S3", ONCE, count=f"{TRIALS} trials")


def test_a_link_that_is_looked_at_and_then_used_up_is_several_sessions(
    app: Flask, monkeypatch: pytest.MonkeyPatch, evidence: Evidence
) -> None:
    """The control: used up without asking in the same statement whether it still was open."""

    def careless(request_id: int, **facts: str) -> str:
        @transactional
        def use() -> None:
            db.session.execute(
                sa.update(SignInCode).where(SignInCode.id == request_id).values(tries=1)
            )

        use()
        return whole(request_id, **facts)

    whole = signing_in._redeem
    _, browser, _, link = requests(app)[0]
    monkeypatch.setattr(signing_in, "_redeem", careless)
    monkeypatch.setattr(signing_in, "_open", lambda _moment: ())
    answers = at_once(app, [lambda: sign_in_with_link(link, browser=browser)] * 10)
    assert sum(isinstance(answer, str) for answer in answers) > 1
    evidence("S3", ONCE, control="without the condition of the UPDATE several sessions")


def guesses(app: Flask, browser: str, code: str) -> int:
    """How many of a hundred wrong codes were looked at."""
    wrong = [f"{(int(code) + step) % 1_000_000:06d}" for step in range(1, 101)]
    answers = at_once(app, [lambda g=g: sign_in_with_code(g, browser=browser) for g in wrong])
    said = [answer.code for answer in answers if isinstance(answer, Refused)]
    assert len(said) == 100
    return said.count("code_wrong")


def test_a_hundred_guesses_at_once_are_five(app: Flask, evidence: Evidence) -> None:
    for _, browser, code, link in requests(app):
        assert guesses(app, browser, code) == 5
        with pytest.raises(Refused, match="code_dead"):
            sign_in_with_code(code, browser=browser)
        # Whoever guessed has used up the code, and not the link in its owner's mail.
        assert sign_in_with_link(link, browser=browser)
    assert sessions() == TRIALS
    evidence("S4", FIVE, count=f"{TRIALS} trials × 100 guesses")


def test_a_counter_that_is_read_and_then_written_lets_more_through(
    app: Flask, monkeypatch: pytest.MonkeyPatch, evidence: Evidence
) -> None:
    """The control (CVE-2026-110653): the same UPDATE without its condition on the tries."""

    def count(sign_in_id: int) -> bool:
        tries = db.session.scalar(sa.select(SignInCode.tries).where(SignInCode.id == sign_in_id))
        time.sleep(0.02)  # the others read meanwhile
        write(sign_in_id, (tries or 0) + 1)
        return (tries or 0) < 5

    @transactional
    def write(sign_in_id: int, tries: int) -> None:
        mine = sa.update(SignInCode).where(SignInCode.id == sign_in_id)
        db.session.execute(mine.values(tries=min(tries, 5)))

    monkeypatch.setattr(signing_in, "_count_try", count)
    _, browser, code, _ = requests(app)[0]
    looked_at = guesses(app, browser, code)
    assert looked_at > 5
    evidence("S4", FIVE, control="read, then written, more than 5 are looked at")


def test_no_token_opens_what_another_one_is_for(new_desk: Desk, evidence: Evidence) -> None:
    desk, world = new_desk, new_desk.world
    starts = sorted(world.tokens)
    answers, tried = {}, 0
    rules = {
        (method, rule.rule)
        for rule in world.app.url_map.iter_rules()
        for method in (rule.methods or set()) & {"GET", "POST"}
        if "<token>" in rule.rule
    }
    for method, rule in sorted(rules):
        start = rule.partition("/<token>")[0]
        place = starts.index(start)
        others = starts if PROOF else [starts[(place + step) % len(starts)] for step in (0, 1, 5)]
        for other in others:
            path = rule.replace("<token>", world.tokens[other]).replace("<size>", "small")
            who = "owner"  # the browser in which all of them would do most
            if method == "GET":
                answer = world.browsers[who].client.get(path)
            else:
                answer = desk.press(Button(rule, who, path, desk.csrf(who)))
            right = start == other
            answers[method, rule, other] = (right, answer.status_code)
            assert right or answer.status_code in {404, 410}, (method, rule, other)
            if right and method == "POST":
                world.reset()
            elif not right:
                tried += 1
                assert method == "GET" or desk.changes() == {}, (rule, other)
    opened = {rule for (_, rule, _), (right, code) in answers.items() if right and code < 400}
    assert opened == {rule for _, rule in rules}
    evidence(
        "S3",
        PURPOSE,
        count=f"{len(starts)} kinds of tokens × {len(rules)} addresses, {tried} refused",
        control="each opens its own",
    )


def test_nothing_in_the_database_opens_a_door(desk: Desk, evidence: Evidence) -> None:
    """Whoever reads all of it has no token, no code and no cookie."""
    held = repr(desk.rows())
    secrets = dict(desk.world.tokens)
    for name, browser in desk.world.browsers.items():
        secrets[f"browser of {name}"] = browser.cookie("browser") or browser.cookie("session")
        with browser.client.session_transaction() as session:
            secrets[f"session of {name}"] = session.get("token") or secrets[f"browser of {name}"]
    for kind, secret in secrets.items():
        assert len(secret) >= 32, kind
        assert secret not in held, kind
    # The control: what is kept of them is there.
    kept = [tokens.digest(secret) in held for secret in secrets.values()]
    assert sum(kept) >= len(PendingKind) + len(desk.world.browsers) - 1
    evidence(
        "S3",
        REST,
        count=f"{len(secrets)} secrets",
        control=f"{sum(kept)} of their hashes are found",
    )


def test_every_secret_holds_128_bits_and_none_is_like_another(evidence: Evidence) -> None:
    count = 200_000 if PROOF else 2_000
    made: dict[str, Callable[[], str]] = {"token": tokens.new_token, "key": tokens.new_key}
    for kind, make in made.items():
        drawn = {make() for _ in range(count)}
        assert len(drawn) == count
        letters = set("".join(drawn))
        bits = len(next(iter(drawn))) * (len(letters) - 1).bit_length()
        assert bits >= 128, kind
        assert all(re.fullmatch(r"[\w-]+", secret) for secret in drawn)
    assert len({tokens.new_code() for _ in range(10_000)}) < 10_000
    evidence(
        "S3",
        "secrets are drawn by the system, of 128 bits and more",
        count=f"{count} of each",
        control="codes of six digits, which may be tried five times, repeat",
    )
