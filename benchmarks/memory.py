"""The most memory that this process holds while something runs, as the kernel counts it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PROCESS = Path("/proc/self")


@contextmanager
def peak_memory() -> Iterator[list[float]]:
    """Two figures in the list at the end: MiB held at the start, and at the peak.

    Resident memory, so that what SQLite and the driver hold in C counts as well. Nothing in the
    list where there is no ``/proc``.
    """
    figures: list[float] = []
    if not (_PROCESS / "clear_refs").exists():
        yield figures
        return
    (_PROCESS / "clear_refs").write_text("5")  # sets the high-water mark back to now
    before = _mib("VmRSS")
    yield figures
    figures.extend((before, _mib("VmHWM")))


def _mib(name: str) -> float:
    lines = (_PROCESS / "status").read_text().splitlines()
    line = next(line for line in lines if line.startswith(f"{name}:"))
    return int(line.split()[1]) / 1024
