"""Address cards of an event's people: of members whose address is there for whoever exports.

An organizer has every address on the list, for the event. A card is for keeping, so it follows
what a member lets others read, for organizers as for everybody.
"""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from community.calendar.vcard import card_of, vcard
from community.core.db import db
from community.discovery.acquaintance import is_there, may_read_column
from community.discovery.people import seen_by
from community.events.models import Event
from community.membership.connection_models import Connection, ConnectionState
from community.membership.models import Person
from community.membership.viewer import Viewer
from community.organizing.export_rows import Attending
from community.organizing.segments import Segment, rsvp_ids
from community.rsvp.models import Rsvp


def vcards_of(attending: Attending, viewer: Viewer) -> Iterator[bytes]:
    """The cards of those who agreed, some hundreds at a time."""
    for ids in attending.batches():
        yield b"".join(_cards(ids, viewer))


def _cards(rsvp_ids: Sequence[int], viewer: Viewer) -> Iterator[bytes]:
    people = db.session.scalars(
        sa.select(Person)
        .join(Rsvp, Rsvp.person_id == Person.id)
        .where(Rsvp.id.in_(rsvp_ids), is_there(viewer, by_id=True))
        .options(selectinload(Person.topics), selectinload(Person.addresses))
        .order_by(Rsvp.id)
    ).all()
    by_handle = {person.handle: person.id for person in people}
    for shown in seen_by(viewer, people, closely=True):
        if shown.email:
            yield vcard(card_of(by_handle[shown.handle], shown))


def count_cards(event: Event, segment: Segment, viewer: Viewer) -> int:
    """How many cards :func:`vcards_of` gives: the same rule, asked of the database."""
    agreed = sa.and_(
        may_read_column(viewer, Person.name_audience, Person.id),
        may_read_column(viewer, Person.email_audience, Person.id),
    )
    query = (
        sa.select(sa.func.count())
        .select_from(Person)
        .join(Rsvp, Rsvp.person_id == Person.id)
        .where(
            Rsvp.id.in_(rsvp_ids(event, segment)),
            is_there(viewer),
            sa.or_(agreed, Person.id.in_(_connected(viewer))),
        )
    )
    return db.session.scalar(query) or 0


def _connected(viewer: Viewer) -> sa.CompoundSelect[int]:
    me = viewer.person_id if viewer.is_member else None
    connected = Connection.state == ConnectionState.CONNECTED
    low = sa.select(Connection.high_id).where(Connection.low_id == me, connected)
    return low.union(sa.select(Connection.low_id).where(Connection.high_id == me, connected))
