"""Forgetting imports: files that nobody needs any more, and lists of addresses after a month."""

from datetime import timedelta

import sqlalchemy as sa

from community.core.clock import now
from community.core.db import db, rows_changed, transactional
from community.membership.import_files import drop_file, folder, stored_files
from community.membership.import_models import Import, ImportRow, ImportState

_PATIENCE = timedelta(days=7)  # for somebody to start what was checked
_ROWS_KEPT = timedelta(days=30)
_GRACE = timedelta(hours=1)  # a file is there a moment before its row is
_OVER = (ImportState.DONE, ImportState.FAILED)


def forget_old_imports() -> int:
    """Give up what nobody started within a week, forget rows after a month; says how many."""
    count = _forget_in_database()
    needed = set(db.session.scalars(sa.select(Import.stored_as).where(Import.state.not_in(_OVER))))
    for name in stored_files():
        if name not in needed and _is_old(name):
            drop_file(name)
    return count


@transactional
def _forget_in_database() -> int:
    old = sa.update(Import).where(
        Import.state.not_in(_OVER), Import.created_at <= now() - _PATIENCE
    )
    count = rows_changed(old.values(state=ImportState.FAILED, finished_at=now()))
    past = sa.select(Import.id).where(
        Import.state.in_(_OVER), Import.created_at <= now() - _ROWS_KEPT
    )
    return count + rows_changed(sa.delete(ImportRow).where(ImportRow.import_id.in_(past)))


def _is_old(name: str) -> bool:
    try:
        changed = (folder() / name).stat().st_mtime
    except FileNotFoundError:
        return False
    return changed <= (now() - _GRACE).timestamp()
