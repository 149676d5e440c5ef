"""The photo of a member as one viewer may see it."""

from dataclasses import dataclass

import sqlalchemy as sa

from community.core.db import db
from community.core.errors import NotFound
from community.discovery.acquaintance import fellows_among, is_there, relation_to
from community.membership.audiences import Audience, may_read
from community.membership.models import Person
from community.membership.photos import Photo, find_photo
from community.membership.viewer import Viewer


@dataclass(frozen=True)
class VisiblePhoto:
    """A photo that the viewer may see, and whether everybody may."""

    photo: Photo
    version: str  # as in Person.photo_version
    is_public: bool


def visible_photo(viewer: Viewer, handle: str, size: str) -> VisiblePhoto:
    """A member's photo in that size. Raises NotFound without one, or when it is not for them."""
    person = db.session.scalar(sa.select(Person).where(Person.handle == handle, is_there(viewer)))
    if person is None or not person.photo_version:
        raise NotFound("photo")
    audiences = (person.name_audience, person.photo_audience)
    relation = relation_to(viewer, person.id, fellows_among(viewer, [person.id]))
    photo = find_photo(person.id, size)
    if photo is None or not all(may_read(audience, relation) for audience in audiences):
        raise NotFound("photo")
    public = all(audience == Audience.EVERYBODY for audience in audiences)
    return VisiblePhoto(photo, person.photo_version, public)
