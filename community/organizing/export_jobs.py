"""Long lists as files that the worker makes: asked for on a page, fetched within a day.

A worker leases one, writes the file beside its place, says after each batch how far it is, and
puts the file there once the lease is still its own: what a killed worker leaves is begun again.
"""

import logging
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, record, rows_changed, transactional
from community.core.errors import NotFound, Refused
from community.core.tokens import new_key, new_token
from community.events.queries import get_event, require_editor
from community.membership.queries import get_person
from community.membership.viewer import Viewer
from community.organizing.export_changes import AttendeeFileAsked
from community.organizing.export_kinds import Kind
from community.organizing.export_models import AttendeeFile, FileState
from community.organizing.export_rows import Attending
from community.organizing.exporting import chosen, count_meant, folder, pieces_of
from community.organizing.segments import Segment

log = logging.getLogger(__name__)

MOST_AT_ONCE = 20_000  # rows that a page waits for
KEPT = timedelta(hours=24)
MOST_OPEN = 5  # of an event, waiting at a time
LEASE = timedelta(minutes=2)
_TRIES = 4
_SHOWN = 20
_CHUNK = 64 * 1024
_GRACE = timedelta(hours=1)  # a file is there a moment before its row says so


class _Lost(Exception):
    """Somebody else makes it now, it is wanted no more, or the worker is to stop."""


@transactional
def ask_for_file(actor_id: int, event_id: int, kind: Kind, segment: Segment) -> AttendeeFile:
    """Have a list made. While the same is on its way for the same person, that is it."""
    require_editor(actor_id, event_id)
    waiting = list(
        db.session.scalars(
            sa.select(AttendeeFile).where(
                AttendeeFile.event_id == event_id, AttendeeFile.state == FileState.WAITING
            )
        )
    )
    for one in waiting:
        if (one.person_id, one.format, one.segment) == (actor_id, kind, segment):
            return one
    if len(waiting) >= MOST_OPEN:
        raise Refused("export_files_wait", most=MOST_OPEN)
    made = AttendeeFile(event_id=event_id, person_id=actor_id, format=kind)
    made.query, made.expires_at = segment.to_args(), now() + KEPT
    made.rows = count_meant(get_event(event_id), segment)
    db.session.add(made)
    db.session.flush()
    record(AttendeeFileAsked(event_id, made.id, kind.value, chosen(segment)))
    return made


def list_files(actor_id: int, event_id: int) -> Sequence[AttendeeFile]:
    """Those of an event that have not expired, newest first, twenty at most.

    Cards are made by the rights of whoever asked, and are nobody else's.
    """
    return db.session.scalars(
        sa.select(AttendeeFile)
        .where(AttendeeFile.event_id == event_id, AttendeeFile.expires_at > now())
        .where(sa.or_(AttendeeFile.format != Kind.VCF, AttendeeFile.person_id == actor_id))
        .order_by(AttendeeFile.id.desc())
        .limit(_SHOWN)
    ).all()


def get_file(actor_id: int, event_id: int, file_id: int) -> AttendeeFile:
    """One of them. Another event's, an expired one, and cards of others look absent: NotFound."""
    # A number from an address: PostgreSQL answers one that fits no id with an error.
    found = db.session.get(AttendeeFile, file_id) if file_id.bit_length() < 32 else None
    if found is None or found.event_id != event_id or found.expires_at <= now():
        raise NotFound("export")
    if found.format == Kind.VCF and found.person_id != actor_id:
        raise NotFound("export")
    return found


def open_file(one: AttendeeFile) -> Iterator[bytes]:
    """The file's bytes. Raises NotFound before the first when it is not made, or lies elsewhere."""
    try:
        if one.state != FileState.READY:
            raise NotFound("export")
        return _read((folder() / one.stored_as).open("rb"))
    except FileNotFoundError as error:
        raise NotFound("export") from error


