"""What became of somebody's events, as their organizers may know it, as a page and as a file."""

from collections.abc import Iterator
from typing import Any

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from community.events.models import Event
from community.membership.models import Person
from community.organizing.history import Outcome, list_history, totals
from community.organizing.history_file import csv_lines
from community.organizing.known import get_guest
from community.organizing.notes import notes_about
from community.organizing.tags import tags_of
from community.rsvp.models import Rsvp
from community.web.access import organizers, own_zone, signed_in_person, viewer
from community.web.forms.notes import NoteForm, TagForm
from community.web.outcome_wording import ALWAYS, OUTCOMES, TONES
from community.web.streaming import Streamed

SHOWN_BESIDE = 5  # where the history is not the page's matter
PAGE = "organize/history.html"


@organizers
def history(person_id: int) -> ResponseReturnValue:
    """Their events, newest first, and what organizers wrote about them."""
    return render_template(PAGE, form=None, **whole(get_guest(viewer(), person_id)))


@organizers
def history_file(person_id: int) -> ResponseReturnValue:
    """The same as CSV, read and sent piece by piece."""
    known, reader = get_guest(viewer(), person_id), viewer()
    words = {name: str(label) for name, label in OUTCOMES.items()}

    def lines() -> Iterator[bytes]:
        return csv_lines(reader, known.id, words)

    name = f"history-{known.id}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(Streamed(lines), mimetype="text/csv", headers=headers)


def whole(known: Person) -> dict[str, Any]:
    """What the page of somebody's history shows. Whoever calls it has asked who may know them."""
    page = list_history(viewer(), known.id, request.args.get("after", "")[:1000])
    more = url_for("organize.history", person_id=known.id, after=page.after) if page.after else None
    return {
        **_figures(known.id),
        "known": known,
        "pasts": page.rows,
        "next_url": more,
        "is_first": not request.args.get("after"),
        "notes": notes_about(known.id),
        "tags": tags_of([known.id]).get(known.id, []),
        "note_form": NoteForm(formdata=None),
        "tag_form": TagForm(formdata=None),
        "me": signed_in_person().id,
        "zone": own_zone(),
    }


def brief(person_id: int) -> dict[str, Any]:
    """The same in short, beside something else; tags and notes for organizers alone."""
    page = list_history(viewer(), person_id, size=SHOWN_BESIDE)
    may_read = viewer().is_organizer
    return {
        **_figures(person_id),
        "pasts": page.rows,
        "tags": tags_of([person_id]).get(person_id, []) if may_read else [],
        "notes": notes_about(person_id, most=3) if may_read else [],
    }


def brief_of_answer(event: Event, rsvp: Rsvp) -> dict[str, Any]:
    """The same about who answered; nothing of somebody who was erased."""
    if rsvp.event_id != event.id or rsvp.person.erased_at is not None:
        return {}
    return {"past": brief(rsvp.person_id)}


def _figures(person_id: int) -> dict[str, Any]:
    counted = totals(viewer(), person_id)
    shown = [one for one in Outcome if counted.counts[one] or one in ALWAYS]
    return {
        "figures": [(OUTCOMES[one.value], counted.counts[one]) for one in shown],
        "guests_brought": counted.guests,
        "outcomes": OUTCOMES,
        "tones": TONES,
    }
