"""Mails about joining and signing in: the right one to each address, and no stranger's words."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db, transactional
from community.core.tokens import digest
from community.mail.models import MailState
from community.membership.joining import ask_to_join, confirm_joining
from community.membership.models import Membership, Pending, Person, SignInCode
from community.membership.signing_in import ask_for_code, sign_in_with_code, sign_in_with_link
from community.membership.standing import suspend
from community.membership.texts import TextKind, publish_text
from tests.factories.mails import Letter, letter, outbox, post, states
from tests.factories.people import a_member, a_person, an_admin
from tests.mail.moody import moody

ANN = "ann@example.org"


def received() -> Letter:
    """The one mail that leaves, read from the wire: ours of mails with a token are forgotten."""
    with moody() as server:
        post(server.way_in())
        ((_, data),) = server.taken
    return letter(data)


def token_in(mail: Letter, path: str) -> str:
    (found,) = re.findall(rf"http://community\.test{path}/(\S+)\n", mail.text)
    assert f"http://community.test{path}/{found}" in mail.html
    return str(found)


def test_the_link_to_join_works_and_only_its_hash_is_kept(app: Flask) -> None:
    ask_to_join(name="Ann", email=ANN)
    mail = received()
    token = token_in(mail, "/join/confirm")
    assert mail.subject == "Confirm that you want to join Community Network"
    assert db.session.scalars(sa.select(Pending.token_hash)).one() == digest(token)
    (row,) = outbox()
    assert (row.kind, row.state, row.body) == ("join_confirm", MailState.SENT, None)
    assert token not in str(row.facts)
    assert confirm_joining(token).membership == Membership.ACTIVE


def test_a_name_that_a_stranger_typed_is_not_in_our_mail(app: Flask) -> None:
    ask_to_join(name="Visit evil.test now", email=ANN, organization="evil.test")
    mail = received()
    assert "evil" not in mail.text + mail.html + mail.subject
    assert mail.text.startswith("Hello,\n")


@pytest.mark.parametrize(
    ("membership", "subject"),
    [
        (Membership.SUSPENDED, "Your account with Community Network"),
        (Membership.ENDED, "Confirm that you want to join Community Network"),
    ],
)
def test_the_mail_alone_tells_who_may_join_again(
    app: Flask, membership: Membership, subject: str
) -> None:
    _set_membership(a_member("Ann", ANN), membership)
    ask_to_join(name="Ann", email=ANN)
    mail = received()
    assert mail.subject == subject
    assert ("/join/confirm/" in mail.text) == (membership == Membership.ENDED)


@pytest.mark.parametrize("membership", [Membership.APPLIED, Membership.ACTIVE])
def test_who_joined_before_is_told_to_sign_in_and_not_that_they_are_a_member(
    app: Flask, membership: Membership
) -> None:
    _set_membership(a_member("Ann", ANN), membership)
    ask_to_join(name="Visit evil.test now", email=ANN)
    mail = received()
    assert mail.subject == "You already have an account with Community Network"
    assert "Hello Ann," in mail.text
    assert "a member" not in mail.text
    assert "http://community.test/sign-in\n" in mail.text
    assert "evil" not in mail.text + mail.html


def test_who_only_came_to_an_event_may_still_join(app: Flask) -> None:
    a_person("Ann", ANN)
    ask_to_join(name="Ann", email=ANN)
    assert states() == [("join_confirm", "queued")]


def test_the_mailed_code_and_link_sign_in_the_browser_that_asked(app: Flask) -> None:
    a_member("Ann", ANN)
    ask_for_code(ANN, browser="hers")
    mail = received()
    code = mail.subject.partition(" ")[0]
    assert re.fullmatch(r"\d{6}", code)
    assert f"\n  {code}\n" in mail.text
    assert code in mail.html
    token = token_in(mail, "/sign-in/link")
    assert db.session.scalars(sa.select(SignInCode.link_hash)).one() == digest(token)
    assert code not in str(db.session.scalars(sa.select(SignInCode.code_hash)).one())
    assert sign_in_with_code(code, browser="hers")
    ask_for_code(ANN, browser="hers")
    assert sign_in_with_link(token_in(received(), "/sign-in/link"), browser="hers")


def test_an_unknown_address_is_told_how_to_join(app: Flask) -> None:
    ask_for_code("nobody@example.org", browser="theirs")
    mail = received()
    assert mail.subject == "Signing in to Community Network"
    assert "http://community.test/join\n" in mail.text
    assert not re.search(r"\d{6}", mail.text)


def test_a_code_is_not_mailed_when_it_has_run_out(app: Flask) -> None:
    a_member("Ann", ANN)
    ask_for_code(ANN, browser="hers")
    with time_machine.travel(now() + timedelta(minutes=10, seconds=1)), moody() as server:
        post(server.way_in())
        assert server.taken == []
    assert states() == [("sign_in", "failed")]


def test_codes_leave_before_anything_else(app: Flask) -> None:
    ask_to_join(name="Ann", email="one@example.org")
    a_member("Ann", ANN)
    ask_for_code(ANN, browser="hers")
    with moody() as server:
        post(server.way_in())
        assert server.recipients == [ANN, "one@example.org"]


@transactional
def _set_membership(person: Person, membership: Membership) -> None:
    db.session.get_one(Person, person.id).membership = membership


def test_who_is_suspended_reads_where_to_write_once_the_community_says_so(app: Flask) -> None:
    admin = an_admin()
    suspend(admin.id, a_member().id)
    assert "/contact" not in received().text
    publish_text(admin.id, TextKind.CONTACT, "hosts@example.org", seen=0)
    suspend(admin.id, a_member().id)
    mail = received()
    assert "http://community.test/contact" in mail.text
    assert "http://community.test/contact" in mail.html
