"""The directory of members: searched by words and topic, in pages by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from community.core.db import db
from community.core.pages import Page, cursor, read_cursor
from community.discovery.acquaintance import Reader, listed, may_read_column, reader_of
from community.discovery.cards import card_columns, cards, limit_to
from community.discovery.people import VisibleProfile
from community.membership.audiences import Audience, Relation, readable
from community.membership.models import MOST_TOPICS, Person
from community.membership.terms import PLACE, words_of
from community.membership.viewer import Viewer

PAGE = 24
_MOST_WORDS = 6
_LONGEST_QUERY = 100
_FEW = 1_500  # about as many as are gone through to fill a page where more have a word
_LAST = "\U0010ffff"  # follows every character, on both databases
_tables = Person.metadata.tables
_people, _topics = _tables["people"], _tables["topics"]
_terms, _follows = _tables["person_terms"], _tables["person_topics"]


@dataclass(frozen=True)
class Searched:
    """What the directory is narrowed to: words, a topic's slug, and where to go on."""

    q: str = ""
    topic: str = ""
    after: str = ""


class _Wish(NamedTuple):
    """Something that everybody found has: a word, topics, or either of the two."""

    word: str | None
    topics: tuple[int, ...]


class _Amount(IntEnum):
    """How many fit one half of a wish."""

    NOBODY = 0
    FEW = 1
    MANY = 2

    @classmethod
    def of(cls, count: int) -> "_Amount":
        return cls.NOBODY if count == 0 else cls.FEW if count <= _FEW else cls.MANY


_Kind = tuple[_Amount, _Amount]  # of the word, of the topics


class _Shape(NamedTuple):
    """All that makes one statement differ from another; the rest are its parameters."""

    reader: Reader
    kinds: tuple[_Kind, ...]
    rarest: int | None  # the wish that so few fit that these alone are looked at
    goes_on: bool


def list_members(viewer: Viewer, searched: Searched, *, size: int = PAGE) -> Page[VisibleProfile]:
    """Members by name whom every word and the topic fit, as far as the viewer may read them.

    What is hidden from the viewer is not searched either: a match would tell what it says.
    """
    wishes = _wishes(searched)
    key = read_cursor(searched.after, (str, int))
    if wishes is None:
        return Page([])
    reader = reader_of(viewer)
    counted = _count(viewer, wishes)
    # The rarest first: whom it does not fit is not looked at any longer.
    order = sorted(range(len(wishes)), key=lambda number: sum(counted[number]))
    wishes = [wishes[number] for number in order]
    fewest = min(map(sum, counted), default=_FEW + 1)
    if fewest == 0:
        return Page([])
    values = _values(viewer, wishes) | {"most": size + 1}
    if key:
        values |= {"name": key[0], "id": key[1]}
    amounts = [map(_Amount.of, counted[number]) for number in order]
    kinds = tuple((of_word, of_topics) for of_word, of_topics in amounts)
    page = _page(_Shape(reader, kinds, 0 if fewest <= _FEW else None, bool(key)))
    found = db.session.execute(page, values).all()
    shown = found[:size]
    after = cursor(shown[-1].sort_name, shown[-1].id) if len(found) > size else None
    return Page(cards(viewer, shown), after)


def _wishes(searched: Searched) -> list[_Wish] | None:
    """What is searched for; None if nobody can have it: a topic that is none, or signs alone."""
    q = searched.q[:_LONGEST_QUERY]
    words = words_of(q)[:_MOST_WORDS]
    if q.strip() and not words:
        return None
    if not words and not searched.topic:
        return []
    topics = db.session.execute(_every_topic()).all()
    wishes = [
        _Wish(word, tuple(topic.id for topic in topics if _mentions(topic.name, word)))
        for word in words
    ]
    if searched.topic:
        ids = tuple(topic.id for topic in topics if topic.slug == searched.topic)
        if not ids:
            return None
        wishes.append(_Wish(None, ids))
    return wishes


@lru_cache(1)
def _every_topic() -> sa.Select[int, str, str]:
    query = sa.select(_topics.c.id, _topics.c.slug, _topics.c.name)
    return query.order_by(_topics.c.folded).limit(MOST_TOPICS)


def _mentions(name: str, word: str) -> bool:
    return any(one.startswith(word) for one in _words_of_name(name))


@lru_cache(4 * MOST_TOPICS)
def _words_of_name(name: str) -> tuple[str, ...]:
    return tuple(words_of(name))


def _values(viewer: Viewer, wishes: Sequence[_Wish]) -> dict[str, Any]:
    """The parameters of statements about these wishes."""
    values: dict[str, Any] = {"me": viewer.person_id}
    for number, wish in enumerate(wishes):
        values |= {f"from_{number}": wish.word, f"to_{number}": f"{wish.word}{_LAST}"}
        values[f"topics_{number}"] = wish.topics
    return values


def _count(viewer: Viewer, wishes: Sequence[_Wish]) -> list[tuple[int, int]]:
    """How many have each word and how many its topics, counted as far as it matters.

    Few are looked at one by one and then sorted. Where every wish has many, a page is soon full
    when the directory is gone through in its order. Either way a page costs about the square root
    of what there is. Who is among them is decided elsewhere: this only leaves out whom the viewer
    cannot read in any case, so that words hidden from them do not count as many.
    """
    if not wishes:
        return []
    kinds = tuple((wish.word is not None, bool(wish.topics)) for wish in wishes)
    query = _counts(reader_of(viewer), kinds)
    row = db.session.execute(query, _values(viewer, wishes) | {"few": _FEW + 1}).one()
    return list(zip(row[::2], row[1::2], strict=True))


