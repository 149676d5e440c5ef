"""The community's name and logo as every page shows them, and the logo's own address."""

from contextlib import suppress

from flask import Blueprint, Flask, Response, abort, current_app, g, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from community.core.current import settings
from community.core.identity import Identity, as_set, find_logo, identity
from community.web.access import everybody, stays_away_from_database

_FOREVER = "public, max-age=31536000, immutable"  # other bytes have another address
_LATEST = "community_identity_shown"

pages = Blueprint("identity", __name__)


@pages.get("/logo/<digest>")
@everybody
def logo(digest: str) -> ResponseReturnValue:
    """The logo in force; one that was taken away is absent."""
    found = find_logo(digest)
    if found is None:
        abort(404)
    response = Response(found.content, mimetype=found.content_type)
    response.headers["Cache-Control"] = _FOREVER
    response.set_etag(found.digest)
    return response.make_conditional(request)


def register(app: Flask) -> None:
    """Tell templates how the community is called."""
    app.context_processor(lambda: {"site": _Site(shown_identity())})


def shown_identity() -> Identity:
    """What counts now, asked once in a request.

    A page that must not ask the database shows what this process showed last.
    """
    if "identity" not in g:
        g.identity = _asked()
    found: Identity = g.identity
    return found


def _asked() -> Identity:
    known: Identity = current_app.extensions.get(_LATEST) or as_set()
    if stays_away_from_database():
        return known
    with suppress(SQLAlchemyError):  # pages that need no database are there without one
        current_app.extensions[_LATEST] = known = identity()
    return known


class _Site:
    """What a template may know of the community and the settings."""

    def __init__(self, shown: Identity) -> None:
        self.name, self.logo = shown.name, shown.logo
        self.base_url = settings().base_url
        self.is_development = settings().is_development
