"""The tables of people, topics, and proofs of identity."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from community.core.clock import now
from community.core.db import Base
from community.core.text import alike_key
from community.core.types import JSONDict, choice
from community.membership.audiences import DEFAULTS, Audience
from community.membership.handles import handle_of_row

CODE_TRIES = 5
MOST_TOPICS = 200
TOPIC_NAME_LENGTH = 80
_EMPTY = sa.text("''")  # for rows that are older than their column


class Membership(StrEnum):
    """Where somebody stands: ``none`` is somebody who was only invited or registered."""

    NONE = "none"
    APPLIED = "applied"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


class Role(StrEnum):
    """What somebody may do beyond a member's own things."""

    MEMBER = "member"
    ORGANIZER = "organizer"
    ADMIN = "admin"


def _audience(field: str) -> Mapped[Audience]:
    default = DEFAULTS[field]
    return mapped_column(
        choice(Audience, f"{field}_audience"), default=default, server_default=default.value
    )


def by_codepoint(length: int) -> sa.String:
    """Text that PostgreSQL orders as SQLite does, so that one index serves prefixes on both."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


class Person(Base):
    """Somebody whose address we know. Erasure anonymises the row and keeps it."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    # Names the person in addresses of pages; given once, it never changes.
    handle: Mapped[str] = mapped_column(sa.String(80), unique=True, default=handle_of_row)
    name: Mapped[str] = mapped_column(sa.String(120))
    organization: Mapped[str] = mapped_column(sa.String(120), default="")
    job_title: Mapped[str] = mapped_column(sa.String(120), default="")
    location: Mapped[str] = mapped_column(sa.String(120), default="")
    bio: Mapped[str] = mapped_column(sa.Text, default="")
    links: Mapped[str] = mapped_column(sa.Text, default="", server_default=_EMPTY)  # one a line
    # Names the photo in addresses of pages; "" without one. See community.membership.photos.
    photo_version: Mapped[str] = mapped_column(sa.String(16), default="", server_default=_EMPTY)
    timezone: Mapped[str | None] = mapped_column(sa.String(64))
    locale: Mapped[str | None] = mapped_column(sa.String(16))
    membership: Mapped[Membership] = mapped_column(choice(Membership), default=Membership.NONE)
    role: Mapped[Role] = mapped_column(choice(Role), default=Role.MEMBER)
    created_at: Mapped[datetime] = mapped_column(default=now)
    joined_at: Mapped[datetime | None]
    consented_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    # Since when a membership is suspended or ended, and what was said about it.
    standing_since: Mapped[datetime | None]
    standing_word: Mapped[str] = mapped_column(sa.Text, default="", server_default=_EMPTY)
    # Whom this record was merged into; it is erased, and its old pages lead there.
    merged_into_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("people.id", ondelete="SET NULL"), index=True
    )

    name_audience: Mapped[Audience] = _audience("name")
    photo_audience: Mapped[Audience] = _audience("photo")
    job_title_audience: Mapped[Audience] = _audience("job_title")
    organization_audience: Mapped[Audience] = _audience("organization")
    location_audience: Mapped[Audience] = _audience("location")
    bio_audience: Mapped[Audience] = _audience("bio")
    links_audience: Mapped[Audience] = _audience("links")
    topics_audience: Mapped[Audience] = _audience("topics")
    email_audience: Mapped[Audience] = _audience("email")

    # Whether members who were at the same event find this one afterwards.
    findable_after_events: Mapped[bool] = mapped_column(default=False, server_default=sa.false())

    # For the directory, kept by community.membership.terms.
    sort_name: Mapped[str] = mapped_column(by_codepoint(120), default="", server_default=_EMPTY)
    terms_version: Mapped[int] = mapped_column(
        sa.SmallInteger, default=0, server_default="0", index=True
    )

    addresses: Mapped[list["PersonAddress"]] = relationship(
        back_populates="person", order_by="PersonAddress.id"
    )
    topics: Mapped[list["Topic"]] = relationship(secondary="person_topics", order_by="Topic.name")

    # Members in the order of the directory; without the first column SQLite rather sorts them all.
    __table_args__ = (
        sa.Index("ix_people_directory", "membership", "sort_name", "id"),
        sa.Index("ix_people_names", "sort_name", "id"),  # for admins, who see everybody
    )

    @property
    def address(self) -> str:
        """Where mail to this person goes: the primary address; ``""`` after erasure."""
        return next((a.address for a in self.addresses if a.is_primary), "")

    @property
    def is_shut_out(self) -> bool:
        """Whether members' pages are closed to this person; a role ends with that, too."""
        closed = self.membership in {Membership.SUSPENDED, Membership.ENDED}
        return closed or self.erased_at is not None

    @property
    def is_organizer(self) -> bool:
        """Whether this person may publish events."""
        return self.role in {Role.ORGANIZER, Role.ADMIN} and not self.is_shut_out

    @property
    def is_admin(self) -> bool:
        """Whether this person may see and edit the events of others."""
        return self.role == Role.ADMIN and not self.is_shut_out


