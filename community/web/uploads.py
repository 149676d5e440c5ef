"""How large a request may be: pages that take a file are asked before anything of it is read."""

from collections.abc import Callable
from io import BytesIO
from typing import IO, Any, TypeVar

from flask import Flask, Request, abort, current_app, request
from werkzeug.formparser import FormDataParser

V = TypeVar("V", bound=Callable[..., Any])

# More than any page has; the framework counts the fields of forms with files only.
MOST_FIELDS = 5000


class _Fields(FormDataParser):
    def _parse_urlencoded(self, stream: IO[bytes], *given: Any, **named: Any) -> Any:
        text = stream.read()
        if text.count(b"&") >= MOST_FIELDS:
            abort(413)  # a hundred thousand of them keep a processor busy for a long time
        return super()._parse_urlencoded(BytesIO(text), *given, **named)


class _Bounded(Request):
    form_data_parser_class = _Fields


def takes_file(most: int) -> Callable[[V], V]:
    """A view whose request may be of ``most`` bytes, where others are held to a small form."""

    def mark(view: V) -> V:
        vars(view)["most_bytes"] = most
        return view

    return mark


def register(app: Flask) -> None:
    """Raise the limit for such views. Only who may open the page gets here: access comes first."""
    app.request_class = _Bounded
    app.before_request(_raise_limit)


def _raise_limit() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    most = vars(view).get("most_bytes") if view else None
    if most is not None:
        request.max_content_length = most
