"""Every decision that can be made has words, for the organizers and for the person."""

from itertools import product

import pytest
from flask import Flask

from community.core.clock import now
from community.rsvp.models import Decision, Reason, RsvpStatus
from community.web import reasons
from community.web.reasons import in_line, why, why_whole, why_you

READERS = (why, why_whole, why_you)
ALL = list(product(Reason, RsvpStatus))


def a_decision(
    reason: Reason, became: RsvpStatus, *, free: int | None = 6, word: str = "", party: int = 2
) -> Decision:
    return Decision(
        reason=reason, became=became, free=free, word=word, party=party, ticket=3, at=now()
    )


@pytest.fixture(autouse=True)
def _settings(app: Flask) -> None:
    """The sentences are in the settings' language."""


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_every_reason_has_words_whatever_it_led_to(app: Flask) -> None:
    for (reason, became), reader in product(ALL, READERS):
        for free, word in product((None, 0, 1, 6), ("", "Because.")):
            said = reader(a_decision(reason, became, free=free, word=word))
            assert len(said) > 6, (reason, became)
            assert "%" not in said
            assert said[0].isupper() or said[0].isdigit(), said
            assert word in said


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_the_two_readers_are_spoken_to_differently_and_no_two_reasons_alike(app: Flask) -> None:
    for reason, became in ALL:
        decision = a_decision(reason, became)
        assert why_whole(decision) != why_you(decision), (reason, became)
    for became in RsvpStatus:
        said = [why_you(a_decision(reason, became)) for reason in Reason]
        assert len(set(said)) == len(said)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_reason_without_words_is_found(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control."""
    monkeypatch.delitem(reasons._WORDS, (Reason.MERGED, None))
    with pytest.raises(KeyError):
        why_you(a_decision(Reason.MERGED, RsvpStatus.WITHDRAWN))


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("reason", "became", "free", "said"),
    [
        (Reason.FULL, RsvpStatus.WAITLISTED, 1, "1 seat was left, your party is 2."),
        (Reason.FULL, RsvpStatus.WAITLISTED, 0, "No seat was left, your party is 2."),
        (Reason.SEAT_FREE, RsvpStatus.GOING, 6, "6 seats were left, your party is 2."),
        (Reason.SEAT_FREE, RsvpStatus.GOING, None, "There is no limit of seats, your party is 2."),
        (Reason.ORGANIZER, RsvpStatus.WAITLISTED, 1, "1 seat was left, your party is 2."),
    ],
)
def test_the_figures_are_those_that_the_decision_rested_on(
    app: Flask, reason: Reason, became: RsvpStatus, free: int | None, said: str
) -> None:
    assert said in why_you(a_decision(reason, became, free=free))


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_the_rank_is_said_of_whom_waits_alone(app: Flask) -> None:
    assert (in_line(3, 11), in_line(None, 11)) == ("Place 3 of 11.", "")
