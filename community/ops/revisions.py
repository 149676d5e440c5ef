"""Which versions of the database this version of the program knows."""

from alembic.script import ScriptDirectory
from flask import current_app


def newest_revision() -> str | None:
    """The one that the program works with."""
    return _scripts().get_current_head()


def knows_revision(revision: str) -> bool:
    """Whether it is that one, or one before."""
    return revision in {script.revision for script in _scripts().walk_revisions()}


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(current_app.extensions["migrate"].directory)
