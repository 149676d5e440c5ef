"""Stylesheets and scripts, each one file and named by its content, and the icons.

Every page has ``site.css`` and ``site.js``. Pages of the organizer's desk have ``desk.css`` as
well, and the door page a script of its own: visitors do not load what only organizers need.
"""

import hashlib
import os
from pathlib import Path

from flask import Flask, Response, abort, current_app, request, url_for

from community.config import ROOT
from community.web.access import everybody
from community.web.compression import squeezed

FOLDER = ROOT / "community" / "static"
_FOREVER = "public, max-age=31536000, immutable"
_SHORTLY = "public, max-age=300"
_ICONS = {".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon"}


class Bundle:
    """The files of a folder that are sent as one."""

    def __init__(self, name: str, mimetype: str, folder: Path) -> None:
        self.name, self.mimetype, self._folder = name, mimetype, folder
        self.content, self.filename = b"", ""
        self._seen: list[tuple[str, int, int]] = []
        self.read()

    def read(self) -> None:
        """Put the files together as they are on the disk now."""
        seen = _look(self._folder)
        if seen == self._seen:
            return
        stem, _, suffix = self.name.rpartition(".")
        files = in_order(self._folder, f"*.{suffix}")
        self.content = b"\n".join(path.read_bytes().rstrip() for path in files) + b"\n"
        self.filename = f"{stem}.{hashlib.sha256(self.content).hexdigest()[:16]}.{suffix}"
        self._seen = seen


def _look(folder: Path) -> list[tuple[str, int, int]]:
    """Of each file its name, when it was written (nanoseconds) and its size (bytes)."""
    with os.scandir(folder) as entries:
        looks = [(entry.name, entry.stat()) for entry in entries]
    return [(name, look.st_mtime_ns, look.st_size) for name, look in looks]


def in_order(folder: Path, pattern: str) -> list[Path]:
    """The files of a folder in the order of its ``ORDER`` file, those it omits after them."""
    order = folder / "ORDER"
    names = order.read_text().split() if order.exists() else []
    rest = sorted(path.name for path in folder.glob(pattern) if path.name not in names)
    return [folder / name for name in [*names, *rest] if (folder / name).is_file()]


def register(app: Flask) -> None:
    """Serve them under ``/static/`` and tell templates where they are."""
    bundles = [
        Bundle("site.css", "text/css", FOLDER / "css"),
        Bundle("site.js", "text/javascript", FOLDER / "js"),
        Bundle("desk.css", "text/css", FOLDER / "css" / "desk"),
        Bundle("door.js", "text/javascript", FOLDER / "js" / "door"),
    ]
    app.extensions["community_assets"] = bundles
    app.add_url_rule("/static/<path:filename>", "static", static)
    app.context_processor(_addresses)


@everybody
def static(filename: str) -> Response:
    """One file. A name of an older version gets the present one, for pages still in a cache."""
    for bundle in _bundles():
        stem, _, suffix = bundle.name.rpartition(".")
        if filename.startswith(f"{stem}.") and filename.endswith(f".{suffix}"):
            return _file(bundle.content, bundle.mimetype, lasting=filename == bundle.filename)
    folder, _, name = filename.rpartition("/")
    path = FOLDER / "icons" / name
    # Exactly one folder deep, and no name that climbs out of it.
    if folder != "icons" or name.startswith(".") or "\\" in name or not path.is_file():
        abort(404)
    return _file(path.read_bytes(), _ICONS.get(path.suffix, "application/octet-stream"))


def _file(content: bytes, mimetype: str, *, lasting: bool = False) -> Response:
    response = squeezed(Response(content, mimetype=mimetype))
    response.headers["Cache-Control"] = _FOREVER if lasting else _SHORTLY
    response.add_etag()
    response.make_conditional(request)
    return response


def _addresses() -> dict[str, str]:
    site, script, desk, door = (url_for("static", filename=one.filename) for one in _bundles())
    return {
        "stylesheet_url": site,
        "script_url": script,
        "desk_stylesheet_url": desk,
        "door_script_url": door,
    }


def shown_versions(app: Flask) -> tuple[str, ...]:
    """Which files the pages of this moment name."""
    return tuple([bundle.filename for bundle in _bundles_of(app)])


def _bundles() -> list[Bundle]:
    return _bundles_of(current_app)


def _bundles_of(app: Flask) -> list[Bundle]:
    bundles: list[Bundle] = app.extensions["community_assets"]
    if app.extensions["community_settings"].is_development:
        for bundle in bundles:
            bundle.read()  # so that a change shows when the page is loaded again
    return bundles
