"""How long the directory and like-minded people take as a community grows, beside a SELECT."""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import cycle
from statistics import median

import sqlalchemy as sa

from benchmarks.community import grow_to, hold_dinners, make_topics
from community.core.db import db
from community.core.pages import cursor
from community.discovery.directory import PAGE, Searched, list_members
from community.discovery.likeminded import like_minded
from community.membership.audiences import DEFAULTS
from community.membership.models import Membership, Person
from community.membership.profiles import ProfileDraft, edit_profile
from community.membership.viewer import VISITOR, Viewer

SIZES = (1_000, 10_000, 100_000)
_TIMES = 40
_WARM = 3
_people: sa.Table = Person.metadata.tables["people"]
# What a card is made of: the fields, and whom each is for.
_SHOWN = {"id", "handle", "sort_name", "photo_version", *DEFAULTS}
_SHOWN |= {f"{field}_audience" for field in DEFAULTS}
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
    """Lines of the table: milliseconds at the median and the 95th percentile, and their ratios.

    The floor is what the database takes for a page of rows as wide as a card, found and sorted by
    an index; a second one is a single row by its key. Ratios, at the median and at the 95th
    percentile, are to the page, and in brackets to the row. Each call is measured in turn with both
    floors, so that what else the machine does disturbs all alike, and ratios are medians of rounds.
    """
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
    page, row = _floors(ids)
    for name, call in {"SELECT of a page (floor)": page, "SELECT of a row": row, **calls}.items():
        yield _line(name, [_times(page, row, call) for _ in range(rounds)])


def _floors(ids: Sequence[int]) -> tuple[Callable[[], object], Callable[[], object]]:
    """A page in the middle of the directory and a row by its key, as statements made once."""
    turn = cycle(ids)
    key = sa.bindparam("key", type_=sa.Integer)
    one = sa.select(_people.c.id, _people.c.name).where(_people.c.id == key)
    shown = [column for column in _people.c if column.name in _SHOWN]
    page = (
        sa.select(*shown)
        .where(_people.c.membership == Membership.ACTIVE, _people.c.sort_name > "hi")
        .order_by(_people.c.sort_name, _people.c.id)
        .limit(PAGE + 1)
    )
    return (
        lambda: db.session.execute(page).all(),
        lambda: db.session.execute(one, {"key": next(turn)}).all(),
    )


def _times(*calls: Callable[[], object]) -> list[list[float]]:
    """Milliseconds of each call, many times and sorted; every one as a request of its own."""
    took: list[list[float]] = [[] for _ in calls]
    clock = _clock()
    for turn in range(_TIMES + _WARM):
        for call, times in zip(calls, took, strict=True):
            db.session.remove()
            db.session.connection()  # as any request has one by then: it asked who is looking
            began = clock()
            call()
            if turn >= _WARM:
                times.append((clock() - began) * 1000)
    return [sorted(times) for times in took]


def _clock() -> Callable[[], float]:
    """SQLite works in this process, whose own time other work disturbs less."""
    is_here = db.session.get_bind().dialect.name == "sqlite"
    return time.process_time if is_here else time.perf_counter


def _line(name: str, rounds: list[list[list[float]]]) -> str:
    """Of several rounds, each with the times of the page, of the row, and of what is measured."""
    middle, late = (median(_at(times[2], share) for times in rounds) for share in (0.5, 0.95))
    ratios = [
        median(_at(times[2], share) / _at(times[floor], share) for times in rounds)
        for floor in (0, 1)
        for share in (0.5, 0.95)
    ]
    shown = "  {:5.1f} {:5.1f}  ({:.1f} {:.1f})".format(*ratios)
    return f"  {name:28} {middle:8.2f} {late:8.2f} ms{shown}"


def _at(run: list[float], share: float) -> float:
    return run[min(int(len(run) * share), len(run) - 1)]
