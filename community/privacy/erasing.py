"""Erasing a person: coming seats are freed and given on, then nothing but a number is left.

All of it is one transaction: nobody ever sees somebody half erased.
"""

from dataclasses import replace

import sqlalchemy as sa

from community.core.addresses import normal_address
from community.core.clock import now
from community.core.current import settings
from community.core.db import db, record, rows_changed, transactional
from community.core.errors import Refused
from community.core.origin import acting, origin
from community.events.models import Event, EventHost, EventStatus, HostRole
from community.events.queries import lock_event
from community.mail.models import MailState, OutboxMail
from community.mail.transport import Spool
from community.membership.import_files import drop_file
from community.membership.import_models import Import
from community.membership.importing import OVER, stop_import
from community.membership.models import Membership, Person, PersonAddress, Role
from community.membership.queries import get_person
from community.privacy.changes import AddressErased, PersonErased
from community.privacy.held import forget
from community.privacy.holdings import HOLDINGS
from community.privacy.subject import Subject, subject_of
from community.rsvp.leaving import leave_parties, leave_places, places_to_come
from community.rsvp.second_seats import events_as_guest

CERTIFICATE = "erased"  # the kind of the last mail
_OVER = (MailState.FAILED, MailState.SUPERSEDED, MailState.STOPPED)


def erase_person(person_id: int, *, typed: str | None = None) -> None:
    """Erase a person for good; again is nothing. Raises NotFound for somebody who never was.

    ``typed`` is the address by which they confirm. Refuses another one, whoever alone owns events
    to come, and the last admin.
    """
    # The entries of this very act must not keep where it was done from.
    with acting(replace(origin(), network="")):
        mails, lists = _erase(person_id, typed)
    for stored_as in lists:
        drop_file(stored_as)
    # In the spool a mail is a file, which no transaction takes along; nor does it take a list.
    if not settings().mail_url:
        spool = Spool(settings().spool_folder)
        for message_id in mails:
            spool.forget(message_id)


@transactional
def _erase(person_id: int, typed: str | None) -> tuple[list[str], list[str]]:
    """The Message-IDs of mails whose facts are gone now, and files of lists that nobody starts."""
    get_person(person_id)
    lists = _give_up_lists(person_id)
    person = _locked(person_id)
    if person.erased_at is not None:
        return [], lists
    address = person.address
    if typed is not None and normal_address(typed) != address:
        raise Refused("not_your_address", field="email")
    _refuse_to_orphan(person)
    moment, left = now(), leave_places(person_id)
    db.session.flush()
    subject = subject_of(person_id)
    left += leave_parties(subject.addresses)
    db.session.flush()
    mails = _message_ids(subject)
    for held in HOLDINGS:
        forget(held, subject)
    erased = sa.update(Person).where(Person.id == person_id)
    rows_changed(erased.values(erased_at=moment))
    db.session.expire_all()  # what was loaded before says what is no longer so
    record(PersonErased(person_id, left))
    if address:
        record(AddressErased(address, moment, left))
    return mails, lists


def _give_up_lists(person_id: int) -> list[str]:
    """Stop the imports that they handed in: nobody answers for them any more.

    Before the person is locked, as the worker locks: first the list and then its people.
    """
    own = sa.select(Import.id).where(Import.person_id == person_id, Import.state.not_in(OVER))
    return [stop_import(import_id) for import_id in db.session.scalars(own.order_by(Import.id))]


def _locked(person_id: int) -> Person:
    """The person, after the events where they have something: the order in which answers lock.

    An answer that is under way holds the address: it is waited for and found, or finds none.
    """
    for event_id in _events_at_stake(person_id):
        lock_event(event_id)
    db.session.scalars(
        sa.select(PersonAddress)
        .where(PersonAddress.person_id == person_id)
        .order_by(PersonAddress.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    return db.session.get_one(Person, person_id, populate_existing=True, with_for_update=True)


def _events_at_stake(person_id: int) -> list[int]:
    places = {event.id for event, _ in places_to_come(person_id)}
    places.update(events_as_guest(subject_of(person_id).addresses))
    hosted = (
        sa.select(Event.id).join(EventHost).where(EventHost.person_id == person_id, *_to_come())
    )
    return sorted(places | set(db.session.scalars(hosted)))


def _to_come() -> tuple[sa.ColumnElement[bool], ...]:
    return Event.status == EventStatus.PUBLISHED, Event.ends_at > now()


def owned_alone(person_id: int) -> list[Event]:
    """The published events to come that nobody else owns: what keeps a person from going."""
    own = sa.select(EventHost.event_id).where(
        EventHost.person_id == person_id, EventHost.role == HostRole.OWNER
    )
    another = sa.exists().where(
        EventHost.event_id == Event.id,
        EventHost.role == HostRole.OWNER,
        EventHost.person_id != person_id,
    )
    found = sa.select(Event).where(Event.id.in_(own), ~another, *_to_come())
    return list(db.session.scalars(found.order_by(Event.starts_at, Event.id)))


def is_last_admin(person: Person) -> bool:
    """Whether nobody else could run the community."""
    if not person.is_admin:
        return False
    # Two admins who go at the same moment look at each other: one after the other.
    admins = sa.select(Person.id).where(
        Person.role == Role.ADMIN,
        Person.erased_at.is_(None),
        Person.membership.not_in([Membership.SUSPENDED, Membership.ENDED]),
    )
    return db.session.scalars(admins.order_by(Person.id)).all() == [person.id]


def _refuse_to_orphan(person: Person) -> None:
    if events := owned_alone(person.id):
        titles = ", ".join(event.title for event in events[:5])
        raise Refused("owns_coming_events", events=titles)
    if person.role == Role.ADMIN:
        db.session.execute(
            sa.select(Person.id)
            .where(Person.role == Role.ADMIN, Person.erased_at.is_(None))
            .order_by(Person.id)
            .with_for_update()
        )
    if is_last_admin(person):
        raise Refused("last_admin")


def _message_ids(subject: Subject) -> list[str]:
    mine = [held.of(subject) for held in HOLDINGS if held.table == OutboxMail.__tablename__]
    return list(db.session.scalars(sa.select(OutboxMail.message_id).where(sa.or_(*mine))))


@transactional
def wipe_certificates() -> int:
    """Forget the addresses that last mails could not reach; says how many.

    Of one that has left, delivery itself forgets it.
    """
    over = sa.update(OutboxMail).where(
        OutboxMail.kind == CERTIFICATE, OutboxMail.state.in_(_OVER), OutboxMail.recipient != ""
    )
    gone = {"recipient": "", "body": None, "last_error": "", "state": MailState.STOPPED}
    return rows_changed(over.values(gone))
