"""Whoever comes in by a mailed link is in and signed in, or neither, and the link works still."""

from collections.abc import Iterator

import pytest
from flask import Flask

from community.core import changes
from community.core.db import db
from community.core.errors import Refused
from community.membership.changes import SignedIn
from community.membership.entering import enter_by_invitation, enter_by_joining
from community.membership.invitations import invite
from community.membership.joining import ask_to_join, confirm_joining
from community.membership.models import PendingKind
from community.membership.queries import find_person
from community.membership.sessions import find_signed_in, open_session
from community.rsvp.asking import ask_to_answer, confirm_and_enter
from community.rsvp.models import Rsvp
from tests.factories.events import an_event
from tests.factories.joining import mailed_invitation
from tests.factories.people import a_member
from tests.factories.proofs import mailed_token

ADA, HERS = "ada@example.org", "a browser's secret"


class Away(Exception):
    """The database is away just then."""


@pytest.fixture
def outage(app: Flask) -> Iterator[list[bool]]:
    """Signing in breaks as long as the list says so."""
    lasts = [True]

    def breaks(_change: SignedIn) -> None:
        if lasts[0]:
            raise Away

    changes.subscribe(SignedIn, breaks)
    yield lasts
    changes._subscribers[SignedIn].remove(breaks)


def test_a_link_to_join_works_again_after_an_outage(outage: list[bool]) -> None:
    ask_to_join(name="Ada", email=ADA)
    token = mailed_token(PendingKind.JOIN, ADA)
    with pytest.raises(Away):
        enter_by_joining(token, browser="", known=HERS)
    db.session.rollback()
    assert find_person(ADA) is None
    outage[0] = False
    person, session = enter_by_joining(token, browser="", known=HERS)
    assert find_signed_in(session) == person


def test_so_does_an_invitation(outage: list[bool]) -> None:
    invite(a_member().id, ADA)
    token = mailed_invitation(ADA)
    facts = {"name": "Ada", "browser": "", "known": HERS}
    with pytest.raises(Away):
        enter_by_invitation(token, **facts)
    outage[0] = False
    assert find_signed_in(enter_by_invitation(token, **facts)) is not None


def test_so_does_the_link_to_confirm_an_answer(outage: list[bool]) -> None:
    event = an_event()
    ask_to_answer(event.id, name="Ada", email=ADA, browser=HERS)
    token = mailed_token(PendingKind.RSVP, ADA)
    with pytest.raises(Away):
        confirm_and_enter(token, asked_by=HERS, agent="")
    db.session.rollback()
    assert db.session.query(Rsvp).count() == 0
    outage[0] = False
    rsvp, session = confirm_and_enter(token, asked_by=HERS, agent="")
    assert find_signed_in(session) == rsvp.person


def test_an_answer_that_another_browser_confirms_signs_nobody_in(app: Flask) -> None:
    event = an_event()
    ask_to_answer(event.id, name="Ada", email=ADA, browser=HERS)
    token = mailed_token(PendingKind.RSVP, ADA)
    rsvp, session = confirm_and_enter(token, asked_by="another's", agent="")
    assert (rsvp.status, session) == ("going", "")


def test_one_after_the_other_leaves_a_dead_link(outage: list[bool]) -> None:
    ask_to_join(name="Ada", email=ADA)
    token = mailed_token(PendingKind.JOIN, ADA)
    person = confirm_joining(token)
    with pytest.raises(Away):
        open_session(person, proof="join", known=HERS)
    with pytest.raises(Refused, match="link_dead"):
        confirm_joining(token)
