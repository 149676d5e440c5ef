"""Managing venues: renaming, correcting and deleting them."""

from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from community.core.errors import NotFound, Refused
from community.core.text import gettext
from community.discovery.events import events_at
from community.events import venues as use_cases
from community.events.models import Venue
from community.web.access import organizers, signed_in_person, viewer
from community.web.forms import ask_again
from community.web.forms.venues import VenueForm


@organizers
def venues() -> ResponseReturnValue:
    """The venues of one's events, a page at a time."""
    page = use_cases.list_venues(viewer(), request.args.get("after", ""))
    more = url_for("organize.venues") + "?" + urlencode({"after": page.after})
    next_url = more if page.after else None
    return render_template("organize/venues.html", venues=page.rows, next_url=next_url)


@organizers
def edit_venue(venue_id: int) -> ResponseReturnValue:
    """The form of a venue, what takes place there, and the way to be rid of it."""
    venue = use_cases.get_kept_venue(viewer(), venue_id)
    return render_template("organize/edit_venue.html", form=VenueForm.of(venue), **_facts(venue))


@organizers
def save_venue(venue_id: int) -> ResponseReturnValue:
    """Rename or correct a venue; whom it concerns is told."""
    venue = use_cases.get_kept_venue(viewer(), venue_id)
    form = VenueForm.of(venue)
    if not form.validate():
        return ask_again("organize/edit_venue.html", form, **_facts(venue))
    try:
        use_cases.edit_venue(signed_in_person().id, venue.id, form.draft())
    except NotFound:
        raise
    except Refused as refused:
        return ask_again("organize/edit_venue.html", form, refused, **_facts(venue))
    flash(gettext("The changes are saved."), "success")
    return redirect(url_for("organize.venues"), 303)


@organizers
def delete_venue(venue_id: int) -> ResponseReturnValue:
    """Remove a venue that no event needs."""
    venue = use_cases.get_kept_venue(viewer(), venue_id)
    name = venue.name
    try:
        use_cases.delete_venue(signed_in_person().id, venue.id)
    except NotFound:
        raise
    except Refused as refused:
        form = VenueForm(formdata=None, obj=venue)
        return ask_again("organize/edit_venue.html", form, refused, **_facts(venue))
    flash(gettext("%(name)s is deleted.", name=name), "success")
    return redirect(url_for("organize.venues"), 303)


def _facts(venue: Venue) -> dict[str, Any]:
    events, others = events_at(viewer(), venue.id)
    return {"venue": venue, "events": events, "others": others}
