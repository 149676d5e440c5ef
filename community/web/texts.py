"""What the community says of itself, each text on a page of its own."""

from collections.abc import Sequence

from flask import Blueprint, Flask, abort, g, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from community.core.text import gettext
from community.membership.texts import PAGES, TextKind, pages_in_force, text_in_force
from community.web.access import everybody, stays_away_from_database

pages = Blueprint("texts", __name__)


@everybody
def show(kind: TextKind) -> ResponseReturnValue:
    """The newest version; nothing as long as nobody wrote one."""
    text = text_in_force(kind)
    if not text.body:
        abort(404)
    return render_template("texts/show.html", text=text, title=name_of(kind))


for _kind in PAGES:
    pages.add_url_rule(f"/{_kind.value}", view_func=show, defaults={"kind": _kind})


def name_of(kind: TextKind) -> str:
    """What a text is called."""
    match kind:
        case TextKind.ABOUT:
            return gettext("About us")
        case TextKind.CONTACT:
            return gettext("Contact")
        case TextKind.PRIVACY:
            return gettext("Privacy")
        case TextKind.IMPRINT:
            return gettext("Imprint")
        case TextKind.CONSENT:
            return gettext("Consent of those who join")


def remember_texts(kinds: Sequence[TextKind]) -> None:
    """A view has read already which texts there are: the foot of its page asks no more."""
    g.texts_in_force = kinds


def register(app: Flask) -> None:
    """Let the foot of every page lead to those that exist."""
    app.add_template_global(_foot, "community_texts")


def _foot() -> list[tuple[TextKind, str]]:
    # The page that says that the database is away must not ask it, and one that needs none for
    # itself is there without these links.
    if stays_away_from_database():
        return []
    try:
        kinds = g.texts_in_force if "texts_in_force" in g else pages_in_force()
        return [(kind, name_of(kind)) for kind in kinds]
    except SQLAlchemyError:
        return []
