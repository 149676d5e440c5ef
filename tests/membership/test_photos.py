"""A member's photo: in two sizes, replaced and removed whole, together with the profile."""

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.db import db
from community.core.errors import NotFound, Refused
from community.membership import photos
from community.membership.models import Membership, Person
from community.membership.photo_models import PersonPhoto
from community.membership.photos import (
    as_photo,
    find_photo,
    remove_photo,
    save_profile,
)
from community.membership.profiles import ProfileDraft
from community.organizing.models import AuditEntry
from tests.factories.people import a_member, a_person
from tests.factories.pictures import BLUE, a_photo_of, a_picture, opened


def now(person: Person) -> Person:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Person, person.id)


def rows() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(PersonPhoto)) or 0


def actions() -> list[str]:
    return list(db.session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)))


def test_a_photo_is_kept_in_two_sizes(app: Flask) -> None:
    member = a_photo_of(a_member())
    small, large = find_photo(member.id, "small"), find_photo(member.id)
    assert small
    assert large
    assert opened(small.content).size == (96, 96)
    assert opened(large.content).size == (480, 480)
    assert large.content_type == "image/jpeg"
    assert large.digest.startswith(now(member).photo_version)
    assert find_photo(member.id, "huge") is None
    assert find_photo(a_member().id) is None
    assert "PhotoChanged" in actions()


def test_a_new_photo_takes_the_place_of_the_old_one(app: Flask) -> None:
    member = a_photo_of(a_member())
    before = find_photo(member.id)
    a_photo_of(member, BLUE)
    after = find_photo(member.id)
    assert before != after
    assert rows() == 2
    entries = len(actions())
    a_photo_of(member, BLUE)
    assert len(actions()) == entries, "the same photo again is no change"


def test_a_photo_is_taken_away_once_and_for_everybody_alike(app: Flask) -> None:
    member = a_photo_of(a_member())
    remove_photo(member.id)
    assert (now(member).photo_version, rows()) == ("", 0)
    assert actions()[-1] == "PhotoRemoved"
    entries = len(actions())
    remove_photo(member.id)
    remove_photo(10_000)
    assert len(actions()) == entries


def test_a_photo_goes_when_its_owner_is_no_member_any_more(app: Flask) -> None:
    member = a_photo_of(a_member())
    db.session.get_one(Person, member.id).membership = Membership.ENDED
    db.session.commit()
    remove_photo(member.id)
    assert find_photo(member.id) is None


def test_only_members_have_photos(app: Flask) -> None:
    with pytest.raises(NotFound):
        a_photo_of(a_person())
    assert rows() == 0


def test_profile_and_photo_are_saved_together_or_not_at_all(app: Flask) -> None:
    member, photo = a_member(name="Ada"), as_photo(a_picture())
    with pytest.raises(Refused):
        save_profile(member.id, ProfileDraft("Eve", links=["javascript:x"]), photo=photo)
    assert (now(member).name, rows()) == ("Ada", 0)
    save_profile(member.id, ProfileDraft("Eve"), photo=photo)
    assert (now(member).name, rows()) == ("Eve", 2)
    save_profile(member.id, ProfileDraft("Eve"))
    assert rows() == 2, "a profile without a new photo keeps the old one"
    save_profile(
        member.id, ProfileDraft("Eve"), photo=as_photo(a_picture(colour=BLUE)), remove=True
    )
    assert rows() == 2, "who chooses a new one and removes the old one wants the new one"
    save_profile(member.id, ProfileDraft("Eve"), remove=True)
    assert rows() == 0


def test_what_fails_after_the_profile_takes_it_back(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = a_photo_of(a_member(name="Ada"))

    def fails(person_id: int) -> None:
        raise RuntimeError

    monkeypatch.setattr(photos, "_delete", fails)
    with pytest.raises(RuntimeError):
        save_profile(member.id, ProfileDraft("Eve"), remove=True)
    assert now(member).name == "Ada"
    assert rows() == 2


def test_lists_of_people_do_not_read_the_bytes(app: Flask) -> None:
    member = a_photo_of(a_member())
    db.session.rollback()
    db.session.expire_all()
    row = db.session.get_one(PersonPhoto, (member.id, "small"))
    assert "content" in sa.inspect(row).unloaded
