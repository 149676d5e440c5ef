"""Pages of events as they are sent to visitors, kept in memory as long as nothing in them changed.

A kept page is asked for without waking Flask: one statement (``discovery.page_facts``) reads anew
everything that the page shows, and the page is sent when that is what it was made of. Even that
is asked only after something was written. So a page is right at the moment in which it is asked
for, whichever process or machine wrote last, and there is nothing to throw away.

Only who has no session here gets it; an answer that sets a cookie is never kept.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask import Flask, request
from werkzeug.datastructures import Headers
from werkzeug.http import http_date, parse_etags, remove_entity_headers

from community.config import Settings
from community.core.clock import now
from community.core.db import db
from community.discovery import page_facts
from community.web.access_log import View, new_id, present_view, tell
from community.web.assets import shown_versions
from community.web.page_shelf import Shelf
from community.web.page_watch import Watch

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

V = TypeVar("V", bound=Callable[..., Any])

_WANTED = "community.page_wanted"
_PAGES = ("/", "/events")
_ONE_EVENT = "/events/"
# What belongs to one answer and not to the page.
_OF_ONE_ANSWER = {"date", "x-request-id"}


@dataclass
class Facts:
    """What a page is made of, and until when the clock alone leaves it as it is."""

    statement: str
    given: dict[str, Any]
    view: View
    rows: list[Any]
    read_at: datetime
    until: datetime | None = None
    is_whole: bool = False


@dataclass
class Page:
    """An answer as it is sent: ``heads`` of 200 and of 304, without the date."""

    facts: Facts
    host: str
    settings: Settings
    assets: tuple[str, ...]
    heads: tuple[list[tuple[str, str]], list[tuple[str, str]]]
    content: bytes
    tag: str
    checked: tuple[int, object] = field(default=(0, None))  # by the watch

    @property
    def size(self) -> int:
        """Bytes, more or less."""
        texts = sum(len(str(row)) for row in self.facts.rows)
        return len(self.content) + 2 * texts + 4000


def kept(statement: str, **given: Any) -> Callable[[V], V]:
    """A view whose page rests on such facts, and its arguments beside ``given``.

    The page is kept when the view has called :func:`changes_at` and everything about the answer
    is the same for every visitor. Its facts are read first, and the view reads what it shows in
    the same transaction: no change can come in between.
    """

    def mark(view: V) -> V:
        @wraps(view)
        def run(**values: Any) -> Any:
            if _WANTED in request.environ:
                request.environ[_WANTED] = _read(statement, {**given, **values})
            return view(**values)

        return cast("V", run)

    return mark


def changes_at(*moments: datetime | None) -> None:
    """Say when the clock changes what a kept page says: at the first of these that is to come."""
    facts = request.environ.get(_WANTED)
    if isinstance(facts, Facts):
        coming = [one for one in moments if one is not None and one > facts.read_at]
        facts.until, facts.is_whole = min(coming, default=None), True


def _read(statement: str, given: dict[str, Any]) -> Facts | None:
    session = db.session()
    if session.in_transaction():
        return None  # something was read already, and by now it may be another
    steady = {"isolation_level": "REPEATABLE READ"}
    is_sqlite = db.engine.dialect.name == "sqlite"  # which keeps to one state by itself
    connection = session.connection(execution_options={} if is_sqlite else steady)
    moment = now()
    asked = page_facts.asked(statement, connection.dialect)
    rows = asked.rows(connection.connection.driver_connection, moment, given)
    return Facts(statement, given, present_view(), rows, moment)


class KeptPages:
    """The program with its kept pages before it."""

    def __init__(self, app: Flask, inner: "WSGIApplication") -> None:
        self._app, self._inner = app, inner
        self._cookie = app.config["SESSION_COOKIE_NAME"]
        self._shelf: Shelf[Page] = Shelf()
        self._watch = Watch(app)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer one request."""
        begun, path = time.perf_counter(), environ.get("PATH_INFO", "")
        if not self._is_for_visitors(environ, path):
            return self._inner(environ, start_response)
        page = self._shelf.get(path)
        if page is not None and self._is_right(page, environ):
            number = new_id(environ.get("HTTP_X_REQUEST_ID", ""), page.settings)
            status, head, body = _answer(page, environ, number)
            seconds = time.perf_counter() - begun
            tell(page.facts.view, environ["REQUEST_METHOD"], int(status[:3]), seconds, number)
            start_response(status, head)
            return body
        return self._made(path, environ, start_response)

    def _is_for_visitors(self, environ: "WSGIEnvironment", path: str) -> bool:
        return (
            (path in _PAGES or (path.startswith(_ONE_EVENT) and path.count("/") == 2))
            and environ["REQUEST_METHOD"] in {"GET", "HEAD"}
            and not environ.get("QUERY_STRING")
            and not environ.get("SCRIPT_NAME")
            and self._cookie not in environ.get("HTTP_COOKIE", "")
            and not self._app.debug
        )

    def _is_right(self, page: Page, environ: "WSGIEnvironment") -> bool:
        facts = page.facts
        return (
            page.host == environ.get("HTTP_HOST", "")
            and page.settings is self._app.extensions["community_settings"]
            and page.assets == shown_versions(self._app)
            and facts.read_at <= (moment := now())
            and (facts.until is None or moment < facts.until)
            and self._watch.still(page, moment)
        )

    def _made(
        self, path: str, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """The page made anew, and kept where that is possible."""
        if environ["REQUEST_METHOD"] != "GET":
            return self._inner(environ, start_response)
        environ[_WANTED] = None
        settings, assets = self._app.extensions["community_settings"], shown_versions(self._app)
        # Whoever has the page already is told so below: the page is made whole, and kept.
        known = environ.pop("HTTP_IF_NONE_MATCH", None)
        said: list[Any] = []
        answer = self._inner(environ, lambda *start: said.append(start) or said.append)  # type: ignore[func-returns-value]  # None, and so the other
        try:
            content = b"".join(answer)
        finally:
            getattr(answer, "close", lambda: None)()
        if known is not None:
            environ["HTTP_IF_NONE_MATCH"] = known
        status, headers = said[0][0], Headers(said[0][1])
        facts = environ.pop(_WANTED)
        page = Page(
            facts,
            environ.get("HTTP_HOST", ""),
            settings,
            assets,
            _heads(headers),
            content,
            headers.get("ETag", ""),
        )
        if _may_be_kept(status, headers, facts):
            self._shelf.put(path, page, page.size)
        elif not page.tag or not status.startswith("200"):
            start_response(*said[0])
            return [content]
        status, head, body = _answer(page, environ, headers.get("X-Request-ID", ""))
        start_response(status, head)
        return body


def _may_be_kept(status: str, headers: Headers, facts: object) -> bool:
    return (
        isinstance(facts, Facts)
        and facts.is_whole
        and status.startswith("200")
        and "ETag" in headers
        and "Set-Cookie" not in headers
        and headers.get("Cache-Control", "").startswith("public")
    )


def _heads(headers: Headers) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    whole = [(name, value) for name, value in headers if name.lower() not in _OF_ONE_ANSWER]
    short = list(whole)
    remove_entity_headers(short)
    return whole, short


def _answer(
    page: Page, environ: "WSGIEnvironment", number: str
) -> tuple[str, list[tuple[str, str]], list[bytes]]:
    """Status, headers and body."""
    own = [("Date", http_date(now())), ("X-Request-ID", number)]
    known = environ.get("HTTP_IF_NONE_MATCH")
    if known is not None and (known == page.tag or _names(known, page.tag)):
        return "304 NOT MODIFIED", [*page.heads[1], *own], []
    body = [] if environ["REQUEST_METHOD"] == "HEAD" else [page.content]
    return "200 OK", [*page.heads[0], *own], body


def _names(known: str, tag: str) -> bool:
    return parse_etags(known).contains_weak(tag.strip('"'))


def register(app: Flask) -> None:
    """Put the kept pages before the application."""
    app.wsgi_app = KeptPages(app, app.wsgi_app)  # type: ignore[method-assign]  # WSGI's way to wrap
