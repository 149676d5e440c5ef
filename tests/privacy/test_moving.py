"""When two records become one, photos, connections, blocks and reports find the one person."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.clock import now
from community.core.db import db, transactional
from community.core.identity import CommunityIdentity
from community.discovery.connected import Standing, between
from community.discovery.directory import Searched, list_members
from community.membership.audiences import Audience
from community.membership.blocking import block
from community.membership.connection_models import Block, Connection, ConnectionState, Report
from community.membership.connections import (
    accept,
    ask_to_connect,
    disconnect,
    let_lie,
    take_back,
)
from community.membership.identity import publish_identity
from community.membership.models import Person
from community.membership.pairs import find_connection
from community.membership.photo_models import PersonPhoto
from community.membership.photos import find_photo
from community.membership.profiles import choose_audiences
from community.membership.queries import get_person
from community.membership.reports import report, resolve_report
from community.membership.viewer import Viewer
from community.privacy.merging import merge
from community.privacy.models import Export
from community.rsvp.entries import keep_press
from community.rsvp.models import Attendee
from community.rsvp.press_models import DoorPress
from community.rsvp.respond import say_yes
from tests.factories.events import an_event
from tests.factories.exports import an_export
from tests.factories.people import a_member, an_admin
from tests.factories.pictures import BLUE, RED, a_photo_of


@pytest.fixture
def ada(app: Flask) -> Person:
    return a_member("Ada", "ada@example.org")


@pytest.fixture
def love(app: Flask) -> Person:
    return a_member("A. Lovelace", "lovelace@example.net")


@pytest.fixture
def bob(app: Flask) -> Person:
    return a_member("Bob")


def one_of(ada: Person, love: Person) -> Person:
    merge(an_admin().id, ada.id, love.id)
    db.session.expire_all()
    return get_person(ada.id)


def photos_of(person: Person) -> int:
    whose = PersonPhoto.person_id == person.id
    return db.session.scalar(sa.select(sa.func.count()).where(whose)) or 0


def test_a_photo_moves_to_who_has_none_and_for_whom_it_was(ada: Person, love: Person) -> None:
    a_photo_of(love)
    choose_audiences(love.id, {"photo": Audience.NOBODY})
    version = get_person(love.id).photo_version
    one = one_of(ada, love)
    assert (one.photo_version, one.photo_audience) == (version, Audience.NOBODY)
    assert find_photo(one.id) is not None
    assert (photos_of(love), get_person(love.id).photo_version) == (0, "")


def test_ones_own_photo_stays(ada: Person, love: Person) -> None:
    a_photo_of(ada, RED)
    a_photo_of(love, BLUE)
    own = find_photo(ada.id)
    one = one_of(ada, love)
    assert find_photo(one.id) == own
    assert own is not None
    assert own.digest.startswith(one.photo_version)
    assert (photos_of(one), photos_of(love)) == (2, 0)


def test_what_fills_a_gap_is_for_whom_it_was_before(ada: Person) -> None:
    love = a_member("Love", location="London")
    choose_audiences(love.id, {"location": Audience.NOBODY})
    one = one_of(ada, love)
    assert (one.location, one.location_audience) == ("London", Audience.NOBODY)
    assert list_members(Viewer.of(a_member()), Searched(q="london")).rows == []


def test_an_export_of_half_the_data_is_dropped_and_ones_own_stays(
    ada: Person, love: Person
) -> None:
    kept = an_export(ada).id
    an_export(love)
    one_of(ada, love)
    assert db.session.scalars(sa.select(Export.id)).all() == [kept]


def test_reports_follow_whom_they_are_about_and_who_made_or_closed_them(
    ada: Person, bob: Person
) -> None:
    love = an_admin("Love")
    report(bob.id, love.id, "Loud.")
    report(love.id, bob.id, "Rude.")
    report(bob.id, a_member().id, "Late.")
    resolve_report(love.id, db.session.scalars(sa.select(sa.func.max(Report.id))).one())
    _no_admin(love.id)
    one = one_of(ada, love)
    found = db.session.scalars(sa.select(Report).order_by(Report.id)).all()
    assert [found[0].person_id, found[1].reporter_id, found[2].resolved_by] == [one.id] * 3


@transactional
def _no_admin(person_id: int) -> None:
    an_admin()
    get_person(person_id).role = get_person(person_id).role.MEMBER


def test_who_let_people_in_and_named_the_community_stays_known(ada: Person, bob: Person) -> None:
    love = an_admin("Love")
    rsvp = say_yes(bob.id, an_event().id)
    _checked_in(rsvp.id, love.id)
    publish_identity(love.id, "Our Community", seen=0)
    _no_admin(love.id)
    one = one_of(ada, love)
    assert db.session.scalars(sa.select(Attendee.checked_in_by)).all() == [one.id]
    assert db.session.scalars(sa.select(DoorPress.by)).all() == [one.id]
    assert db.session.scalars(sa.select(CommunityIdentity.published_by)).all() == [one.id]


@transactional
def _checked_in(rsvp_id: int, by: int) -> None:
    head = db.session.scalars(sa.select(Attendee).where(Attendee.rsvp_id == rsvp_id)).one()
    head.checked_in_by = by
    keep_press(head.id, now(), by, lets_in=True)


def test_the_two_themselves_are_neither_connected_nor_apart_any_more(
    ada: Person, love: Person
) -> None:
    ask_to_connect(ada.id, love.id)
    accept(love.id, ada.id)
    block(ada.id, love.id)
    block(love.id, ada.id)
    one_of(ada, love)
    for table in (Connection, Block):
        assert db.session.scalars(sa.select(table)).all() == []


@pytest.mark.parametrize("blocker_first", [True, False])
def test_whom_either_record_kept_away_stays_away(
    ada: Person, love: Person, bob: Person, *, blocker_first: bool
) -> None:
    cy = a_member("Cy")
    for record in (ada, love):
        pair = (record.id, bob.id) if blocker_first else (bob.id, record.id)
        block(*pair)
    block(love.id, cy.id) if blocker_first else block(cy.id, love.id)
    one = one_of(ada, love)
    blocks = db.session.execute(sa.select(Block.blocker_id, Block.blocked_id)).all()
    pairs = {(one.id, other.id) for other in (bob, cy)}
    assert {tuple(row) for row in blocks} == (
        pairs if blocker_first else {(b, a) for a, b in pairs}
    )


Scene = Callable[[int, int], object]


def connected(one: int, other: int) -> None:
    ask_to_connect(one, other, "hello")
    accept(other, one)


def asked(one: int, other: int) -> None:
    ask_to_connect(one, other, "mine")


def was_asked(one: int, other: int) -> None:
    ask_to_connect(other, one, "theirs")


def lies(one: int, other: int) -> None:
    asked(one, other)
    let_lie(other, one)


def ended(one: int, other: int) -> None:
    connected(one, other)
    disconnect(one, other)


def taken_back_while_it_lay(one: int, other: int) -> None:
    lies(one, other)
    take_back(one, other)


def nothing(_one: int, _other: int) -> None:
    pass


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("first", "second", "state", "asker"),
    [
        (connected, nothing, ConnectionState.CONNECTED, "one"),
        (connected, asked, ConnectionState.CONNECTED, "one"),
        (connected, was_asked, ConnectionState.CONNECTED, "one"),
        (connected, ended, ConnectionState.CONNECTED, "one"),
        (connected, connected, ConnectionState.CONNECTED, "one"),
        (asked, ended, ConnectionState.ASKED, "one"),
        (asked, asked, ConnectionState.ASKED, "one"),
        (asked, was_asked, ConnectionState.ASKED, "other"),
        (was_asked, nothing, ConnectionState.ASKED, "other"),
        (ended, nothing, ConnectionState.ENDED, "one"),
    ],
)
def test_of_two_ways_to_stand_the_stronger_stays(
    ada: Person,
    love: Person,
    bob: Person,
    first: Scene,
    second: Scene,
    state: ConnectionState,
    asker: str,
    *,
    turned: bool,
) -> None:
    one, two = (love, ada) if turned else (ada, love)
    first(one.id, bob.id)
    second(two.id, bob.id)
    kept = one_of(ada, love)
    (pair,) = db.session.scalars(sa.select(Connection)).all()
    assert {pair.low_id, pair.high_id} == {kept.id, bob.id}
    assert (pair.state, pair.asked_by) == (state, kept.id if asker == "one" else bob.id)
    assert pair.lies_since is None


def test_it_is_put_in_order_whichever_id_is_the_lower(love: Person, bob: Person) -> None:
    """The record that stays is younger than everybody, the one that goes older."""
    ada = a_member("Ada")
    connected(love.id, bob.id)
    one = one_of(ada, love)
    pair = find_connection(one.id, bob.id)
    assert pair is not None
    assert (pair.low_id, pair.high_id, pair.state) == (
        bob.id,
        one.id,
        ConnectionState.CONNECTED,
    )


@pytest.mark.parametrize("lay", [lies, taken_back_while_it_lay])
@pytest.mark.parametrize("turned", [False, True])
def test_a_second_record_is_no_way_around_being_let_lie(
    ada: Person, love: Person, bob: Person, lay: Scene, *, turned: bool
) -> None:
    one, two = (love, ada) if turned else (ada, love)
    lay(one.id, bob.id)
    asked(two.id, bob.id)
    kept = one_of(ada, love)
    assert between(Viewer.of(bob), kept).standing == Standing.NONE
    assert between(Viewer.of(kept), bob).standing == Standing.SENT


@pytest.mark.parametrize("blocks", ["the record that stays", "the record that goes"])
def test_whoever_is_kept_away_by_one_record_is_connected_with_neither(
    ada: Person, love: Person, bob: Person, blocks: str
) -> None:
    one, two = (ada, love) if blocks == "the record that stays" else (love, ada)
    connected(two.id, bob.id)
    block(one.id, bob.id)
    kept = one_of(ada, love)
    pair = find_connection(kept.id, bob.id)
    assert pair is not None
    assert pair.state == ConnectionState.ENDED
