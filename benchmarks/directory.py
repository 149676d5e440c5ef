"""How long the directory and like-minded people take as a community grows, beside one SELECT."""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import cycle

import sqlalchemy as sa

from benchmarks.community import grow_to, hold_dinners, make_topics
from community.core.db import db
from community.core.pages import cursor
from community.discovery.likeminded import like_minded
from community.discovery.directory import PAGE, Searched, list_members
from community.membership.models import Membership, Person
from community.membership.profiles import ProfileDraft, edit_profile
from community.membership.viewer import VISITOR, Viewer

SIZES = (1_000, 10_000, 100_000)
_TIMES = 60
_people: sa.Table = Person.metadata.tables["people"]
_SEARCHES = {
    "first page": Searched(),
    "a page in the middle": Searched(after=cursor("hi", 0)),
    "beginning of a name": Searched("mabert"),
    "two letters": Searched("ma"),
    "word that half of all share": Searched("institute"),
    "the same, in the middle": Searched("institute", after=cursor("hi", 0)),
    "small organization": Searched("4711"),
    "place": Searched("boston"),
    "two words": Searched("institute boston"),
    "two words, one of a few": Searched("institute kov"),
    "word of nobody": Searched("xylophone"),
    "name of a topic": Searched("topic 39"),
    "topic of every second": Searched(topic="topic-0"),
    "topic of a few": Searched(topic="topic-39"),
}


def measure(rounds: int, sizes: Sequence[int] = SIZES) -> Iterator[str]:
    """Lines of the table: milliseconds at the median and the 95th percentile, and the ratio."""
    topics = make_topics()
    me = None
    for size in sizes:
        grow_to(size, topics)
        ids = list(db.session.scalars(sa.select(Person.id).order_by(Person.id).limit(1000)))
        if me is None:
            me = _me(ids)
        viewer = Viewer.of(db.session.get_one(Person, me))
        yield f"{size:,} people"
        calls: dict[str, Callable[[], object]] = {
            name: partial(list_members, viewer, searched) for name, searched in _SEARCHES.items()
        }
        calls["as a visitor"] = partial(list_members, VISITOR, Searched("institute"))
        calls["like-minded"] = partial(like_minded, viewer)
        yield from _lines(calls, ids, rounds)


def _me(ids: Sequence[int]) -> int:
    """Somebody with topics, a place, and a past."""
    draft = ProfileDraft(
        name="Mabert Lindgren", location="Boston", topics=["topic-0", "topic-3", "topic-20"]
    )
    hold_dinners(ids, count=20, guests=40)
    return edit_profile(ids[0], draft).id


def _lines(
    calls: dict[str, Callable[[], object]], ids: Sequence[int], rounds: int
) -> Iterator[str]:
    turn = cycle(ids)
    one = sa.select(_people.c.id, _people.c.name)

    def floor() -> None:
        db.session.execute(one.where(_people.c.id == next(turn))).all()

    page = sa.select(_people).where(_people.c.membership == Membership.ACTIVE)
    page = page.order_by(_people.c.sort_name, _people.c.id).limit(PAGE + 1)

    def floor_of_page() -> None:
        db.session.execute(page).all()

    floors = [_times(floor) for _ in range(rounds)]
    yield _line("SELECT of a row by its key (floor)", floors, floors)
    yield _line("SELECT of a page's rows", [_times(floor_of_page) for _ in range(rounds)], floors)
    for name, call in calls.items():
        yield _line(name, [_times(call) for _ in range(rounds)], floors)


def _times(call: Callable[[], object]) -> list[float]:
    """Milliseconds of each of many calls, sorted; every one as a request of its own."""
    took = []
    call()
    for _ in range(_TIMES):
        db.session.remove()
        db.session.connection()  # as any request has one by then: it asked who is looking
        began = time.perf_counter()
        call()
        took.append((time.perf_counter() - began) * 1000)
    return sorted(took)


def _line(name: str, runs: list[list[float]], floors: list[list[float]]) -> str:
    ratios = sorted(
        _at(run, 0.95) / _at(floor, 0.95) for run, floor in zip(runs, floors, strict=True)
    )
    best = min(runs, key=lambda run: _at(run, 0.95))
    spread = f"{ratios[0]:.1f} to {ratios[-1]:.1f}"
    return f"  {name:36} {_at(best, 0.5):8.2f} {_at(best, 0.95):8.2f} ms {spread:>18}"


def _at(run: list[float], share: float) -> float:
    return run[min(int(len(run) * share), len(run) - 1)]
