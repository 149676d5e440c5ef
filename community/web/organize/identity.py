"""The community's name and logo, for admins: each save is a new version."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from community.core.current import settings
from community.core.errors import Refused
from community.core.text import gettext
from community.membership.identity import (
    as_logo,
    newest_identity,
    publish_identity,
    versions_of_identity,
)
from community.web.access import admins, own_zone, signed_in_person
from community.web.forms import ask_again
from community.web.forms.community import IdentityForm
from community.web.forms.pictures import MOST_REQUEST, handed_in
from community.web.identity import shown_identity
from community.web.uploads import takes_file


@admins
def identity() -> ResponseReturnValue:
    """The name and logo in force, and their older versions."""
    newest = newest_identity()
    form = IdentityForm(name=newest.name if newest else "", seen=str(_version()))
    return render_template("organize/identity.html", form=form, **_facts())


@admins
@takes_file(MOST_REQUEST)
def save_identity() -> ResponseReturnValue:
    """Put a new version in force."""
    form = IdentityForm()
    if not form.validate():
        return ask_again("organize/identity.html", form, **_facts())
    try:
        logo = handed_in(form.logo, as_logo)
        seen, remove = form.seen_version(), bool(form.remove_logo.data)
        name = form.name.data or ""
        publish_identity(signed_in_person().id, name, seen=seen, logo=logo, remove_logo=remove)
    except Refused as refused:
        if refused.values.get("field") == "seen":
            form.seen.data = str(_version())
        return ask_again("organize/identity.html", form, refused, **_facts())
    flash(gettext("The community is called and shown like this from now on."), "success")
    return redirect(url_for("organize.identity"), 303)


def _version() -> int:
    newest = newest_identity()
    return newest.version if newest else 0


def _facts() -> dict[str, Any]:
    return {
        "logo": shown_identity().logo,
        "usual_name": settings().name,
        "versions": versions_of_identity(),
        "zone": own_zone(),
    }
