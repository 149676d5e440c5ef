"""One file that holds parts and what they must be: written whole or not at all, read when whole.

It is a tar archive, ``manifest.json`` first, and behind its end one line with the SHA-256 of every
byte before: no byte of it can change unseen. ``tar -xf`` reads it.
"""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

FORMAT = 1
MANIFEST = "manifest.json"
_CHUNK = 1024 * 1024
_TRAILER = len(b"sha256 ") + 64 + 1


class DamagedBackup(Exception):
    """The file is no backup of ours, or not as it was written; the message says what is wrong."""


def digest_of(file: Path) -> str:
    """The SHA-256 of a file."""
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def write_file(target: Path, manifest: Mapping[str, Any], parts: Mapping[str, Path]) -> None:
    """Put the parts together under a name of its own beside ``target``, then give it that name.

    Readable by its owner alone from its first byte on. Whatever goes wrong leaves nothing behind.
    Raises FileExistsError rather than overwrite.
    """
    described = {
        name: {"sha256": digest_of(path), "size": path.stat().st_size}
        for name, path in parts.items()
    }
    whole = {**manifest, "format": FORMAT, "parts": described}
    half = target.with_name(f".{target.name}.{os.getpid()}")
    handle = os.open(half, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w+b") as out:
            _write_archive(out, whole, parts)
            out.seek(0)
            digest = hashlib.file_digest(out, "sha256").hexdigest()
            out.seek(0, os.SEEK_END)
            out.write(f"sha256 {digest}\n".encode())
            out.flush()
            os.fsync(out.fileno())
        os.link(half, target)  # refuses where a file is, also one that came meanwhile
        _sync_folder(target.parent)
    finally:
        half.unlink(missing_ok=True)


def _write_archive(out: IO[bytes], manifest: Mapping[str, Any], parts: Mapping[str, Path]) -> None:
    text = json.dumps(manifest, indent=1, sort_keys=True).encode()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(_entry(MANIFEST, len(text)), io.BytesIO(text))
        for name, path in parts.items():
            with path.open("rb") as source:
                archive.addfile(_entry(name, path.stat().st_size), source)


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class BackupFile:
    """A backup that was looked through from its first byte to its last before anything is read."""

    def __init__(self, file: Path) -> None:
        """Raises DamagedBackup, and OSError when it cannot be read."""
        self._file = file
        _check_whole(file)
        try:
            with self._archive() as archive:
                self.manifest: dict[str, Any] = json.loads(_content(archive, MANIFEST).read())
        except (tarfile.TarError, KeyError, ValueError) as error:
            raise DamagedBackup("It is no backup of this program.") from error
        if self.manifest.get("format") != FORMAT:
            raise DamagedBackup("It was written by another version of the program.")
        self.parts: dict[str, dict[str, Any]] = self.manifest["parts"]

    def unpack(self, folder: Path) -> dict[str, Path]:
        """Write the parts into a folder, numbered, and check each; says which file is which."""
        unpacked = {}
        with self._archive() as archive:
            for number, (name, facts) in enumerate(self.parts.items()):
                path = folder / str(number)
                with path.open("wb") as out, _content(archive, name) as source:
                    while piece := source.read(_CHUNK):
                        out.write(piece)
                if digest_of(path) != facts["sha256"]:
                    raise DamagedBackup(f"Its part {name} is not what was written.")
                unpacked[name] = path
        return unpacked

    def _archive(self) -> tarfile.TarFile:
        return tarfile.open(self._file, mode="r:")


def _content(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    content = archive.extractfile(name)
    if content is None:
        raise KeyError(name)
    return content


def _check_whole(file: Path) -> None:
    left, digest = file.stat().st_size - _TRAILER, hashlib.sha256()
    if left <= 0:
        raise DamagedBackup("It is too short to be a backup.")
    with file.open("rb") as source:
        while left and (piece := source.read(min(_CHUNK, left))):
            digest.update(piece)
            left -= len(piece)
        trailer = source.read()
    if trailer != f"sha256 {digest.hexdigest()}\n".encode():
        raise DamagedBackup("It is damaged, or was not written to its end.")
