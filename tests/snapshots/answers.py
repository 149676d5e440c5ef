"""Scenes about answers by calendar, for the mails that follow from them."""

from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, record, transactional
from community.events.models import Event
from community.membership.models import Person
from community.rsvp.by_calendar import CalendarAnswer, answer_by_calendar
from community.rsvp.calendar_changes import AnsweredOutdated, AnswerRejected
from community.rsvp.inviting import Invitee, invite_people
from community.rsvp.models import Attendee, Partstat, Rsvp
from community.rsvp.question_models import QuestionKind
from community.rsvp.questions import QuestionDraft, add_question
from community.rsvp.respond import say_yes
from tests.factories.mails import post
from tests.factories.people import an_organizer
from tests.factories.received import a_held, a_received
from tests.snapshots.scenes import change, evening, the_dinner


def _answer(partstat: Partstat, *, proven: bool = True) -> None:
    head = db.session.scalars(sa.select(Attendee)).one()
    stamp = (now() + timedelta(minutes=1)).replace(microsecond=0)
    answer_by_calendar(head.id, CalendarAnswer(partstat, None, stamp, now(), proven))


def hearing_of_a_new_time_after_a_no(ann: Person, owner: Person) -> None:
    event = _going(ann, owner)
    _answer(Partstat.DECLINED)
    change(owner, event, starts_at=evening(19), ends_at=evening(22), venue="Town Hall")


def _head() -> int:
    return db.session.scalars(sa.select(Attendee.id)).one()


def _going(ann: Person, owner: Person, **facts: object) -> Event:
    event = the_dinner(owner, **facts)
    say_yes(ann.id, event.id)
    post()
    return event


def owing_answers(ann: Person, owner: Person) -> None:
    event = the_dinner(owner)
    draft = QuestionDraft(QuestionKind.YES_NO, "Do you come by train?", required=True)
    add_question(owner.id, event.id, draft)
    invite_people(owner.id, event.id, [Invitee(ann.address or "")])
    post()
    _answer(Partstat.ACCEPTED)


def leaving_by_calendar(ann: Person, owner: Person) -> None:
    _going(ann, owner)
    _answer(Partstat.DECLINED, proven=False)


def saying_maybe(ann: Person, owner: Person) -> None:
    _going(ann, owner, maybe_keeps_seat=False)
    _answer(Partstat.TENTATIVE)


@transactional
def _rejected(code: str) -> None:
    rsvp = db.session.scalars(sa.select(Rsvp)).one()
    record(AnswerRejected(rsvp.id, rsvp.event_id, rsvp.head.id, code))


def accepting_too_late(ann: Person, owner: Person) -> None:
    _going(ann, owner)
    _rejected("event_closed")


def accepting_in_a_wrapper(ann: Person, owner: Person) -> None:
    _going(ann, owner)
    _rejected("winmail")


@transactional
def _asked_for() -> None:
    rsvp = db.session.scalars(sa.select(Rsvp)).one()
    record(AnsweredOutdated(rsvp.id, rsvp.event_id, rsvp.head.id, moved=False))


def asking_for_the_invite(ann: Person, owner: Person) -> None:
    _going(ann, owner)
    _asked_for()


def answering_an_old_time(ann: Person, owner: Person) -> None:
    event = _going(ann, owner)
    change(owner, event, starts_at=evening(17))
    post()
    head = db.session.scalars(sa.select(Attendee)).one()
    stamp = (now() + timedelta(minutes=1)).replace(microsecond=0)
    answer_by_calendar(head.id, CalendarAnswer(Partstat.ACCEPTED, 0, stamp, now(), proven=True))


def being_doubted(ann: Person, owner: Person) -> None:
    _going(ann, owner)
    a_held(_head(), Partstat.DECLINED, as_="ann.lee@office.example")


def being_forged(ann: Person, owner: Person) -> None:
    _going(ann, owner)
    a_held(_head())


def writing_back(ann: Person, _owner: Person) -> None:
    _going(ann, an_organizer("Cy Ng", "cy@example.org"))
    a_received(_head(), words="May I bring my husband?\n\nHe eats everything.")


def proposing_another_time(ann: Person, _owner: Person) -> None:
    event = _going(ann, an_organizer("Cy Ng", "cy@example.org"))
    later = {"proposed_start": event.ends_at, "proposed_end": event.ends_at + timedelta(hours=2)}
    a_received(_head(), words="That day I could only later.", **later)


SCENES: dict[str, Callable[[Person, Person], None]] = {
    "answers_missing": owing_answers,
    "left_by_calendar": leaving_by_calendar,
    "left_by_calendar.maybe": saying_maybe,
    "event_changed.declined": hearing_of_a_new_time_after_a_no,
    "answer_rejected": accepting_too_late,
    "answer_rejected.winmail": accepting_in_a_wrapper,
    "answer_again": answering_an_old_time,
    "answer_again.asked": asking_for_the_invite,
    "answer_doubted": being_doubted,
    "answer_doubted.forged": being_forged,
    "reply_in_words": writing_back,
    "reply_in_words.time": proposing_another_time,
}
