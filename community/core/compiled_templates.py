"""Templates that are compiled once, and not by each process that shows them.

Python keeps what it compiled in ``__pycache__`` beside the source, and so do we: the first page of
a new process comes in half the time. Where that folder cannot be written (a read-only image, a full
disk) each process compiles for itself.
"""

import sys
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from jinja2 import Environment, FileSystemBytecodeCache
from jinja2.bccache import Bucket

from community.config import ROOT

_FOLDER = ROOT / "templates" / "__pycache__"


class CompiledTemplates(FileSystemBytecodeCache):
    """Those of one environment.

    A file is good for one source, one way to escape and to trim, one version of Python and one of
    Jinja. What does not escape must never be met by what relies on that.
    """

    def __init__(self, environment: str, folder: Path = _FOLDER) -> None:
        with suppress(OSError):
            folder.mkdir(exist_ok=True)
        super().__init__(str(folder), f"{environment}-{version('jinja2')}-%s.pyc")

    def get_bucket(
        self, environment: Environment, name: str, filename: str | None, source: str
    ) -> Bucket:
        """What is kept of a template, or room for it; see the base class."""
        escapes = environment.autoescape
        ways = (
            escapes(name) if callable(escapes) else escapes,
            environment.trim_blocks,
            environment.lstrip_blocks,
        )
        return super().get_bucket(environment, name, filename, f"{ways}\n{source}")

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket from its file, if that is there and whole."""
        try:
            super().load_bytecode(bucket)
        except Exception:  # Jinja reads a pickle, which fails in many ways where a file is cut off
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it for the next process, where there is room and permission."""
        if not sys.dont_write_bytecode:
            with suppress(OSError):
                super().dump_bytecode(bucket)
