"""Applications: joining where organizers decide who belongs."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship, selectinload

from community.core.clock import now
from community.core.current import settings
from community.core.db import Base, db, record, rows_changed, transactional
from community.core.errors import Forbidden, NotFound, Refused
from community.core.pages import Page, cursor, read_cursor
from community.core.text import clean_text
from community.core.types import choice
from community.core.walltime import to_local
from community.membership.changes import (
    ApplicationApproved,
    ApplicationDeclined,
    MemberJoined,
    MembershipAsked,
)
from community.membership.models import Membership, Person
from community.membership.queries import get_person

REST = timedelta(days=30)  # from a decline until the same person may apply again
MOST_AT_ONCE = 100
PAGE = 50


class ApplicationState(StrEnum):
    """How an application stands."""

    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"


class Application(Base):
    """Somebody's wish to belong, with what they wrote and what was decided."""

    __tablename__ = "applications"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("people.id", ondelete="CASCADE"), index=True
    )
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    state: Mapped[ApplicationState] = mapped_column(
        choice(ApplicationState), default=ApplicationState.WAITING
    )
    asked_at: Mapped[datetime] = mapped_column(default=now)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(
        sa.ForeignKey("people.id", ondelete="SET NULL"), index=True
    )
    word: Mapped[str] = mapped_column(sa.Text, default="")  # what a declining organizer said

    person: Mapped[Person] = relationship(foreign_keys=person_id)

    __table_args__ = (
        sa.Index("ix_applications_state_id", "state", "id"),
        sa.Index(
            "uq_applications_waiting",
            "person_id",
            unique=True,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        ),
    )


def apply_for_membership(person: Person, reason: str) -> Application:
    """Hand a proven person's wish to the organizers. Call it inside a use-case.

    Refuses within thirty days of a decline.
    """
    last = latest_application(person.id)
    if last is not None and last.state == ApplicationState.DECLINED and last.decided_at:
        again = last.decided_at + REST
        if again > now():
            raise Refused("declined_lately", time=to_local(again, settings().timezone))
    person.membership = Membership.APPLIED
    application = Application(person_id=person.id, reason=clean_text(reason))
    db.session.add(application)
    db.session.flush()
    record(MembershipAsked(person.id, application.id))
    return application


@transactional
def approve_application(organizer_id: int, application_id: int) -> Application:
    """Make the applicant a member. Approving again changes nothing.

    Refuses what another organizer declined meanwhile.
    """
    application = _for_decision(organizer_id, application_id)
    if application.state == ApplicationState.DECLINED:
        raise Refused("application_decided")
    if application.state == ApplicationState.WAITING:
        _approve(application, organizer_id)
        record(ApplicationApproved(application.person_id, application.id))
    return application


@transactional
def approve_applications(organizer_id: int, application_ids: Sequence[int]) -> int:
    """Approve those of these that still wait, a hundred at most; says how many."""
    if not get_person(organizer_id).is_organizer:
        raise Forbidden("organizers_only")
    wanted = sa.select(Application.id).where(
        Application.id.in_(list(application_ids)[:MOST_AT_ONCE]),
        Application.state == ApplicationState.WAITING,
    )
    # In order of their ids, so that two organizers wait for each other and never in a circle.
    ids = db.session.scalars(wanted.order_by(Application.id)).all()
    count = 0
    for application_id in ids:
        application = _for_decision(organizer_id, application_id)
        if application.state == ApplicationState.WAITING:
            _approve(application, organizer_id)
            record(ApplicationApproved(application.person_id, application.id))
            count += 1
    return count


@transactional
def decline_application(organizer_id: int, application_id: int, word: str = "") -> Application:
    """Say no, with a word that the applicant is told. Declining again changes nothing.

    Refuses what another organizer approved meanwhile.
    """
    application = _for_decision(organizer_id, application_id)
    if application.state == ApplicationState.APPROVED:
        raise Refused("application_decided")
    if application.state == ApplicationState.WAITING:
        _decide(application, ApplicationState.DECLINED, organizer_id)
        application.word = clean_text(word)
        if application.person.membership == Membership.APPLIED:
            application.person.membership = Membership.NONE
        record(ApplicationDeclined(application.person_id, application.id))
    return application


def settle_waiting(person: Person, *, by: int | None) -> None:
    """Close the waiting application of somebody whom another way has made a member."""
    waiting = latest_application(person.id)
    if waiting is not None and waiting.state == ApplicationState.WAITING:
        _decide(waiting, ApplicationState.APPROVED, by)


def withdraw_application(person_id: int) -> None:
    """Forget the waiting application of somebody who leaves. Call it inside a use-case."""
    rows_changed(
        sa.delete(Application).where(
            Application.person_id == person_id, Application.state == ApplicationState.WAITING
        )
    )


def _for_decision(organizer_id: int, application_id: int) -> Application:
    if not get_person(organizer_id).is_organizer:
        raise Forbidden("organizers_only")
    application = db.session.get(
        Application, application_id, with_for_update={"key_share": True}, populate_existing=True
    )
    if application is None:
        raise NotFound("application")
    db.session.refresh(application.person, with_for_update={"key_share": True})
    return application


def _decide(application: Application, state: ApplicationState, by: int | None) -> None:
    application.state, application.decided_at, application.decided_by = state, now(), by


def _approve(application: Application, organizer_id: int) -> None:
    _decide(application, ApplicationState.APPROVED, organizer_id)
    person = application.person
    # Somebody suspended or erased while waiting stays so.
    if person.membership in {Membership.APPLIED, Membership.NONE} and not person.is_shut_out:
        person.membership, person.joined_at = Membership.ACTIVE, now()
        record(MemberJoined(person.id))


def latest_application(person_id: int) -> Application | None:
    """Somebody's newest application."""
    return db.session.scalar(
        sa.select(Application)
        .where(Application.person_id == person_id)
        .order_by(Application.id.desc())
        .limit(1)
    )


def get_application(application_id: int) -> Application:
    """One application, for organizers. Raises NotFound."""
    application = db.session.get(Application, application_id)
    if application is None:
        raise NotFound("application")
    return application


def waiting_applications(after: str | None = None, *, size: int = PAGE) -> Page[Application]:
    """Those who wait, longest first; ``after`` is the cursor of the page before."""
    query = (
        sa.select(Application)
        .where(Application.state == ApplicationState.WAITING)
        .options(
            joinedload(Application.person).selectinload(Person.addresses),
            joinedload(Application.person).options(selectinload(Person.topics)),
        )
        .order_by(Application.id)
        .limit(size + 1)
    )
    key = read_cursor(after, (int,))
    if key is not None:
        query = query.where(Application.id > key[0])
    rows = list(db.session.scalars(query))
    more = len(rows) > size
    return Page(rows[:size], cursor(rows[size - 1].id) if more else None)


def count_waiting() -> int:
    """How many wait for a decision."""
    waiting = sa.select(sa.func.count()).select_from(Application)
    return int(db.session.scalar(waiting.where(Application.state == ApplicationState.WAITING)) or 0)
