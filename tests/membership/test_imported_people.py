"""People whose address others entered: whoever answers a mail to it proves it, whatever the way."""

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.db import db
from community.mail.models import OutboxMail
from community.membership.joining import ask_to_join, confirm_joining, grant_role
from community.membership.models import (
    Membership,
    PendingKind,
    Person,
    PersonAddress,
    Role,
)
from community.membership.queries import find_owner, find_person
from community.membership.sessions import find_signed_in
from community.membership.signing_in import ask_for_code, sign_in_with_code, sign_in_with_link
from community.rsvp.asking import ask_to_answer, confirm_answer
from tests.factories.at_once import at_once
from tests.factories.events import an_event
from tests.factories.imports import imported
from tests.factories.mails import outbox, post
from tests.factories.proofs import mailed_code, mailed_token

ADDRESS = "ann.lee@example.org"


def the_one() -> Person:
    """Whom the address belongs to; that there is one such person and no more."""
    db.session.expire_all()
    people = db.session.scalars(
        sa.select(Person).join(PersonAddress).where(PersonAddress.address == ADDRESS)
    ).all()
    assert len(people) == 1
    assert (
        db.session.scalar(
            sa.select(sa.func.count())
            .select_from(PersonAddress)
            .where(PersonAddress.address == ADDRESS)
        )
        == 1
    )
    return people[0]


def is_proven() -> bool:
    return the_one().addresses[0].verified_at is not None


@pytest.mark.parametrize("consented", [True, False])
@pytest.mark.parametrize("way", ["code", "link"])
def test_signing_in_proves_the_address(app: Flask, consented: bool, way: str) -> None:
    imported(consented=consented)
    assert not is_proven()
    ask_for_code(ADDRESS, browser="hers")
    assert [mail.kind for mail in outbox(to=ADDRESS)] == ["sign_in"]
    code, link = mailed_code(ADDRESS)
    if way == "code":
        token = sign_in_with_code(code, browser="hers")
    else:
        token = sign_in_with_link(link, browser="hers")
    person = find_signed_in(token)
    assert person is not None
    assert person.id == the_one().id
    assert is_proven()
    assert person.membership == (Membership.ACTIVE if consented else Membership.NONE)


def test_asking_alone_proves_nothing(app: Flask) -> None:
    imported()
    ask_for_code(ADDRESS, browser="hers")
    ask_to_join(name="Ann", email=ADDRESS)
    assert not is_proven()
    assert find_person(ADDRESS) is None


@pytest.mark.parametrize("consented", [True, False])
def test_joining_makes_the_same_person_a_member_with_their_own_words(
    app: Flask, consented: bool
) -> None:
    imported("name,email,organization\nA. Lee,ann.lee@example.org,Acme\n", consented=consented)
    before = the_one().id
    ask_to_join(name="Ann Lee", email=ADDRESS, job_title="CDO")
    assert [mail.kind for mail in outbox(to=ADDRESS)] == ["join_confirm"]
    confirm_joining(mailed_token(PendingKind.JOIN, ADDRESS))
    ann = the_one()
    assert ann.id == before
    assert (ann.name, ann.organization, ann.job_title) == ("Ann Lee", "Acme", "CDO")
    assert ann.membership == Membership.ACTIVE
    assert ann.consented_at is not None
    assert is_proven()


def test_two_links_pressed_at_once_make_one_member(app: Flask) -> None:
    imported(consented=True)
    tokens = []
    for _ in range(2):
        ask_to_join(name="Ann", email=ADDRESS)
        tokens.append(mailed_token(PendingKind.JOIN, ADDRESS))
    answers = at_once(app, [lambda t=t: confirm_joining(t).id for t in tokens])
    assert answers == [the_one().id] * 2


def test_an_answer_to_an_event_proves_the_address(app: Flask) -> None:
    imported()
    event = an_event()
    ask_to_answer(event.id, name="Ann", email=ADDRESS)
    confirm_answer(mailed_token(PendingKind.RSVP, ADDRESS))
    assert is_proven()
    assert the_one().name == "Ann Lee"


def test_a_role_is_granted_to_the_imported_person(app: Flask) -> None:
    imported()
    assert grant_role(ADDRESS, Role.ORGANIZER).id == the_one().id
    assert is_proven()


def test_joining_while_the_list_is_added_makes_one_person(app: Flask) -> None:
    from community.membership.importing import start_import, work_on
    from tests.factories.imports import checked

    one = checked().id
    start_import(None, one)
    ask_to_join(name="Ann", email=ADDRESS)
    token = mailed_token(PendingKind.JOIN, ADDRESS)
    answers = at_once(app, [lambda: work_on(one), lambda: confirm_joining(token).id])
    assert [a for a in answers if isinstance(a, Exception)] == []
    assert the_one().membership == Membership.ACTIVE
    assert is_proven()


def test_an_unproven_second_address_signs_nobody_in(app: Flask) -> None:
    """Only an import leaves a primary address unproven; any other one is a mere claim."""
    from tests.factories.people import a_member

    bob = a_member(email="bob@example.org")
    db.session.rollback()
    with db.engine.begin() as connection:
        connection.execute(
            sa.insert(PersonAddress).values(person_id=bob.id, address=ADDRESS, is_primary=False)
        )
    assert find_owner(ADDRESS) is None
    ask_for_code(ADDRESS, browser="x")
    post()
    (mail,) = db.session.scalars(sa.select(OutboxMail).where(OutboxMail.recipient == ADDRESS))
    assert mail.kind == "sign_in_unknown"
