"""The kitchen sheet for whoever cooks, by a link and without signing in."""

from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from community.core.clock import now
from community.core.walltime import to_local
from community.events.models import Event, EventStatus
from community.organizing.kitchen import Kitchen, kitchen_of
from community.organizing.kitchen_links import get_by_token
from community.web.access import everybody
from community.web.kitchen_wording import NEEDS

pages = Blueprint("kitchen", __name__)


@pages.get("/kitchen/<token>")
@everybody
def show(token: str) -> ResponseReturnValue:
    """The present counts; names only if the link was made with them."""
    link = get_by_token(token)
    event, names = link.event, link.with_names
    is_off = event.status == EventStatus.CANCELLED
    sheet = Kitchen() if is_off else kitchen_of(event, with_names=names)
    return render_template(
        "kitchen/show.html", is_off=is_off, with_names=names, **sheet_facts(event, sheet)
    )


def sheet_facts(event: Event, sheet: Kitchen) -> dict[str, Any]:
    """What the sheet's template shows; the time is the event's."""
    emptied = event.answers_forgotten_at
    return {
        "event": event,
        "sheet": sheet,
        "needs": NEEDS,
        "as_of": to_local(now(), event.timezone),
        # An event that was moved to a later day has people who write anew.
        "is_forgotten": emptied is not None and emptied > event.ends_at,
    }
