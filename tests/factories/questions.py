"""Questions for tests, asked by the host of the event."""

from typing import Any

import sqlalchemy as sa

from community.core.db import db
from community.events.models import Event, EventHost, HostRole
from community.rsvp.question_models import AskedOf, Question, QuestionKind
from community.rsvp.questions import QuestionDraft, add_question


def a_question(
    event: Event, kind: QuestionKind = QuestionKind.SHORT_TEXT, label: str = "", **facts: Any
) -> Question:
    """A question of the event; with ``each=True`` its guests are asked, too."""
    whom = AskedOf.EACH if facts.pop("each", False) else AskedOf.PERSON
    if kind in {QuestionKind.ONE_OF, QuestionKind.SEVERAL_OF}:
        facts.setdefault("options", ["Fish", "Beef", "Tofu"])
    draft = QuestionDraft(kind, label or f"Your {kind.value}?", asked_of=whom, **facts)
    return add_question(owner_of(event), event.id, draft)


def owner_of(event: Event) -> int:
    """Who owns the event."""
    found = sa.select(EventHost.person_id).where(
        EventHost.event_id == event.id, EventHost.role == HostRole.OWNER
    )
    return db.session.scalars(found).one()
