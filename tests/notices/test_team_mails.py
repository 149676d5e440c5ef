"""Mails to those who help at an event: what has not left yet does not outlive the role."""

import pytest
from flask import Flask

from community.calendar.invites import organizer_address
from community.core.db import db
from community.events.models import Event, HostRole
from community.events.team import add_helper, change_helper, remove_helper
from community.inbound.receive import receive
from community.mail.kinds import get_kind
from community.membership.models import Person
from community.rsvp.queries import find_rsvp
from community.rsvp.respond import say_yes
from tests.factories.events import an_event
from tests.factories.mails import outbox, post
from tests.factories.people import a_member, an_organizer
from tests.inbound.answering import in_words


def states(to: str) -> list[str]:
    db.session.rollback()
    return [mail.state.value for mail in outbox("reply_in_words", to=to)]


def words_on_their_way() -> tuple[Event, Person, Person]:
    """A guest wrote back, and nothing has left yet: the event, its owner and its co-organizer."""
    owner, cleo, ann = an_organizer(), a_member("Cleo"), a_member("Ann")
    event = an_event(owner)
    add_helper(owner.id, event.id, cleo.address, HostRole.COHOST)
    say_yes(ann.id, event.id)
    post()
    db.session.expire_all()
    rsvp = find_rsvp(event.id, ann.id)
    assert rsvp is not None
    receive(organizer_address(rsvp.head), in_words(rsvp.head, "May I bring my wife?"))
    assert (states(owner.address), states(cleo.address)) == (["queued"], ["queued"])
    return event, owner, cleo


@pytest.mark.parametrize("becomes", ["removed", "door"])
def test_a_guests_words_do_not_reach_who_is_no_host_any_more(app: Flask, becomes: str) -> None:
    event, owner, cleo = words_on_their_way()
    if becomes == "removed":
        remove_helper(owner.id, event.id, cleo.id)
    else:
        change_helper(owner.id, event.id, cleo.id, HostRole.DOOR)
    post()
    assert (states(owner.address), states(cleo.address)) == (["sent"], ["stopped"])


def test_without_that_question_the_words_would_leave(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the test above sees what is asked before each attempt."""
    event, owner, cleo = words_on_their_way()
    remove_helper(owner.id, event.id, cleo.id)
    monkeypatch.setitem(vars(get_kind("reply_in_words")), "unwanted", lambda _mail: "")
    post()
    assert states(cleo.address) == ["sent"]
