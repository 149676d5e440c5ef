"""Where each row goes that names a person, when two records become one: one rule a column."""

from collections.abc import Callable

import sqlalchemy as sa

from community.core.db import Base, db, rows_changed
from community.events.models import EventHost, HostRole
from community.membership.applications import Application, ApplicationState
from community.membership.models import Person, PersonAddress
from community.membership.pending import void_address_wishes
from community.membership.wish_models import MailWish
from community.privacy.moving_between import move_blocks, move_connections

Rule = Callable[[sa.Column[int], int, int], None]


def move(column: sa.Column[int], stays: int, goes: int) -> None:
    """Every row names the other person from now on."""
    rows_changed(sa.update(column.table).where(column == goes).values({column: stays}))


def drop(column: sa.Column[int], stays: int, goes: int) -> None:  # noqa: ARG001 - a rule's form
    """The rows are of the record and not of the person: they go with it."""
    rows_changed(sa.delete(column.table).where(column == goes))


def move_or_drop(column: sa.Column[int], stays: int, goes: int) -> None:
    """Move what the other person has not yet: the rest of the primary key tells."""
    table = column.table
    rest = [part for part in table.primary_key if part is not column]
    mine = table.alias()
    known = sa.select(sa.literal(1)).where(
        mine.c[column.name] == stays, *[mine.c[part.name] == part for part in rest]
    )
    there = sa.and_(column == goes, sa.exists(known))
    rows_changed(sa.delete(table).where(there))
    move(column, stays, goes)


def _addresses(column: sa.Column[int], stays: int, goes: int) -> None:
    """Proven ones stay proven beside the primary one. What nobody has proven opens nothing."""
    whose = PersonAddress.person_id == goes
    rows_changed(sa.delete(PersonAddress).where(whose, PersonAddress.verified_at.is_(None)))
    rows_changed(sa.update(PersonAddress).where(whose).values(is_primary=False))
    move(column, stays, goes)


def _applications(column: sa.Column[int], stays: int, goes: int) -> None:
    """One may wait at a time: that of the record that stays."""
    waiting = Application.state == ApplicationState.WAITING
    own = sa.select(Application.id).where(Application.person_id == stays, waiting)
    if db.session.scalar(own) is not None:
        rows_changed(sa.delete(Application).where(Application.person_id == goes, waiting))
    move(column, stays, goes)


def _hosts(column: sa.Column[int], stays: int, goes: int) -> None:
    """Who owns an event under either record owns it."""
    owned = sa.select(EventHost.event_id).where(
        EventHost.person_id == goes, EventHost.role == HostRole.OWNER
    )
    mine = sa.update(EventHost).where(
        EventHost.person_id == stays, EventHost.event_id.in_(owned.scalar_subquery())
    )
    rows_changed(mine.values(role=HostRole.OWNER))
    move_or_drop(column, stays, goes)


def _wishes(column: sa.Column[int], stays: int, goes: int) -> None:
    """Who unsubscribed under either record did not want to be written to again."""
    refused = sa.select(MailWish.category).where(
        MailWish.person_id == goes, MailWish.wanted.is_(False)
    )
    mine = sa.update(MailWish).where(
        MailWish.person_id == stays, MailWish.category.in_(refused.scalar_subquery())
    )
    rows_changed(mine.values(wanted=False))
    move_or_drop(column, stays, goes)


def _blocks(column: sa.Column[int], stays: int, goes: int) -> None:  # noqa: ARG001 - a rule's form
    """Both columns at once: no row may name one person twice."""
    move_blocks(stays, goes)


def _connections(column: sa.Column[int], stays: int, goes: int) -> None:  # noqa: ARG001 - a rule's form
    """All three columns at once: a row names two people in order, and one of them as the asker."""
    move_connections(stays, goes)


def _photos(column: sa.Column[int], stays: int, goes: int) -> None:
    """One's own photo stays; without one the other record's is it, for whom that let see it."""
    versions = sa.select(Person.id, Person.photo_version).where(Person.id.in_([stays, goes]))
    version = dict(iter(db.session.execute(versions)))
    if version[stays]:
        drop(column, stays, goes)
        return
    move(column, stays, goes)
    mine = sa.update(Person).where(Person.id == stays)
    rows_changed(mine.values(photo_version=version[goes]))


def _apart(column: sa.Column[int], stays: int, goes: int) -> None:
    """Moved by :mod:`community.privacy.merging` itself, under the locks of their events."""


RULES: dict[str, Rule] = {
    "announcement_recipients.person_id": move_or_drop,
    "announcements.person_id": move,
    "applications.decided_by": move,
    "applications.person_id": _applications,
    "attendee_files.person_id": drop,  # asked for by the other record, and made again with ease
    "attendees.checked_in_by": move,
    "blocks.blocked_id": _blocks,
    "blocks.blocker_id": _blocks,
    "calendar_aliases.person_id": move_or_drop,
    "calendar_feeds.person_id": drop,  # secret, and known to whoever read along as the other one
    "community_identities.published_by": move,
    "community_texts.published_by": move,
    "connections.asked_by": _connections,
    "connections.high_id": _connections,
    "connections.low_id": _connections,
    "consents.person_id": move,
    "decisions.actor_id": move,
    "door_presses.by": move,
    "event_hosts.person_id": _hosts,
    "exports.person_id": drop,  # what one record held is not all of it any more
    "guest_lists.person_id": move,
    "imports.person_id": move,
    "invitations.invited_by": move,
    "kitchen_links.made_by": move,
    "known_browsers.person_id": drop,
    "mail_wishes.person_id": _wishes,
    "outbox.person_id": move,
    "people.merged_into_id": move,  # so that no address of a page leads on twice
    "person_addresses.person_id": _addresses,
    "person_notes.author_id": move,
    "person_notes.person_id": move,
    "person_photos.person_id": _photos,
    "person_tags.person_id": move_or_drop,
    "person_terms.person_id": drop,
    "person_topics.person_id": move_or_drop,
    "reports.person_id": move,
    "reports.reporter_id": move,
    "reports.resolved_by": move,
    "rsvps.person_id": _apart,
    "saved_views.made_by": move,
    "sessions.person_id": drop,
    "sign_in_codes.person_id": drop,
    "team_invitations.invited_by": move,
}


def columns_of_people() -> dict[str, sa.Column[int]]:
    """Every column of every table that names a person, as ``table.column``."""
    people = Base.metadata.tables["people"]
    return {
        f"{table.name}.{column.name}": column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if any(key.references(people) for key in column.foreign_keys)
    }


def move_rows(stays: int, goes: int) -> None:
    """Apply every rule. A column without one is a fault that a house test finds first."""
    void_address_wishes(goes)
    for name, column in columns_of_people().items():
        RULES[name](column, stays, goes)
