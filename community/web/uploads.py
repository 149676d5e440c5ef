"""Pages that take a file: how large their request may be, told before anything of it is read."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, request

V = TypeVar("V", bound=Callable[..., Any])


def takes_file(most: int) -> Callable[[V], V]:
    """A view whose request may be of ``most`` bytes, where others are held to a small form."""

    def mark(view: V) -> V:
        vars(view)["most_bytes"] = most
        return view

    return mark


def register(app: Flask) -> None:
    """Raise the limit for such views. Only who may open the page gets here: access comes first."""
    app.before_request(_raise_limit)


def _raise_limit() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    most = vars(view).get("most_bytes") if view else None
    if most is not None:
        request.max_content_length = most
