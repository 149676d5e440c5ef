"""What is let go of notes and tags about people: they are kept while a membership lasts.

As in :mod:`community.privacy.retention`, it is done when it says 0, a batch at a time.
"""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from community.core.clock import now
from community.core.db import db, rows_changed, transactional
from community.membership.models import Membership, Person
from community.organizing.note_models import PersonNote, PersonTag
from community.privacy.retention import BATCH, until_done

# Guests who never joined: organizers know them for as long from the last word about them.
KEPT_OF_GUESTS = timedelta(days=365)


def forget_notes() -> int:
    """Delete notes and tags about people whose membership has ended, and year-old ones about
    people who never had one; says how many."""
    return until_done(_forget_some_notes) + until_done(_forget_some_tags)


def _is_over(written_at: InstrumentedAttribute[object]) -> sa.ColumnElement[bool]:
    never_joined = Person.membership.in_([Membership.NONE, Membership.APPLIED])
    old = written_at <= now() - KEPT_OF_GUESTS
    return sa.or_(Person.membership == Membership.ENDED, sa.and_(never_joined, old))


@transactional
def _forget_some_notes() -> int | None:
    some = sa.select(PersonNote.id).join(Person, Person.id == PersonNote.person_id)
    some = some.where(_is_over(PersonNote.created_at)).order_by(PersonNote.id).limit(BATCH)
    ids = db.session.scalars(some).all()
    return rows_changed(sa.delete(PersonNote).where(PersonNote.id.in_(ids))) or None


@transactional
def _forget_some_tags() -> int | None:
    some = sa.select(PersonTag.person_id).distinct().join(Person, Person.id == PersonTag.person_id)
    over = _is_over(PersonTag.added_at)
    ids = db.session.scalars(some.where(over).order_by(PersonTag.person_id).limit(BATCH)).all()
    theirs = sa.select(Person.id).where(Person.id == PersonTag.person_id, over).exists()
    gone = sa.delete(PersonTag).where(PersonTag.person_id.in_(ids), theirs)
    return rows_changed(gone.execution_options(synchronize_session=False)) or None
