"""``python -m benchmarks.served PORT``: the web processes as ``flask serve`` has them, without the
worker, and beside the program's pages five for measuring.

Three are below ``/bare``, an application of its own in the same processes: no look at who asks, no
form, no template. What they answer in is the floor of what any page of the program could. ``/form``
is a form of the program's own: it knows who asks, checks the token against forgery, saves one row
in a use-case of its own, and redirects. It is the floor of any press of a button. ``/six`` is that
form with the six writes of an RSVP, as plain statements that decide nothing: no RSVP in this stack
can be faster.
"""

import os
import sys
import uuid
from functools import cache

import sqlalchemy as sa
from flask import Flask, Response, redirect, request, send_file
from flask.typing import ResponseReturnValue
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from community.core import db as database
from community.core.clock import now
from community.core.db import db, transactional
from community.core.tokens import new_key
from community.ops import web_server
from community.rsvp.models import Reason, Rsvp, RsvpStatus
from community.web.access import signed_in, signed_in_person
from community.web.forms import ButtonForm
from wsgi import app as program

FILE = "benchmark.ics"

rows = sa.Table(
    "benchmark_floor",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("text", sa.String(200)),
)
_tables = Rsvp.metadata.tables
_events = _tables["events"]
_TICKET = (
    sa.update(_events)
    .where(_events.c.id == sa.bindparam("event"))
    .values(next_ticket=_events.c.next_ticket + 1)
    .returning(_events.c.next_ticket)
)
_RSVP = sa.insert(_tables["rsvps"]).values(status=RsvpStatus.GOING).returning(_tables["rsvps"].c.id)
_HEAD, _DECISION, _MAIL, _ENTRY = (
    sa.insert(_tables[name]).inline() for name in ("attendees", "decisions", "outbox", "audit")
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


@bare.get("/same/<what>")
def same(what: str) -> ResponseReturnValue:
    """A page of the program's own bytes, or the word that it is still the same."""
    if request.if_none_match:
        return "", 304
    return _same(what)


@cache
def _same(what: str) -> str:
    folder = program.extensions["community_settings"].instance_path
    return (folder / f"benchmark-{what}.html").read_text()


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


@signed_in
def six(event_id: int) -> ResponseReturnValue:
    """The six writes of an RSVP, and nothing of what decides them."""
    if not ButtonForm().validate():
        raise RuntimeError("this form has nothing that could be wrong")
    person = signed_in_person()
    _save_six(event_id, person.id, person.name)
    return redirect("/bare/page", 303)


@transactional
def _save_six(event_id: int, person_id: int, name: str) -> None:
    moment, run = now(), db.session.execute
    ticket = run(_TICKET, {"event": event_id}).scalar_one()
    given = {"event_id": event_id, "person_id": person_id, "ticket": ticket}
    rsvp_id = run(_RSVP, given).scalar_one()
    head = {"rsvp_id": rsvp_id, "name": name, "uid": str(uuid.uuid4()), "reply_key": new_key()}
    run(_HEAD, {**head, "answers": {}})
    why = {"via": "web", "became": RsvpStatus.GOING, "reason": Reason.SEAT_FREE}
    run(_DECISION, {"rsvp_id": rsvp_id, "ticket": ticket, "party": 1, **why})
    facts = {"rsvp_id": rsvp_id, "event": event_id, "text": "x" * 1200}
    times = {"created_at": moment, "due_at": moment, "deadline": moment}
    mail = {"kind": "seat_given", "recipient": "a@example.org", "recipient_name": name}
    run(_MAIL, {**mail, **times, "facts": facts, "message_id": str(uuid.uuid4())})
    run(_ENTRY, {"via": "web", "action": "SeatGiven", "details": {"rsvp_id": rsvp_id}})


def main(port: int) -> int:
    """Serve until SIGTERM; the processes that answer are forks of this one."""
    with program.app_context():
        rows.create(db.engine, checkfirst=True)
        db.engine.dispose()
    program.add_url_rule("/form", view_func=form, methods=["POST"])
    program.add_url_rule("/six/<int:event_id>", view_func=six, methods=["POST"])
    program.wsgi_app = DispatcherMiddleware(program.wsgi_app, {"/bare": bare})  # type: ignore[method-assign]  # Flask's documented way
    return web_server.run(program.extensions["community_settings"], "127.0.0.1", port)


if __name__ == "__main__":
    os.setpgid(0, 0)
    sys.exit(main(int(sys.argv[1])))
