"""A member's profile and the directory: nobody reads or finds what is hidden from them."""

from functools import lru_cache
from itertools import chain, product
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.clock import now
from community.core.db import db, transactional
from community.core.errors import NotFound, Refused
from community.core.pages import cursor
from community.discovery import directory
from community.discovery.directory import Searched, list_members
from community.discovery.people import visible_profile
from community.events.publishing import cancel_event
from community.membership.audiences import DEFAULTS, Audience
from community.membership.models import Membership, Person, Topic
from community.membership.profiles import ProfileDraft, choose_audiences, edit_profile
from community.membership.viewer import VISITOR, Viewer
from community.rsvp.respond import say_no, say_yes
from tests.discovery.counting import plan_of, statements
from tests.factories.events import a_topic, an_event
from tests.factories.people import a_member, a_person, an_admin, an_organizer

# Written down once more, apart from the program: who is in which audience.
READERS = {
    Audience.EVERYBODY: {"visitor", "guest", "member", "admin", "fellow", "host", "self"},
    Audience.MEMBERS: {"member", "admin", "fellow", "host", "self"},
    Audience.SAME_EVENT: {"fellow", "host", "self"},
    Audience.NOBODY: {"self"},
}
SEARCHED = [field for field in DEFAULTS if field not in {"email", "photo"}]


def _as(person: Person) -> Viewer:
    return Viewer.of(person)


def _names(viewer: Viewer, q: str = "", topic: str = "") -> list[str]:
    return [found.name for found in list_members(viewer, Searched(q, topic)).rows]


@transactional
def _with(person: Person, **facts: Any) -> Person:
    row = db.session.get_one(Person, person.id)
    for name, value in facts.items():
        setattr(row, name, value)
    return row


def _letters(number: int) -> str:
    """A word of its own for a number, none the beginning of another."""
    return "zq" + "".join(chr(ord("a") + int(digit)) for digit in f"{number:03}")


class World:
    """A person for each (field, audience of the field, audience of the name), with a word there."""

    def __init__(self) -> None:
        host = an_organizer(name="Host")
        event = an_event(host)
        fellow, guest = a_member(name="Fellow"), a_person(name="Guest")
        self.viewers = {
            "visitor": VISITOR,
            "guest": _as(guest),
            "member": _as(a_member(name="Member")),
            "admin": _as(an_admin(name="Admin")),
            "fellow": _as(fellow),
            "host": _as(host),
        }
        for person in (fellow, guest):
            say_yes(person.id, event.id)
        self.people: list[tuple[Person, str, Audience, Audience, str]] = []
        for number, (field, audience, name) in enumerate(product(SEARCHED, Audience, Audience)):
            if field == "name" and audience != name:
                continue
            word = _letters(number)
            if field == "topics":
                a_topic(f"{word} Topic", word)
            values: dict[str, Any] = {"name": f"Person {number}"}
            values |= {
                field: {"links": [f"https://{word}.example"], "topics": [word]}.get(field, word)
            }
            member = edit_profile(a_member().id, ProfileDraft(**values))
            choose_audiences(member.id, {field: audience, "name": name})
            say_yes(member.id, event.id)
            self.people.append((member, field, audience, name, word))

    def looks(self) -> Any:
        """Every person by every viewer, with whether the viewer may read the field."""
        for person, field, audience, name, word in self.people:
            for who, viewer in [*self.viewers.items(), ("self", _as(person))]:
                may = who in READERS[audience] and who in READERS[name]
                yield viewer, person, field, word, may, f"{who}: {field} {audience} {name}"


def _differences(world: World) -> list[str]:
    """Where a search finds what may not be read, or misses what may."""
    wrong = []
    for viewer, person, field, word, may, label in world.looks():
        found = [row.handle for row in list_members(viewer, Searched(word)).rows]
        if found != ([person.handle] if may else []):
            wrong.append(f"search {label}")
        if field == "topics":
            found = [row.handle for row in list_members(viewer, Searched(topic=word)).rows]
            if found != ([person.handle] if may else []):
                wrong.append(f"topic {label}")
    return wrong


