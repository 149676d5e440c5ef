"""Who may open which page. Every view names its audience; one that does not is for nobody."""

from collections.abc import Callable
from contextlib import ExitStack
from enum import StrEnum
from ipaddress import ip_address, ip_network
from typing import Any, TypeVar, cast
from urllib.parse import quote

from flask import Flask, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from community.core.current import settings
from community.core.errors import NotFound
from community.core.origin import Origin, acting
from community.events.queries import rights_at
from community.events.visibility import NO_RIGHTS, Rights
from community.membership.models import Person
from community.membership.sessions import find_session, find_signed_in
from community.membership.signing_in import is_fresh
from community.membership.viewer import VISITOR, Viewer
from community.organizing.desk import has_desk
from community.web.browser import session_token
from community.web.machine import is_at_this_machine
from community.web.next import own_path

V = TypeVar("V", bound=Callable[..., Any])

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Audience(StrEnum):
    """Whom a page is for."""

    EVERYBODY = "everybody"
    SIGNED_IN = "signed_in"
    MEMBERS = "members"
    RECENTLY_SIGNED_IN = "recently_signed_in"
    ORGANIZERS = "organizers"
    HOSTS = "hosts"
    EVENT_LEADERS = "event_leaders"
    EVENT_EDITORS = "event_editors"
    EVENT_DOOR = "event_door"
    ADMINS = "admins"
    DEVELOPMENT = "development"


def everybody(view: V) -> V:
    """A page for visitors, too."""
    return _for(Audience.EVERYBODY, view)


def signed_in(view: V) -> V:
    """A page for somebody whose address was proven; a visitor is sent to sign in."""
    return _for(Audience.SIGNED_IN, view)


def members(view: V) -> V:
    """A page for members; others are led to where they stand."""
    return _for(Audience.MEMBERS, view)


def recently_signed_in(view: V) -> V:
    """A page that a browser left open must not reach: who signed in a while ago proves it again."""
    return _for(Audience.RECENTLY_SIGNED_IN, view)


def organizers(view: V) -> V:
    """A page that does not exist for members without that role."""
    return _for(Audience.ORGANIZERS, view)


def hosts(view: V) -> V:
    """A page for organizers, and for members who co-host an event."""
    return _for(Audience.HOSTS, view)


def event_leaders(view: V) -> V:
    """A page about the event ``slug`` for its owner and for admins."""
    return _for(Audience.EVENT_LEADERS, view)


def event_editors(view: V) -> V:
    """A page about the event ``slug`` for its hosts and for admins."""
    return _for(Audience.EVENT_EDITORS, view)


def event_door(view: V) -> V:
    """A page about the event ``slug`` for its hosts, for admins and for who lets people in."""
    return _for(Audience.EVENT_DOOR, view)


def admins(view: V) -> V:
    """A page that exists for admins only."""
    return _for(Audience.ADMINS, view)


def development(view: V) -> V:
    """A page for the developer at this very machine; see :func:`is_at_this_machine`."""
    return _for(Audience.DEVELOPMENT, view)


def from_anywhere(view: V) -> V:
    """A POST that any program may send, such as a mail program (RFC 8058).

    Neither the CSRF token nor the site that it comes from is looked at, so that the view may act
    on the secret in its address alone and never on who is signed in.
    """
    vars(view)["from_anywhere"] = True
    return view


def is_from_anywhere(view: Callable[..., Any] | None) -> bool:
    """Whether other sites and programs may POST to a view."""
    return view is not None and "from_anywhere" in vars(view)


def _for(audience: Audience, view: V) -> V:
    known = vars(view)
    if "audience" in known:
        raise RuntimeError(f"{view.__name__} has two audiences")
    known["audience"] = audience
    return view


def audience_of(view: Callable[..., Any]) -> Audience | None:
    """Whom a view is for; None for a view that nobody may open."""
    return vars(view).get("audience")


def person() -> Person | None:
    """Whom the session cookie stands for. Asks the database once in a request, and only then."""
    if "person" not in g:
        token = session_token()
        g.person = find_signed_in(token) if token else None
    return cast("Person | None", g.person)


def signed_in_person() -> Person:
    """The same on a page that only signed-in people reach. Raises NotFound for a visitor."""
    found = person()
    if found is None:
        raise NotFound("person")
    return found


def own_zone() -> str:
    """The time zone in which whoever is signed in reads: theirs, or the community's."""
    return signed_in_person().timezone or settings().timezone


def viewer() -> Viewer:
    """Who is looking, for reads; ``VISITOR`` when nobody is signed in."""
    if "viewer" not in g:
        found = person()
        g.viewer = Viewer.of(found) if found else VISITOR
    return cast("Viewer", g.viewer)


