"""Planning events: the desk, the forms, publishing and calling off."""

from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from community.core.clock import now
from community.core.dates import clock, day
from community.core.errors import NotFound, Refused
from community.core.text import gettext
from community.core.walltime import WallTime, kind_of, to_utc
from community.events import publishing
from community.events.archiving import may_archive
from community.events.cloning import drafts_of_series
from community.events.covers import as_cover, create_with_cover, edit_with_cover
from community.events.models import Event, EventStatus
from community.events.previews import find_preview
from community.events.visibility import Phase, phase
from community.organizing.afterwards import afterwards
from community.organizing.desk import get_organized_event, list_organized
from community.organizing.matters import decisions_waiting
from community.web.access import event_editors, hosts, organizers, signed_in_person, viewer
from community.web.forms import ButtonForm, ask_again
from community.web.forms.events import CancelForm, EventForm
from community.web.forms.pictures import MOST_REQUEST, handed_in
from community.web.organize.overview import overview_facts
from community.web.organize.seats import too_small
from community.web.uploads import takes_file


@hosts
def desk() -> ResponseReturnValue:
    """The events that the viewer may edit."""
    rows, past_rows = (list_organized(viewer(), past=past) for past in (False, True))
    decisions = decisions_waiting([row.event for row in rows])
    return render_template(
        "organize/desk.html", rows=rows, past_rows=past_rows, decisions=decisions
    )


@organizers
def new_event() -> ResponseReturnValue:
    """The form of a new event."""
    return render_template("organize/new_event.html", form=EventForm.blank())


@organizers
@takes_file(MOST_REQUEST)
def create() -> ResponseReturnValue:
    """Keep a draft."""
    form = EventForm.blank()
    if not form.validate():
        return ask_again("organize/new_event.html", form)
    try:
        cover = handed_in(form.cover, as_cover) or ()
        event = create_with_cover(signed_in_person().id, form.draft(), cover=cover)
    except Refused as refused:
        return ask_again("organize/new_event.html", form, refused)
    flash(gettext("Saved as a draft. Publish it when it is ready."), "success")
    _warn_of_repeated_times(event)
    return redirect(url_for("organize.event", slug=event.slug), 303)


@event_editors
def edit_event(slug: str) -> ResponseReturnValue:
    """The form of an event as it stands."""
    event = get_organized_event(viewer(), slug)
    return render_template("organize/edit_event.html", event=event, form=EventForm.of(event))


@event_editors
@takes_file(MOST_REQUEST)
def save(slug: str) -> ResponseReturnValue:
    """Change an event. A draft whose title changes gets another address."""
    event = get_organized_event(viewer(), slug)
    form = EventForm.of(event)
    if not form.validate():
        return ask_again("organize/edit_event.html", form, event=event)
    try:
        event = _save(event, form)
    except NotFound:
        raise
    except Refused as refused:
        event = get_organized_event(viewer(), slug)
        form.version.data = str(event.version)
        over = _over(event, form, refused)
        return ask_again("organize/edit_event.html", form, refused, event=event, over=over)
    flash(gettext("The changes are saved."), "success")
    _warn_of_repeated_times(event)
    return redirect(url_for("organize.event", slug=event.slug), 303)


def _save(event: Event, form: EventForm) -> Event:
    return edit_with_cover(
        signed_in_person().id,
        event.id,
        form.draft(),
        seen=form.seen_version(),
        cover=handed_in(form.cover, as_cover) or (),
        remove=bool(form.remove_cover.data),
    )


@event_editors
def event(slug: str) -> ResponseReturnValue:
    """How an event stands, and what can be done about it."""
    return render_template("organize/event.html", **_facts(get_organized_event(viewer(), slug)))


@event_editors
def publish_event(slug: str) -> ResponseReturnValue:
    """Open a draft for answers."""
    event, form = get_organized_event(viewer(), slug), ButtonForm()
    try:
        publishing.publish_event(signed_in_person().id, event.id)
    except Refused as refused:
        facts = _facts(event) | {"publish_form": form}
        return ask_again("organize/event.html", form, refused, **facts)
    flash(gettext("The event is published. People can answer now."), "success")
    return redirect(url_for("organize.event", slug=slug), 303)


@event_editors
def cancel_event(slug: str) -> ResponseReturnValue:
    """Call an event off."""
    event, form = get_organized_event(viewer(), slug), CancelForm()
    facts = _facts(event) | {"cancel_form": form}
    if not form.validate():
        return ask_again("organize/event.html", form, **facts)
    try:
        publishing.cancel_event(signed_in_person().id, event.id, form.message.data or "")
    except Refused as refused:
        return ask_again("organize/event.html", form, refused, **facts)
    flash(gettext("The event is cancelled, and everybody concerned is being told."), "success")
    return redirect(url_for("organize.event", slug=slug), 303)


def _over(event: Event, form: EventForm, refused: Refused) -> dict[str, Any] | None:
    """What to do instead when the event shall have fewer seats than are taken."""
    if refused.code != "below_seats_taken" or form.capacity.data is None:
        return None
    wanted = form.capacity.data
    return {"says": too_small(event, wanted), "seats": wanted}


def _facts(event: Event) -> dict[str, Any]:
    stands = phase(event, now())
    return {
        "event": event,
        **overview_facts(event),
        "after": afterwards(event),
        "publish_form": ButtonForm(),
        "cancel_form": CancelForm(formdata=None),
        "may_publish": stands == Phase.DRAFT and event.ends_at > now(),
        "may_archive": may_archive(event),
        "preview_token": find_preview(event),
        "series_drafts": len(drafts_of_series(signed_in_person().id, event)),
        "may_cancel": event.status == EventStatus.PUBLISHED and stands != Phase.PAST,
    }


def _warn_of_repeated_times(event: Event) -> None:
    """Say which hour was taken where the clocks show the typed time twice."""
    times = [(event.starts_local, event.starts_at), (event.ends_local, event.ends_at)]
    for local, instant in times:
        if kind_of(local, event.timezone) == WallTime.REPEATED:
            flash(_which_hour(local, instant, event.timezone), "warning")


def _which_hour(local: datetime, instant: datetime, zone: str) -> str:
    facts = {"day": day(local), "time": clock(local), "zone": zone}
    if instant == to_utc(local, zone):
        return gettext(
            "On %(day)s the clocks in %(zone)s show %(time)s twice. We took the first one.", **facts
        )
    return gettext(
        "On %(day)s the clocks in %(zone)s show %(time)s twice. We took the second one.", **facts
    )
