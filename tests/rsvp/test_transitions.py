"""What an answer may become: the whole table, and each state pressed by each button."""

from itertools import product

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.db import db, transactional
from community.core.errors import Refused
from community.membership.models import Person
from community.rsvp.models import Decision, Reason, Rsvp, RsvpStatus
from community.rsvp.queries import get_rsvp
from community.rsvp.respond import say_no, say_yes
from community.rsvp.seating import settle
from community.rsvp.transitions import ALLOWED, LEAVABLE, SEATED, SETTLED, Act, may_become
from tests.factories.events import an_event
from tests.rsvp.states import answer_in, seats_taken

S = RsvpStatus
PLACES = {S.GOING, S.WAITLISTED, S.REQUESTED}
INVITED, GOING, WAITING = {S.INVITED}, {S.GOING}, {S.WAITLISTED}
REMOVED, WITHDRAWN, LAPSED = {S.REMOVED}, {S.WITHDRAWN}, {S.LAPSED}
COMES_BACK = {Act.SAY_YES: PLACES, Act.INVITE: INVITED, Act.ADD: GOING}
TABLE: dict[RsvpStatus | None, dict[Act, set[RsvpStatus]]] = {
    None: {
        Act.SAY_YES: PLACES,
        Act.SAY_NO: {S.DECLINED},
        Act.INVITE: INVITED,
        Act.ADD: GOING,
    },
    S.INVITED: {
        Act.SAY_YES: PLACES,
        Act.SAY_NO: {S.DECLINED},
        Act.ADD: GOING,
        Act.REMOVE: REMOVED,
        Act.RUN_OUT: LAPSED,
    },
    S.REQUESTED: {
        Act.LEAVE: WITHDRAWN,
        Act.CHANGE: {S.REQUESTED},
        Act.SEAT: GOING | WAITING,
        Act.REFUSE: {S.REFUSED},
        Act.ADD: GOING,
        Act.REMOVE: REMOVED,
    },
    S.WAITLISTED: {
        Act.LEAVE: WITHDRAWN,
        Act.CHANGE: WAITING,
        Act.SEAT: {S.GOING, S.OFFERED},
        Act.MOVE: WAITING,
        Act.ADD: GOING,
        Act.REMOVE: REMOVED,
    },
    S.OFFERED: {
        Act.SAY_YES: GOING,
        Act.LEAVE: WITHDRAWN,
        Act.CHANGE: {S.OFFERED},
        Act.ADD: GOING,
        Act.REMOVE: REMOVED,
        Act.RUN_OUT: LAPSED,
    },
    S.GOING: {Act.LEAVE: WITHDRAWN, Act.CHANGE: GOING, Act.REMOVE: REMOVED},
    S.DECLINED: COMES_BACK,
    S.WITHDRAWN: COMES_BACK,
    S.REMOVED: {Act.INVITE: INVITED, Act.ADD: GOING},
    S.REFUSED: {Act.INVITE: INVITED, Act.ADD: GOING},
    S.LAPSED: COMES_BACK,
}


@pytest.mark.parametrize(("was", "act"), list(product([None, *S], list(Act))))
def test_every_state_and_act_lead_where_the_table_says(was: S | None, act: Act) -> None:
    allowed = TABLE[was].get(act)
    if allowed is None:
        assert may_become(was, act) == frozenset(), f"{act} from {was} is new: say so here"
    else:
        assert may_become(was, act) == allowed


def test_the_sets_of_states_agree_with_the_table() -> None:
    assert {was for was, act in ALLOWED if act == Act.LEAVE} == LEAVABLE
    assert SEATED <= LEAVABLE
    assert not any(Act.SAY_YES in TABLE[state] for state in SETTLED)
    assert set(TABLE) == {None, *S}


@pytest.mark.parametrize("was", list(S))
def test_settling_refuses_what_the_table_does_not_allow(app: Flask, was: S) -> None:
    event = an_event(capacity=10)
    rsvp_id = answer_in(was, event.id).id

    @transactional
    def settle_all() -> None:
        for act, became in product(Act, S):
            if became not in TABLE[was].get(act, set()):
                with pytest.raises(Refused, match="not_from_here"):
                    settle(get_rsvp(rsvp_id), act, became, Reason.ORGANIZER, free=0)

    settle_all()
    assert db.session.get_one(Rsvp, rsvp_id).status == was


_YES = {
    S.INVITED: S.GOING,
    S.REQUESTED: S.REQUESTED,
    S.WAITLISTED: S.WAITLISTED,
    S.OFFERED: S.GOING,
    S.GOING: S.GOING,
    S.DECLINED: S.GOING,
    S.WITHDRAWN: S.GOING,
    S.REMOVED: None,
    S.REFUSED: None,
    S.LAPSED: S.GOING,
}
_NO = {
    S.INVITED: S.DECLINED,
    S.REQUESTED: S.WITHDRAWN,
    S.WAITLISTED: S.WITHDRAWN,
    S.OFFERED: S.WITHDRAWN,
    S.GOING: S.WITHDRAWN,
}


def _check_seats(event_id: int, rsvp: Rsvp) -> None:
    assert seats_taken(event_id) == int(rsvp.status in SEATED)


def _decisions(rsvp: Rsvp) -> list[Decision]:
    found = sa.select(Decision).where(Decision.rsvp_id == rsvp.id).order_by(Decision.id)
    return list(db.session.scalars(found))


@pytest.mark.parametrize("was", list(S))
@pytest.mark.parametrize("presses", [1, 2])
def test_saying_yes_in_every_state(app: Flask, was: S, presses: int) -> None:
    event = an_event(capacity=10)
    person: Person = (rsvp := answer_in(was, event.id)).person
    for _ in range(presses):
        if _YES[was] is None:
            with pytest.raises(Refused, match="not_from_here"):
                say_yes(person.id, event.id)
        else:
            rsvp = say_yes(person.id, event.id)
            assert rsvp.status == _YES[was]
    _check_seats(event.id, rsvp)
    changed = _YES[was] not in {None, was}
    assert [(d.was, d.became) for d in _decisions(rsvp)] == [(was, _YES[was])] * changed


@pytest.mark.parametrize("was", list(S))
@pytest.mark.parametrize("presses", [1, 2])
def test_saying_no_in_every_state(app: Flask, was: S, presses: int) -> None:
    event = an_event(capacity=10)
    person: Person = (rsvp := answer_in(was, event.id)).person
    for _ in range(presses):
        rsvp = say_no(person.id, event.id)
        assert rsvp.status == _NO.get(was, was)
    _check_seats(event.id, rsvp)
    expected = [(was, _NO[was])] if was in _NO else []
    assert [(d.was, d.became) for d in _decisions(rsvp)] == expected


@pytest.mark.parametrize("was", list(S))
def test_saying_yes_in_every_state_while_it_is_full(app: Flask, was: S) -> None:
    event = an_event(capacity=1)
    rsvp = answer_in(was, event.id)
    if was not in SEATED:
        answer_in(S.GOING, event.id)
    if _YES[was] is None:
        with pytest.raises(Refused, match="not_from_here"):
            say_yes(rsvp.person_id, event.id)
        return
    stays = {S.REQUESTED, S.WAITLISTED, S.GOING}
    expected = was if was in stays else (S.GOING if was == S.OFFERED else S.WAITLISTED)
    assert say_yes(rsvp.person_id, event.id).status == expected
    assert seats_taken(event.id) == 1
