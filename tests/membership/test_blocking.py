"""Blocking: whoever is blocked learns nothing, whatever they open, search, sort or count."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.core.errors import NotFound
from community.core.pages import cursor
from community.discovery import acquaintance, directory, likeminded
from community.discovery.connected import asks_received, asks_sent, contacts
from community.discovery.directory import Searched, list_members
from community.discovery.likeminded import like_minded
from community.discovery.met import people_met
from community.discovery.people import visible_profile
from community.membership.blocking import block, blocked_by, unblock
from community.membership.connection_models import ConnectionState
from community.membership.connections import accept, ask_to_connect, disconnect, let_lie, take_back
from community.membership.models import Person
from community.membership.pairs import find_connection
from community.membership.profiles import (
    ProfileDraft,
    be_findable_after_events,
    edit_profile,
)
from community.membership.viewer import Viewer
from community.organizing.roster import list_attendees
from community.rsvp.respond import say_yes
from tests.discovery.counting import plan_of, statements
from tests.factories.events import a_topic, an_event, evening
from tests.factories.mails import outbox, post, states
from tests.factories.people import a_member, an_organizer

LATER = timedelta(days=5)
NAMES = ["Amy Data", "Bob Data", "Cy Data", "Di Data"]


class World:
    """Four members who share everything; Bob and Cy have asked Amy, Di is connected with her."""

    def __init__(self) -> None:
        a_topic()
        event = an_event(starts_at=evening(2), ends_at=evening(2, 21), title="Dinner")
        self.people = {}
        for name in NAMES:
            draft = ProfileDraft(name, location="Oslo", topics=["data-management"])
            person = edit_profile(a_member().id, draft)
            be_findable_after_events(person.id, findable=True)
            say_yes(person.id, event.id)
            self.people[name] = person
        self.amy, self.bob, self.cy, self.di = self.people.values()
        for other in (self.bob, self.cy):
            ask_to_connect(other.id, self.amy.id)
        ask_to_connect(self.di.id, self.amy.id)
        accept(self.amy.id, self.di.id)


def sees(reader: Person) -> dict[str, list[str]]:
    """Every list that shows people to the reader, and who is on it."""
    db.session.rollback()
    viewer = Viewer.of(reader)

    def directory(q: str = "", topic: str = "", size: int = 24) -> list[str]:
        names, after = [], ""
        while True:
            page = list_members(viewer, Searched(q, topic, after), size=size)
            assert page.rows or not page.after
            names += [one.name for one in page.rows]
            if not page.after:
                return names
            after = page.after

    found = {
        "all": directory(),
        "one by one": directory(size=1),
        "by word": directory(q="data"),
        "by name": [name for q in ("amy", "bob", "cy", "di") for name in directory(q=q)],
        "by place": directory(q="oslo"),
        "by topic": directory(topic="data-management"),
        "like-minded": [one.profile.name for one in like_minded(viewer)],
        "received": [one.profile.name for one in asks_received(viewer).rows],
        "sent": [one.profile.name for one in asks_sent(viewer).rows],
        "connected": [one.profile.name for one in contacts(viewer).rows],
    }
    with time_machine.travel(now() + LATER):
        met = people_met(viewer).rows
        found["met"] = [one.name for evening in met for one in evening.people]
        found["like-minded later"] = [one.profile.name for one in like_minded(viewer)]
    return {name: sorted(people) for name, people in found.items()}


def pages_of(reader: Person, world: World) -> list[str]:
    """Whose page the reader can open."""
    found = []
    for name, person in world.people.items():
        try:
            visible_profile(Viewer.of(reader), person.handle)
            found.append(name)
        except NotFound:
            pass
    return found


@pytest.mark.parametrize(
    ("who", "whom"), [("amy", "bob"), ("bob", "amy"), ("amy", "di"), ("di", "amy"), ("bob", "cy")]
)
def test_both_vanish_for_each_other_everywhere_and_nobody_else_does(
    app: Flask, who: str, whom: str
) -> None:
    world = World()
    one, other = getattr(world, who), getattr(world, whom)
    before = {name: sees(person) for name, person in world.people.items()}
    assert all(other.name in before[one.name][each] for each in ("all", "met", "like-minded"))
    block(one.id, other.id)
    for name, person in world.people.items():
        gone = {one.name: other.name, other.name: one.name}.get(name)
        expected = {
            where: [each for each in people if each != gone]
            for where, people in before[name].items()
        }
        assert sees(person) == expected
        assert pages_of(person, world) == [each for each in NAMES if each != gone]


def test_without_the_clause_about_blocks_the_lists_would_tell(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    block(world.amy.id, world.bob.id)
    nobody = sa.select(Person.id).where(sa.false())
    # Statements are made once: neither those of other tests count here nor those of this one there.
    made_once = (acquaintance.listed, directory._page, likeminded._best)
    for each in made_once:
        each.cache_clear()
    try:
        monkeypatch.setattr(acquaintance, "apart_from", lambda _person_id: nobody)
        told = [where for where, people in sees(world.bob).items() if "Amy Data" in people]
        assert len(told) == 10
        assert "Amy Data" in pages_of(world.bob, world)
    finally:
        for each in made_once:
            each.cache_clear()


def test_a_cursor_made_up_beside_the_blocker_finds_nothing_of_them(app: Flask) -> None:
    world = World()
    block(world.amy.id, world.bob.id)
    db.session.rollback()
    amy = db.session.get_one(Person, world.amy.id)
    page = list_members(
        Viewer.of(world.bob), Searched(after=cursor(amy.sort_name, amy.id - 1)), size=1
    )
    assert [one.name for one in page.rows] == ["Bob Data"]


def test_whatever_the_blocked_one_tries_is_answered_as_for_somebody_who_is_not_there(
    app: Flask,
) -> None:
    world = World()
    block(world.di.id, world.bob.id)
    block(world.amy.id, world.di.id)
    tries: list[Callable[[int, int], object]] = [ask_to_connect, accept, let_lie, take_back]
    for verb in tries:
        answers = []
        for other in (world.di.id, 999_999):
            with pytest.raises(NotFound) as refused:
                verb(world.bob.id, other)
            answers.append(str(refused.value))
        assert answers[0] == answers[1]
    for other in (world.amy.id, 999_999):
        try:
            disconnect(world.di.id, other)
        except NotFound:
            assert other == 999_999


def test_a_connection_ends_and_an_ask_lies_also_after_the_block_is_lifted(app: Flask) -> None:
    world = World()
    for other in (world.bob, world.di):
        block(world.amy.id, other.id)
        block(world.amy.id, other.id)
    states_now = [
        pair.state
        for other in (world.bob, world.di)
        if (pair := find_connection(world.amy.id, other.id))
    ]
    assert states_now == [ConnectionState.ASKED, ConnectionState.ENDED]
    names = [person.name for person in blocked_by(world.amy.id).rows]
    assert names == ["Bob Data", "Di Data"]
    assert blocked_by(world.bob.id).rows == []
    for other in (world.bob, world.di):
        unblock(world.amy.id, other.handle)
        with pytest.raises(NotFound):
            unblock(world.amy.id, other.handle)
    assert blocked_by(world.amy.id).rows == []
    assert sees(world.amy)["received"] == ["Cy Data"]
    assert sees(world.bob)["sent"] == ["Amy Data"]
    assert sees(world.amy)["connected"] == []


def test_nobody_lifts_the_block_of_somebody_else(app: Flask) -> None:
    world = World()
    block(world.amy.id, world.bob.id)
    for who, handle in ((world.bob, world.amy.handle), (world.cy, world.bob.handle)):
        with pytest.raises(NotFound):
            unblock(who.id, handle)
    assert len(blocked_by(world.amy.id).rows) == 1


def test_nobody_is_told_and_a_mail_on_its_way_is_stopped(app: Flask) -> None:
    amy, bob = a_member(), a_member()
    ask_to_connect(bob.id, amy.id)
    block(amy.id, bob.id)
    post()
    assert states() == [("connection_asked", "stopped")]
    assert outbox(to=bob.address) == []


def test_the_list_of_attendees_stays_whole(app: Flask) -> None:
    owner = an_organizer("Olga")
    event = an_event(owner)
    amy = a_member("Amy")
    say_yes(amy.id, event.id)
    block(amy.id, owner.id)
    page = list_attendees(event)
    assert [row.name for row in page.rows] == ["Amy"]


def test_blocks_are_looked_up_by_their_index(app: Flask) -> None:
    world = World()
    block(world.amy.id, world.bob.id)
    db.session.rollback()
    with statements() as asked:
        list_members(Viewer.of(world.bob), Searched("data"))
    plan = plan_of(*next(one for one in asked if "blocks" in one[0]))
    assert "SCAN blocks" not in plan
    assert "Seq Scan on blocks" not in plan
    assert "ix_blocks_blocked" in plan or "pk_blocks" in plan or "autoindex_blocks" in plan
