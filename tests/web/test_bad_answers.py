"""What the wrong moment, the wrong party and the wrong link are told; nothing of it is kept."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.core.errors import Refused
from community.core.tokens import link_token
from community.events.models import Event
from community.events.publishing import cancel_event
from community.events.seats import stop_answers
from community.mail.broadcasts import expand_due
from community.mail.models import OutboxMail
from community.rsvp.guests import LINK as GUEST
from community.rsvp.guests import guest_token
from community.rsvp.models import Rsvp, RsvpStatus
from community.rsvp.party import Guest
from community.rsvp.queries import LINK
from community.rsvp.question_models import QuestionKind
from community.rsvp.respond import say_yes
from tests.factories.at_once import at_once
from tests.factories.events import an_event, evening
from tests.factories.people import a_member, an_organizer
from tests.factories.questions import a_question, owner_of
from tests.web.browser_without_js import Browser, Page, signed_in


def sent(app: Flask, event: Event, **fields: str) -> Page:
    """The answer of somebody new, as a browser or a script sends it."""
    browser = signed_in(app, a_member())
    token = browser.get("/my/events").forms[0].values["csrf_token"]
    data = {"csrf_token": token, "action": "going", **fields}
    return browser.post(f"/events/{event.slug}/rsvp", data, headers=browser._origin())


def late(app: Flask) -> Page:
    event = an_event(answer_by=evening(3))
    with time_machine.travel(now() + timedelta(days=4)):
        return sent(app, event)


def over(app: Flask) -> Page:
    event = an_event()
    with time_machine.travel(now() + timedelta(days=40)):
        return sent(app, event)


def stopped(app: Flask) -> Page:
    event = an_event()
    stop_answers(owner_of(event), event.id)
    return sent(app, event)


def called_off(app: Flask) -> Page:
    event = an_event()
    cancel_event(owner_of(event), event.id, "The house is closed.")
    return sent(app, event)


def without_what_must_be_answered(app: Flask) -> Page:
    event = an_event()
    question = a_question(event, required=True)
    return sent(app, event, **{f"answer-{question.id}": " "})


def to_another_events_question(app: Flask) -> Page:
    other = a_question(an_event(title="Other"))
    return sent(app, an_event(), **{f"answer-{other.id}": "x"})


def by_an_option_that_is_gone(app: Flask) -> Page:
    event = an_event()
    dish = a_question(event, QuestionKind.ONE_OF)
    return sent(app, event, **{f"answer-{dish.id}": "o9"})


def some(count: int) -> dict[str, str]:
    return {"guests": str(count), **{f"guest-{n}-name": "Bo" for n in range(1, count + 1)}}


CASES: dict[Callable[[Flask], Page], str] = {
    lambda app: sent(app, an_event(opens_at=evening(9))): "The list for this event opens on",
    late: "Answers are closed",
    stopped: "The list for this event is closed.",
    over: "This event is over",
    called_off: "This event is cancelled.",
    lambda app: sent(
        app, an_event(guests_allowed=1), **some(2)
    ): "Each person may bring 1 at most.",
    lambda app: sent(app, an_event(guests_allowed=3, capacity=2), **some(2)): ("Seats in all: 2."),
    without_what_must_be_answered: "Please answer this.",
    to_another_events_question: "does not ask one of these questions any more",
    by_an_option_that_is_gone: "This choice is not offered any more.",
}


def test_a_wrong_answer_is_told_why_and_nothing_is_kept(app: Flask) -> None:
    for case, said in CASES.items():
        page = case(app)
        assert page.status == 422, said
        assert page.says(said), (said, page.text)
    db.session.rollback()
    assert db.session.scalars(sa.select(Rsvp.id)).all() == []
    assert db.session.scalars(sa.select(OutboxMail.id)).all() == []


def test_a_link_of_another_person_event_or_purpose_opens_nothing(app: Flask) -> None:
    events = [an_event(guests_allowed=1), an_event(title="Other", guests_allowed=1)]
    rsvps = [
        say_yes(a_member().id, event.id, guests=[Guest("Bo", address=f"bo{event.id}@example.org")])
        for event in events
    ]
    mine, theirs = (guest_token(rsvp.guests[0], rsvp) for rsvp in rsvps)
    own, other = (link_token(LINK, rsvp.id, 0) for rsvp in rsvps)
    as_head = link_token(GUEST, rsvps[0].head.id, 0)
    forged = [
        f"/guest/{theirs.partition('-')[0]}-{mine.partition('-')[2]}",
        f"/guest/{as_head}",
        f"/guest/{own}",
        f"/rsvp/{other.partition('-')[0]}-{own.partition('-')[2]}",
        f"/rsvp/{mine}",
        f"/rsvp/confirm/{own}",
    ]
    browser = Browser(app)
    browser.get(f"/rsvp/{own}")
    token = browser.page.form("csrf_token").values["csrf_token"]
    for path in forged:
        gone = {404, 410}
        assert browser.get(path).status in gone, path
        data = {"csrf_token": token, "action": "withdraw"}
        assert browser.post(path, data, headers={"Origin": "null"}).status in gone, path
    db.session.rollback()
    assert {rsvp.status for rsvp in db.session.scalars(sa.select(Rsvp))} == {RsvpStatus.GOING}


def test_who_answers_while_the_event_is_called_off_is_refused_or_told(app: Flask) -> None:
    owner, people = an_organizer(), [a_member().id for _ in range(12)]
    event = an_event(owner).id
    answers = [partial(say_yes, person, event) for person in people]
    answers.insert(6, partial(cancel_event, owner.id, event))  # type: ignore[arg-type]  # another verb
    done = at_once(app, answers)
    refused = [one for one in done if isinstance(one, Exception)]
    assert {(type(one), str(one)) for one in refused} <= {(Refused, "event_cancelled")}
    expand_due()
    db.session.rollback()
    rsvps = db.session.scalars(sa.select(Rsvp).where(Rsvp.event_id == event)).all()
    assert len(rsvps) + len(refused) == 12
    told = Counter(db.session.execute(sa.select(OutboxMail.kind, OutboxMail.person_id)).all())
    assert told == {
        (kind, rsvp.person_id): 1 for rsvp in rsvps for kind in ("seat_given", "event_cancelled")
    }
