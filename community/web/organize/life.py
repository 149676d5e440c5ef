"""The life of an event beside publishing: copies, previews, the archive, deleting a draft."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from community.core.errors import NotFound, Refused
from community.core.text import gettext, ngettext
from community.events import archiving, cloning, previews
from community.events.models import Event
from community.events.queries import get_event
from community.organizing.desk import get_organized_event, list_archived
from community.rsvp.deleting import delete_draft, require_deletable
from community.web.access import event_editors, hosts, signed_in_person, viewer
from community.web.forms import ButtonForm, ask_again
from community.web.forms.cloning import CloneForm
from community.web.wording import worded


@hosts
def archive() -> ResponseReturnValue:
    """What was put away."""
    page = list_archived(viewer(), request.args.get("after", ""))
    more = f"?{urlencode({'after': page.after})}" if page.after else None
    return render_template("organize/archive.html", rows=page.rows, more=more)


@event_editors
def put_away(slug: str) -> ResponseReturnValue:
    """Into the archive."""
    event = get_organized_event(viewer(), slug)
    try:
        archiving.archive_event(signed_in_person().id, event.id)
    except NotFound:
        raise
    except Refused as refused:
        flash(worded(refused), "danger")
    else:
        flash(gettext("The event is in the archive."), "success")
    return _back(event)


@event_editors
def put_back(slug: str) -> ResponseReturnValue:
    """Out of the archive."""
    event = get_organized_event(viewer(), slug)
    archiving.unarchive_event(signed_in_person().id, event.id)
    flash(gettext("The event is on your desk again."), "success")
    return _back(event)


@event_editors
def clone_event(slug: str) -> ResponseReturnValue:
    """Ask when and how often, then show the dates."""
    event = get_organized_event(viewer(), slug)
    if "starts_at" not in request.args:
        return render_template("organize/clone_event.html", **_cloning(event, CloneForm.of(event)))
    form = CloneForm.asked()
    if not form.validate():
        return ask_again("organize/clone_event.html", form, **_facts(event))
    try:
        dates = cloning.dates_of_copies(event, **form.wanted)
    except Refused as refused:
        return ask_again("organize/clone_event.html", form, refused, **_facts(event))
    return render_template("organize/clone_event.html", **_cloning(event, form, dates))


@event_editors
def clone(slug: str) -> ResponseReturnValue:
    """Make the copies, once however often the form is sent."""
    event, form = get_organized_event(viewer(), slug), CloneForm.sent()
    if not form.validate():
        return ask_again("organize/clone_event.html", form, **_facts(event))
    try:
        first = get_event(_copy(event, form))
    except NotFound:
        raise
    except Refused as refused:
        return ask_again("organize/clone_event.html", form, refused, **_facts(event))
    count = form.count.data or 1
    flash(
        ngettext("A draft was made.", "%(num)s drafts were made. This is the first.", count),
        "success",
    )
    return _back(first)


@event_editors
def delete_event(slug: str) -> ResponseReturnValue:
    """Ask once more, or say why not."""
    event = get_organized_event(viewer(), slug)
    return render_template("organize/delete_event.html", event=event, why_not=_why_not(event))


@event_editors
def delete(slug: str) -> ResponseReturnValue:
    """Delete a draft for good."""
    event = get_organized_event(viewer(), slug)
    try:
        delete_draft(signed_in_person().id, event.id)
    except NotFound:
        raise
    except Refused as refused:
        facts = {"event": event, "why_not": worded(refused)}
        return ask_again("organize/delete_event.html", ButtonForm(), refused, **facts)
    flash(gettext("The draft is deleted."), "success")
    return redirect(url_for("organize.desk"), 303)


@event_editors
def make_preview(slug: str) -> ResponseReturnValue:
    """Make the link that shows the draft."""
    event = get_organized_event(viewer(), slug)
    try:
        previews.make_preview(signed_in_person().id, event.id)
    except NotFound:
        raise
    except Refused as refused:
        flash(worded(refused), "danger")
    return _back(event)


@event_editors
def revoke_preview(slug: str) -> ResponseReturnValue:
    """End it."""
    event = get_organized_event(viewer(), slug)
    previews.revoke_preview(signed_in_person().id, event.id)
    flash(gettext("The link to the draft leads nowhere any more."), "success")
    return _back(event)


@event_editors
def publish_series(slug: str) -> ResponseReturnValue:
    """Publish all drafts of the series."""
    event = get_organized_event(viewer(), slug)
    count = len(cloning.publish_series(signed_in_person().id, event.id))
    flash(ngettext("One event is published.", "%(num)s events are published.", count), "success")
    return _back(event)


def _copy(event: Event, form: CloneForm) -> int:
    me = signed_in_person().id

    def act() -> int:
        together = bool(form.together.data)
        return cloning.clone_event(me, event.id, together=together, **form.wanted)[0].id

    return form.once(f"clone {event.id}", me, act)


def _cloning(
    event: Event, form: CloneForm, dates: list[tuple[datetime, datetime]] | None = None
) -> dict[str, Any]:
    return {"event": event, "form": form, "dates": dates}


def _facts(event: Event) -> dict[str, Any]:
    return {"event": event, "dates": None}


def _why_not(event: Event) -> str:
    try:
        require_deletable(event)
    except Refused as refused:
        return worded(refused)
    return ""


def _back(event: Event) -> ResponseReturnValue:
    return redirect(url_for("organize.event", slug=event.slug), 303)
