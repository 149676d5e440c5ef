"""Publishing once, cancelling once, and the pure decisions about an event's life."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.core.errors import NotFound, Refused
from community.events.models import EventStatus
from community.events.publishing import cancel_event, publish_event
from community.events.visibility import Phase, phase
from community.mail.models import Broadcast
from community.organizing.models import AuditEntry
from tests.factories.at_once import at_once
from tests.factories.events import an_event, evening
from tests.factories.people import an_admin, an_organizer


def _noted(action: str) -> int:
    found = sa.select(sa.func.count()).where(AuditEntry.action == action)
    return db.session.scalar(found) or 0


def test_publishing_opens_a_draft(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, published=False)
    assert phase(event, now()) == Phase.DRAFT
    assert publish_event(owner.id, event.id).status == EventStatus.PUBLISHED
    assert event.published_at is not None
    assert phase(event, now()) == Phase.OPEN


def test_publishing_twice_is_once(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    published_at = event.published_at
    assert publish_event(owner.id, event.id).published_at == published_at
    assert _noted("EventPublished") == 1


def test_publishing_at_once_is_once(app: Flask) -> None:
    owner_id = an_organizer().id
    event_id = an_event(an_admin(), published=False).id
    with pytest.raises(NotFound):
        publish_event(owner_id, event_id)
    admin_id = an_admin().id
    answers = at_once(app, [lambda: publish_event(admin_id, event_id).id] * 8)
    assert answers == [event_id] * 8
    assert _noted("EventPublished") == 1


def test_what_is_over_is_not_published(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, published=False, starts_at=evening(-1), ends_at=evening(-1, 21))
    with pytest.raises(Refused, match="event_in_past"):
        publish_event(owner.id, event.id)


def test_what_has_begun_may_be_published(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, published=False)
    with time_machine.travel(event.starts_at + timedelta(hours=1)):
        assert publish_event(owner.id, event.id).status == EventStatus.PUBLISHED


def test_cancelling_is_told_once(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    cancelled = cancel_event(owner.id, event.id, "The river\r\nis too\x00high.")
    assert cancelled.status == EventStatus.CANCELLED
    assert cancelled.cancel_message == "The river\nis too high."
    assert (cancelled.sequence, cancelled.version) == (1, 2)
    again = cancel_event(owner.id, event.id, "Another reason")
    assert again.cancel_message == "The river\nis too high."
    assert again.sequence == 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Broadcast)) == 1
    assert phase(event, now()) == Phase.CANCELLED


def test_a_cancelled_event_does_not_come_back(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    cancel_event(owner.id, event.id)
    with pytest.raises(Refused, match="event_cancelled"):
        publish_event(owner.id, event.id)


def test_a_draft_is_not_cancelled(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, published=False)
    with pytest.raises(Refused, match="event_is_draft"):
        cancel_event(owner.id, event.id)


def test_what_is_over_is_not_cancelled(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    with time_machine.travel(event.ends_at), pytest.raises(Refused, match="event_past"):
        cancel_event(owner.id, event.id)


def test_the_event_of_another_organizer_is_neither_published_nor_cancelled(app: Flask) -> None:
    event, stranger = an_event(), an_organizer()
    for use_case in (publish_event, cancel_event):
        with pytest.raises(NotFound):
            use_case(stranger.id, event.id)
    assert cancel_event(an_admin().id, event.id).status == EventStatus.CANCELLED


def test_an_event_is_open_until_its_answer_by_time_and_past_when_it_ends(app: Flask) -> None:
    event = an_event(answer_by=evening(20))
    assert event.answer_by is not None
    second = timedelta(seconds=1)
    assert phase(event, event.answer_by - second) == Phase.OPEN
    assert phase(event, event.answer_by) == Phase.CLOSED
    assert phase(event, event.ends_at - second) == Phase.CLOSED
    assert phase(event, event.ends_at) == Phase.PAST


def test_without_an_answer_by_time_an_event_is_open_until_it_ends(app: Flask) -> None:
    event = an_event()
    assert phase(event, event.ends_at - timedelta(seconds=1)) == Phase.OPEN
    assert phase(event, event.ends_at) == Phase.PAST
