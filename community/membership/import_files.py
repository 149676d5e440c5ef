"""Uploaded lists as files in the folder of files, readable by their owner alone."""

import os
from pathlib import Path
from typing import BinaryIO

from community.core.current import settings
from community.core.errors import Refused
from community.core.tokens import new_token

_CHUNK = 64 * 1024
MIB = 1024 * 1024


def folder() -> Path:
    """Where they lie until their import is over."""
    return settings().files_folder / "uploads" / "imports"


def keep_file(upload: BinaryIO, *, most: int) -> str:
    """Keep a copy of at most ``most`` bytes; the name under which :func:`open_file` finds it.

    Refuses a larger one and leaves nothing behind. The name is drawn by lot: what a browser calls
    its file has no say in where it is put.
    """
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    name = new_token()
    handle = os.open(folder() / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as out:
            left = most
            while piece := upload.read(_CHUNK):
                left -= len(piece)
                if left < 0:
                    raise Refused("import_too_large", most=most // MIB)
                out.write(piece)
            out.flush()
            os.fsync(handle)  # the row that names it will outlive a power cut
    except BaseException:
        drop_file(name)
        raise
    return name


def open_file(name: str) -> BinaryIO | None:
    """The file, or None when it is gone or lies on another machine."""
    try:
        return (folder() / name).open("rb")
    except FileNotFoundError:
        return None


def drop_file(name: str) -> None:
    """Delete the file; nothing happens when it is gone."""
    (folder() / name).unlink(missing_ok=True)


def stored_files() -> list[str]:
    """The names of all files that are kept."""
    return [path.name for path in folder().iterdir()] if folder().is_dir() else []
