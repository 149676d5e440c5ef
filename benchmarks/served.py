"""``python -m benchmarks.served PORT``: the web processes as ``flask serve`` has them, without the
worker, and beside the program's pages four for measuring.

Three are below ``/bare``, an application of its own in the same processes: no look at who asks, no
form, no template. What they answer in is the floor of what any page of the program could. ``/form``
is a form of the program's own: it knows who asks, checks the token against forgery, saves one row
in a use-case of its own, and redirects. It is the floor of any press of a button.
"""

import os
import sys

import sqlalchemy as sa
from flask import Flask, Response, redirect, send_file
from flask.typing import ResponseReturnValue
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from community.core import db as database
from community.core.db import db, transactional
from community.ops import web_server
from community.web.access import signed_in
from community.web.forms import ButtonForm
from wsgi import app as program

FILE = "benchmark.ics"

rows = sa.Table(
    "benchmark_floor",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("text", sa.String(200)),
)
bare = Flask("bare")


@bare.get("/page")
def page() -> str:
    """A page of one line."""
    return "<!doctype html><title>Bare</title>"


@bare.get("/file")
def file() -> Response:
    """A file of the instance folder, with an ETag and a date."""
    folder = program.extensions["community_settings"].instance_path
    return send_file(folder / FILE, mimetype="text/calendar", conditional=True)


@bare.post("/insert")
def insert() -> str:
    """One row, committed."""
    with program.app_context():
        engine = db.engine
    if engine.dialect.name != "sqlite":
        _insert(engine)
    else:
        # The same queue as the program's: without it SQLite would poll, and the floor be too low.
        with database._sqlite_turn:
            _insert(engine)
    return ""


def _insert(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        connection.execution_options(sqlite_begin="IMMEDIATE")
        connection.execute(rows.insert().values(text="x" * 200))
        connection.commit()


@signed_in
def form() -> ResponseReturnValue:
    """One row, saved as any use-case saves."""
    if not ButtonForm().validate():
        raise RuntimeError("this form has nothing that could be wrong")
    _save()
    return redirect("/bare/page", 303)


@transactional
def _save() -> None:
    db.session.execute(rows.insert().values(text="x" * 200))


def main(port: int) -> int:
    """Serve until SIGTERM; the processes that answer are forks of this one."""
    with program.app_context():
        rows.create(db.engine, checkfirst=True)
        db.engine.dispose()
    program.add_url_rule("/form", view_func=form, methods=["POST"])
    program.wsgi_app = DispatcherMiddleware(program.wsgi_app, {"/bare": bare})  # type: ignore[method-assign]  # Flask's documented way
    return web_server.run(program.extensions["community_settings"], "127.0.0.1", port)


if __name__ == "__main__":
    os.setpgid(0, 0)
    sys.exit(main(int(sys.argv[1])))
