"""The part of an address that names an event: what ``slugify`` makes, and nothing else."""

from flask import Flask
from werkzeug.routing import BaseConverter


class Slug(BaseConverter):
    """Lower-case ASCII words joined by hyphens; any other address does not exist."""

    regex = "[a-z0-9-]{1,100}"


def register(app: Flask) -> None:
    """Let routes say ``<slug:slug>``; before the blueprints that do."""
    app.url_map.converters["slug"] = Slug
