"""The audit log: an event's for its hosts, all of it for admins, as a page and as a file."""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, abort, render_template, url_for
from flask.typing import ResponseReturnValue

from community.core.pages import Page
from community.events.models import Event
from community.organizing.audit_log import LogEntry, LogSought, iter_log, read_log
from community.organizing.desk import get_organized_event
from community.organizing.export import csv_rows
from community.web import audit_wording
from community.web.access import admins, event_editors, own_zone, signed_in_person, viewer
from community.web.audit_wording.values import changed_in, only_named_in
from community.web.log_query import LogQuery, after_given, query_of, same_question
from community.web.streaming import Streamed

COLUMNS = ("at", "action", "sentence", "by", "about", "event", "via", "network", "changed")
_WORDS = {
    "actor_of": audit_wording.actor_of,
    "changed_in": changed_in,
    "only_named_in": only_named_in,
    "plain_details": audit_wording.plain_details,
    "sentence_of": audit_wording.sentence_of,
    "via_of": audit_wording.via_of,
}


@event_editors
def event_log(slug: str) -> ResponseReturnValue:
    """What happened to an event and its answers, the newest first."""
    event = get_organized_event(viewer(), slug)
    return _page("organize/event_log.html", event)


@event_editors
def event_log_csv(slug: str) -> ResponseReturnValue:
    """The same as a file, as it is narrowed."""
    event = get_organized_event(viewer(), slug)
    return _file(query_of(event, signed_in_person().id, event.timezone), f"{slug}-log.csv")


@admins
def log() -> ResponseReturnValue:
    """Everything that was noted, the newest first."""
    return _page("organize/log.html", None)


@admins
def log_csv() -> ResponseReturnValue:
    """The same as a file, as it is narrowed."""
    return _file(query_of(None, signed_in_person().id, own_zone()), "log.csv")


def _page(template: str, event: Event | None) -> ResponseReturnValue:
    zone = event.timezone if event else own_zone()
    asked = query_of(event, signed_in_person().id, zone)
    page = read_log(asked.sought, after_given()) if asked.sought else Page[LogEntry]([])
    return render_template(
        template, **_facts(asked, event, page), **_WORDS
    ), 200 if asked.sought else 422


def _facts(asked: LogQuery, event: Event | None, page: Page[LogEntry]) -> dict[str, Any]:
    if event:
        here = url_for("organize.event_log", slug=event.slug)
        file = url_for("organize.event_log_csv", slug=event.slug)
    else:
        here, file = url_for("organize.log"), url_for("organize.log_csv")
    return {
        "event": event,
        "form": asked.form,
        "asked": asked,
        "rows": page.rows,
        "zone": asked.zone,
        "here": here,
        "file_url": f"{file}?{same_question()}",
        "next_url": f"{here}?{same_question(after=page.after)}" if page.after else None,
        "person_urls": [
            (one, f"{here}?{same_question(who=None, person=str(one.id))}") for one in asked.found
        ],
    }


def _file(asked: LogQuery, name: str) -> ResponseReturnValue:
    sought, zone = asked.sought, ZoneInfo(asked.zone)
    if sought is None:
        abort(404)  # a mistyped day must not send everything to somebody who wanted a few
    pieces = Streamed(lambda: csv_rows(COLUMNS, _lines(sought, zone)))
    response = Response(pieces, mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _lines(sought: LogSought, zone: ZoneInfo) -> Iterator[list[str]]:
    for entry in iter_log(sought):
        yield [
            entry.at.astimezone(zone).isoformat(timespec="seconds"),
            entry.action,
            audit_wording.sentence_of(entry),
            audit_wording.actor_of(entry),
            audit_wording.whom_of(entry),
            entry.event.title if entry.event else "",
            audit_wording.via_of(entry),
            entry.network if sought.event_id is None else "",
            _changed(entry),
        ]


def _changed(entry: LogEntry) -> str:
    """What it was and what it is, one field a line."""
    both = [f"{one.field}: {one.before} → {one.after}" for one in changed_in(entry)]
    plain = audit_wording.plain_details(entry)
    return "\n".join([*both, *only_named_in(entry), *([plain] if plain else [])])