def _read(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(_CHUNK):
            yield piece


def make_due(go_on: Callable[[], bool] = lambda: True) -> bool:
    """Make the file that has waited longest; says whether there was one."""
    lease = new_key()
    found = _lease_next(lease)
    if found is None:
        return False
    draft, name = folder() / f".part-{new_token()}", new_token()
    try:
        draft.touch(mode=0o600)
        _write(draft, found, lease, go_on)
        draft.replace(folder() / name)
        if not _finish(found, lease, name, (folder() / name).stat().st_size):
            (folder() / name).unlink(missing_ok=True)
    except _Lost:
        _give_back(found, lease, timedelta(), tried=False)
        return go_on()
    except Exception as error:
        log.exception("attendee file %s cannot be made", found)
        _give_back(found, lease, timedelta(minutes=1))
        raise error
    finally:
        draft.unlink(missing_ok=True)
        db.session.rollback()
    return True


def _write(draft: Path, file_id: int, lease: str, go_on: Callable[[], bool]) -> None:
    one = db.session.get_one(AttendeeFile, file_id)
    kind, segment, viewer = one.format, one.segment, Viewer.of(get_person(one.person_id))

    def tell(done: int) -> None:
        if not go_on() or not _note_progress(file_id, lease, done, len(attending)):
            raise _Lost

    attending = Attending(get_event(one.event_id), segment, tell)
    tell(0)
    with draft.open("wb") as out:
        for piece in pieces_of(kind, attending, viewer):
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())  # the row that names it will outlive a power cut


def _lease_next(lease: str) -> int | None:
    if db.session.scalar(_waiting().limit(1)) is None:
        db.session.rollback()
        return None  # an idle worker takes no lock
    return _take(lease)


def _waiting() -> sa.Select[AttendeeFile]:
    free = sa.or_(AttendeeFile.leased_until.is_(None), AttendeeFile.leased_until <= now())
    query = sa.select(AttendeeFile).where(AttendeeFile.state == FileState.WAITING, free)
    return query.where(AttendeeFile.expires_at > now()).order_by(AttendeeFile.id)


@transactional
def _take(lease: str) -> int | None:
    one = db.session.scalar(
        _waiting()
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if one is None:
        return None
    if one.attempts >= _TRIES:
        one.state = FileState.FAILED
        return None
    one.attempts, one.done = one.attempts + 1, 0
    one.lease, one.leased_until = lease, now() + LEASE
    return one.id


def _mine(file_id: int, lease: str) -> sa.Update:
    return sa.update(AttendeeFile).where(
        AttendeeFile.id == file_id,
        AttendeeFile.lease == lease,
        AttendeeFile.state == FileState.WAITING,
    )


@transactional
def _note_progress(file_id: int, lease: str, done: int, rows: int) -> bool:
    """Say how far it is, and keep hold of it; whether it is still ours."""
    values = {"done": done, "rows": rows, "leased_until": now() + LEASE}
    return rows_changed(_mine(file_id, lease).values(values)) > 0


@transactional
def _give_back(file_id: int, lease: str, pause: timedelta, *, tried: bool = True) -> None:
    """Let another worker take it; that counts as an attempt unless it was not ``tried`` whole."""
    attempts = AttendeeFile.attempts - (0 if tried else 1)
    free = {"lease": None, "leased_until": now() + pause}
    rows_changed(_mine(file_id, lease).values(attempts=attempts, **free))


@transactional
def _finish(file_id: int, lease: str, name: str, size: int) -> bool:
    ready = {"state": FileState.READY, "lease": None, "leased_until": None, "made_at": now()}
    more = {"stored_as": name, "size": size, "expires_at": now() + KEPT}
    return rows_changed(_mine(file_id, lease).values({**ready, **more})) > 0


def forget_old_files() -> int:
    """Delete what is a day old, row and file, and what no row names any more; says how many."""
    count = _forget_rows()
    kept = set(db.session.scalars(sa.select(AttendeeFile.stored_as)))
    for path in folder().iterdir():
        if path.name not in kept and _is_old(path):
            _drop(path)
    return count


@transactional
def _forget_rows() -> int:
    return rows_changed(sa.delete(AttendeeFile).where(AttendeeFile.expires_at <= now()))


def _is_old(path: Path) -> bool:
    try:
        changed = path.stat().st_mtime
    except FileNotFoundError:
        return False
    return changed <= (now() - _GRACE).timestamp()


def _drop(path: Path) -> None:
    if path.is_dir():  # what a workbook was put together from
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def forget_files(_change: object) -> None:
    """Nobody fetches what was made so far: somebody who may be in it was erased.

    Joins a use-case. The files go with the next tidying.
    """
    rows_changed(sa.delete(AttendeeFile))
