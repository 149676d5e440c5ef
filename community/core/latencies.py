"""How long requests take, counted by all web processes of one machine together.

Each process counts into a file of its own below ``metrics`` in the instance folder (the library's
multiprocess mode); whichever is asked adds all files up, those of processes that died included.
"""

import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from community.config import Settings

if TYPE_CHECKING:
    from prometheus_client import Counter, Histogram, Metric

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
# Seconds. Few, for each is a number for each view; a page takes some ten milliseconds.
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


def start(settings: Settings) -> None:
    """Count from nothing, in this process's children. Without a token nobody could read it."""
    if not settings.metrics_token:
        return
    folder = settings.instance_path / "metrics"
    folder.mkdir(mode=0o700, exist_ok=True)
    for file in folder.glob("*.db"):
        file.unlink(missing_ok=True)  # the library's own format; a counter may begin again
    # The library looks for it when it is imported, which is later and in the children.
    os.environ[_FOLDER] = str(folder)


def observe(view: str, status: int, seconds: float) -> None:
    """Count one request."""
    if _FOLDER in os.environ:
        durations, answers = _instruments()
        durations.labels(view).observe(seconds)
        answers.labels(f"{status // 100}xx").inc()


def read() -> Iterable["Metric"]:
    """What was counted on this machine."""
    folder = os.environ.get(_FOLDER, "")
    if not Path(folder).is_dir() or not folder:
        return []
    from prometheus_client import CollectorRegistry  # noqa: PLC0415 - few installations need it
    from prometheus_client.multiprocess import MultiProcessCollector  # noqa: PLC0415 - the same

    collector = MultiProcessCollector(CollectorRegistry(), folder)  # type: ignore[no-untyped-call]  # the library's own
    return cast("Iterable[Metric]", collector.collect())  # type: ignore[no-untyped-call]  # the same


@cache
def _instruments() -> tuple["Histogram", "Counter"]:
    from prometheus_client import CollectorRegistry, Counter, Histogram  # noqa: PLC0415 - as above

    registry = CollectorRegistry()
    durations = Histogram(
        "community_request_seconds",
        "Time until a request was answered.",
        ["view"],
        buckets=_BUCKETS,
        registry=registry,
    )
    answers = Counter("community_requests", "Requests by status.", ["status"], registry=registry)
    return durations, answers
