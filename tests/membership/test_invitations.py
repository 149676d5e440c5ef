"""Invitations: a member vouches, within limits, and an address joins with it once."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db, transactional
from community.core.errors import Forbidden, NotFound, Refused, TooMany
from community.core.tokens import digest
from community.membership import invitations
from community.membership.invitations import (
    Invitation,
    find_invitation,
    forget_old_invitations,
    invite,
    open_invitations,
    revoke_invitation,
)
from community.membership.joining import join_by_invitation
from community.membership.models import Membership, Person
from tests.factories.at_once import at_once
from tests.factories.joining import an_application, mailed_invitation, policy
from tests.factories.mails import letter, outbox, post
from tests.factories.people import a_member, a_person, an_organizer
from tests.mail.moody import moody

HEDY = "hedy@example.org"


def count() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count(Invitation.id))) or 0


@transactional
def stand(person_id: int, membership: Membership) -> None:
    db.session.get_one(Person, person_id).membership = membership


@pytest.mark.parametrize("name", ["open", "approval", "invitation"])
def test_an_invited_person_is_a_member_under_every_policy(app: Flask, name: str) -> None:
    invite(a_member("Ann").id, " HEDY@Example.org", "You would like it here.")
    with policy(name):
        person = join_by_invitation(mailed_invitation(HEDY), name="Hedy", organization="Film")
    assert (person.address, person.membership) == (HEDY, Membership.ACTIVE)
    assert (person.name, person.organization) == ("Hedy", "Film")


def test_the_mail_holds_the_link_and_the_database_its_hash_alone(app: Flask) -> None:
    invite(a_member("Ann Lee").id, HEDY, "Come!")
    with moody() as server:
        post(server.way_in())
        ((address, data),) = server.taken
    mail = letter(data)
    token = mail.text.partition("http://community.test/invited/")[2].split()[0]
    assert address == HEDY
    assert "Ann Lee" in mail.subject
    assert "Come!" in mail.text
    [row] = db.session.scalars(sa.select(Invitation))
    assert row.token_hash == digest(token)
    assert outbox("invitation")[0].body is None
    assert join_by_invitation(token, name="Hedy").address == HEDY


def test_an_invitation_works_once_also_for_ten_at_once(app: Flask) -> None:
    invite(a_member().id, HEDY)
    token = mailed_invitation(HEDY)
    answers = at_once(app, [lambda: join_by_invitation(token, name="Hedy").id] * 10)
    assert sum(isinstance(answer, int) for answer in answers) == 1
    assert {a.code for a in answers if isinstance(a, Refused)} == {"link_dead"}
    assert find_invitation(token) is None


def test_an_invitation_is_dead_after_fourteen_days_and_forgotten_after_another_month(
    app: Flask,
) -> None:
    invite(a_member().id, HEDY)
    token = mailed_invitation(HEDY)
    with time_machine.travel(now() + timedelta(days=13, hours=23)):
        assert find_invitation(token) is not None
    with time_machine.travel(now() + timedelta(days=14, seconds=1)):
        assert find_invitation(token) is None
        with pytest.raises(Refused, match="link_dead"):
            join_by_invitation(token, name="Hedy")
        assert forget_old_invitations() == 0
    with time_machine.travel(now() + timedelta(days=45)):
        assert forget_old_invitations() == 1


def test_what_was_taken_back_leads_nowhere(app: Flask) -> None:
    ann = a_member()
    invite(ann.id, HEDY)
    token = mailed_invitation(HEDY)
    [sent] = open_invitations(ann.id)
    for _ in range(2):
        revoke_invitation(ann.id, sent.id)
    assert find_invitation(token) is None
    assert open_invitations(ann.id) == []


def test_only_who_sent_an_invitation_sees_it_and_takes_it_back(app: Flask) -> None:
    ann = a_member()
    invite(ann.id, HEDY)
    [sent] = open_invitations(ann.id)
    for other in (a_member(), an_organizer()):
        assert open_invitations(other.id) == []
        with pytest.raises(NotFound):
            revoke_invitation(other.id, sent.id)
    assert len(open_invitations(ann.id)) == 1


def test_an_inviter_who_is_no_member_any_more_vouches_for_nobody(app: Flask) -> None:
    ann = a_member()
    invite(ann.id, HEDY)
    token = mailed_invitation(HEDY)
    stand(ann.id, Membership.SUSPENDED)
    with pytest.raises(Refused, match="link_dead"):
        join_by_invitation(token, name="Hedy")


def test_only_members_invite(app: Flask) -> None:
    for person in (a_person(), an_application().person):
        with pytest.raises(Forbidden, match="members_only"):
            invite(person.id, HEDY)
    assert count() == 0


@pytest.mark.parametrize("membership", [Membership.ACTIVE, Membership.SUSPENDED])
def test_an_invitation_to_somebody_who_joined_leaves_the_same_rows_and_another_mail(
    app: Flask, membership: Membership
) -> None:
    ann, member = a_member("Ann"), a_member("Mia", "mia@example.org")
    stand(member.id, membership)
    for address in ("mia@example.org", HEDY):
        invite(ann.id, address)
    assert count() == 2
    assert [(m.kind, m.recipient_name) for m in outbox()] == [
        ("invitation_again", "Mia"),
        ("invitation", ""),
    ]


def test_an_invitation_settles_an_application_that_waits(app: Flask) -> None:
    application = an_application("Hedy", HEDY)
    invite(a_member().id, HEDY)
    with policy("approval"):
        person = join_by_invitation(mailed_invitation(HEDY), name="Hedy")
    db.session.refresh(application)
    assert (person.membership, application.state.value) == (Membership.ACTIVE, "approved")


def test_an_address_is_invited_once_by_the_same_person_as_long_as_that_is_open(app: Flask) -> None:
    ann = a_member()
    invite(ann.id, HEDY)
    with pytest.raises(Refused, match="invited_already"):
        invite(ann.id, HEDY)
    invite(a_member().id, HEDY)
    assert count() == 2


def test_an_address_gets_three_invitations_a_day_whoever_sends_them(app: Flask) -> None:
    for _ in range(3):
        invite(a_member().id, HEDY)
    with pytest.raises(TooMany):
        invite(a_member().id, HEDY)
    with time_machine.travel(now() + timedelta(days=1, minutes=1)):
        invite(a_member().id, HEDY)


def test_a_member_sends_ten_a_day_and_an_organizer_more(app: Flask) -> None:
    ann, organizer = a_member(), an_organizer()
    for number in range(10):
        invite(ann.id, f"a{number}@example.org")
        invite(organizer.id, f"b{number}@example.org")
    with pytest.raises(TooMany):
        invite(ann.id, "a10@example.org")
    invite(organizer.id, "b10@example.org")


def test_a_member_has_a_limited_number_open_also_when_many_are_sent_at_once(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitations, "MOST_OPEN", 2)
    ann = a_member().id
    answers = at_once(app, [lambda n=n: invite(ann, f"a{n}@example.org") for n in range(5)])
    assert [a.code for a in answers if isinstance(a, Refused)] == ["too_many_invitations"] * 3
    [first, _] = open_invitations(ann)
    revoke_invitation(ann, first.id)
    invite(ann, "again@example.org")


@pytest.mark.parametrize(
    "line", ["See https://evil.test", "www.evil.test", "go to evil.com now", "HTTP://X"]
)
def test_a_personal_line_holds_no_link(app: Flask, line: str) -> None:
    with pytest.raises(Refused, match="no_links"):
        invite(a_member().id, HEDY, line)
    assert count() == 0


@pytest.mark.parametrize("line", ["Ask Dr. Comstock.", "At 7.30, with coffee", "Étienne sends…"])
def test_a_personal_line_may_hold_whatever_else_people_write(app: Flask, line: str) -> None:
    invite(a_member().id, HEDY, line)
    assert outbox("invitation")[0].facts["line"] == line
