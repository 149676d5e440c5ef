"""Whom a segment means: every condition by SQL against the same in plain Python."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.clock import now
from community.core.db import db, transactional
from community.core.walltime import to_local
from community.events.models import Event, EventStatus
from community.membership.models import Person, TopicRedirect
from community.organizing import segments
from community.organizing.export_rows import Attending
from community.organizing.roster import list_attendees
from community.organizing.roster_order import EVERY_SORT
from community.organizing.segments import Segment, rsvp_ids
from community.rsvp.answers import Given
from community.rsvp.models import Attendee, Partstat, Rsvp, RsvpStatus
from community.rsvp.question_models import AskedOf, Question, QuestionKind
from tests.factories.events import a_topic, an_event, evening
from tests.factories.people import a_member, follow
from tests.factories.questions import a_question
from tests.rsvp.states import answer_in

NAMES = ("Ann Lee", "Bea Ångström", "Cem 100%", "Dora_Ruiz", "Élise Roy")
SAID = ("Fish, please", "fisch", "100%", "a_b", 'No "o1", thanks', "Ökotofu")


class Random:
    """An event with answers of every kind, and the facts by which Python decides."""

    def __init__(self, seed: int, people: int = 40) -> None:
        self.draw = random.Random(seed)
        self.everybody: list[Rsvp] = []
        self.asked: dict[int, Question] = {}
        self.event = an_event(guests_allowed=3)
        self.before = an_event(starts_at=evening(20), ends_at=evening(20, 21))
        self.after = an_event(starts_at=evening(40), ends_at=evening(40, 21))
        self.topics = [a_topic(), a_topic("Ethics", "ethics")]
        self.questions = [
            a_question(self.event, kind, each=each)
            for kind, each in (
                (QuestionKind.SHORT_TEXT, False),
                (QuestionKind.SEVERAL_OF, True),
                (QuestionKind.YES_NO, False),
                (QuestionKind.NUMBER, True),
                (QuestionKind.DATE, False),
                (QuestionKind.DIETARY, True),
            )
        ]
        self._rename_topic()
        for _ in range(people):
            self._answer()

    @transactional
    def _rename_topic(self) -> None:
        db.session.add(TopicRedirect(slug="morals", topic_id=self.topics[1].id))

    def _answer(self) -> None:
        draw = self.draw
        person = a_member(draw.choice(NAMES), organization=draw.choice(("", "Acme", "ÉCOLE")))
        follow(person, *draw.sample(self.topics, draw.randrange(3)))
        for other in (self.before, self.after):
            if draw.random() < 0.3:
                answer_in(draw.choice((RsvpStatus.GOING, RsvpStatus.DECLINED)), other.id, person)
        rsvp = answer_in(draw.choice(list(RsvpStatus)), self.event.id, person)
        self._fill(rsvp.id)

    @transactional
    def _fill(self, rsvp_id: int) -> None:
        draw, rsvp = self.draw, db.session.get_one(Rsvp, rsvp_id)
        for position in range(1, draw.randrange(1, 4)):
            rsvp.attendees.append(Attendee(position=position, name=f"Guest {position}"))
        rsvp.party_size = len(rsvp.attendees)
        if rsvp.status == RsvpStatus.INVITED and draw.random() < 0.8:
            rsvp.invited_at = now() - timedelta(days=draw.randrange(8), hours=draw.randrange(24))
        rsvp.created_at = now() - timedelta(days=draw.randrange(8))
        for head in rsvp.attendees:
            head.answers = {
                str(one.id): self._said(one).as_json
                for one in self.questions
                if draw.random() < 0.6 and (not head.position or one.is_for_guests)
            }
            head.checked_in_at = now() if draw.random() < 0.2 else None
            head.partstat = draw.choice(list(Partstat))
            head.answered_stamp = draw.choice((None, now()))

    def _said(self, question: Question) -> Given:
        draw = self.draw
        chosen = [one for one in question.labels.items() if draw.random() < 0.4]
        match question.kind:
            case QuestionKind.SEVERAL_OF:
                return Given(question.label, question.kind, "", tuple(chosen))
            case QuestionKind.DIETARY:
                return Given(question.label, question.kind, draw.choice(SAID), tuple(chosen))
            case QuestionKind.YES_NO:
                return Given(question.label, question.kind, draw.choice(("yes", "no")))
            case QuestionKind.NUMBER:
                return Given(question.label, question.kind, draw.choice(("1", "12", "2.5")))
            case QuestionKind.DATE:
                return Given(
                    question.label, question.kind, draw.choice(("2026-01-02", "2026-01-20"))
                )
        return Given(question.label, question.kind, draw.choice(SAID))

    def a_segment(self) -> Segment:
        """One to three conditions, of any kind."""
        draw = self.draw
        some = [status.value for status in draw.sample(list(RsvpStatus), 4)]
        question = draw.choice(self.questions)
        value = draw.choice(
            ("fish", "100%", "o1", "o2", "yes", "no", "1", "2,5", "2026-01-02", "_")
        )
        day = to_local(now(), self.event.timezone).date() - timedelta(days=draw.randrange(8))
        conditions: list[tuple[str, str]] = [
            *[("status", one) for one in some],
            *[("not_status", one) for one in some],
        ]
        every = [
            [("status", one) for one in some],
            [("not_status", one) for one in some[:2]],
            [("topic", draw.choice(("ethics", "morals", "nothing")))],
            [("not_topic", draw.choice(("ethics", "data-management")))],
            [(f"answer-{question.id}", value), (f"answer-{question.id}", "o3")],
            [(f"not_answer-{question.id}", value)],
            [("unanswered", str(question.id))],
            [("checked_in", draw.choice(("yes", "no")))],
            [("first", draw.choice(("yes", "no")))],
            [("silent_since", day.isoformat())],
            [("maybe", draw.choice(("yes", "no")))],
            [("q", draw.choice(("ann", "acme", "école", "100%", "_", "ANN lee")))],
        ]
        conditions = [one for group in draw.sample(every, draw.randrange(1, 4)) for one in group]
        args: dict[str, list[str]] = {}
        for name, one in conditions:
            args.setdefault(name, []).append(one)
        assert Segment.misread(args) == []
        return Segment.from_args(args)


def by_python(made: Random, segment: Segment) -> set[int]:
    """The same as the SQL, by going through everybody."""
    if not made.everybody:
        db.session.rollback()
        db.session.expire_all()
        made.everybody = list(db.session.scalars(sa.select(Rsvp)))
        made.asked = {one.id: one for one in db.session.scalars(sa.select(Question))}
    here = [one for one in made.everybody if one.event_id == made.event.id]
    return {one.id for one in here if means(made, one, segment)}


def means(made: Random, rsvp: Rsvp, segment: Segment) -> bool:
    asked = [made.asked[one] for one in segment.unanswered]
    held: list[bool] = [
        not segment.statuses or rsvp.status.value in segment.statuses,
        rsvp.status.value not in segment.not_statuses,
        not segment.topics or bool(slugs_of(rsvp.person) & set(segment.topics)),
        not slugs_of(rsvp.person) & set(segment.not_topics),
        not asked or any(is_open(rsvp, one) for one in asked),
        segment.checked_in in {"", yes(any(one.checked_in_at for one in rsvp.attendees))},
        segment.first in {"", yes(is_first(made, rsvp))},
        segment.maybe in {"", yes(says_maybe(rsvp))},
        segment.silent_since is None or is_silent(made.event, rsvp, segment.silent_since),
        all(word.lower() in words_of(rsvp.person) for word in segment.q.split()),
    ]
    for question_id in {one for one, _ in segment.answers}:
        values = [value for one, value in segment.answers if one == question_id]
        held.append(any(has_said(rsvp, question_id, value) for value in values))
    held += [not has_said(rsvp, one, value) for one, value in segment.not_answers]
    return all(held)


def yes(holds: object) -> str:
    return "yes" if holds else "no"


def words_of(person: Person) -> str:
    return "\n".join((person.name, person.address, person.organization)).lower()


def slugs_of(person: Person) -> set[str]:
    slugs = {topic.slug for topic in person.topics}
    return slugs | ({"morals"} if "ethics" in slugs else set())


def is_open(rsvp: Rsvp, question: Question) -> bool:
    heads = rsvp.attendees if question.asked_of == AskedOf.EACH else rsvp.attendees[:1]
    return any(str(question.id) not in head.answers for head in heads)


def has_said(rsvp: Rsvp, question_id: int, value: str) -> bool:
    for head in rsvp.attendees:
        if str(question_id) not in head.answers:
            continue
        given = Given.of(head.answers[str(question_id)])
        if value in {one for one, _ in given.options}:
            return True
        if given.kind in {"short_text", "long_text", "dietary"}:
            if value.lower() in given.text.lower():
                return True
        elif value.replace(",", ".") == given.text:
            return True
    return False


def is_first(made: Random, rsvp: Rsvp) -> bool:
    return not any(
        one.person_id == rsvp.person_id
        and one.status == RsvpStatus.GOING
        and one.event.status == EventStatus.PUBLISHED
        and one.event.starts_at < made.event.starts_at
        for one in made.everybody
    )


def says_maybe(rsvp: Rsvp) -> bool:
    return (
        rsvp.status.value in {"going", "offered", "invited"}
        and rsvp.head.partstat == Partstat.TENTATIVE
        and rsvp.head.answered_stamp is not None
    )


def is_silent(event: Event, rsvp: Rsvp, day: date) -> bool:
    invited_at = rsvp.invited_at or rsvp.created_at
    return rsvp.status == RsvpStatus.INVITED and to_local(invited_at, event.timezone).date() <= day


def by_sql(event: Event, segment: Segment) -> set[int]:
    return set(db.session.scalars(rsvp_ids(event, segment)))


@pytest.mark.parametrize("seed", [1, 2])
def test_sql_means_whom_python_means(app: Flask, seed: int) -> None:
    made = Random(seed)
    sizes = []
    for turn in range(100):
        segment = made.a_segment()
        found = by_sql(made.event, segment)
        assert found == by_python(made, segment), (seed, turn, segment)
        sizes.append(len(found))
    assert len([size for size in sizes if 0 < size < 40]) > 40  # they do narrow, and leave some


FAULTS: dict[str, Callable[..., object]] = {
    "first_timer": lambda _event: sa.true(),
    "checked_in": sa.false,
    "maybe": lambda: Rsvp.status.in_([RsvpStatus.GOING]),
    "unanswered": lambda _event_id, _question: sa.false(),
    "silent_since": lambda _day, _zone: Rsvp.status == RsvpStatus.INVITED,
    "said": lambda _event_id, _question, _value: sa.true(),
    "follows": lambda _slugs: sa.true(),
    "mentions": Person.name.icontains,
}


def test_the_comparison_sees_a_clause_that_is_wrong(app: Flask) -> None:
    made = Random(3)
    every = [made.a_segment() for _ in range(60)]
    right = [by_python(made, one) for one in every]
    for clause, wrong in FAULTS.items():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(segments, clause, wrong)
            assert [by_sql(made.event, one) for one in every] != right, clause


def test_the_list_and_the_export_read_those_who_are_meant(app: Flask) -> None:
    made = Random(4, people=20)
    for _ in range(6):
        segment = made.a_segment()
        expected = by_python(made, segment)
        read = [one for batch in Attending(made.event, segment).batches() for one in batch]
        assert set(read) == expected
        assert len(read) == len(expected)
        for sort in EVERY_SORT:
            rows = list_attendees(made.event, segment, sort=sort).rows
            assert {row.rsvp_id for row in rows} == expected


def test_a_segment_reads_back_what_it_writes(app: Flask) -> None:
    made = Random(5, people=1)
    for _ in range(200):
        segment = made.a_segment()
        assert Segment.from_args(segment.to_args()) == segment


def test_what_belongs_to_another_event_means_nobody(app: Flask) -> None:
    made = Random(6, people=5)
    other = a_question(made.before)
    for args in ({"unanswered": [str(other.id)]}, {f"answer-{other.id}": ["x"]}):
        assert by_sql(made.event, Segment.from_args(args)) == set()
    elsewhere = Segment.from_args({"status": ["going", "declined"]})
    here = set(db.session.scalars(sa.select(Rsvp.id).where(Rsvp.event_id == made.event.id)))
    assert by_sql(made.event, elsewhere) <= here


def test_the_last_day_counts_in_the_zone_of_the_event(app: Flask) -> None:
    event = an_event(timezone="Pacific/Auckland")
    rsvp = answer_in(RsvpStatus.INVITED, event.id)
    invited_on(rsvp.id, datetime(2026, 3, 10, 10, 59, tzinfo=UTC))  # 23:59 on the 10th
    assert by_sql(event, Segment(silent_since=date(2026, 3, 10))) == {rsvp.id}
    invited_on(rsvp.id, datetime(2026, 3, 10, 11, 0, tzinfo=UTC))
    assert by_sql(event, Segment(silent_since=date(2026, 3, 10))) == set()


@transactional
def invited_on(rsvp_id: int, moment: datetime) -> None:
    db.session.get_one(Rsvp, rsvp_id).invited_at = moment


@pytest.mark.parametrize(
    ("args", "wrong"),
    [
        ({"status": ["goin"]}, ["status"]),
        ({"status": ["going", "goin"]}, ["status"]),
        ({"state": ["going"]}, ["state"]),
        ({"silent_since": ["2026-02-30"]}, ["silent_since"]),
        ({"silent_since": ["0001-01-01"]}, ["silent_since"]),
        ({"silent_since": ["20260101"]}, ["silent_since"]),
        ({"topic": ["%00"]}, ["topic"]),
        ({"unanswered": ["1e3"]}, ["unanswered"]),
        ({"unanswered": ["9" * 30]}, ["unanswered"]),
        ({"answer-x": ["1"]}, ["answer-x"]),
        ({"answer-1": ["y" * 301]}, ["answer-1"]),
        ({"answer-1": ["\x00"]}, ["answer-1"]),
        ({"checked_in": ["maybe"]}, ["checked_in"]),
        ({"first": ["yes", "no"]}, ["first"]),
        ({"not_topic": [f"t{n}" for n in range(41)]}, ["not_topic"]),
        ({"status": [""], "topic": ["", " "], "silent_since": [""], "answer-1": [""]}, []),
        ({"sort": ["-name"], "columns": ["status"], "after": ["W10"], "view": ["3"]}, []),
    ],
)
def test_what_is_not_understood_is_named_and_narrows_nothing(
    args: dict[str, list[str]], wrong: list[str]
) -> None:
    assert Segment.misread(args) == wrong
    right = {name: values for name, values in args.items() if name not in wrong}
    if len(wrong) == 1 and len(args[wrong[0]]) == 1:
        assert Segment.from_args(args) == Segment.from_args(right) == Segment()


def test_what_is_beside_a_segment_is_for_its_page_to_say() -> None:
    assert Segment.misread({"for": ["3"]}) == ["for"]
    assert Segment.misread({"for": ["3"]}, beside={"for"}) == []


@pytest.mark.parametrize("value", ["'", '"', "]", "\\", "%", "{", 'o1",', "\U0001f600", "\u202ex"])
def test_no_value_of_an_answer_breaks_the_query(app: Flask, value: str) -> None:
    event = an_event()
    question = a_question(event)
    answer_in(RsvpStatus.GOING, event.id)
    segment = Segment.from_args({f"answer-{question.id}": [value], "q": [value]})
    assert by_sql(event, segment) == set()
