"""A new address: asked for when signed in, confirmed by its mailbox, and the old one dead then."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.addresses import normal_address
from community.core.clock import now
from community.core.db import db, transactional
from community.core.errors import Refused
from community.membership.addresses import (
    ask_for_new_address,
    confirm_address,
    find_address_wish,
)
from community.membership.joining import ask_to_join, confirm_joining
from community.membership.models import (
    Membership,
    Pending,
    PendingKind,
    Person,
    PersonAddress,
)
from community.membership.queries import find_person
from community.membership.sessions import find_signed_in, open_session, revoke_sessions
from community.membership.signing_in import (
    ask_for_code,
    find_by_link,
    sign_in_with_code,
    sign_in_with_link,
)
from community.organizing.models import AuditEntry
from community.rsvp.asking import ask_to_answer, confirm_answer
from tests.factories.at_once import at_once
from tests.factories.events import an_event
from tests.factories.mails import post, states
from tests.factories.people import a_member
from tests.factories.proofs import mailed_code, mailed_token

OLD, NEW = "ada@example.org", "ada@example.net"
HERE = "secret of this browser"


@pytest.fixture
def ada(app: Flask) -> int:
    return a_member("Ada Lovelace", OLD).id


def asked(person_id: int, address: str = NEW) -> str:
    """The token in the mail to the new address."""
    ask_for_new_address(person_id, address)
    return mailed_token(PendingKind.ADDRESS, normal_address(address))


def who(address: str) -> int | None:
    db.session.rollback()
    found = find_person(address)
    return found.id if found else None


def addresses(person_id: int) -> list[tuple[str, bool]]:
    db.session.rollback()
    rows = db.session.execute(
        sa.select(PersonAddress.address, PersonAddress.is_primary).where(
            PersonAddress.person_id == person_id
        )
    )
    return [(address, primary) for address, primary in rows]


def test_before_the_button_nothing_is_changed(ada: int) -> None:
    token = asked(ada)
    assert addresses(ada) == [(OLD, True)]
    assert (who(OLD), who(NEW)) == (ada, None)
    wish = find_address_wish(token)
    assert wish is not None
    assert wish.address == NEW


def test_the_new_address_is_the_only_one_then(ada: int) -> None:
    person = confirm_address(asked(ada, " Ada@Example.net "))
    assert person.address == NEW
    assert addresses(ada) == [(NEW, True)]
    assert (who(OLD), who(NEW)) == (None, ada)


def test_both_mailboxes_are_told_and_the_old_one_again_afterwards(ada: int) -> None:
    token = asked(ada)
    assert [kind for kind, _ in states(to=OLD)] == ["address_asked"]
    assert [kind for kind, _ in states(to=NEW)] == ["address_confirm"]
    confirm_address(token)
    assert [kind for kind, _ in states(to=OLD)] == ["address_asked", "address_changed"]


def test_a_second_press_is_told_that_the_link_is_dead(ada: int) -> None:
    token = asked(ada)
    confirm_address(token)
    assert find_address_wish(token) is None
    with pytest.raises(Refused, match="link_dead"):
        confirm_address(token)
    assert len(states(to=OLD)) == 2


def test_pressed_many_times_at_once_it_is_one_change(app: Flask, ada: int) -> None:
    token = asked(ada)
    answers = at_once(app, [lambda: confirm_address(token).id] * 12)
    assert answers.count(ada) == 1
    refused = [answer.code for answer in answers if isinstance(answer, Refused)]
    assert refused == ["link_dead"] * 11
    assert len(states(to=OLD)) == 2


def test_of_two_wishes_confirmed_at_once_one_comes_true(app: Flask, ada: int) -> None:
    tokens = [asked(ada, NEW), asked(ada, "ada@example.com")]
    answers = at_once(app, [lambda t=t: confirm_address(t).id for t in tokens])
    assert answers.count(ada) == 1
    assert [a.code for a in answers if isinstance(a, Refused)] == ["link_dead"]
    assert len(addresses(ada)) == 1


def test_two_people_who_confirm_the_same_address_at_once_do_not_share_it(
    app: Flask, ada: int
) -> None:
    bob = a_member(email="bob@example.org").id
    tokens = [asked(ada), asked(bob)]
    answers = at_once(app, [lambda t=t: confirm_address(t).id for t in tokens])
    assert sum(answer in {ada, bob} for answer in answers) == 1
    assert [a.code for a in answers if isinstance(a, Refused)] == ["address_taken"]
    assert who(NEW) in {ada, bob}


def test_a_wish_is_good_for_the_address_that_it_was_asked_from_alone(ada: int) -> None:
    first, second = asked(ada, NEW), asked(ada, "ada@example.com")
    confirm_address(first)
    assert find_address_wish(second) is None
    with pytest.raises(Refused, match="link_dead"):
        confirm_address(second)
    confirm_address(asked(ada, OLD))  # and back again does not make it good again
    with pytest.raises(Refused, match="link_dead"):
        confirm_address(second)


def test_a_wish_that_was_written_while_the_address_changed_is_dead_too(ada: int) -> None:
    first, second = asked(ada, NEW), asked(ada, "ada@example.com")
    confirm_address(first)

    @transactional
    def as_if_not_seen_then() -> None:
        for pending in db.session.scalars(sa.select(Pending)):
            pending.used_at = None

    as_if_not_seen_then()
    assert find_address_wish(second) is None
    with pytest.raises(Refused, match="link_dead"):
        confirm_address(second)


def test_an_address_can_be_taken_back(ada: int) -> None:
    confirm_address(asked(ada))
    confirm_address(asked(ada, OLD))
    assert addresses(ada) == [(OLD, True)]


def test_an_address_of_somebody_else_leaves_the_same_rows_and_another_mail_there(ada: int) -> None:
    bob = a_member(email="bob@example.org").id
    for address in ("bob@example.org", NEW):
        ask_for_new_address(ada, address)
    kinds = [kind for address in ("bob@example.org", NEW) for kind, _ in states(to=address)]
    assert kinds == ["address_taken", "address_confirm"]
    assert len(states(to=OLD)) == 2
    assert len(db.session.scalars(sa.select(Pending)).all()) == 2
    assert who("bob@example.org") == bob


def test_even_a_link_for_the_address_of_somebody_else_takes_nothing_from_them(ada: int) -> None:
    bob = a_member(email="bob@example.org").id
    token = asked(ada, "bob@example.org")
    with pytest.raises(Refused, match="address_taken"):
        confirm_address(token)
    assert (who("bob@example.org"), who(OLD)) == (bob, ada)


def test_ones_own_address_is_no_new_one(ada: int) -> None:
    with pytest.raises(Refused, match="address_same"):
        ask_for_new_address(ada, OLD.upper())
    assert states() == []


@pytest.mark.parametrize("typed", ["", "x", "a@b", "é@example.org", "a@b.c\nBcc: x@y.z"])
def test_what_is_no_address_is_refused(ada: int, typed: str) -> None:
    with pytest.raises(Refused, match="bad_address"):
        ask_for_new_address(ada, typed)


def test_a_link_dies_after_two_days(ada: int) -> None:
    token = asked(ada)
    with time_machine.travel(now() + timedelta(hours=48, seconds=1)):
        assert find_address_wish(token) is None
        with pytest.raises(Refused, match="link_dead"):
            confirm_address(token)


def test_a_link_for_another_purpose_changes_no_address(ada: int) -> None:
    ask_to_join(name="Ada", email=NEW)
    token = mailed_token(PendingKind.JOIN, NEW)
    with pytest.raises(Refused, match="link_dead"):
        confirm_address(token)
    other = asked(ada)
    with pytest.raises(Refused, match="link_dead"):
        confirm_joining(other)
    confirm_address(other)


def test_a_membership_that_is_closed_meanwhile_changes_nothing(ada: int) -> None:
    token = asked(ada)

    @transactional
    def suspend() -> None:
        db.session.get_one(Person, ada).membership = Membership.SUSPENDED

    suspend()
    with pytest.raises(Refused, match="membership_closed"):
        confirm_address(token)
    assert addresses(ada) == [(OLD, True)]


def test_every_session_ends_but_that_of_the_browser_that_confirmed(ada: int) -> None:
    person = db.session.get_one(Person, ada)
    keep, other = (open_session(person, proof="code") for _ in range(2))
    stranger = open_session(a_member(), proof="code")
    confirm_address(asked(ada), keep=keep)
    assert find_signed_in(keep) is not None
    assert find_signed_in(other) is None
    assert find_signed_in(stranger) is not None


def test_confirmed_elsewhere_it_ends_the_session_that_asked_too(ada: int) -> None:
    asking = open_session(db.session.get_one(Person, ada), proof="code")
    confirm_address(asked(ada), keep=open_session(a_member(), proof="code"))
    assert find_signed_in(asking) is None


def test_signing_out_everywhere_takes_the_wish_back(ada: int) -> None:
    """A thief who asked for it would still have the link."""
    bob = a_member(email="bob@example.org").id
    token, bobs = asked(ada), asked(bob, "bob@example.net")
    revoke_sessions(ada)
    assert find_address_wish(token) is None
    with pytest.raises(Refused, match="link_dead"):
        confirm_address(token)
    confirm_address(bobs)


def test_codes_and_links_in_the_old_mailbox_are_dead(ada: int) -> None:
    ask_for_code(OLD, browser=HERE)
    code, link = mailed_code(OLD)
    confirm_address(asked(ada))
    assert find_by_link(link) is None
    with pytest.raises(Refused, match="code_dead"):
        sign_in_with_code(code, browser=HERE)
    with pytest.raises(Refused, match="link_dead"):
        sign_in_with_link(link, browser=HERE)


def test_a_code_that_was_asked_for_while_the_address_changed_is_dead_too(ada: int) -> None:
    """The request knows its person, and its address is no longer theirs."""
    confirm_address(asked(ada))
    ask_for_code(NEW, browser=HERE)
    code, _ = mailed_code(NEW)

    @transactional
    def as_if_asked_for_the_old_one() -> None:
        db.session.execute(sa.text("UPDATE sign_in_codes SET address = :old"), {"old": OLD})

    as_if_asked_for_the_old_one()
    with pytest.raises(Refused, match="code_dead"):
        sign_in_with_code(code, browser=HERE)


def test_signing_in_while_the_address_changes_leaves_no_session_of_the_old_one(
    app: Flask, ada: int
) -> None:
    ask_for_code(OLD, browser=HERE)
    code, _ = mailed_code(OLD)
    token = asked(ada)
    [changed, session] = at_once(
        app, [lambda: confirm_address(token).id, lambda: sign_in_with_code(code, browser=HERE)]
    )
    assert changed == ada
    assert isinstance(session, Refused) or find_signed_in(str(session)) is None


def test_wishes_in_the_old_mailbox_make_no_second_person_of_it(ada: int) -> None:
    event = an_event()
    ask_to_join(name="Ada", email=OLD)
    ask_to_answer(event.id, name="Ada", email=OLD)
    joining, answering = (mailed_token(kind, OLD) for kind in (PendingKind.JOIN, PendingKind.RSVP))
    confirm_address(asked(ada))
    with pytest.raises(Refused, match="link_dead"):
        confirm_joining(joining)
    with pytest.raises(Refused, match="link_dead"):
        confirm_answer(answering)
    assert who(OLD) is None


def test_the_new_address_signs_in_and_the_old_one_is_a_strangers(ada: int) -> None:
    confirm_address(asked(ada))
    ask_for_code(NEW, browser=HERE)
    assert find_signed_in(sign_in_with_code(mailed_code(NEW)[0], browser=HERE)) is not None
    ask_for_code(OLD, browser=HERE)
    post()
    assert states(to=OLD)[-1][0] == "sign_in_unknown"


def test_the_audit_log_names_the_change_and_no_address(ada: int) -> None:
    confirm_address(asked(ada))
    entries = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    seen = {entry.action: entry for entry in entries}
    assert {"AddressAsked", "AddressChanged"} <= set(seen)
    assert seen["AddressChanged"].person_id == ada
    assert "@" not in str([entry.details for entry in entries])
