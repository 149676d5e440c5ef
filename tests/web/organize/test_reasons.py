"""Every reason for a decision is put into words for the organizers who read it."""

import pytest
from flask import Flask

from community.rsvp.models import Decision, Reason
from community.web.organize.reasons import why


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_words(app: Flask, reason: Reason) -> None:
    assert why(Decision(reason=reason, word="", free=2, party=1))


@pytest.mark.parametrize("reason", [Reason.KEPT_BACK, Reason.MOVED, Reason.ORGANIZER])
def test_a_word_of_an_organizer_is_not_said_to_be_the_attendees(app: Flask, reason: Reason) -> None:
    said = why(Decision(reason=reason, word="The speaker.", free=2, party=1))
    assert said == "An organizer decided: “The speaker.”"
    assert why(Decision(reason=Reason.OWN_WISH, word="Ill.", free=2, party=1)) == (
        "By own wish: “Ill.”"
    )
