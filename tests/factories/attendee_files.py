"""Files of an event's attendees for tests, made as the worker makes them."""

from community.core.db import db
from community.events.models import Event
from community.organizing.export_jobs import ask_for_file, make_due
from community.organizing.export_kinds import Kind
from community.organizing.export_models import AttendeeFile
from community.organizing.segments import Segment
from tests.factories.questions import owner_of


def an_attendee_file(event: Event, kind: Kind = Kind.CSV, person_id: int = 0) -> AttendeeFile:
    """A file that can be fetched, of the event's owner or of somebody else who edits it."""
    asked = ask_for_file(person_id or owner_of(event), event.id, kind, Segment())
    while make_due():
        pass
    db.session.rollback()
    return db.session.get_one(AttendeeFile, asked.id, populate_existing=True)
