"""Whose photo somebody may see: as far as name and photo are for them, else it is absent."""

from itertools import product

import pytest
from flask import Flask

from community.core.db import db, transactional
from community.core.errors import NotFound
from community.discovery.directory import Searched, list_members
from community.discovery.people import visible_profile
from community.discovery.photos import visible_photo
from community.membership.audiences import Audience
from community.membership.models import Membership, Person
from community.membership.profiles import choose_audiences
from community.membership.viewer import VISITOR, Viewer
from community.rsvp.respond import say_yes
from tests.discovery.test_people import READERS
from tests.factories.events import an_event
from tests.factories.people import a_member, a_person, an_admin
from tests.factories.pictures import a_photo_of


def sees(viewer: Viewer, person: Person, size: str = "small") -> bool:
    try:
        return bool(visible_photo(viewer, person.handle, size).photo.content)
    except NotFound:
        return False


@transactional
def becomes(person: Person, membership: Membership) -> None:
    db.session.get_one(Person, person.id).membership = membership


def test_a_photo_is_for_whom_name_and_photo_are(app: Flask) -> None:
    ada, fellow = a_photo_of(a_member()), a_member()
    event = an_event()
    for person in (ada, fellow):
        say_yes(person.id, event.id)
    viewers = {"visitor": VISITOR}
    people = {"guest": a_person(), "member": a_member(), "admin": an_admin()}
    people |= {"fellow": fellow, "self": ada}
    viewers |= {who: Viewer.of(person) for who, person in people.items()}
    for photo, name in product(Audience, Audience):
        choose_audiences(ada.id, {"photo": photo, "name": name})
        for who, viewer in viewers.items():
            may = who in READERS[photo] and who in READERS[name]
            assert sees(viewer, ada) == may, f"{who}: photo {photo}, name {name}"
            rows = list_members(viewer, Searched()).rows
            assert any(one.photo for one in rows if one.handle == ada.handle) == may


def test_only_a_photo_that_is_for_everybody_is_public(app: Flask) -> None:
    ada = a_photo_of(a_member())
    for photo, name in product(Audience, Audience):
        choose_audiences(ada.id, {"photo": photo, "name": name})
        found = visible_photo(Viewer.of(ada), ada.handle, "large")
        assert found.is_public == (photo == name == Audience.EVERYBODY)


def test_what_is_not_there_is_absent(app: Flask) -> None:
    ada, viewer = a_photo_of(a_member()), Viewer.of(a_member())
    assert sees(viewer, ada)
    assert not sees(viewer, ada, "huge")
    assert not sees(viewer, a_member())
    with pytest.raises(NotFound):
        visible_photo(viewer, "nobody-here", "small")
    assert visible_profile(viewer, a_member().handle).photo == ""
    for membership in (Membership.SUSPENDED, Membership.ENDED, Membership.NONE):
        becomes(ada, membership)
        assert not sees(viewer, ada)
