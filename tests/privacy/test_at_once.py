"""Erasing somebody who answers or signs in at that very moment: no seat lost, nothing back."""

import threading
import time
from collections.abc import Callable

import sqlalchemy as sa
from flask import Flask

from community.core.db import db
from community.core.errors import NotFound, Refused
from community.events.models import Event
from community.membership.models import AuthSession, Person
from community.membership.queries import get_person
from community.membership.sessions import find_signed_in, open_session
from community.membership.signing_in import ask_for_code, sign_in_with_code
from community.privacy.erasing import erase_person
from community.rsvp.models import Attendee
from community.rsvp.party import Guest
from community.rsvp.respond import say_yes
from tests.factories.at_once import at_once
from tests.factories.events import an_event
from tests.factories.people import a_member
from tests.factories.proofs import mailed_code


def seats_taken(event_id: int) -> int:
    db.session.rollback()
    return db.session.get_one(Event, event_id, populate_existing=True).seats_taken


def traces_of_ada() -> list[str]:
    db.session.rollback()
    names = sa.select(Attendee.name).where(Attendee.name.contains("Ada"))
    return [*db.session.scalars(names), *db.session.scalars(sa.select(AuthSession.token_hash))]


def while_erased(app: Flask, person_id: int, act: Callable[[], object]) -> object:
    """What ``act`` comes to when all of an erasure is done but for its commit."""
    nearly = threading.Event()

    def erase() -> None:
        def hold(_session: object) -> None:
            nearly.set()
            time.sleep(0.5)

        sa.event.listen(db.session(), "before_commit", hold, once=True)
        erase_person(person_id)

    def late() -> object:
        assert nearly.wait(10)
        return act()

    erased, acted = at_once(app, [erase, late])
    assert erased is None
    return acted


def test_an_answer_that_comes_while_its_person_is_erased_is_none(app: Flask) -> None:
    ada, event = a_member("Ada Lovelace"), an_event(guests_allowed=1)
    answer = while_erased(
        app, ada.id, lambda: say_yes(ada.id, event.id, guests=[Guest("Ada's guest")])
    )
    assert isinstance(answer, NotFound)
    assert seats_taken(event.id) == 0
    assert traces_of_ada() == []


def test_an_answer_to_a_seat_that_is_being_given_back_is_none(app: Flask) -> None:
    ada, event = a_member("Ada Lovelace"), an_event(guests_allowed=1)
    say_yes(ada.id, event.id)
    answer = while_erased(
        app, ada.id, lambda: say_yes(ada.id, event.id, guests=[Guest("Ada's guest")])
    )
    assert isinstance(answer, NotFound)
    assert seats_taken(event.id) == 0
    assert traces_of_ada() == []


def test_a_browser_that_signs_in_while_its_person_is_erased_stays_out(app: Flask) -> None:
    ada = a_member("Ada Lovelace")
    answer = while_erased(app, ada.id, lambda: open_session(get_person(ada.id), proof="join"))
    assert isinstance(answer, Refused)
    assert traces_of_ada() == []


def test_erasing_and_answering_at_once_lose_no_seat(app: Flask) -> None:
    for turn in range(6):
        ada: Person = a_member("Ada Lovelace", f"ada{turn}@example.org")
        event = an_event(capacity=3, guests_allowed=1)
        calls: list[Callable[[], object]] = [
            lambda e=event.id, p=ada.id: say_yes(p, e, guests=[Guest("Ada's guest")]),
            lambda p=ada.id: erase_person(p),
        ]
        at_once(app, calls)
        assert get_person(ada.id).erased_at is not None
        assert seats_taken(event.id) == 0
        assert traces_of_ada() == []


def test_erasing_and_signing_in_at_once_leave_nobody_signed_in(app: Flask) -> None:
    for turn in range(6):
        address = f"ada{turn}@example.org"
        ada = a_member("Ada Lovelace", address)
        ask_for_code(address, browser="hers")
        code, _ = mailed_code(address)
        calls: list[Callable[[], object]] = [
            lambda c=code: sign_in_with_code(c, browser="hers", agent="Ada's"),
            lambda p=ada.id: erase_person(p),
        ]
        signed, _ = at_once(app, calls)
        if isinstance(signed, str):
            assert find_signed_in(signed) is None
        assert traces_of_ada() == []
