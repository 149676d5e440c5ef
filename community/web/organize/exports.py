"""The attendees of an event as files: at once, or made by the worker when they are many."""

from typing import Any
from urllib.parse import urlencode

from flask import Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from community.core.errors import NotFound, Refused
from community.events.models import Event
from community.events.queries import get_event
from community.organizing import export_jobs
from community.organizing.desk import get_organized_event
from community.organizing.export_kinds import Kind
from community.organizing.export_rows import Attending
from community.organizing.export_vcf import count_cards
from community.organizing.exporting import count_meant, note_export, pieces_of
from community.organizing.segments import Segment
from community.web.access import event_editors, signed_in_person, viewer
from community.web.forms import ButtonForm, ask_again
from community.web.streaming import Streamed


@event_editors
def export(slug: str, kind: str) -> ResponseReturnValue:
    """Those whom the address means as a file; what is made as a whole waits for a button when it
    is large."""
    event, segment = get_organized_event(viewer(), slug), _segment()
    if kind not in set(Kind):
        abort(404)
    count, wanted = count_meant(event, segment), Kind(kind)
    if count > export_jobs.MOST_AT_ONCE and not wanted.streams:
        return redirect(f"{url_for('organize.exports', slug=slug)}?{_query(segment)}", 303)
    if request.method == "GET":  # a HEAD takes nothing out
        note_export(viewer().person_id, event.id, wanted, segment, count)
    return _sent(event, wanted, segment)


@event_editors
def exports(slug: str) -> ResponseReturnValue:
    """What can be taken out, and what the worker makes or has made."""
    event, segment = get_organized_event(viewer(), slug), _segment()
    return render_template("organize/exports.html", form=ButtonForm(), **_offer(event, segment))


@event_editors
def make_export(slug: str) -> ResponseReturnValue:
    """Have the worker make a file of those whom the address means."""
    event, segment = get_organized_event(viewer(), slug), _segment()
    try:
        kind = _kind(request.form.get("kind", ""))
        made = export_jobs.ask_for_file(signed_in_person().id, event.id, kind, segment)
    except NotFound:
        raise
    except Refused as refused:
        return ask_again("organize/exports.html", ButtonForm(), refused, **_offer(event, segment))
    return redirect(url_for("organize.export_job", slug=slug, file_id=made.id), 303)


@event_editors
def export_job(slug: str, file_id: int) -> ResponseReturnValue:
    """How far a file is; a link to it once it is made."""
    event = get_organized_event(viewer(), slug)
    one = export_jobs.get_file(signed_in_person().id, event.id, file_id)
    return render_template("organize/export_job.html", event=event, one=one)


@event_editors
def export_file(slug: str, file_id: int) -> ResponseReturnValue:
    """A file that the worker made."""
    event = get_organized_event(viewer(), slug)
    one = export_jobs.get_file(signed_in_person().id, event.id, file_id)
    pieces = export_jobs.open_file(one)
    if request.method == "GET":
        note_export(viewer().person_id, event.id, one.format, one.segment, one.rows)
    return _attached(Response(pieces, mimetype=one.format.mimetype), slug, one.format)


def _kind(name: str) -> Kind:
    if name not in set(Kind):
        raise Refused("export_kind_unknown")
    return Kind(name)


def _segment() -> Segment:
    """Whom the address means. What it says and we do not understand is no page: a mistyped state
    must not send everybody to somebody who wanted a few."""
    given = request.args.to_dict(flat=False)
    if Segment.misread(given):
        abort(404)
    return Segment.from_args(given)


def _query(segment: Segment) -> str:
    return urlencode(segment.to_args(), doseq=True)


def _sent(event: Event, kind: Kind, segment: Segment) -> Response:
    event_id, who = event.id, viewer()
    pieces = Streamed(lambda: pieces_of(kind, Attending(get_event(event_id), segment), who))
    return _attached(Response(pieces, mimetype=kind.mimetype), event.slug, kind)


def _attached(response: Response, slug: str, kind: Kind) -> Response:
    response.headers.set("Content-Disposition", "attachment", filename=f"{slug}-attendees.{kind}")
    return response


def _offer(event: Event, segment: Segment) -> dict[str, Any]:
    count = count_meant(event, segment)
    cards = count_cards(event, segment, viewer())
    return {
        "event": event,
        "segment_args": segment.to_args(),
        "count": count,
        "cards": cards,
        "without_card": count - cards,
        "at_once": count <= export_jobs.MOST_AT_ONCE,
        "files": export_jobs.list_files(signed_in_person().id, event.id),
    }