class PersonAddress(Base):
    """An address of a person, as :func:`community.core.addresses.normal_address` gives it."""

    __tablename__ = "person_addresses"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("people.id", ondelete="CASCADE"), index=True
    )
    address: Mapped[str] = mapped_column(sa.String(254), unique=True)
    is_primary: Mapped[bool] = mapped_column(default=True)
    verified_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(back_populates="addresses")

    __table_args__ = (
        sa.Index(
            "uq_person_addresses_primary",
            "person_id",
            unique=True,
            sqlite_where=sa.text("is_primary"),
            postgresql_where=sa.text("is_primary"),
        ),
    )


class Topic(Base):
    """Something that people follow and events are about."""

    __tablename__ = "topics"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    name: Mapped[str] = mapped_column(sa.String(TOPIC_NAME_LENGTH), unique=True)
    # Names that people take for one are one here, so that the database refuses the second.
    folded: Mapped[str] = mapped_column(
        sa.String(200),
        unique=True,
        default=lambda row: alike_key(row.get_current_parameters()["name"]),
    )
    description: Mapped[str] = mapped_column(sa.Text, default="")
    changed_at: Mapped[datetime] = mapped_column(default=now)


class TopicRedirect(Base):
    """A slug that a topic had before, or that of a topic merged into it.

    It names the topic and not its slug, so that there are no chains and no loops to follow.
    """

    __tablename__ = "topic_redirects"

    slug: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    topic_id: Mapped[int] = mapped_column(
        sa.ForeignKey("topics.id", ondelete="CASCADE"), index=True
    )


person_topics = sa.Table(
    "person_topics",
    Base.metadata,
    sa.Column("person_id", sa.ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("topic_id", sa.ForeignKey("topics.id", ondelete="CASCADE"), primary_key=True),
    sa.Index("ix_person_topics_followers", "topic_id", "person_id"),
)


class PersonTerm(Base):
    """A word by which the directory finds a person, with the audience of the field it is from."""

    __tablename__ = "person_terms"

    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("people.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    term: Mapped[str] = mapped_column(by_codepoint(40), primary_key=True)
    audience: Mapped[Audience] = mapped_column(choice(Audience, "audience"))

    __table_args__ = (
        # Everything that a search asks for, so that it reads the index and no row.
        sa.Index("ix_person_terms_search", "term", "person_id", "audience", "kind"),
    )


class PendingKind(StrEnum):
    """What a stranger asked for before the address was proven."""

    JOIN = "join"
    RSVP = "rsvp"
    ADDRESS = "address"


class Pending(Base):
    """A wish that waits for the button on the mailed page. Nothing else is written before that."""

    __tablename__ = "pending"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[PendingKind] = mapped_column(choice(PendingKind))
    address: Mapped[str] = mapped_column(sa.String(254), index=True)
    payload: Mapped[JSONDict] = mapped_column(default=dict)
    # Made by the worker while it renders the mail, so that no database row ever held the token.
    token_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    browser_hash: Mapped[str] = mapped_column(sa.String(64), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class SignInCode(Base):
    """One request to sign in: a code and a link, good for the browser that asked."""

    __tablename__ = "sign_in_codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(sa.String(254))
    person_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("people.id", ondelete="CASCADE"), index=True
    )
    browser_hash: Mapped[str] = mapped_column(sa.String(64), index=True)
    code_hash: Mapped[str | None] = mapped_column(sa.String(64))
    link_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]

    __table_args__ = (sa.CheckConstraint(f"tries BETWEEN 0 AND {CODE_TRIES}", name="tries"),)


class AuthSession(Base):
    """A signed-in browser. The cookie holds the token, the row its hash."""

    __tablename__ = "sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("people.id", ondelete="CASCADE"), index=True
    )
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    proof: Mapped[str] = mapped_column(sa.String(20))
    browser: Mapped[str] = mapped_column(sa.String(200), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    revoked_at: Mapped[datetime | None]


class KnownBrowser(Base):
    """A browser that has signed in as this person before, and so has an allowance of its own."""

    __tablename__ = "known_browsers"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("people.id", ondelete="CASCADE"), index=True
    )
    token_hash: Mapped[str] = mapped_column(sa.String(64))
    created_at: Mapped[datetime] = mapped_column(default=now)
    used_at: Mapped[datetime] = mapped_column(default=now, index=True)

    __table_args__ = (sa.UniqueConstraint("token_hash", "person_id"),)
