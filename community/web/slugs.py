"""The parts of an address that name a row: what ``slugify`` makes, and numbers that ids can be."""

from flask import Flask
from werkzeug.routing import BaseConverter, IntegerConverter, Map

_LARGEST_ID = 2**31 - 1  # what a column of ids holds on PostgreSQL


class Slug(BaseConverter):
    """Lower-case ASCII words joined by hyphens; any other address does not exist."""

    regex = "[a-z0-9-]{1,100}"


class Number(IntegerConverter):
    """An id that a row may have; the address of a larger one does not exist."""

    def __init__(self, rules: Map) -> None:
        super().__init__(rules, max=_LARGEST_ID)


def register(app: Flask) -> None:
    """Let routes say ``<slug:slug>`` and ``<int:row_id>``; before the blueprints that do."""
    app.url_map.converters["int"] = Number
    app.url_map.converters["slug"] = Slug
