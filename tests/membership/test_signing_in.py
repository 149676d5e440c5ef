"""Signing in by a mailed code or link, each good once and for the asking browser alone.

A link pressed many times at once, and many guesses at once: tests/security/access/test_tokens.py.
"""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db, transactional
from community.core.errors import Refused, TooMany
from community.mail.models import OutboxMail
from community.membership.models import AuthSession, Membership, Person, SignInCode
from community.membership.sessions import find_signed_in
from community.membership.signing_in import (
    ask_for_code,
    asked_by,
    find_by_link,
    forget_old_codes,
    latest_request,
    new_proofs,
    sign_in_with_code,
    sign_in_with_link,
)
from tests.factories.at_once import at_once
from tests.factories.mails import post
from tests.factories.people import a_member, a_person
from tests.factories.proofs import mailed_code

ADA = "ada@example.org"
HERE, ELSEWHERE = "secret of this browser", "secret of another browser"


def _ask(browser: str = HERE, *, email: str = ADA, known: str = "") -> tuple[str, str]:
    """Ask for a code; the code and the link's token that would be mailed."""
    ask_for_code(email, browser=browser, known=known)
    return mailed_code(email)


def _wrong(code: str, step: int = 1) -> str:
    return f"{(int(code) + step) % 1_000_000:06d}"


def _sessions() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(AuthSession)) or 0


def _who(token: str) -> int | None:
    person = find_signed_in(token)
    return person.id if person else None


def test_the_code_signs_its_person_in(app: Flask) -> None:
    person_id = a_member(email=ADA).id
    code, _ = _ask()
    assert _who(sign_in_with_code(code, browser=HERE)) == person_id


def test_the_link_signs_its_person_in(app: Flask) -> None:
    person_id = a_member(email=ADA).id
    _, link = _ask()
    assert _who(sign_in_with_link(link, browser=HERE)) == person_id


def test_somebody_who_only_registered_may_sign_in_too(app: Flask) -> None:
    person_id = a_person(email=ADA).id
    code, _ = _ask()
    assert _who(sign_in_with_code(code, browser=HERE)) == person_id


def test_code_and_link_of_one_request_are_good_once_together(app: Flask) -> None:
    a_member(email=ADA)
    code, link = _ask()
    sign_in_with_code(code, browser=HERE)
    for again in (
        lambda: sign_in_with_code(code, browser=HERE),
        lambda: sign_in_with_link(link, browser=HERE),
    ):
        with pytest.raises(Refused, match="dead"):
            again()
    assert find_by_link(link) is None
    assert _sessions() == 1


def test_a_code_is_nothing_in_another_browser(app: Flask) -> None:
    a_member(email=ADA)
    code, _ = _ask()
    with pytest.raises(Refused, match="code_dead"):
        sign_in_with_code(code, browser=ELSEWHERE)
    sign_in_with_code(code, browser=HERE)


def test_a_code_is_nothing_in_a_browser_that_asked_for_another_one(app: Flask) -> None:
    a_member(email=ADA)
    code, _ = _ask(HERE)
    other, _ = _ask(ELSEWHERE)
    if code == other:
        return  # one in a million
    with pytest.raises(Refused, match="code_wrong"):
        sign_in_with_code(code, browser=ELSEWHERE)


@pytest.mark.parametrize("browser", [ELSEWHERE, ""])
def test_a_link_opened_elsewhere_signs_nobody_in_and_stays_good(app: Flask, browser: str) -> None:
    a_member(email=ADA)
    _, link = _ask()
    with pytest.raises(Refused, match="link_elsewhere"):
        sign_in_with_link(link, browser=browser)
    assert _sessions() == 0
    sign_in_with_link(link, browser=HERE)


def test_only_the_asking_browser_is_the_asking_browser(app: Flask) -> None:
    _ask()
    request = latest_request(HERE)
    assert request is not None
    assert asked_by(request, HERE)
    assert not any(asked_by(request, other) for other in (ELSEWHERE, "", None))


def test_the_newest_request_of_a_browser_counts(app: Flask) -> None:
    ada, bob = a_member(email=ADA).id, a_member(email="bob@example.org").id
    _ask(email=ADA)
    code, _ = _ask(email="bob@example.org")
    assert _who(sign_in_with_code(code, browser=HERE)) == bob != ada


def test_codes_and_links_die_after_ten_minutes(app: Flask) -> None:
    a_member(email=ADA)
    with time_machine.travel(now(), tick=False) as clock:
        code, link = _ask()
        clock.shift(timedelta(minutes=9, seconds=59))
        assert find_by_link(link) is not None
        clock.shift(1)
        assert find_by_link(link) is None
        with pytest.raises(Refused, match="link_dead"):
            sign_in_with_link(link, browser=HERE)
        with pytest.raises(Refused, match="code_dead"):
            sign_in_with_code(code, browser=HERE)
        clock.shift(timedelta(days=1))
        assert forget_old_codes() == 1


