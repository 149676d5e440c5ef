"""What every answer tells the browser: what it may load, keep, and pass on."""

from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, request, session
from werkzeug.exceptions import BadHost

from community.core.current import settings
from community.core.text import gettext
from community.web.access import SAFE_METHODS, Audience, audience_of, is_from_anywhere
from community.web.browser import session_token

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; frame-src 'self'; manifest-src 'self'"
)
_ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_PUBLIC = "public, max-age=0, must-revalidate"
_CACHEABLE = {"text/html", "text/calendar", "text/plain"}
# Load balancers and our own start ask these by whatever address they know.
_PROBES = {"health.alive", "health.ready"}


def register(app: Flask) -> None:
    """Refuse what is meant for another site or sent by one, and dress every answer."""
    app.before_request(_refuse_unknown_hosts)
    app.before_request(_refuse_other_sites)
    app.after_request(_dress)


def _refuse_unknown_hosts() -> Response | None:
    """In production no name but that of BASE_URL is answered, and nowhere one that is no name.

    Links never come from the Host header; this is for caches, cookies and whoever builds on it.
    """
    if request.endpoint in _PROBES:
        return None
    is_ours = _hostname(f"//{request.host}") == _hostname(settings().base_url)
    # Without a name that it can read, Flask makes no addresses, and no page can be rendered.
    if is_ours or (
        settings().is_development and not isinstance(request.routing_exception, BadHost)
    ):
        return None
    text = gettext(
        "This site has another name than the one you asked for. If you run it: BASE_URL is its "
        "name, and a proxy in front has to pass the Host header on."
    )
    return Response(f"{text}\n", 400, mimetype="text/plain")


def _hostname(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # an IPv6 address that is none
        return ""


def _refuse_other_sites() -> None:
    """The browser's own word on where a form comes from, beside the token in it.

    Pages with a token in their address send ``Origin: null`` because of ``no-referrer``, so that
    alone proves nothing.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method in SAFE_METHODS or is_from_anywhere(view):
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site not in {"same-origin", "none"}:
            abort(403)
        return
    sent_by = request.headers.get("Origin", "null")
    own_hosts = {request.host, urlsplit(settings().base_url).netloc}
    if sent_by != "null" and _host_of(sent_by) not in own_hosts:
        abort(403)


def _host_of(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # no address at all, such as "http://[::1"
        return None


def _dress(response: Response) -> Response:
    for name, value in _ALWAYS.items():
        response.headers.setdefault(name, value)
    if not settings().is_development:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if "token" in (request.view_args or {}):
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex"
        response.headers.setdefault("Cache-Control", "no-store")
        return response
    if "Cache-Control" in response.headers:
        return response  # the view knows better: files and feeds
    response.vary.add("Cookie")
    if not _is_the_same_for_every_visitor(response):
        response.headers["Cache-Control"] = "no-store"
        return response
    response.headers["Cache-Control"] = _PUBLIC
    if not response.is_streamed:
        response.add_etag()
        response.make_conditional(request)
    return response


def _is_the_same_for_every_visitor(response: Response) -> bool:
    return (
        request.method in {"GET", "HEAD"}
        and response.status_code == 200
        and response.mimetype in _CACHEABLE
        and _is_for_everybody()
        and "Set-Cookie" not in response.headers
        # The session's cookie is written after this: a changed session is one, too. And a page
        # with a CSRF token belongs to the session that it was made for.
        and not session.modified
        and "csrf_token" not in g
        and not session_token()
    )


def _is_for_everybody() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return view is not None and audience_of(view) == Audience.EVERYBODY
