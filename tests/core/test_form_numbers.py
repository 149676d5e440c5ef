"""A form that is sent twice acts once, at the same moment and much later, and loses nothing."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db, transactional
from community.core.errors import Refused
from community.core.form_numbers import KEPT, FormNumber, forget_old, new_form_number, once
from community.events.models import Venue
from tests.factories.at_once import at_once


@transactional
def _new_venue() -> int:
    """Something that is there twice when it is made twice."""
    venue = Venue(name="Glass House")
    db.session.add(venue)
    db.session.flush()
    return venue.id


def _venues() -> int:
    return int(db.session.scalar(sa.select(sa.func.count()).select_from(Venue)) or 0)


def _send(number: str, sent: str = "a", *, purpose: str = "test", who: int = 1) -> int:
    return once(purpose, who, number, sent, _new_venue)


def test_the_same_form_again_leads_to_the_same_and_does_nothing(app: Flask) -> None:
    number = new_form_number()
    first = _send(number)
    db.session.remove()
    db.engine.dispose()  # as after a restart: nothing is known but what the database knows
    assert _send(number) == first
    assert _venues() == 1


def test_forms_without_a_number_are_forms_of_their_own(app: Flask) -> None:
    """The control: without the number both act."""
    assert _send("") != _send("")
    assert _venues() == 2


def test_eight_sendings_at_once_act_once(app: Flask) -> None:
    number = new_form_number()
    answers = at_once(app, [lambda: _send(number)] * 8)
    assert len(set(answers)) == 1, answers
    assert isinstance(answers[0], int)
    assert _venues() == 1


@pytest.mark.parametrize("other", [{"who": 2}, {"purpose": "else"}])
def test_a_number_counts_for_one_form_and_one_sender(app: Flask, other: dict[str, object]) -> None:
    number = new_form_number()
    first = _send(number)
    again: Callable[..., int] = _send
    assert again(number, **other) != first


def test_what_was_refused_leaves_the_number_unused(app: Flask) -> None:
    number = new_form_number()

    def no() -> int:
        raise Refused("title_missing")

    with pytest.raises(Refused, match="title_missing"):
        once("test", 1, number, "a", no)
    _send(number, "a")
    assert _venues() == 1


def test_something_else_typed_into_a_sent_form_is_refused_and_not_lost_in_silence(
    app: Flask,
) -> None:
    number = new_form_number()
    _send(number, "Ada")
    with pytest.raises(Refused, match="form_sent_already"):
        _send(number, "Grace")
    assert _venues() == 1


def test_neither_number_nor_what_was_typed_is_kept(app: Flask) -> None:
    number = new_form_number()
    _send(number, "zoe@example.org")
    kept = db.session.scalars(sa.select(FormNumber)).one()
    assert number not in kept.key + kept.sent
    assert "zoe" not in kept.key + kept.sent


def test_numbers_are_forgotten_after_a_week_and_not_before(app: Flask) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        _send(new_form_number())
        clock.shift(KEPT - timedelta(seconds=1))
        assert forget_old() == 0
        clock.shift(1)
        assert forget_old() == 1
