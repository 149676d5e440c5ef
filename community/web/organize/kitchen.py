"""The kitchen and access sheet on the desk, and the links by which whoever cooks sees it."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from community.core.errors import NotFound, Refused
from community.core.links import link
from community.core.text import gettext
from community.events.models import Event
from community.organizing.desk import get_organized_event
from community.organizing.kitchen import kitchen_of
from community.organizing.kitchen_links import (
    Lasts,
    list_links,
    make_link,
    may_have_links,
    revoke_link,
)
from community.web.access import event_editors, signed_in_person, viewer
from community.web.forms import ask_again
from community.web.forms.sheets import KitchenLinkForm
from community.web.kitchen import sheet_facts


@event_editors
def kitchen(slug: str) -> ResponseReturnValue:
    """What those who are going need, by counts; whose needs they are, where that is asked for."""
    event = get_organized_event(viewer(), slug)
    form = KitchenLinkForm(formdata=None)
    return render_template("organize/kitchen.html", form=form, **_facts(event))


@event_editors
def make_kitchen_link(slug: str) -> ResponseReturnValue:
    """Make a link, and show it: nobody can tell it again."""
    event, form = get_organized_event(viewer(), slug), KitchenLinkForm()
    if not form.validate():
        return ask_again("organize/kitchen.html", form, **_facts(event))
    try:
        lasts, names = Lasts(form.lasts.data), bool(form.with_names.data)
        token = make_link(signed_in_person().id, event.id, lasts=lasts, with_names=names)
    except NotFound:
        raise
    except Refused as refused:
        return ask_again("organize/kitchen.html", form, refused, **_facts(event))
    made = link("kitchen", token=token)
    fresh = KitchenLinkForm(formdata=None)
    return render_template("organize/kitchen.html", form=fresh, made=made, **_facts(event))


@event_editors
def revoke_kitchen_link(slug: str, link_id: int) -> ResponseReturnValue:
    """End a link for everybody who has it."""
    event = get_organized_event(viewer(), slug)
    revoke_link(signed_in_person().id, event.id, link_id)
    flash(gettext("The link opens nothing any more."), "success")
    return redirect(url_for("organize.kitchen", slug=slug), 303)


def _facts(event: Event) -> dict[str, Any]:
    with_names = request.args.get("names") == "1"
    return {
        "links": list_links(event),
        "may_link": may_have_links(event),
        "with_names": with_names,
        **sheet_facts(event, kitchen_of(event, with_names=with_names)),
    }