def test_an_unknown_address_gets_a_mail_and_its_code_opens_nothing(app: Flask) -> None:
    code, link = _ask(email="nobody@example.org")
    post()
    [mail] = db.session.scalars(sa.select(OutboxMail))
    assert (mail.kind, mail.recipient) == ("sign_in_unknown", "nobody@example.org")
    with pytest.raises(Refused, match="code_wrong"):
        sign_in_with_code(code, browser=HERE)
    with pytest.raises(Refused, match="link_dead"):
        sign_in_with_link(link, browser=HERE)
    assert _sessions() == 0


def test_known_and_unknown_addresses_leave_the_same_rows(app: Flask) -> None:
    a_member(email=ADA)
    for email in (ADA, "nobody@example.org"):
        ask_for_code(email, browser=HERE)
    assert len(db.session.scalars(sa.select(SignInCode)).all()) == 2
    assert len(db.session.scalars(sa.select(OutboxMail)).all()) == 2


@pytest.mark.parametrize("closed", [Membership.SUSPENDED, Membership.ENDED])
def test_a_closed_membership_still_opens_what_is_ones_own(app: Flask, closed: Membership) -> None:
    person_id = a_member(email=ADA).id

    @transactional
    def close() -> None:
        db.session.get_one(Person, person_id).membership = closed

    close()
    code, _ = _ask()
    assert sign_in_with_code(code, browser=HERE)
    assert _sessions() == 1


def test_five_wrong_codes_are_enough(app: Flask) -> None:
    a_member(email=ADA)
    code, _ = _ask()
    for step in range(1, 6):
        with pytest.raises(Refused, match="code_wrong"):
            sign_in_with_code(_wrong(code, step), browser=HERE)
    with pytest.raises(Refused, match="code_dead"):
        sign_in_with_code(code, browser=HERE)


@pytest.mark.parametrize("typed", ["", " ", "12345", "1234567", "١٢٣٤٥٦", "abcdef", "x" * 5000])
def test_what_is_no_code_is_a_wrong_one(app: Flask, typed: str) -> None:
    a_member(email=ADA)
    _ask()
    with pytest.raises(Refused, match="code_wrong"):
        sign_in_with_code(typed, browser=HERE)


def test_before_the_mail_is_written_no_code_is_right(app: Flask) -> None:
    a_member(email=ADA)
    ask_for_code(ADA, browser=HERE)
    for typed in ("", "None", "000000"):
        with pytest.raises(Refused, match="code_wrong"):
            sign_in_with_code(typed, browser=HERE)


def test_a_code_is_good_for_its_own_request_alone(app: Flask) -> None:
    a_member(email=ADA)
    ask_for_code(ADA, browser=HERE)
    first = latest_request(HERE)
    assert first is not None
    proofs = new_proofs(first.id, ADA)
    assert proofs is not None
    code, _, hashes = proofs
    ask_for_code(ADA, browser=HERE)

    @transactional
    def swap() -> None:
        newest = latest_request(HERE)
        assert newest is not None
        newest.code_hash = hashes["code_hash"]

    swap()  # even with the hash of the first, its code does not open the second
    with pytest.raises(Refused, match="code_wrong"):
        sign_in_with_code(code, browser=HERE)


def test_the_right_code_typed_many_times_at_once_is_one_session(app: Flask) -> None:
    a_member(email=ADA)
    code, _ = _ask()
    answers = at_once(app, [lambda: sign_in_with_code(code, browser=HERE, known=HERE)] * 50)
    assert sum(isinstance(answer, str) for answer in answers) == 1
    assert sum(isinstance(answer, Refused) for answer in answers) == 49
    assert _sessions() == 1


def test_three_mails_in_ten_minutes_go_to_an_address(app: Flask) -> None:
    a_member(email=ADA)
    with time_machine.travel(now(), tick=False) as clock:
        for number in range(3):
            ask_for_code(ADA, browser=f"browser {number}")
        with pytest.raises(TooMany):
            ask_for_code(ADA.upper(), browser=HERE)
        ask_for_code("bob@example.org", browser=HERE)
        assert len(db.session.scalars(sa.select(SignInCode)).all()) == 4
        clock.shift(timedelta(minutes=10))
        ask_for_code(ADA, browser=HERE)


def test_a_stranger_who_uses_up_an_address_locks_its_own_browser_out_of_nothing(
    app: Flask,
) -> None:
    person_id = a_member(email=ADA).id
    code, _ = _ask()
    sign_in_with_code(code, browser=HERE, known="known here")
    for _ in range(2):
        ask_for_code(ADA, browser=ELSEWHERE)
    with pytest.raises(TooMany):
        ask_for_code(ADA, browser=ELSEWHERE, known="a stranger's own")
    code, _ = _ask(known="known here")
    assert _who(sign_in_with_code(code, browser=HERE)) == person_id
    for _ in range(2):
        ask_for_code(ADA, browser=HERE, known="known here")
    with pytest.raises(TooMany):
        ask_for_code(ADA, browser=HERE, known="known here")


def test_a_browser_is_known_for_its_own_person_alone(app: Flask) -> None:
    a_member(email=ADA)
    a_member(email="bob@example.org")
    code, _ = _ask()
    sign_in_with_code(code, browser=HERE, known="known here")
    for _ in range(3):
        ask_for_code("bob@example.org", browser=ELSEWHERE)
    with pytest.raises(TooMany):
        ask_for_code("bob@example.org", browser=HERE, known="known here")
