"""The archive, deleting a draft, and a venue that is in use."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.exc import IntegrityError

from community.core.db import db, transactional
from community.core.errors import NotFound, Refused
from community.events.archiving import archive_event, unarchive_event
from community.events.models import Event, EventStatus, Venue
from community.events.previews import make_preview
from community.events.publishing import cancel_event
from community.membership.viewer import Viewer
from community.organizing.desk import list_archived, list_organized
from community.rsvp.deleting import delete_draft
from community.rsvp.respond import say_yes
from tests.factories.events import an_event
from tests.factories.mails import outbox, post
from tests.factories.people import a_member, an_organizer


def test_what_is_cancelled_leaves_the_desk_and_comes_back(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    me = Viewer.of(owner)
    with pytest.raises(Refused, match="archive_coming"):
        archive_event(owner.id, event.id)
    cancel_event(owner.id, event.id)
    archive_event(owner.id, event.id)
    archive_event(owner.id, event.id)
    assert list_organized(me, past=False) == []
    assert [row.event.id for row in list_archived(me).rows] == [event.id]
    assert list_archived(Viewer.of(an_organizer())).rows == []
    unarchive_event(owner.id, event.id)
    assert [row.event.id for row in list_organized(me, past=False)] == [event.id]
    assert list_archived(me).rows == []


def test_what_is_past_can_be_put_away_and_nobody_is_told(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    say_yes(a_member().id, event.id)
    post()
    before = len(outbox())
    with time_machine.travel(event.ends_at + timedelta(minutes=1)):
        archive_event(owner.id, event.id)
        assert list_organized(Viewer.of(owner), past=True) == []
        unarchive_event(owner.id, event.id)
        post()
        assert len(outbox()) == before


def test_the_archive_is_read_a_page_at_a_time(app: Flask) -> None:
    owner = an_organizer()
    ids = []
    for _ in range(53):
        event = an_event(owner)
        cancel_event(owner.id, event.id)
        archive_event(owner.id, event.id)
        ids.append(event.id)
    first = list_archived(Viewer.of(owner))
    assert first.after is not None
    second = list_archived(Viewer.of(owner), first.after)
    assert second.after is None
    shown = [row.event.id for row in [*first.rows, *second.rows]]
    assert shown == sorted(ids, reverse=True)  # all at the same time: the newest first


def test_a_draft_is_deleted_with_its_link_and_nobody_is_told(app: Flask) -> None:
    owner = an_organizer()
    event_id = an_event(owner, published=False).id
    make_preview(owner.id, event_id)
    with pytest.raises(NotFound):
        delete_draft(an_organizer().id, event_id)
    delete_draft(owner.id, event_id)
    assert db.session.get(Event, event_id) is None
    with pytest.raises(NotFound):
        delete_draft(owner.id, event_id)
    post()
    assert outbox() == []


@transactional
def _as_draft(event_id: int) -> None:
    db.session.get_one(Event, event_id).status = EventStatus.DRAFT


def test_what_was_published_or_answered_is_never_deleted(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    with pytest.raises(Refused, match="only_drafts_are_deleted"):
        delete_draft(owner.id, event.id)
    say_yes(a_member().id, event.id)
    _as_draft(event.id)  # no button leads back to a draft; a row might
    with pytest.raises(Refused, match="draft_has_answers"):
        delete_draft(owner.id, event.id)
    assert db.session.get(Event, event.id) is not None


def test_a_venue_in_use_cannot_be_deleted(app: Flask) -> None:
    event = an_event()

    @transactional
    def delete() -> None:
        db.session.execute(sa.delete(Venue).where(Venue.id == event.venue_id))

    with pytest.raises(IntegrityError):
        delete()
    db.session.rollback()
    assert db.session.get(Venue, event.venue_id) is not None
