"""Changing what the community is called and its logo; each save is a new version."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from community.core.db import db, record, transactional
from community.core.errors import Forbidden, Refused
from community.core.identity import CommunityIdentity, CommunityLogo, forget_identity
from community.core.pictures import Picture, Shape, remake
from community.core.text import clean_line
from community.membership.changes import CommunityIdentityPublished
from community.membership.models import Person
from community.membership.queries import get_person

SHOWN_VERSIONS = 20
# Twice and more of what the masthead shows, for fine screens.
_LOGO = Shape("logo", 640, 128, fills=False, keeps_alpha=True)


@dataclass(frozen=True)
class IdentityVersion:
    """A version as admins see it. ``name`` is "" where the setting's counted."""

    version: int
    name: str
    has_logo: bool
    published_at: datetime
    publisher: str


def as_logo(content: bytes) -> Picture:
    """A logo of whatever picture was handed in, made anew as PNG. Raises Refused for none."""
    return remake(content, [_LOGO])[0]


def newest_identity() -> CommunityIdentity | None:
    """The version that counts now, None before the first."""
    query = sa.select(CommunityIdentity).order_by(CommunityIdentity.version.desc())
    return db.session.scalar(query.limit(1))


def versions_of_identity() -> Sequence[IdentityVersion]:
    """The newest twenty versions, newest first."""
    rows = db.session.execute(
        sa.select(CommunityIdentity, Person.name)
        .outerjoin(Person, Person.id == CommunityIdentity.published_by)
        .order_by(CommunityIdentity.version.desc())
        .limit(SHOWN_VERSIONS)
    )
    return [
        IdentityVersion(
            one.version, one.name, one.logo_digest is not None, one.published_at, publisher or ""
        )
        for one, publisher in rows
    ]


@transactional
def publish_identity(
    admin_id: int,
    name: str,
    *,
    seen: int,
    logo: Picture | None = None,
    remove_logo: bool = False,
) -> int:
    """Put a name and logo in force; the version's number. The same again makes no new version.

    An empty name is the setting's. The logo stays unless there is a new one or it is removed.
    ``seen`` is the newest version that the writer knew. Refuses when there is a newer one.
    """
    if not get_person(admin_id).is_admin:
        raise Forbidden("admins_only")
    newest = newest_identity()
    version = newest.version if newest else 0
    if version != seen:
        raise Refused("identity_changed_meanwhile", field="seen")
    known = (newest.name, newest.logo_digest) if newest else ("", None)
    digest = None if remove_logo else known[1]
    if logo is not None:
        digest = _kept(logo)
    wanted = (clean_line(name), digest)
    if wanted == known:
        return version
    # Two at once: the unique number makes the second start over, and then it is refused.
    db.session.add(
        CommunityIdentity(
            version=version + 1, name=wanted[0], logo_digest=digest, published_by=admin_id
        )
    )
    db.session.flush()
    forget_identity()
    record(CommunityIdentityPublished(version + 1, wanted[0], digest or ""))
    return version + 1


def _kept(logo: Picture) -> str:
    known = db.session.get(CommunityLogo, logo.digest, with_for_update=True, populate_existing=True)
    if known is None:
        known = CommunityLogo(
            digest=logo.digest,
            content_type=logo.content_type,
            width=logo.width,
            height=logo.height,
        )
        db.session.add(known)
    known.content = logo.content  # one that was out of force for a while is empty
    db.session.flush()
    return logo.digest