def event_rights() -> Rights:
    """What the viewer may do at the event that the page is about; nothing on other pages."""
    if "event_rights" not in g:
        slug = (request.view_args or {}).get("slug")
        g.event_rights = rights_at(viewer(), slug) if slug else NO_RIGHTS
    return cast("Rights", g.event_rights)


def is_signed_in() -> bool:
    """Whether somebody is signed in."""
    return viewer().person_id is not None


def stay_away_from_database() -> None:
    """From here on this request shows who is known to be looking, and asks nothing more."""
    g.setdefault("viewer", VISITOR)
    g.stays_away = True


def stays_away_from_database() -> bool:
    """Whether this request is one that asks the database nothing more."""
    return bool(g.get("stays_away"))


def network() -> str:
    """What counts as one network when requests are limited: an IPv4 address, or an IPv6 /64."""
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return ""  # a Unix socket
    if address.version == 4:
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((address, 64), strict=False))


def register(app: Flask) -> None:
    """Let every request through this module first."""
    app.before_request(_admit)
    app.teardown_request(_forget_who)
    app.context_processor(lambda: {"viewer": viewer() if is_signed_in() else None})
    app.context_processor(lambda: {"rights": g.get("event_rights", NO_RIGHTS)})


def _admit() -> ResponseReturnValue | None:
    if request.url_rule is None or request.endpoint is None:
        viewer()  # no such page; the one that says so still shows who is signed in
        return None
    audience = audience_of(current_app.view_functions[request.endpoint])
    answer = _turn_away(audience)
    if answer is None:
        _note_origin()
    return answer


def _turn_away(audience: Audience | None) -> ResponseReturnValue | None:
    match audience:
        case Audience.EVERYBODY:
            return None
        case Audience.DEVELOPMENT:
            if settings().is_development and not settings().mail_url and is_at_this_machine():
                return None
            raise NotFound("page")
        case None:
            raise NotFound("page")
    if not is_signed_in():
        return redirect(url_for("signing_in.ask", next=_asked_for()), 303)
    return _turn_away_person(audience)


def _turn_away_person(audience: Audience) -> ResponseReturnValue | None:
    who = viewer()
    if audience == Audience.MEMBERS and who.is_applicant and not who.is_member:
        return redirect(url_for("joining.application"), 303)
    if audience == Audience.MEMBERS and who.is_shut_out:
        return redirect(url_for("leaving.membership"), 303)
    if audience == Audience.RECENTLY_SIGNED_IN and not _was_proven_lately():
        return redirect(url_for("signing_in.again", next=_page_of_button()), 303)
    if not _MAY[audience](who):
        raise NotFound("page")  # what is not yours looks absent
    return None


_MAY: dict[Audience, Callable[[Viewer], bool]] = {
    Audience.SIGNED_IN: lambda _who: True,
    Audience.RECENTLY_SIGNED_IN: lambda _who: True,
    Audience.MEMBERS: lambda who: who.is_member,
    Audience.ORGANIZERS: lambda who: who.is_organizer,
    Audience.HOSTS: has_desk,
    Audience.EVENT_LEADERS: lambda _who: event_rights().leads,
    Audience.EVENT_EDITORS: lambda _who: event_rights().edits,
    Audience.EVENT_DOOR: lambda _who: event_rights().checks_in,
    Audience.ADMINS: lambda who: who.is_admin,
}


def _asked_for() -> str | None:
    """The page to come back to after signing in; None for what only a form's button reaches."""
    assert request.url_rule is not None
    if "GET" not in (request.url_rule.methods or ()):
        return None
    return _here()


def _page_of_button() -> str | None:
    """The same, and the form's page for a button that was pressed too late."""
    adapter = current_app.create_url_adapter(request)
    return _here() if adapter is not None and adapter.test(method="GET") else None


def _was_proven_lately() -> bool:
    found = find_session(session_token())
    return found is not None and is_fresh(found)


def _here() -> str | None:
    query = request.query_string.decode("ascii", "replace")
    return own_path(quote(request.path, safe="/-._~!$&'()*+,;=:@") + (f"?{query}" if query else ""))


def _note_origin() -> None:
    # Only what changes something needs the person; a page that asks for nobody stays cheap.
    who = None if request.method in SAFE_METHODS else person()
    stack = ExitStack()
    stack.enter_context(acting(Origin(who.id if who else None, "web", request.remote_addr or "")))
    g.origin_ends = stack


def _forget_who(_error: BaseException | None) -> None:
    stack: ExitStack | None = g.pop("origin_ends", None)
    if stack is not None:
        stack.close()
