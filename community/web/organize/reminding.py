"""Reminding those who are invited and have not answered."""

from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from community.core.clock import now
from community.core.errors import NotFound, Refused
from community.core.text import ngettext
from community.events.models import Event
from community.organizing.desk import get_organized_event
from community.rsvp import reminding
from community.web.access import event_editors, signed_in_person, viewer
from community.web.forms import ask_again
from community.web.forms.inviting import ALL, RemindForm


@event_editors
def remind(slug: str) -> ResponseReturnValue:
    """Who has not answered, and how many of them would be written to now."""
    event = get_organized_event(viewer(), slug)
    return render_template("organize/remind.html", form=RemindForm().offering(), **_facts(event))


@event_editors
def send_reminders(slug: str) -> ResponseReturnValue:
    """Have them reminded: all, or those who are ticked."""
    event, form = get_organized_event(viewer(), slug), RemindForm().offering()
    if not form.validate():
        return ask_again("organize/remind.html", form, **_facts(event))
    chosen = None if form.who.data == ALL else _ticked()
    try:
        count = reminding.remind(
            signed_in_person().id, event.id, chosen=chosen, word=form.word.data or ""
        )
    except NotFound:
        raise
    except Refused as refused:
        return ask_again("organize/remind.html", form, refused, **_facts(event))
    said = ngettext(
        "%(num)s person is being reminded.", "%(num)s people are being reminded.", count
    )
    flash(said, "success")
    return redirect(url_for("organize.remind", slug=slug), 303)


def _ticked() -> list[int]:
    """The RSVPs of the boxes, at most a page of them; what is no number is nobody."""
    typed = request.form.getlist("rsvp")[: reminding.PAGE]
    return [int(one) for one in typed if one.isascii() and one.isdigit() and len(one) < 10]


def _facts(event: Event) -> dict[str, Any]:
    page = reminding.list_undecided(event.id, request.args.get("after", ""))
    moment = now()
    address = url_for("organize.remind", slug=event.slug)
    return {
        "event": event,
        "undecided": reminding.count_undecided(event.id),
        "rows": [(one, reminding.was_reminded_lately(one, moment)) for one in page.rows],
        "ticked": set(_ticked()),
        "next_url": f"{address}?{urlencode({'after': page.after})}" if page.after else None,
    }
