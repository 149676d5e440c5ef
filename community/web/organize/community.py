"""The community's texts, for admins: each save is a new version."""

from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from community.core.errors import Refused
from community.core.text import gettext
from community.membership import texts
from community.membership.texts import TextKind
from community.web.access import admins, own_zone, signed_in_person
from community.web.forms import ask_again
from community.web.forms.community import TextForm
from community.web.texts import name_of


@admins
def community() -> ResponseReturnValue:
    """Which texts there are, and since which version."""
    rows = [(name_of(kind), texts.text_in_force(kind)) for kind in TextKind]
    return render_template("organize/community.html", rows=rows)


@admins
def edit_text(text: str) -> ResponseReturnValue:
    """A text as it is in force, and its older versions."""
    kind = _kind(text)
    version = texts.newest_version(kind)
    form = TextForm(body=texts.text_in_force(kind).body, seen=str(version))
    return render_template("organize/edit_text.html", form=form, **_facts(kind))


@admins
def save_text(text: str) -> ResponseReturnValue:
    """Put a new version in force."""
    kind, form = _kind(text), TextForm()
    if not form.validate():
        return ask_again("organize/edit_text.html", form, **_facts(kind))
    try:
        body, seen = form.body.data or "", form.seen_version()
        version = texts.publish_text(signed_in_person().id, kind, body, seen=seen)
    except Refused as refused:
        form.seen.data = str(texts.newest_version(kind))
        return ask_again("organize/edit_text.html", form, refused, **_facts(kind))
    flash(gettext("Version %(version)s is in force.", version=version), "success")
    return redirect(url_for("organize.edit_text", text=text), 303)


def _kind(text: str) -> TextKind:
    if text not in set(TextKind):
        abort(404)
    return TextKind(text)


def _facts(kind: TextKind) -> dict[str, Any]:
    return {
        "kind": kind,
        "name": name_of(kind),
        "versions": texts.versions_of(kind),
        "zone": own_zone(),
    }
