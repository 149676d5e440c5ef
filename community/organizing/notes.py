"""Notes about people, which organizers write for each other and the person gets on asking."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from community.core.clock import now
from community.core.db import db, record, transactional
from community.core.errors import NotFound, Refused
from community.core.text import clean_text
from community.membership.models import Person
from community.membership.queries import get_person
from community.organizing.changes import NoteAdded, NoteDeleted, NoteEdited
from community.organizing.known import get_guest_of
from community.organizing.note_models import TEXT_LENGTH, PersonNote

MOST_NOTES = 200


def notes_about(person_id: int, most: int = MOST_NOTES) -> Sequence[PersonNote]:
    """Newest first. Whoever calls it has asked whether the reader may know the person."""
    return db.session.scalars(
        sa.select(PersonNote)
        .where(PersonNote.person_id == person_id)
        .options(joinedload(PersonNote.author))
        .order_by(PersonNote.id.desc())
        .limit(most)
    ).all()


@transactional
def add_note(actor_id: int, person_id: int, text: str) -> PersonNote:
    """Write a note. Refuses an empty or too long one, and more than :data:`MOST_NOTES`."""
    hold_person(actor_id, person_id)
    counted = sa.select(sa.func.count()).where(PersonNote.person_id == person_id)
    if (db.session.scalar(counted) or 0) >= MOST_NOTES:
        raise Refused("too_many_notes", field="text", most=MOST_NOTES)
    note = PersonNote(person_id=person_id, author_id=actor_id, text=_checked(text))
    db.session.add(note)
    db.session.flush()
    record(NoteAdded(person_id, note.id))
    return note


@transactional
def edit_note(actor_id: int, person_id: int, note_id: int, text: str) -> None:
    """Change one's own note; an admin changes everybody's. Saving the same changes nothing."""
    note, words = _own(actor_id, person_id, note_id), _checked(text)
    if note.text != words:
        note.text, note.edited_at = words, now()
        record(NoteEdited(person_id, note_id))


@transactional
def delete_note(actor_id: int, person_id: int, note_id: int) -> None:
    """Delete one's own note; an admin deletes everybody's."""
    db.session.delete(_own(actor_id, person_id, note_id))
    record(NoteDeleted(person_id, note_id))


def get_note(actor_id: int, person_id: int, note_id: int) -> PersonNote:
    """A note that the actor may change. Raises NotFound for others'."""
    note = db.session.get(PersonNote, min(note_id, 2**31 - 1), populate_existing=True)
    if note is None or note.person_id != person_id:
        raise NotFound("note")
    if note.author_id != actor_id and not get_person(actor_id).is_admin:
        raise NotFound("note")
    return note


def hold_person(actor_id: int, person_id: int) -> None:
    """Nobody else writes about the person until the use-case ends, and nobody erases them.

    Raises NotFound unless the actor finds the person at the desk.
    """
    get_guest_of(actor_id, person_id)
    db.session.get_one(Person, person_id, populate_existing=True, with_for_update=True)
    get_guest_of(actor_id, person_id)  # who was waited for may have erased them


def _own(actor_id: int, person_id: int, note_id: int) -> PersonNote:
    hold_person(actor_id, person_id)
    return get_note(actor_id, person_id, note_id)


def _checked(text: str) -> str:
    words = clean_text(text)
    if not words:
        raise Refused("note_missing", field="text")
    if len(words) > TEXT_LENGTH:
        raise Refused("note_too_long", field="text", most=TEXT_LENGTH)
    return words
