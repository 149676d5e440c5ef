"""Whether a worker lives, mails leave, and machines that share a database agree with each other."""

from collections.abc import Iterator
from datetime import timedelta

import sqlalchemy as sa

from community.core.chores import chores_by_name
from community.core.clock import now
from community.core.current import settings
from community.core.db import db
from community.mail.models import MailState, OutboxMail
from community.ops.findings import Finding
from community.organizing.export_models import AttendeeFile, FileState
from community.organizing.exporting import folder
from community.organizing.vitals import WORKER, key_name

_ALIVE = timedelta(minutes=2)
_RUN = "Have `flask serve` (or `flask worker`) run, and look into its log."


def workers() -> Iterator[Finding]:
    """When one last said that it lives, and whether anything waits for one."""
    seen = chores_by_name().get(WORKER)
    oldest = db.session.scalar(
        sa.select(sa.func.min(OutboxMail.due_at)).where(OutboxMail.state == MailState.QUEUED)
    )
    last = f"a worker was seen {seen.done_at:%Y-%m-%d %H:%M} UTC" if seen else "no worker was seen"
    is_alive = seen is not None and seen.done_at > now() - _ALIVE
    if oldest is not None and oldest < now() - _ALIVE and not is_alive:
        text = f"mails wait since {oldest:%Y-%m-%d %H:%M} UTC, and {last}"
        yield Finding("worker", text, _RUN)
    else:
        yield Finding("worker", last)
    held = db.session.scalar(
        sa.select(sa.func.count()).where(OutboxMail.state == MailState.HELD).limit(1)
    )
    if held:
        text = f"{held} mails are held since a restore"
        yield Finding("worker", text, "Look: flask mail list --state held; then flask mail release")


def machines() -> Iterator[Finding]:
    """Whether those that share the database have the same secret key, and the same files."""
    since = now() - _ALIVE
    names = {name for name, chore in chores_by_name().items() if chore.done_at > since}
    others = {name for name in names if name.startswith(key_name(""))} - {key_name()}
    if others:
        text = "a worker of this community has another SECRET_KEY than this machine"
        advice = "Set COMMUNITY_SECRET_KEY to the same on all: sessions and links depend on it."
        yield Finding("machines", text, advice)
    ready = sa.select(AttendeeFile.stored_as).where(
        AttendeeFile.state == FileState.READY, AttendeeFile.expires_at > now()
    )
    elsewhere = [name for name in db.session.scalars(ready) if not (folder() / name).exists()]
    if elsewhere:
        text = f"attendee lists that are ready and do not lie in {folder()}: {len(elsewhere)}"
        advice = "Set COMMUNITY_FILES_PATH to one folder that all machines share."
        yield Finding("machines", text, advice)
    if not others and not elsewhere:
        count = len({name for name in names if name.startswith(key_name(""))})
        yield Finding("machines", "all that were seen agree" if count else "none was seen lately")
    if not settings().files_folder.is_dir():
        text = f"{settings().files_folder} is no folder"
        yield Finding("machines", text, "Make the folder of COMMUNITY_FILES_PATH.")
