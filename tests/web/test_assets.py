"""Bundles of stylesheets and scripts: what changes in their folder shows with the next page."""

from collections.abc import Callable
from pathlib import Path

import pytest

from community.web.assets import Bundle


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.css").write_text("a {}\n")
    (tmp_path / "b.css").write_text("b {}\n")
    (tmp_path / "ORDER").write_text("b.css\n")
    return tmp_path


def _written(folder: Path) -> None:
    (folder / "a.css").write_text("a { color: red }\n")


def _written_as_long(folder: Path) -> None:
    (folder / "a.css").write_text("A {}\n")


def _added(folder: Path) -> None:
    (folder / "c.css").write_text("c {}\n")


def _removed(folder: Path) -> None:
    (folder / "a.css").unlink()


def _put_in_order(folder: Path) -> None:
    (folder / "ORDER").write_text("a.css b.css\n")


def test_it_is_the_files_in_their_order(folder: Path) -> None:
    assert Bundle("site.css", "text/css", folder).content == b"b {}\na {}\n"


@pytest.mark.parametrize("change", [_written, _written_as_long, _added, _removed, _put_in_order])
def test_whatever_changes_is_read_and_named_anew(
    folder: Path, change: Callable[[Path], None]
) -> None:
    bundle = Bundle("site.css", "text/css", folder)
    before = bundle.filename
    change(folder)
    bundle.read()
    fresh = Bundle("site.css", "text/css", folder)
    assert (bundle.content, bundle.filename) == (fresh.content, fresh.filename)
    assert bundle.filename != before


def test_what_stays_keeps_its_name_also_when_it_was_touched(folder: Path) -> None:
    bundle = Bundle("site.css", "text/css", folder)
    before = bundle.filename
    (folder / "a.css").touch()
    bundle.read()
    assert bundle.filename == before
