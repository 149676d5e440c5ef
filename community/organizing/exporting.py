"""Exports of an event's attendees: which kinds there are, and that each is noted."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from community.core.current import settings
from community.core.db import db, record, transactional
from community.core.origin import acting, origin
from community.core.tokens import new_token
from community.events.models import Event
from community.membership.viewer import Viewer
from community.organizing.export import csv_of
from community.organizing.export_changes import AttendeesExported
from community.organizing.export_ics import ics_of
from community.organizing.export_json import json_of
from community.organizing.export_kinds import Kind
from community.organizing.export_rows import Attending
from community.organizing.export_vcf import vcards_of
from community.organizing.export_xlsx import write_xlsx
from community.organizing.segments import Segment, rsvp_ids

_CHUNK = 64 * 1024
# Conditions that are chosen and not typed: what they say of somebody is no word of theirs.
_CHOSEN = {
    "status",
    "not_status",
    "topic",
    "not_topic",
    "unanswered",
    "checked_in",
    "first",
    "silent_since",
    "maybe",
}


def folder() -> Path:
    """Where files are made, and lie until they are fetched or a day old."""
    found = settings().files_folder / "exports"
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def count_meant(event: Event, segment: Segment) -> int:
    """How many RSVPs an export has."""
    meant = rsvp_ids(event, segment).subquery()
    return db.session.scalar(sa.select(sa.func.count()).select_from(meant)) or 0


def pieces_of(kind: Kind, attending: Attending, viewer: Viewer) -> Iterator[bytes]:
    """The file's bytes, piece by piece; memory does not grow with the list."""
    match kind:
        case Kind.CSV:
            yield from csv_of(attending)
        case Kind.JSON:
            yield from json_of(attending)
        case Kind.ICS:
            yield from ics_of(attending)
        case Kind.VCF:
            yield from vcards_of(attending, viewer)
        case Kind.XLSX:
            yield from _by_file(lambda file: write_xlsx(attending, file))


def _by_file(write: Callable[[Path], None]) -> Iterator[bytes]:
    file = folder() / f".whole-{new_token()}"
    file.touch(mode=0o600)
    try:
        write(file)
        with file.open("rb") as whole:
            while piece := whole.read(_CHUNK):
                yield piece
    finally:
        file.unlink(missing_ok=True)


def note_export(
    actor_id: int | None, event_id: int, kind: Kind, segment: Segment, count: int
) -> None:
    """Put it into the audit log that somebody takes these out; call it before the first byte.

    None is the operator. What only reads has nobody as its origin, so the actor is named.
    """
    with acting(replace(origin(), person_id=actor_id)):
        _note(AttendeesExported(event_id, kind.value, chosen(segment), count))


@transactional
def _note(change: AttendeesExported) -> None:
    """The only use-case that a GET may enter: the addresses of exports are scripted against, and
    that somebody read something is no change of anything."""
    record(change)


def chosen(segment: Segment) -> dict[str, Any]:
    """What a segment narrows by, as the log may keep it: words that were typed are left out."""
    return {
        name: values if name in _CHOSEN else ["…"] for name, values in segment.to_args().items()
    }
