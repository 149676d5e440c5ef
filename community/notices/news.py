"""News that people asked for by following a topic; whoever does not want them says so once."""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from community.core.clock import now
from community.core.db import db
from community.core.links import link
from community.core.types import JSONDict
from community.events.changes import EventPublished
from community.events.models import HOSTS, Event, EventHost, EventStatus, Visibility, event_topics
from community.events.queries import get_event, lock_event
from community.mail.broadcasts import queue_broadcast, register_expander
from community.mail.kinds import Purpose, Rendered
from community.mail.models import OutboxMail, Suppression
from community.mail.outbox import PATIENCE, queue_mail
from community.membership.mail_wishes import (
    unsubscribe_tokens,
    wanted_categories,
    who_refuses,
)
from community.membership.models import (
    Membership,
    Person,
    PersonAddress,
    Role,
    person_topics,
)
from community.membership.queries import get_person
from community.membership.viewer import Viewer
from community.membership.wish_models import MailCategory
from community.notices.facts import event_facts
from community.notices.mails import compose, kind
from community.rsvp.models import Rsvp
from community.rsvp.queries import find_rsvp

_SHOWN_TO_MEMBERS = {Visibility.PUBLIC, Visibility.MEMBERS}
_SOONEST = timedelta(minutes=10)


def tell_of_publishing(change: EventPublished) -> None:
    """Have the members told who follow a topic of the event."""
    event = get_event(change.event_id)
    if event.topics and _is_news(event) and not change.quietly:
        queue_broadcast("new_event", {"event_id": event.id})


def _is_news(event: Event) -> bool:
    return (
        event.status == EventStatus.PUBLISHED
        and event.visibility in _SHOWN_TO_MEMBERS
        and event.starts_at > now() + _SOONEST
    )


def _expand_new(facts: JSONDict, cursor: int, size: int) -> int | None:
    event = lock_event(facts["event_id"])
    if not _is_news(event):
        return None
    people = _next_followers(event, cursor, size)
    ids = [person.id for person in people]
    tokens = unsubscribe_tokens(ids, MailCategory.EVENTS)
    for person in people:
        queue_mail(
            "new_event",
            to=person.address,
            name=person.name,
            facts={
                **event_facts(event),
                "topics": _in_common(event, person),
                "unsubscribe_token": tokens[person.id],
            },
            person_id=person.id,
            event_id=event.id,
            dedupe_key=f"new_event {event.id} {person.id}",
            urgency=7,  # nobody waits for it
            deadline=min(event.starts_at, now() + PATIENCE),
        )
    return ids[-1] if ids else None


def _in_common(event: Event, person: Person) -> list[str]:
    followed = {topic.id for topic in person.topics}
    return [topic.name for topic in event.topics if topic.id in followed]


def _next_followers(event: Event, cursor: int, size: int) -> Sequence[Person]:
    """The next ``size`` members after ``cursor`` to whom the event is news that they want."""
    followers = (
        sa.select(person_topics.c.person_id)
        .join(event_topics, event_topics.c.topic_id == person_topics.c.topic_id)
        .where(event_topics.c.event_id == event.id)
    )
    hosts = sa.select(EventHost.person_id).where(
        EventHost.event_id == event.id, EventHost.role.in_(HOSTS)
    )
    answered = sa.select(Rsvp.person_id).where(Rsvp.event_id == event.id)
    told = sa.select(OutboxMail.person_id).where(
        OutboxMail.event_id == event.id,
        OutboxMail.kind == "new_event",
        OutboxMail.person_id.is_not(None),
    )
    return db.session.scalars(
        sa.select(Person)
        .join(PersonAddress, sa.and_(PersonAddress.person_id == Person.id, _can_be_written_to()))
        .where(
            Person.id > cursor,
            Person.id.in_(followers),
            Person.id.not_in(hosts),
            Person.id.not_in(answered),
            Person.id.not_in(told),
            Person.id.not_in(who_refuses(MailCategory.EVENTS)),
            _is_member(),
        )
        .order_by(Person.id)
        .limit(size)
        .options(selectinload(Person.addresses), selectinload(Person.topics))
        .execution_options(populate_existing=True)
    ).all()


def _is_member() -> sa.ColumnElement[bool]:
    """The same rule as ``Viewer.of``, as a WHERE clause."""
    shut_out = [Membership.SUSPENDED, Membership.ENDED]
    return sa.and_(
        Person.erased_at.is_(None),
        Person.membership.not_in(shut_out),
        sa.or_(Person.membership == Membership.ACTIVE, Person.role != Role.MEMBER),
    )


def _can_be_written_to() -> sa.ColumnElement[bool]:
    return sa.and_(
        PersonAddress.is_primary,
        PersonAddress.verified_at.is_not(None),
        PersonAddress.address.not_in(sa.select(Suppression.address)),
    )


def _unwanted(mail: OutboxMail) -> str:
    """What may have happened since it was queued."""
    if mail.person_id is None or mail.event_id is None:
        return "the person or the event is gone"
    event, person = get_event(mail.event_id), get_person(mail.person_id)
    if MailCategory.EVENTS not in wanted_categories(person.id):
        return "the person does not want such mails any more"
    if not _is_news(event) or not Viewer.of(person).is_member or person.erased_at:
        return "the event is no news for this person any more"
    if find_rsvp(event.id, person.id) is not None:
        return "the person has answered already"
    return ""


def _render(mail: OutboxMail) -> Rendered:
    url = link("unsubscribe", token=mail.facts["unsubscribe_token"])
    return Rendered(compose(mail, unsubscribe=url, unsubscribe_url=url))


def register_kinds() -> None:
    """Make the mails and broadcasts of this module known."""
    kind("new_event", _render, purpose=Purpose.NEWS, unwanted=_unwanted)
    register_expander("new_event", _expand_new)
