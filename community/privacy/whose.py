"""Which rows are about a person where neither an id nor an address in one column says it."""

from collections.abc import Callable

import sqlalchemy as sa

from community.core.db import Base
from community.mail.models import OutboxMail
from community.membership.invitations import Invitation
from community.membership.models import Pending, PendingKind
from community.organizing.audit_log import UNTOLD
from community.privacy.subject import Subject
from community.rsvp.invitation_models import GuestRow
from community.rsvp.models import Attendee, Rsvp


def told_of(table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
    """Entries about them of which they know, or may."""
    return sa.and_(table.c.person_id.in_(subject.records), table.c.action.not_in(UNTOLD))


def not_told_of(table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
    """Entries about them that would tell on somebody else."""
    return sa.and_(table.c.person_id.in_(subject.records), table.c.action.in_(UNTOLD))


def asked_of(column: str) -> Callable[[sa.Table, Subject], sa.ColumnElement[bool]]:
    """Pairs in which the other one asked."""
    return lambda table, subject: sa.and_(
        table.c[column].in_(subject.records), table.c.asked_by.not_in(subject.records)
    )


def stating_their_name(table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
    """Mails to others that say that they ask to connect, or accepted."""
    kinds = ("connection_asked", "connection_accepted")
    other = table.c.facts["other_id"].as_integer()
    return sa.and_(table.c.kind.in_(kinds), other.in_(subject.records))


def to_own_guests(table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
    """Mails to guests whom they brought along, those included who are no longer with the party."""
    theirs = sa.select(Attendee.id).where(Attendee.rsvp_id.in_(own_rsvps(subject)))
    events = sa.select(Rsvp.event_id).where(Rsvp.person_id.in_(subject.records))
    named = sa.and_(
        table.c.event_id.in_(events), table.c.facts["brought_by"].as_string() == subject.name
    )
    guest = table.c.facts["attendee_id"].as_integer().in_(theirs)
    return sa.and_(table.c.kind.startswith("guest_"), sa.or_(guest, named))


def own_rsvps(subject: Subject) -> sa.Select[int]:
    """The ids of their answers."""
    return sa.select(Rsvp.id).where(Rsvp.person_id.in_(subject.records))


def of_own_rsvp(table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
    """Rows that belong to one of their answers."""
    return table.c.rsvp_id.in_(own_rsvps(subject))


def received_from(table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
    """Mails to the address of one of their answers, and those from an address of theirs."""
    theirs = subject.addresses
    heads = sa.select(Attendee.id).where(
        Attendee.rsvp_id.in_(own_rsvps(subject)), Attendee.position == 0
    )
    return sa.or_(
        table.c.attendee_id.in_(heads),
        table.c.from_address.in_(theirs),
        table.c.answered_as.in_(theirs),
    )


def stating_their_words(table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
    """Mails to hosts with what they wrote back, and to others as whom they answered."""
    writer = table.c.facts["writer_rsvp_id"].as_integer()
    wrote = sa.and_(table.c.kind == "reply_in_words", writer.in_(own_rsvps(subject)))
    answered_as = table.c.facts["answered_as"].as_string()
    answered = sa.and_(table.c.kind == "answer_doubted", answered_as.in_(subject.addresses))
    return sa.or_(wrote, answered)


def own_wishes(table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
    """What waits for a proof of one of their addresses, or of one that they want to have."""
    asked = sa.and_(
        table.c.kind == PendingKind.ADDRESS,
        table.c.payload["person_id"].as_integer() == subject.id,
    )
    return sa.or_(asked, table.c.address.in_(subject.addresses))


def own_mail(table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
    """Also without an id: the mail that led to joining was written before there was a person."""
    named = table.c.person_id.in_(subject.records)
    return sa.or_(named, table.c.recipient.in_(subject.addresses))


def to_asked_address(table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
    """Mails to an address that they asked for and may not have got."""
    wishes = sa.select(Pending.id).where(own_wishes(Base.metadata.tables["pending"], subject))
    kinds = ("address_confirm", "address_taken")
    return sa.and_(table.c.kind.in_(kinds), table.c.facts["pending_id"].as_integer().in_(wishes))


def own_invitations(table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
    """Mails that invited somebody in their name."""
    sent = sa.select(Invitation.id).where(Invitation.invited_by == subject.id)
    kinds = ("invitation", "invitation_again")
    return sa.and_(table.c.kind.in_(kinds), table.c.facts["invitation_id"].as_integer().in_(sent))


def named_as_importer(table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
    """Mails to people whom they imported."""
    return sa.and_(table.c.kind == "join_invited", table.c.facts["by"].as_string() == subject.name)


def named_as_inviter(table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
    """Mails to people whom they invited to an event, or asked to help at one."""
    kinds = ("event_invitation", "invitation_reminder", "team_invitation")
    return sa.and_(table.c.kind.in_(kinds), table.c.facts["inviter"].as_string() == subject.name)


def lists_with_them(table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
    """Guest lists on which one of their addresses stands."""
    there = sa.select(GuestRow.list_id).where(GuestRow.address.in_(subject.addresses))
    return table.c.id.in_(there)


def written_about_their_events(table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
    """Messages of hosts about events that they answered: a search finds nobody else."""
    events = sa.select(Rsvp.event_id).where(Rsvp.person_id.in_(subject.records))
    return table.c.event_id.in_(events)


def views_in_words(table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
    """Saved views of lists on which they stand, when words are sought, which may be their name.

    What seems to be words is found, too: rather one view too many.
    """
    query = sa.cast(table.c.query, sa.String)  # keys of JSON; a text in it has no bare quotes
    words = sa.or_(*(query.contains(key) for key in ('"q":', '"answer-', '"not_answer-')))
    return sa.and_(written_about_their_events(table, subject), words)


def bounces(table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
    """Reports about their addresses and their mails."""
    mails = sa.select(OutboxMail.id).where(own_mail(Base.metadata.tables["outbox"], subject))
    return sa.or_(table.c.address.in_(subject.addresses), table.c.mail_id.in_(mails))
