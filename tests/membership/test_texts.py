"""The community's texts are kept in every version, and so is who agreed to which."""

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.db import db
from community.core.errors import Forbidden, Refused
from community.core.tokens import digest
from community.membership.consents import consents_of
from community.membership.invitations import invite
from community.membership.joining import ask_to_join, confirm_joining, join_by_invitation
from community.membership.models import PendingKind
from community.membership.texts import (
    CommunityText,
    TextKind,
    pages_in_force,
    publish_text,
    text_in_force,
    versions_of,
)
from tests.factories.at_once import at_once
from tests.factories.joining import an_application, mailed_invitation
from tests.factories.people import a_member, an_admin, an_organizer
from tests.factories.proofs import mailed_token

ADA = "ada@example.org"
BUILT_IN = "You may keep these details and write to me about events."


def bodies(kind: TextKind) -> list[tuple[int, str]]:
    db.session.rollback()
    return [(one.version, one.body) for one in versions_of(kind)]


def test_each_save_is_a_new_version_and_the_newest_counts(app: Flask) -> None:
    admin = an_admin()
    assert publish_text(admin.id, TextKind.ABOUT, "One.\r\n", seen=0) == 1
    assert publish_text(admin.id, TextKind.ABOUT, "Two.", seen=1) == 2
    assert bodies(TextKind.ABOUT) == [(2, "Two."), (1, "One.")]
    assert text_in_force(TextKind.ABOUT).body == "Two."
    assert text_in_force(TextKind.PRIVACY).body == ""


def test_the_same_words_again_are_no_new_version(app: Flask) -> None:
    admin = an_admin()
    publish_text(admin.id, TextKind.ABOUT, "One.", seen=0)
    assert publish_text(admin.id, TextKind.ABOUT, " One. ", seen=1) == 1
    assert publish_text(admin.id, TextKind.PRIVACY, "  ", seen=0) == 0
    assert db.session.scalar(sa.select(sa.func.count(CommunityText.id))) == 1


def test_who_did_not_see_the_newest_version_does_not_replace_it_unknowingly(app: Flask) -> None:
    admin = an_admin()
    publish_text(admin.id, TextKind.ABOUT, "One.", seen=0)
    for seen in (0, 2, -1):
        with pytest.raises(Refused, match="text_changed_meanwhile"):
            publish_text(admin.id, TextKind.ABOUT, "Mine.", seen=seen)
    assert bodies(TextKind.ABOUT) == [(1, "One.")]


def test_of_two_who_save_at_once_one_is_told(app: Flask) -> None:
    admin = an_admin().id
    answers = at_once(
        app,
        [lambda n=n: publish_text(admin, TextKind.ABOUT, f"Text {n}", seen=0) for n in range(4)],
    )
    assert [answer for answer in answers if isinstance(answer, int)] == [1]
    refused = [answer.code for answer in answers if isinstance(answer, Refused)]
    assert refused == ["text_changed_meanwhile"] * 3


def test_only_admins_word_the_community(app: Flask) -> None:
    for person in (a_member(), an_organizer()):
        with pytest.raises(Forbidden, match="admins_only"):
            publish_text(person.id, TextKind.ABOUT, "Mine.", seen=0)


def test_an_empty_version_takes_the_page_away_and_the_older_ones_stay(app: Flask) -> None:
    admin = an_admin()
    publish_text(admin.id, TextKind.IMPRINT, "Us.", seen=0)
    publish_text(admin.id, TextKind.ABOUT, "Us.", seen=0)
    publish_text(admin.id, TextKind.CONSENT, "Us.", seen=0)
    assert pages_in_force() == [TextKind.ABOUT, TextKind.IMPRINT]
    publish_text(admin.id, TextKind.ABOUT, "", seen=1)
    assert pages_in_force() == [TextKind.IMPRINT]
    assert bodies(TextKind.ABOUT) == [(2, ""), (1, "Us.")]


def test_the_consent_text_is_built_in_until_there_is_another(app: Flask) -> None:
    admin = an_admin()
    assert text_in_force(TextKind.CONSENT).version == 0
    assert text_in_force(TextKind.CONSENT).body == BUILT_IN
    publish_text(admin.id, TextKind.CONSENT, "Ours.", seen=0)
    publish_text(admin.id, TextKind.CONSENT, "", seen=1)
    assert (text_in_force(TextKind.CONSENT).version, text_in_force(TextKind.CONSENT).body) == (
        0,
        BUILT_IN,
    )


def test_joining_writes_down_which_words_were_agreed_to_and_when(app: Flask) -> None:
    ask_to_join(name="Ada", email=ADA, consent=0)
    person = confirm_joining(mailed_token(PendingKind.JOIN, ADA))
    [consent] = consents_of(person.id)
    assert (consent.kind, consent.version, consent.via) == (TextKind.CONSENT, 0, "join")
    assert consent.text_hash == digest(BUILT_IN)
    assert person.consented_at is not None
    assert consent.at <= person.consented_at


def test_what_was_agreed_to_stays_though_the_text_changes_before_the_button(app: Flask) -> None:
    admin = an_admin()
    publish_text(admin.id, TextKind.CONSENT, "One.", seen=0)
    ask_to_join(name="Ada", email=ADA, consent=1)
    publish_text(admin.id, TextKind.CONSENT, "Two.", seen=1)
    person = confirm_joining(mailed_token(PendingKind.JOIN, ADA))
    [consent] = consents_of(person.id)
    assert (consent.version, consent.text_hash) == (1, digest("One."))


def test_nobody_agrees_to_words_that_are_out_of_force(app: Flask) -> None:
    publish_text(an_admin().id, TextKind.CONSENT, "One.", seen=0)
    with pytest.raises(Refused, match="consent_changed"):
        ask_to_join(name="Ada", email=ADA, consent=0)
    invite(a_member().id, ADA)
    with pytest.raises(Refused, match="consent_changed"):
        join_by_invitation(mailed_invitation(ADA), name="Ada", consent=0)
    assert join_by_invitation(mailed_invitation(ADA), name="Ada", consent=1).address == ADA


def test_an_invited_persons_and_an_applicants_consent_are_written_down_too(app: Flask) -> None:
    invite(a_member().id, ADA)
    person = join_by_invitation(mailed_invitation(ADA), name="Ada", consent=0)
    assert [one.via for one in consents_of(person.id)] == ["invitation"]
    applicant = an_application("Cy", "cy@example.org").person
    assert [one.via for one in consents_of(applicant.id)] == ["join"]


def test_a_member_who_confirms_again_agrees_to_nothing_new(app: Flask) -> None:
    member = a_member(email=ADA)
    ask_to_join(name="Ada", email=ADA)
    confirm_joining(mailed_token(PendingKind.JOIN, ADA))
    assert consents_of(member.id) == []