@lru_cache(256)
def _counts(reader: Reader, kinds: Sequence[tuple[bool, bool]]) -> sa.Select[*tuple[Any, ...]]:
    readers: sa.ColumnElement[bool] = _terms.c.audience.in_(sorted(_widest(reader)))
    if reader.person_id is not None:
        readers = sa.or_(readers, _terms.c.person_id == reader.person_id)
    counts: list[sa.ColumnElement[int]] = []
    for number, (has_word, has_topics) in enumerate(kinds):
        with_word = sa.select(_terms.c.person_id).where(_begins(number), readers)
        followers = sa.select(_follows.c.person_id).where(_follows.c.topic_id.in_(_ids(number)))
        for is_there, query in ((has_word, with_word), (has_topics, followers)):
            count = _counted(query) if is_there else sa.literal_column("0", sa.Integer)
            counts.append(count.label(f"count_{len(counts)}"))
    return sa.select(*counts)


def _counted(query: sa.Select[Any]) -> sa.ScalarSelect[int]:
    some = query.limit(limit_to("few")).subquery()
    return sa.select(sa.func.count()).select_from(some).scalar_subquery()


@lru_cache(256)
def _page(shape: _Shape) -> sa.Select[Any]:
    """A page of the directory, in its order."""
    reader, rarest = shape.reader, shape.rarest
    where = [listed(reader, by_id=rarest is not None)]
    where += [_fits(shape, number) for number in range(len(shape.kinds)) if number != rarest]
    if shape.goes_on:
        mark = sa.tuple_(
            sa.bindparam("name", type_=_people.c.sort_name.type),
            sa.bindparam("id", type_=sa.Integer),
        )
        where.append(sa.tuple_(_people.c.sort_name, _people.c.id) > mark)
    by_name = (_people.c.sort_name, _people.c.id)
    most = limit_to("most")
    if rarest is None:
        return sa.select(*card_columns(reader)).where(*where).order_by(*by_name).limit(most)
    few = _who_fits(shape, rarest)
    # Sorted as short rows: what a card shows is read of those alone who are on the page.
    first = sa.select(_people.c.id).join(few, few.c.person_id == _people.c.id).where(*where)
    on_page = first.order_by(*by_name).limit(most).subquery("on_page")
    whole = sa.select(*card_columns(reader)).join(on_page, on_page.c.id == _people.c.id)
    return whole.order_by(*by_name)


def _fits(shape: _Shape, number: int) -> sa.ColumnElement[bool]:
    """Whether a person has what is wished for where the viewer may read it.

    Few are listed once. Of many each is looked up, and so written that PostgreSQL does not list
    them all the same, as it does for EXISTS.
    """
    reader, (of_word, of_topics) = shape.reader, shape.kinds[number]
    halves: list[sa.ColumnElement[bool]] = []
    if of_topics == _Amount.FEW:
        halves.append(_people.c.id.in_(_with_topics(reader, number)))
    elif of_topics:
        follows = sa.select(_follows.c.person_id).where(
            (_follows.c.topic_id + sa.literal_column("0")).in_(_ids(number)),  # not each by index
            _follows.c.person_id == _people.c.id,
        )
        shows = _shows_topics(reader, _people)
        halves.append(sa.and_(shows, _is_there(follows)))
    if of_word == _Amount.FEW:
        halves.append(_people.c.id.in_(_with_word(reader, number)))
    elif of_word:
        with_word = _with_word(reader, number, by_id=True)
        halves.append(_is_there(with_word.where(_terms.c.person_id == _people.c.id)))
    return sa.or_(*halves)


def _is_there(query: sa.Select[int]) -> sa.ColumnElement[bool]:
    return query.correlate(_people).limit(1).scalar_subquery().is_not(None)


def _who_fits(shape: _Shape, number: int) -> sa.Subquery:
    """The ids of whoever has what is wished for where the viewer may read it, each once."""
    of_word, of_topics = shape.kinds[number]
    halves = []
    if of_word:
        halves.append(_with_word(shape.reader, number))
    if of_topics:
        halves.append(_with_topics(shape.reader, number))
    return (sa.union(*halves) if len(halves) > 1 else halves[0].distinct()).subquery("few")


def _with_topics(reader: Reader, number: int) -> sa.Select[int]:
    follower = _people.alias("follower")
    return (
        sa.select(_follows.c.person_id)
        .join(follower, follower.c.id == _follows.c.person_id)
        .where(_follows.c.topic_id.in_(_ids(number)), _shows_topics(reader, follower))
    )


def _with_word(reader: Reader, number: int, *, by_id: bool = False) -> sa.Select[int]:
    return sa.select(_terms.c.person_id).where(
        _begins(number, by_id=by_id),
        _terms.c.kind != PLACE,
        may_read_column(reader, _terms.c.audience, _terms.c.person_id),
    )


def _shows_topics(reader: Reader, person: sa.FromClause) -> sa.ColumnElement[bool]:
    return may_read_column(reader, person.c.topics_audience, person.c.id)


def _begins(number: int, *, by_id: bool = False) -> sa.ColumnElement[bool]:
    """Whether a term begins with a folded word: a range, which an index answers.

    ``by_id``: among the terms of one person, which are fewer than those that begin so.
    """
    term: sa.ColumnElement[str] = _terms.c.term
    beginning, end = (sa.bindparam(f"{side}_{number}", type_=term.type) for side in ("from", "to"))
    if by_id:
        term = term + sa.literal_column("''")  # PostgreSQL would go through the range each time
    return sa.and_(term >= beginning, term < end)


def _ids(number: int) -> sa.BindParameter[Any]:
    return sa.bindparam(f"topics_{number}", type_=sa.Integer, expanding=True)


def _widest(reader: Reader) -> frozenset[Audience]:
    return readable(Relation.SAME_EVENT if reader.is_member else Relation.VISITOR)
