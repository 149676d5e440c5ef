"""The files of the project that house rules are about."""

import os
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Others make these, and not under our rules.
_NOT_OURS = {".git", ".venv", "instance", "__pycache__", "versions"}


def files(folder: str, pattern: str) -> list[Path]:
    """The files below a folder that match, relative to the project, in order."""
    found = []
    for place, folders, names in os.walk(ROOT / folder):
        folders[:] = [name for name in folders if name not in _NOT_OURS]
        found += [Path(place, name) for name in names if fnmatch(name, pattern)]
    return sorted(path.relative_to(ROOT) for path in found)


def read(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")
