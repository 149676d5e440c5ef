"""Notices to organizers that somebody waits to be let in: at most one an hour to each."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from community.core.clock import now
from community.core.db import db
from community.core.links import link
from community.core.types import JSONDict
from community.mail.broadcasts import queue_broadcast, register_expander
from community.mail.kinds import Purpose, Rendered
from community.mail.models import MailState, OutboxMail
from community.mail.outbox import PATIENCE, queue_mail
from community.membership.applications import count_waiting
from community.membership.changes import MembershipAsked
from community.membership.mail_wishes import unsubscribe_tokens, wanted_categories, who_refuses
from community.membership.models import Membership, Person, Role
from community.membership.queries import get_person
from community.membership.wish_models import MailCategory
from community.notices.mails import compose, kind

KIND = "applications_wait"
APART = timedelta(hours=1)
_NOT_BEGUN = {MailState.QUEUED, MailState.HELD}


def tell_organizers(_change: MembershipAsked) -> None:
    """Have every organizer told who wants to hear of it."""
    queue_broadcast(KIND, {})


def _expand(_facts: JSONDict, cursor: int, size: int) -> int | None:
    organizers = _next_organizers(cursor, size)
    ids = [person.id for person in organizers]
    last = _newest(ids)
    tokens = unsubscribe_tokens(ids, MailCategory.APPLICATIONS)
    for person in organizers:
        _tell(person, last.get(person.id), tokens[person.id])
    return ids[-1] if ids else None


def _tell(person: Person, last: OutboxMail | None, token: str) -> None:
    """One mail now, or an hour after the last; none when one is on its way that counts anew."""
    if not person.address or (last is not None and _will_count(last)):
        return
    due = now() if last is None else max(now(), _left_at(last) + APART)
    queue_mail(
        KIND,
        to=person.address,
        name=person.name,
        facts={"unsubscribe_token": token},
        person_id=person.id,
        # Two workers that expand two applications make one successor of the last mail.
        dedupe_key=f"{KIND} {person.id} after {last.id if last else 0}",
        urgency=6,
        due=due,
        deadline=due + PATIENCE,
    )


def _will_count(mail: OutboxMail) -> bool:
    """Whether it is not written yet: how many wait is counted when it is."""
    return mail.state in _NOT_BEGUN and mail.attempts == 0


def _left_at(mail: OutboxMail) -> datetime:
    return mail.sent_at or mail.due_at


def _newest(ids: Sequence[int]) -> dict[int, OutboxMail]:
    newest = (
        sa.select(sa.func.max(OutboxMail.id))
        .where(OutboxMail.kind == KIND, OutboxMail.person_id.in_(ids))
        .group_by(OutboxMail.person_id)
    )
    mails = db.session.scalars(
        sa.select(OutboxMail)
        .where(OutboxMail.id.in_(newest))
        .execution_options(populate_existing=True)
    )
    return {mail.person_id: mail for mail in mails if mail.person_id}


def _next_organizers(cursor: int, size: int) -> Sequence[Person]:
    return db.session.scalars(
        sa.select(Person)
        .where(
            Person.id > cursor,
            Person.role.in_([Role.ORGANIZER, Role.ADMIN]),
            Person.membership.not_in([Membership.SUSPENDED, Membership.ENDED]),
            Person.erased_at.is_(None),
            Person.id.not_in(who_refuses(MailCategory.APPLICATIONS)),
        )
        .order_by(Person.id)
        .limit(size)
        .options(selectinload(Person.addresses))
    ).all()


def _unwanted(mail: OutboxMail) -> str:
    """What may have happened since it was queued."""
    if mail.person_id is None or not get_person(mail.person_id).is_organizer:
        return "the person is no organizer any more"
    if MailCategory.APPLICATIONS not in wanted_categories(mail.person_id):
        return "the person does not want such mails any more"
    return "" if count_waiting() else "nobody waits any more"


def _render(mail: OutboxMail) -> Rendered:
    """With the number of those who wait now: what came after it was queued is told by it, too."""
    stop = link("unsubscribe", token=mail.facts["unsubscribe_token"])
    url, waiting = link("applications"), count_waiting()
    data = compose(mail, unsubscribe=stop, unsubscribe_url=stop, url=url, waiting=waiting)
    return Rendered(data)


def register_kinds() -> None:
    """Make the mails and broadcasts of this module known."""
    kind(KIND, _render, purpose=Purpose.NEWS, unwanted=_unwanted)
    register_expander(KIND, _expand)
