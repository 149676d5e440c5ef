"""Saved views of an event's list: keep, rename, replace and delete them."""

from flask import flash, redirect
from flask.typing import ResponseReturnValue

from community.core.errors import NotFound, Refused
from community.core.text import gettext
from community.events.models import Event
from community.organizing import saved_views
from community.organizing.desk import get_organized_event
from community.organizing.saved_views import SavedView
from community.web.access import event_editors, signed_in_person, viewer
from community.web.forms.lists import ViewForm
from community.web.organize.roster_args import Asked, of_view
from community.web.organize.roster_page import list_again


@event_editors
def save_view(slug: str) -> ResponseReturnValue:
    """Keep what the address shows under a name."""
    event, form = get_organized_event(viewer(), slug), ViewForm()
    if not form.validate():
        return list_again(event, form)
    shown, name = Asked.now(event).shown, form["name"].data or ""
    try:
        view = saved_views.save_view(signed_in_person().id, event.id, name, shown)
    except NotFound:
        raise
    except Refused as refused:
        return list_again(event, form, refused)
    return _to(event, view, gettext("The view is saved."))


@event_editors
def rename_view(slug: str, view_id: int) -> ResponseReturnValue:
    """Give a view another name."""
    event, form = get_organized_event(viewer(), slug), ViewForm()
    if not form.validate():
        return list_again(event, form)
    try:
        me, name = signed_in_person().id, form["name"].data or ""
        view = saved_views.rename_view(me, event.id, view_id, name)
    except NotFound:
        raise
    except Refused as refused:
        return list_again(event, form, refused)
    return _to(event, view, gettext("The view has another name now."))


@event_editors
def replace_view(slug: str, view_id: int) -> ResponseReturnValue:
    """Let a view mean what the address shows."""
    event = get_organized_event(viewer(), slug)
    shown = Asked.now(event).shown
    view = saved_views.replace_view(signed_in_person().id, event.id, view_id, shown)
    return _to(event, view, gettext("The view is saved."))


@event_editors
def delete_view(slug: str, view_id: int) -> ResponseReturnValue:
    """Forget a view; what it shows stays on the page."""
    event = get_organized_event(viewer(), slug)
    saved_views.delete_view(signed_in_person().id, event.id, view_id)
    flash(gettext("The view is deleted."), "success")
    return redirect(Asked.now(event).address(), 303)


def _to(event: Event, view: SavedView, said: str) -> ResponseReturnValue:
    flash(said, "success")
    return redirect(of_view(event, view).address(), 303)
