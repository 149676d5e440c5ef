"""What a browser keeps for us: the session of whoever is signed in, and a secret of its own."""

import re

from flask import Flask, Response, g, request, session

from community.core.current import settings
from community.core.tokens import new_token
from community.membership import sessions

_SECRET = re.compile("[A-Za-z0-9_-]{43}")  # what new_token makes
_KEY = "token"
_YEAR = 365 * 24 * 3600


def session_token() -> str:
    """The token in the session cookie; ``""`` when nobody signed in here."""
    token = session.get(_KEY)
    return token if isinstance(token, str) else ""


def keep_session(token: str) -> None:
    """Sign this browser in with a token of ``open_session``, and out of whatever it was before.

    Nothing of the old cookie is kept, so that a cookie planted beforehand is worth nothing.
    """
    drop_session()
    session.permanent = True
    session[_KEY] = token


def drop_session() -> None:
    """Sign this browser out."""
    old = session_token()
    session.clear()
    if old:
        sessions.sign_out(old)


def browser_secret() -> str:
    """The secret by which this browser is known again; ``""`` if it has none yet."""
    made = g.get("new_browser_secret")
    if made:
        return str(made)
    sent = request.cookies.get(_cookie_name(), "")
    return sent if _SECRET.fullmatch(sent) else ""


def own_browser_secret() -> str:
    """The same, made and sent along with the answer when there is none. Only while writing."""
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        raise RuntimeError("a page that is only read leaves no cookie behind")
    known = browser_secret()
    if known:
        return known
    g.new_browser_secret = new_token()
    return str(g.new_browser_secret)


def agent() -> str:
    """The User-Agent, for the list of signed-in devices."""
    return request.headers.get("User-Agent", "")[:1000]


def register(app: Flask) -> None:
    """Send new browser secrets with the answers of this application."""
    app.after_request(_send_secret)


def _send_secret(response: Response) -> Response:
    made = g.pop("new_browser_secret", None)
    if made:
        response.set_cookie(
            _cookie_name(),
            made,
            max_age=_YEAR,
            secure=not settings().is_development,
            httponly=True,
            samesite="Lax",
        )
    return response


def _cookie_name() -> str:
    # __Host- keeps a neighbouring subdomain from planting a cookie; it asks for Secure.
    return "browser" if settings().is_development else "__Host-browser"
