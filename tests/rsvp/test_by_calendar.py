"""Answers by calendar: what each does to each state, which counts, and who is written to."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db, transactional
from community.core.db import rows_changed as changed
from community.core.errors import NotFound, Refused
from community.events.drafts import edit_event
from community.events.models import Event
from community.events.publishing import cancel_event
from community.mail.models import MailState, OutboxMail
from community.membership.models import Person
from community.privacy.erasing import erase_person
from community.rsvp.by_calendar import CalendarAnswer, Effect, answer_by_calendar
from community.rsvp.hand import remove_attendee
from community.rsvp.inviting import Invitee, invite_people
from community.rsvp.models import Attendee, Partstat, Rsvp, RsvpStatus
from community.rsvp.party import Guest
from community.rsvp.question_models import QuestionKind
from community.rsvp.questions import QuestionDraft, add_question
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import a_draft, an_event, evening
from tests.factories.mails import entry, letter, outbox, post, states
from tests.factories.people import a_member, an_organizer
from tests.rsvp.states import statuses

YES, NO, MAYBE = Partstat.ACCEPTED, Partstat.DECLINED, Partstat.TENTATIVE
_SOON = timedelta(seconds=30)


def rsvp_of(event: Event, person: Person | int) -> Rsvp:
    db.session.rollback()
    db.session.expire_all()
    person_id = person if isinstance(person, int) else person.id
    found = sa.select(Rsvp).where(Rsvp.event_id == event.id, Rsvp.person_id == person_id)
    return db.session.scalars(found).one()


def reply(
    head: Attendee,
    partstat: Partstat,
    *,
    sequence: int | None = None,
    at: datetime | None = None,
    proven: bool = True,
) -> Effect:
    """What a calendar answers to the newest mail, half a minute from now unless told otherwise."""
    stamp = at or now() + _SOON
    number = head.sequence if sequence is None else sequence
    answer = CalendarAnswer(partstat, number, stamp.replace(microsecond=0), now(), proven)
    return answer_by_calendar(head.id, answer)


@dataclass(frozen=True)
class Case:
    """``before`` how the person came to the event, ``mails`` what they get after the answer."""

    before: str
    said: Partstat
    after: str
    effect: Effect = Effect.APPLIED
    mails: list[str] = field(default_factory=list)
    facts: dict[str, object] = field(default_factory=dict)
    proven: bool = True


TABLE = [
    Case("invited", YES, "going"),
    Case("invited", NO, "declined"),
    Case("invited", NO, "declined", mails=["left_by_calendar"], proven=False),
    Case("invited", MAYBE, "invited"),
    Case("invited, full", YES, "waitlisted", mails=["waitlisted"]),
    Case("invited, full", NO, "declined"),
    Case("going", YES, "going", Effect.UNCHANGED),
    Case("going", NO, "withdrawn"),
    Case("going", NO, "withdrawn", mails=["left_by_calendar"], proven=False),
    Case("going", MAYBE, "going"),
    Case(
        "going",
        MAYBE,
        "withdrawn",
        mails=["left_by_calendar"],
        facts={"maybe_keeps_seat": False},
    ),
    Case("waitlisted", YES, "waitlisted", Effect.UNCHANGED, ["waitlisted"]),
    Case("waitlisted", NO, "withdrawn"),
    Case("waitlisted", MAYBE, "waitlisted", Effect.UNCHANGED),
    Case("offered", YES, "going", facts={"offer_hours": 24}),
    Case("offered", NO, "withdrawn", facts={"offer_hours": 24}),
    Case("offered", MAYBE, "offered", facts={"offer_hours": 24}),
    Case("left", YES, "going", mails=["seat_given"]),  # their calendar got a CANCEL: anew
    Case("left", NO, "withdrawn", Effect.UNCHANGED),
    Case("declined by calendar", YES, "going"),  # without a CANCEL they change their mind there
    Case("requested", YES, "requested", Effect.UNCHANGED, ["requested"]),
    Case("requested", NO, "withdrawn"),
]


@transactional
def deliver() -> None:
    """Every mail has left; what they look like is tested elsewhere."""
    changed(sa.update(OutboxMail).values(state=MailState.SENT))
    changed(sa.update(Attendee).where(Attendee.sequence >= 0).values(invited_at=now()))


def brought_to(before: str, event: Event, host: Person, person: Person) -> None:
    """The person stands where ``before`` says, and every mail about it has left."""
    state, _, full = before.partition(", ")
    others = [a_member() for _ in range(2)]
    if full or state in {"waitlisted", "offered"}:
        for other in others:
            say_yes(other.id, event.id)
    if state in {"invited", "declined by calendar"}:
        invite_people(host.id, event.id, [Invitee(person.address or "")])
    else:
        say_yes(person.id, event.id)
    deliver()
    if state == "offered":
        say_no(others[0].id, event.id)
    if state == "left":
        say_no(person.id, event.id)
    if state == "declined by calendar":
        reply(rsvp_of(event, person).head, NO, at=now() + timedelta(seconds=5))
    deliver()


def test_what_each_answer_does_to_each_state(app: Flask) -> None:
    host = an_organizer()
    for number, case in enumerate(TABLE):
        facts = {"capacity": 2, "requires_approval": case.before == "requested", **case.facts}
        event, person = an_event(host, title=f"Dinner {number}", **facts), a_member()
        brought_to(case.before, event, host, person)
        before = len(outbox(to=person.address))
        effect = reply(rsvp_of(event, person).head, case.said, proven=case.proven)
        rsvp = rsvp_of(event, person)
        mails = [mail.kind for mail in outbox(to=person.address)[before:]]
        assert (rsvp.status.value, effect, mails) == (case.after, case.effect, case.mails), case
        if case.after not in {"waitlisted", "requested"}:
            assert rsvp.head.partstat == case.said, case


def test_a_no_moves_the_line_and_the_same_no_again_does_nothing(app: Flask) -> None:
    event, (ann, bob) = an_event(capacity=1), (a_member(), a_member())
    for person in (ann, bob):
        say_yes(person.id, event.id)
    post()
    moment = now() + _SOON
    head = rsvp_of(event, ann).head
    assert reply(head, NO, at=moment) == Effect.APPLIED
    assert statuses(event.id) == ["withdrawn", "going"]
    before = len(outbox())
    assert reply(head, NO, at=moment) == Effect.UNCHANGED
    assert len(outbox()) == before
    assert [kind for kind, _ in states(to=bob.address)] == ["waitlisted", "seat_given"]
    assert [kind for kind, _ in states(to=ann.address)] == ["seat_given"], "and no CANCEL"


def test_older_answers_lose_in_whatever_order_mails_come(app: Flask) -> None:
    event, ann = an_event(), a_member()
    say_yes(ann.id, event.id)
    post()
    head, start = rsvp_of(event, ann).head, now() + _SOON
    assert reply(head, NO, at=start + timedelta(seconds=9)) == Effect.APPLIED
    assert reply(head, YES, at=start) == Effect.OLDER
    assert statuses(event.id) == ["withdrawn"]
    assert reply(head, YES, at=start + timedelta(seconds=10), sequence=99) == Effect.APPLIED
    assert statuses(event.id) == ["going"], "a number that we never sent counts as our newest"


def test_the_newest_of_several_answers_counts_in_whatever_order_and_how_often_they_come(
    app: Flask,
) -> None:
    event, start = an_event(), now() + _SOON
    said = [NO, YES, MAYBE, NO]
    for order in permutations(range(len(said))):
        head = say_yes(a_member().id, event.id).head
        for number in (*order, order[0]):
            reply(head, said[number], at=start + timedelta(seconds=number))
        assert (head.rsvp.status, head.partstat) == (RsvpStatus.WITHDRAWN, NO), order


def test_an_answer_on_the_page_that_is_newer_wins(app: Flask) -> None:
    event, ann = an_event(), a_member()
    say_yes(ann.id, event.id)
    post()
    head = rsvp_of(event, ann).head
    assert reply(head, NO, at=now() - timedelta(minutes=5)) == Effect.OLDER
    assert statuses(event.id) == ["going"]


def test_an_answer_that_repeats_the_time_of_our_mail_counts_when_it_comes(app: Flask) -> None:
    event, ann = an_event(), a_member()
    head = say_yes(ann.id, event.id).head
    post()
    sent = rsvp_of(event, ann).head.dtstamp
    assert sent is not None
    with time_machine.travel(now() + timedelta(minutes=5)):
        assert reply(head, NO, at=sent) == Effect.APPLIED
    assert rsvp_of(event, ann).status == RsvpStatus.WITHDRAWN


def test_a_clock_that_is_wrong_does_not_win_for_ever(app: Flask) -> None:
    event, ann = an_event(), a_member()
    with time_machine.travel(datetime(2026, 11, 1, tzinfo=UTC), tick=False):
        event = an_event()
        say_yes(ann.id, event.id)
        post()
    with time_machine.travel(datetime(2026, 11, 2, tzinfo=UTC), tick=False):
        head = rsvp_of(event, ann).head
        assert reply(head, NO, at=datetime(2031, 1, 1, tzinfo=UTC)) == Effect.APPLIED
    with time_machine.travel(datetime(2026, 11, 3, tzinfo=UTC), tick=False):
        assert reply(head, YES, at=now()) == Effect.APPLIED


def test_after_a_new_time_an_old_answer_is_asked_for_again(app: Flask) -> None:
    host, ann = an_organizer(), a_member()
    event = an_event(host)
    say_yes(ann.id, event.id)
    post()
    old = rsvp_of(event, ann).head.sequence
    edit_event(host.id, event.id, a_draft(starts_at=evening(40), ends_at=evening(40, 21)))
    post()
    head = rsvp_of(event, ann).head
    assert reply(head, NO, sequence=old) == Effect.OUTDATED
    assert statuses(event.id) == ["going"], "the seat is kept"
    post()
    again = outbox("answer_again", to=ann.address)
    asks = entry(letter(again[0].body))
    assert (len(again), asks.method, asks.partstat) == (1, "REQUEST", "NEEDS-ACTION")
    assert asks.sequence == head.sequence > old
    assert reply(rsvp_of(event, ann).head, YES) == Effect.APPLIED
    assert rsvp_of(event, ann).head.partstat == YES


def test_who_declined_by_calendar_hears_of_a_new_time_and_of_the_end_alone(app: Flask) -> None:
    host, ann, bob = an_organizer(), a_member(), a_member()
    event = an_event(host)
    assert reply(say_yes(bob.id, event.id).head, NO) == Effect.APPLIED
    erase_person(bob.id)
    head = say_yes(ann.id, event.id).head
    post()
    invite = entry(letter(outbox(to=ann.address)[-1].body))
    assert reply(head, NO) == Effect.APPLIED
    post()
    told = len(outbox(to=ann.address))
    edit_event(host.id, event.id, a_draft(title="Another name", venue="Town Hall"))
    post()
    assert len(outbox(to=ann.address)) == told
    later = {"starts_at": evening(20), "ends_at": evening(22)}
    edit_event(host.id, event.id, a_draft(title="Another name", venue="Town Hall", **later))
    post()
    moved = entry(letter(outbox(to=ann.address)[-1].body))
    assert (moved.uid, moved.partstat) == (invite.uid, "NEEDS-ACTION")
    assert moved.sequence > invite.sequence
    assert "If the new time suits you" in letter(outbox(to=ann.address)[-1].body).text
    cancel_event(host.id, event.id)
    post()
    off = letter(outbox(to=ann.address)[-1].body)
    assert (entry(off).method, entry(off).uid) == ("CANCEL", invite.uid)
    assert entry(off).sequence > moved.sequence


def test_what_is_off_or_was_taken_back_refuses(app: Flask) -> None:
    host, ann = an_organizer(), a_member()
    off, taken_back = an_event(host), an_event(host, title="Another")
    for event in (off, taken_back):
        say_yes(ann.id, event.id)
    cancel_event(host.id, off.id)
    remove_attendee(host.id, taken_back.id, rsvp_of(taken_back, ann).id)
    post()
    for said in (YES, NO, MAYBE):
        with pytest.raises(Refused, match="event_cancelled"):
            reply(rsvp_of(off, ann).head, said)
    with pytest.raises(Refused, match="not_from_here"):
        reply(rsvp_of(taken_back, ann).head, YES)
    assert rsvp_of(off, ann).head.answered_stamp is None, "nothing of it is kept"


def test_who_comes_back_by_calendar_is_told_what_is_new_since_they_left(app: Flask) -> None:
    host, ann = an_organizer(), a_member()
    event = an_event(host)
    say_yes(ann.id, event.id)
    deliver()
    assert reply(rsvp_of(event, ann).head, NO, at=now() + timedelta(seconds=5)) == Effect.APPLIED
    edit_event(host.id, event.id, a_draft(venue="Town Hall"))
    post()
    assert reply(rsvp_of(event, ann).head, YES) == Effect.APPLIED
    told = outbox("seat_given", to=ann.address)[-1].facts
    assert "Town Hall" not in told["before"]["location"]
    assert "Town Hall" in told["invite"]["location"]


def test_a_place_that_only_those_see_who_go_is_sent_to_who_accepts(app: Flask) -> None:
    host, ann = an_organizer(), a_member()
    event = an_event(host, address_private=True)
    invite_people(host.id, event.id, [Invitee(ann.address or "")])
    deliver()
    reply(rsvp_of(event, ann).head, YES)
    (told,) = outbox("seat_given", to=ann.address)
    assert "450 Kendall Street" in told.facts["event_location"]


def test_a_seat_by_calendar_asks_for_what_must_be_answered_once(app: Flask) -> None:
    host, ann = an_organizer(), a_member()
    event = an_event(host)
    draft = QuestionDraft(QuestionKind.YES_NO, "Do you come by train?", required=True)
    add_question(host.id, event.id, draft)
    invite_people(host.id, event.id, [Invitee(ann.address or "")])
    post()
    assert reply(rsvp_of(event, ann).head, YES) == Effect.APPLIED
    assert statuses(event.id) == ["going"]
    (asks,) = outbox("answers_missing", to=ann.address)
    assert asks.facts["questions"] == ["Do you come by train?"]
    assert reply(rsvp_of(event, ann).head, YES, at=now() + 2 * _SOON) == Effect.UNCHANGED
    assert len(outbox("answers_missing")) == 1


def test_a_guest_answers_for_themselves(app: Flask) -> None:
    event, ann = an_event(guests_allowed=2), a_member()
    guests = [Guest("Bo", address="bo@example.org"), Guest("Cy", address="cy@example.org")]
    say_yes(ann.id, event.id, guests=guests)
    post()
    _, bo, cy = rsvp_of(event, ann).attendees
    assert reply(bo, YES) == Effect.APPLIED
    assert reply(cy, NO) == Effect.APPLIED
    rsvp = rsvp_of(event, ann)
    assert [(one.name, one.partstat) for one in rsvp.guests] == [("Bo", YES)]
    assert (rsvp.party_size, rsvp.status.value) == (2, "going")
    assert [kind for kind, _ in states(to=ann.address)] == ["seat_given", "guest_declined"]
    with pytest.raises(NotFound):
        reply(cy, YES)
