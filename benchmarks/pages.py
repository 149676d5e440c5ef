"""Pages through HTTP, sixteen requests at a time, each beside a bare Flask page of the same bytes.

Ratios are of answers a second in the same round, and of the server's own processor time, which
other programs on the machine disturb less.

How long the slowest take is asked of one process as well (``tails``). With one for each core the
client waits for a core itself, and what it takes for slow answers is its own absence: on two
cores the bare page has the same tail.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from flask import current_app

from benchmarks.crowd import an_event, answer_all, guests
from benchmarks.load import Answered, ask, below, first, get, tag_of, worked
from benchmarks.serving import serving
from benchmarks.statements import count_statements
from community.core.current import settings
from community.core.db import db
from community.rsvp.models import RsvpStatus

ASKED = 16_000
SLOW = 1_600
_STORY = "Ein Abend mit Gästen, Vorträgen, Wein und Käse. " * 20


@dataclass
class _Figures:
    """One kind of request over the rounds."""

    name: str
    floor: str
    requests: list[bytes]
    status: int = 200
    runs: list[Answered] = field(default_factory=list)
    work: list[float] = field(default_factory=list)  # milliseconds of the server for each


def measure_tails(rounds: int) -> Iterator[str]:
    """The same of a single process, so that two cores have one left for the client."""
    return measure(rounds, web_processes="1")


def measure(rounds: int, *, web_processes: str = "") -> Iterator[str]:
    """Lines of the table; as many processes as cores, unless it is said how many."""
    event = an_event(
        description=_STORY,
        summary="Among peers.",
        venue="Glass House",
        venue_city="Cambridge",
        capacity=40,
    )
    for _ in range(10):
        an_event(summary="Among peers.", venue="Glass House", venue_city="Cambridge")
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # the proxy's own
    crowd = guests(app, 16)
    answer_all(event.id, [one.person_id for one in crowd[:8]], RsvpStatus.GOING)
    path = f"/events/{event.slug}"
    db.session.remove()
    queries = {
        who: count_statements(app, path, {"Cookie": one.cookie})
        for who, one in (("going", crowd[0]), ("has not answered", crowd[-1]))
    }
    more = {"COMMUNITY_WEB_PROCESSES": web_processes} if web_processes else {}
    with serving(**more) as (port, process):
        kinds = list(_kinds(port, path, [one.cookie for one in crowd]))
        for number in range(rounds + 1):
            for kind in kinds:
                processes = below(process)
                before = worked(processes)
                run = ask(port, kind.requests, kind.status)
                if number:  # the first round fills every process
                    kind.runs.append(run)
                    kind.work.append((worked(processes) - before) * 1000 / len(run.times))
    by_name = {kind.name: kind for kind in kinds}
    for kind in kinds:
        yield _line(kind, by_name[kind.floor])
    for who, asked in queries.items():
        yield f"queries of a signed-in event page, who {who}: {asked}"


def _kinds(port: int, path: str, cookies: list[str]) -> Iterator[_Figures]:
    for what, address in (("event", path), ("list", "/events")):
        head, body = first(port, get(address, port))
        known = {"if_none_match": tag_of(head)}
        bare = f"/bare/same/{what}"
        _hand_over(what, body)
        floor, floor_304 = f"bare page, bytes of {what}", f"bare 304 of {what}"
        yield _Figures(floor, floor, [get(bare, port)] * ASKED)
        yield _Figures(what, floor, [get(address, port)] * ASKED)
        yield _Figures(floor_304, floor_304, [get(bare, port, **known)] * ASKED, 304)
        yield _Figures(f"{what}, 304", floor_304, [get(address, port, **known)] * ASKED, 304)
    asked = [get(path, port, cookie="__Host-" + cookies[n % len(cookies)]) for n in range(SLOW)]
    yield _Figures("event, signed in", "bare page, bytes of event", asked)


def _hand_over(what: str, body: bytes) -> None:
    (settings().instance_path / f"benchmark-{what}.html").write_bytes(body)


def _line(kind: _Figures, floor: _Figures) -> str:
    best = max(kind.runs, key=lambda run: run.rate)
    pairs = zip(kind.runs, floor.runs, strict=True)
    ratios = sorted(run.rate / bare.rate for run, bare in pairs)
    work = min(kind.work)
    return (
        f"{kind.name:28} {best.rate:9,.0f} /s {ratios[0]:5.2f} to {ratios[-1]:5.2f}"
        f"   median {best.at(0.5):6.2f} ms, 99 % {best.at(0.99):6.2f} ms"
        f" ({best.at(0.99) / best.at(0.5):4.1f} x)"
        f"   server {work * 1000:6.0f} µs ({min(floor.work) / max(work, 1e-9):5.2f})"
    )
