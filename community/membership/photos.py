"""A person's photo: two square sizes made of whatever picture was handed in."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from community.core.db import db, record, transactional
from community.core.pictures import Picture, Shape, remake
from community.membership.changes import PhotoChanged, PhotoRemoved
from community.membership.models import Person
from community.membership.photo_models import PersonPhoto
from community.membership.profiles import ProfileDraft, edit_profile, get_member

SMALL, LARGE = "small", "large"
SIZES = {SMALL: 96, LARGE: 480}  # pixels of a side, and fewer when the picture has no more
VERSION_LENGTH = 16


@dataclass(frozen=True)
class Photo:
    """A photo's bytes. ``digest`` is their SHA-256 in hexadecimal digits."""

    content: bytes
    content_type: str
    digest: str


def as_photo(content: bytes) -> list[Picture]:
    """Both sizes of a photo, as JPEG. Takes a while: call it before a use-case, not within."""
    return remake(content, [Shape(name, side, side) for name, side in SIZES.items()])


@transactional
def save_profile(
    person_id: int,
    draft: ProfileDraft,
    *,
    photo: Sequence[Picture] = (),
    remove: bool = False,
) -> Person:
    """Write a profile and its photo, both or neither. A new photo counts more than ``remove``."""
    person = edit_profile(person_id, draft)
    if photo:
        change_photo(person_id, photo)
    elif remove:
        remove_photo(person_id)
    return person


@transactional
def change_photo(person_id: int, photo: Sequence[Picture]) -> None:
    """Put a member's photo, as :func:`as_photo` made it, in the place of the one before."""
    person = get_member(person_id)
    version = max(photo, key=lambda one: one.width).digest[:VERSION_LENGTH]
    if person.photo_version == version:
        return
    _delete(person_id)
    for one in photo:
        db.session.add(
            PersonPhoto(
                person_id=person_id,
                size=one.name,
                content_type=one.content_type,
                digest=one.digest,
                content=one.content,
            )
        )
    person.photo_version = version
    record(PhotoChanged(person_id))


@transactional
def remove_photo(person_id: int) -> None:
    """Take somebody's photo away, whatever they are by now. Without one nothing happens."""
    person = db.session.get(
        Person, person_id, populate_existing=True, with_for_update={"key_share": True}
    )
    if person is None or not person.photo_version:
        return
    _delete(person_id)
    person.photo_version = ""
    record(PhotoRemoved(person_id))


def find_photo(person_id: int, size: str = LARGE) -> Photo | None:
    """Somebody's photo, whoever may see it; for who looks see ``discovery.photos``."""
    if size not in SIZES:
        return None
    row = db.session.execute(
        sa.select(PersonPhoto.content, PersonPhoto.content_type, PersonPhoto.digest).where(
            PersonPhoto.person_id == person_id, PersonPhoto.size == size
        )
    ).one_or_none()
    return None if row is None else Photo(*row)


def _delete(person_id: int) -> None:
    db.session.execute(sa.delete(PersonPhoto).where(PersonPhoto.person_id == person_id))
