"""``flask serve`` with pages that break while they hold what somebody typed.

Never use it but in tests. With ``UNMASKED`` in the environment the log keeps nothing back, which
is the control: then the search must find it.
"""

import logging
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import sqlalchemy as sa
from flask import request
from flask.cli import ScriptInfo

from community.core import logs
from community.core.db import db
from community.web.access import everybody
from wsgi import app

log = logging.getLogger("community.faulty")


@everybody
def broken(kind: str) -> str:
    """Fail as code of ours might, with a value from outside in hand."""
    typed = request.args["typed"]
    if "@" in typed:  # a name among the words is what no mask could know
        log.warning("cannot write to %s", typed)
    log.warning("cannot do that", extra={"typed": typed})
    if kind == "row":
        raise sa.exc.IntegrityError("INSERT", {"address": typed}, ValueError(typed))
    if kind == "statement":
        db.session.execute(sa.text("SELECT * FROM nowhere WHERE a = :a"), {"a": typed})
    try:
        raise KeyError(typed)
    except KeyError as error:
        raise ValueError(f"{typed} is no value") from error


def take_out_masks() -> None:
    """Log as if nothing in a line could be somebody's."""
    logs.told = logs.told_in_full
    logs.keep_nobodys = lambda _logger, _method, event: event


if __name__ == "__main__":
    app.add_url_rule("/broken/<kind>", "broken", broken)
    if os.environ.get("UNMASKED"):
        take_out_masks()
    app.cli.main(["serve", *sys.argv[1:]], obj=ScriptInfo(create_app=lambda: app))