def test_a_search_finds_exactly_what_the_searcher_may_read(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    assert len(world.people) == 6 * 16 + 4
    assert _differences(world) == []
    monkeypatch.setattr(directory, "_FEW", 0)  # as where every word has many
    assert _differences(world) == []


def test_without_the_clause_about_audiences_a_search_would_tell(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    monkeypatch.setattr(directory, "may_read_column", lambda *_: sa.true())
    monkeypatch.setattr(directory, "_widest", lambda _reader: frozenset(Audience))
    for name in ("_page", "_counts"):  # statements made for other tests, and by this one
        made_anew = lru_cache(getattr(directory, name).__wrapped__)
        monkeypatch.setattr(directory, name, made_anew)
    wrong = _differences(world)
    assert "search member: bio nobody members" in wrong
    assert "topic member: topics nobody members" in wrong


def test_a_profile_shows_exactly_what_the_reader_may_read(app: Flask) -> None:
    for viewer, person, field, word, may, label in World().looks():
        try:
            shown = visible_profile(viewer, person.handle)
        except NotFound:
            assert not may, label
            continue
        value = getattr(shown, field)
        assert (value is not None) == may, label
        if may:
            text = value[0].name if field == "topics" else str(value)
            assert word in text, label


def test_a_hidden_address_is_absent_and_a_shown_one_is_there(app: Flask) -> None:
    member, reader = a_member(email="ada@example.org"), _as(a_member())
    assert visible_profile(reader, member.handle).email is None
    choose_audiences(member.id, {"email": Audience.MEMBERS})
    assert visible_profile(reader, member.handle).email == "ada@example.org"


def test_an_address_is_never_searched(app: Flask) -> None:
    member = a_member(name="Ada", email="secretive@example.org")
    choose_audiences(member.id, {"email": Audience.EVERYBODY})
    assert _names(_as(a_member()), "secretive") == []


@pytest.mark.parametrize(
    "facts",
    [
        {"membership": Membership.SUSPENDED},
        {"membership": Membership.ENDED},
        {"membership": Membership.NONE},
        {"membership": Membership.APPLIED},
        {"erased_at": now()},
    ],
)
def test_who_is_no_member_now_looks_absent(app: Flask, facts: dict[str, Any]) -> None:
    member, reader = a_member(name="Ada"), _as(a_member(name="Reader"))
    choose_audiences(member.id, {"name": Audience.EVERYBODY})
    assert _names(reader, "ada") == ["Ada"]
    _with(member, **facts)
    assert _names(reader, "ada") == []
    assert _names(reader) == ["Reader"]
    for viewer in (reader, VISITOR):
        with pytest.raises(NotFound):
            visible_profile(viewer, member.handle)


def test_a_handle_of_nobody_and_a_hidden_one_look_the_same(app: Flask) -> None:
    member = a_member()
    choose_audiences(member.id, {"name": Audience.NOBODY})
    raised = []
    for handle in (member.handle, "nobody-bbbbbb"):
        with pytest.raises(NotFound) as refused:
            visible_profile(_as(a_member()), handle)
        raised.append(str(refused.value))
    assert raised[0] == raised[1]


def test_fellows_are_those_with_a_seat_at_an_event_that_takes_place(app: Flask) -> None:
    host, one, other = an_organizer(), a_member(), a_member(name="Other")
    choose_audiences(other.id, {"bio": Audience.SAME_EVENT})
    event = an_event(host, capacity=1)
    say_yes(other.id, event.id)

    def reads(person: Person) -> bool:
        return visible_profile(_as(person), other.handle).bio is not None

    say_yes(one.id, event.id)
    assert not reads(one), "who waits is not there"
    say_no(other.id, event.id)
    assert not reads(one), "who left is not there either"
    second = an_event(host)
    for person in (one, other):
        say_yes(person.id, second.id)
    assert reads(one)
    assert reads(host)
    assert not reads(an_organizer()), "organizing something else is no reason"
    cancel_event(host.id, second.id)
    assert not reads(one)
    assert not reads(host)


def test_a_guest_who_is_no_member_stays_a_visitor(app: Flask) -> None:
    guest, member = a_person(), a_member()
    event = an_event()
    for person in (guest, member):
        say_yes(person.id, event.id)
    with pytest.raises(NotFound):
        visible_profile(_as(guest), member.handle)


def test_every_word_must_be_the_beginning_of_one(app: Flask) -> None:
    reader = _as(a_member(name="Reader", location="Oslo"))
    a_member(name="Zoë O'Brien", location="São Paulo", job_title="Chief Officer")
    a_member(name="Zoe Miller", location="Paris")
    for q, names in {
        "zoe": ["Zoe Miller", "Zoë O'Brien"],
        "ZOË pau": ["Zoë O'Brien"],
        "o'brien": ["Zoë O'Brien"],
        "sao": ["Zoë O'Brien"],
        "oe": [],
        "zoe oslo": [],
        "%": [],
        "_": [],
        "' OR 1=1 --": [],
        "zoe\x00": ["Zoe Miller", "Zoë O'Brien"],
        "🙂": [],
        " ": ["Reader", "Zoe Miller", "Zoë O'Brien"],
        "x" * 5000: [],
    }.items():
        assert _names(reader, q) == names, q


def test_words_that_many_have_are_found_in_pages_as_well(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "_FEW", 2)
    reader = _as(a_member(name="Reader"))
    for number in range(7):
        a_member(name=f"Ada {number}", organization="Acme", location="Oslo" if number % 2 else "")
    for q, last in {"ada": 7, "ada acme": 7, "acme oslo": 3, "ada reader": 0}.items():
        found, after = [], ""
        while True:
            page = list_members(reader, Searched(q, after=after), size=2)
            found += [one.name for one in page.rows]
            if page.after is None:
                break
            after = page.after
        assert found == sorted(set(found)), q
        assert len(found) == last, q


def test_a_word_of_a_few_that_names_a_topic_of_many_finds_both(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "_FEW", 2)
    reader = _as(a_member(name="Reader"))
    a_topic("Rust", "rust")
    a_member(name="Rusty")
    for number in range(4):
        edit_profile(a_member().id, ProfileDraft(f"Ada {number}", topics=["rust"]))
    hidden = edit_profile(a_member().id, ProfileDraft("Ada 4", topics=["rust"]))
    choose_audiences(hidden.id, {"topics": Audience.NOBODY})
    everybody = ["Ada 0", "Ada 1", "Ada 2", "Ada 3", "Rusty"]
    assert _names(reader, "rust") == everybody
    assert _names(reader, "rust ada") == everybody[:-1]
    assert _names(reader, "rusty rust") == ["Rusty"]
    assert _names(reader, "ada", topic="rust") == everybody[:-1]
    assert _names(_as(hidden), "rust") == [*everybody[:-1], "Ada 4", "Rusty"]


def test_a_card_shows_what_the_profile_does(app: Flask) -> None:
    world, seen = World(), 0
    for person, *_ in world.people[::5]:
        choose_audiences(person.id, {"email": Audience.SAME_EVENT})
        edit_profile(
            person.id,
            ProfileDraft(person.name, links=["https://a.example", "https://b.example"]),
        )
    for viewer in [*world.viewers.values(), _as(world.people[0][0])]:
        for card in list_members(viewer, Searched(), size=200).rows:
            assert card == visible_profile(viewer, card.handle)
            seen += card.email is not None
    assert seen > 5


def test_a_word_hidden_in_one_field_is_found_in_another_that_shows_it(app: Flask) -> None:
    reader = _as(a_member(name="Reader"))
    member = a_member(name="Ada", bio="Crypto gardener", job_title="Gardener")
    choose_audiences(member.id, {"bio": Audience.NOBODY})
    assert _names(reader, "gardener") == ["Ada"]
    assert _names(reader, "crypto") == []
    assert _names(_as(member), "crypto") == ["Ada"]


def test_a_topic_is_found_by_its_present_name(app: Flask) -> None:
    reader, topic = _as(a_member(name="Reader")), a_topic("Old Name", "slug")
    edit_profile(a_member().id, ProfileDraft(name="Ada", topics=["slug"]))
    assert _names(reader, "old") == ["Ada"]
    _rename(topic, "New Name")
    assert (_names(reader, "old"), _names(reader, "new")) == ([], ["Ada"])
    assert _names(reader, topic="no-such-topic") == []


@transactional
def _rename(topic: Topic, name: str) -> None:
    db.session.get_one(Topic, topic.id).name = name


def test_pages_go_by_name_and_hold_each_person_once(app: Flask) -> None:
    names = ["Zoë", "adam", "Éva", "Bob", "Bob", "bob", "Carl"]
    for name in names:
        a_member(name=name)
    reader = _as(a_member(name="Reader"))
    pages, after = [], ""
    while True:
        page = list_members(reader, Searched(after=after), size=3)
        pages.append([person.name for person in page.rows])
        if page.after is None:
            break
        after = page.after
    assert [len(page) for page in pages] == [3, 3, 2]
    assert list(chain(*pages)) == ["adam", "Bob", "Bob", "bob", "Carl", "Éva", "Reader", "Zoë"]


@pytest.mark.parametrize(
    "after", ["x", cursor(1, 1), cursor("a"), cursor("a", 2**31), cursor("a\x00", 1)]
)
def test_a_made_up_cursor_is_refused(app: Flask, after: str) -> None:
    with pytest.raises(Refused, match="bad_cursor"):
        list_members(_as(a_member()), Searched(after=after))


def test_a_cursor_shows_nobody_who_is_hidden(app: Flask) -> None:
    hidden = a_member(name="Aaron")
    choose_audiences(hidden.id, {"name": Audience.NOBODY})
    reader = _as(a_member(name="Reader"))
    found = list_members(reader, Searched(after=cursor("", 0)))
    assert [person.name for person in found.rows] == ["Reader"]


def test_many_people_take_as_many_queries_as_few(app: Flask) -> None:
    a_topic()
    reader = _as(a_member(name="Reader"))
    counted = []
    for many in (2, 9):
        for _ in range(many):
            edit_profile(a_member().id, ProfileDraft("Ada Data", topics=["data-management"]))
        db.session.rollback()
        db.session.expunge_all()
        with statements() as asked:
            list_members(reader, Searched("data", "data-management"))
        counted.append(len(asked))
    assert counted[0] == counted[1] <= 6


def test_a_search_reads_the_words_in_their_index(app: Flask) -> None:
    reader = _as(a_member())
    with statements() as asked:
        list_members(reader, Searched("ada"))
    search = next(one for one in asked if "person_terms" in one[0])
    assert _ranges_by_index(plan_of(*search))


def test_a_search_for_a_few_never_goes_through_the_directory(app: Flask) -> None:
    for number in range(3):
        a_member(name=f"Ada {number}")
    reader = _as(a_member(name="Reader"))
    plans = {}
    for q in ("ada", ""):
        with statements() as asked:
            list_members(reader, Searched(q))
        plans[q] = plan_of(*next(one for one in asked if "people.handle" in one[0]))
    assert "ix_people_directory" not in plans["ada"]
    if db.engine.dialect.name == "sqlite":  # PostgreSQL sorts so few people as it likes
        assert "ix_people_directory" in plans[""]


def test_the_look_at_the_plan_sees_a_search_without_the_index(app: Flask) -> None:
    where = "SELECT person_id FROM person_terms WHERE lower(term) = 'a'"
    assert not _ranges_by_index(plan_of(where, ()))


def _ranges_by_index(plan: str) -> bool:
    by_index = "ix_person_terms_search" in plan
    return by_index and ("term>? AND term<?" in plan or "Index Cond: ((term >= " in plan)
