"""What a page says when something went wrong; it says so without asking the database anything."""

import errno
import logging

from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from community.core.db import DatabaseBusy
from community.core.errors import Refused, TooMany
from community.core.text import gettext
from community.web.access import stay_away_from_database
from community.web.access_log import request_id
from community.web.wording import later, status_of, worded

RETRY_SECONDS = 5
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
log = logging.getLogger(__name__)

_PAGES = {
    400: (
        later("This request makes no sense"),
        later("Please go back, load the page again, and try once more."),
    ),
    403: (later("This is not for you"), later("You may not open this page or do this.")),
    404: (
        later("There is nothing here"),
        later("The page was moved or never existed, or you need to sign in to see it."),
    ),
    405: (
        later("This page cannot be opened like that"),
        later("It is only reached by pressing a button on another page."),
    ),
    409: (later("That did not work"), later("Please go back and look at the page again.")),
    410: (later("This link no longer works"), later("It was used already, or it is too old.")),
    413: (
        later("That was too much at once"),
        later(
            "What you sent is larger than we take, and nothing of it was saved. Please go back and "
            "send less."
        ),
    ),
    429: (later("A little slower, please"), later("That was too often.")),
    500: (
        later("Something broke on our side"),
        later("It was noted down. Please try again in a while."),
    ),
    503: (
        later("Too busy for a moment"),
        later("Nothing was changed. Please wait a few seconds and try again."),
    ),
}


def register(app: Flask) -> None:
    """Answer every error of this application with a page."""
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(Refused, _refusal)
    for kind in (OperationalError, InterfaceError, PoolTimeout, DatabaseBusy):
        app.register_error_handler(kind, _busy)
    app.register_error_handler(DBAPIError, _database_error)
    app.register_error_handler(OSError, _system_error)


def error_page(
    code: int, text: str = "", *, title: str = "", retry_after: int | None = None
) -> Response:
    """The page for an HTTP status, with its own words unless others are given.

    ``retry_after``, in seconds, is told to the reader in minutes and sent as a header.
    """
    stay_away_from_database()
    own_title, own_text = _PAGES.get(code, _PAGES[400 if code < 500 else 500])
    page = render_template(
        "errors/error.html",
        code=code,
        title=title or own_title,
        text=text or own_text,
        retry_after=retry_after,
        request_id=request_id() if code >= 500 else "",
    )
    response = Response(page, code)
    if retry_after:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _http_error(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if code < 400 or error.response is not None:
        return error
    response = error_page(code)
    if isinstance(error, MethodNotAllowed):
        response.allow.update(error.valid_methods or ())
    return response


def _csrf_error(_error: CSRFError) -> ResponseReturnValue:
    return error_page(
        403,
        gettext(
            "The form was open for too long, or your browser keeps no cookies. Please go back, "
            "load the page again, and send the form once more."
        ),
        title=gettext("Please send the form again"),
    )


def _refusal(refused: Refused) -> ResponseReturnValue:
    if isinstance(refused, TooMany):
        return error_page(429, retry_after=refused.retry_after)
    status = status_of(refused)
    return error_page(status, "" if status == 404 else worded(refused))


def _database_error(error: DBAPIError) -> ResponseReturnValue:
    if error.connection_invalidated:
        return _busy(error)
    raise error


def _system_error(error: OSError) -> ResponseReturnValue:
    if error.errno in _FULL:
        return _busy(error)
    raise error


def _busy(error: Exception) -> ResponseReturnValue:
    # One line: what the database says of itself. The engine hides what people typed.
    said = str(error).partition("\n")[0]
    log.warning("%s at %s, answered 503: %s", type(error).__name__, request.endpoint, said)
    response = error_page(503)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response
