"""Exports: asked for by a person, made by the worker, kept for a week.

A worker leases one, makes the file, and saves it only if the lease is still its own: two never
make the same one, and what a killed worker leaves is made by another when its lease runs out.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from community.core import limits
from community.core.clock import now
from community.core.db import db, record, rows_changed, transactional
from community.core.errors import NotFound, Refused
from community.core.tokens import new_key
from community.membership.queries import get_person
from community.privacy.archive import archive_of
from community.privacy.changes import ExportAsked, ExportFinished, ExportTakenOut
from community.privacy.models import Export, ExportState

log = logging.getLogger(__name__)

KEPT = timedelta(days=7)
MOST_A_DAY = 3
LEASE = timedelta(minutes=5)
_TRIES = 4
_SHOWN = 10


def ask_for_export(person_id: int) -> Export:
    """Have everything held about a person put together. While one is on its way, that is it."""
    open_one = _find_open(person_id)
    if open_one is not None:
        return open_one
    limits.take("export", str(person_id), most=MOST_A_DAY, within=timedelta(days=1))
    return _ask(person_id)


def take_out(person_id: int) -> bytes:
    """Everything held about somebody, for an operator; that it was taken out is noted."""
    archive = archive_of(person_id)
    _note_taken_out(person_id)
    return archive


@transactional
def _note_taken_out(person_id: int) -> None:
    record(ExportTakenOut(person_id))


@transactional
def _ask(person_id: int) -> Export:
    person = get_person(person_id)
    db.session.refresh(person, with_for_update={"key_share": True})
    if person.erased_at is not None:
        raise NotFound("person")
    # Two forms at once: the unique index makes the second start over, and then it is found.
    open_one = _find_open(person_id)
    if open_one is not None:
        return open_one
    export = Export(person_id=person_id, asked_at=now(), expires_at=now() + KEPT)
    db.session.add(export)
    db.session.flush()
    record(ExportAsked(person_id, export.id))
    return export


def _find_open(person_id: int) -> Export | None:
    return db.session.scalar(
        sa.select(Export).where(Export.person_id == person_id, Export.state == ExportState.WAITING)
    )


def list_exports(person_id: int) -> Sequence[Export]:
    """What somebody asked for within the last week, newest first, ten at most."""
    return db.session.scalars(
        sa.select(Export)
        .where(Export.person_id == person_id, Export.expires_at > now())
        .order_by(Export.id.desc())
        .limit(_SHOWN)
    ).all()


def get_export_file(person_id: int, export_id: int) -> bytes:
    """The zip, for the person whom it is about. Others' and old ones look absent: NotFound."""
    # A number from an address: PostgreSQL answers one that fits no id with an error.
    if export_id.bit_length() >= 32:
        raise NotFound("export")
    data = db.session.scalar(
        sa.select(Export.data).where(
            Export.id == export_id,
            Export.person_id == person_id,
            Export.state == ExportState.READY,
            Export.expires_at > now(),
        )
    )
    if data is None:
        raise NotFound("export")
    return data


def make_due() -> bool:
    """Make the export that has waited longest; says whether there was one."""
    lease = new_key()
    found = _lease_next(lease)
    if found is None:
        return False
    export_id, person_id = found
    try:
        data = archive_of(person_id)
    except Refused:
        data = None  # erased meanwhile, and the row with the person
    except Exception as error:
        log.exception("export %s cannot be made", export_id)
        _give_back(export_id, lease)
        raise error
    finally:
        db.session.rollback()  # reading may have taken long, and a snapshot would be held
    if data is not None:
        _finish(export_id, lease, data)
    return True


def _lease_next(lease: str) -> tuple[int, int] | None:
    if db.session.scalar(_waiting().limit(1)) is None:
        db.session.rollback()
        return None  # an idle worker takes no lock
    return _take(lease)


def _waiting() -> sa.Select[Export]:
    free = sa.or_(Export.leased_until.is_(None), Export.leased_until <= now())
    return sa.select(Export).where(Export.state == ExportState.WAITING, free).order_by(Export.id)


@transactional
def _take(lease: str) -> tuple[int, int] | None:
    export = db.session.scalar(
        _waiting()
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if export is None:
        return None
    if export.attempts >= _TRIES:
        export.state = ExportState.FAILED
        return None
    export.attempts += 1
    export.lease, export.leased_until = lease, now() + LEASE
    return export.id, export.person_id


@transactional
def _give_back(export_id: int, lease: str) -> None:
    """What went wrong may be over soon: another try in a minute."""
    mine = sa.update(Export).where(Export.id == export_id, Export.lease == lease)
    rows_changed(mine.values(lease=None, leased_until=now() + timedelta(minutes=1)))


@transactional
def _finish(export_id: int, lease: str, data: bytes) -> None:
    export = db.session.scalar(
        sa.select(Export)
        .where(
            Export.id == export_id,
            Export.lease == lease,
            Export.state == ExportState.WAITING,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if export is None:
        return  # the lease passed on, or the person was erased
    export.state, export.lease, export.leased_until = ExportState.READY, None, None
    export.data, export.size = data, len(data)
    export.made_at, export.expires_at = now(), now() + KEPT
    record(ExportFinished(export.person_id, export.id))


@transactional
def forget_old_exports() -> int:
    """Delete what is a week old, file and all; says how many."""
    return rows_changed(sa.delete(Export).where(Export.expires_at <= now()))
