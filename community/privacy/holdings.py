"""The one table of everything held about people: what an export gives, what erasure does with it.

A house test walks the database's columns and fails for one that refers to a person, or could hold
somebody's words, and is named neither here nor in :mod:`community.privacy.of_nobody`. Erasure goes
from top to bottom: what finds other rows stands below what it finds.
"""

from typing import Any

import sqlalchemy as sa

from community.calendar.secret_feeds import CalendarFeed
from community.core.db import Base
from community.events.models import Event
from community.membership.applications import Application
from community.membership.consents import Consent
from community.membership.handles import new_handle
from community.membership.import_models import ImportRow
from community.membership.models import Membership, Role, Topic
from community.membership.photo_models import PersonPhoto
from community.membership.terms import VERSION
from community.membership.wish_models import MailWish
from community.organizing.models import AuditEntry
from community.privacy import whose
from community.privacy.between_holdings import BETWEEN
from community.privacy.calendar_holdings import ANSWERS_BY_CALENDAR
from community.privacy.guest_holdings import GUEST_LISTS
from community.privacy.held import Held, by_address
from community.privacy.mail_holdings import MAILS
from community.privacy.models import Export
from community.privacy.office_holdings import OFFICE
from community.rsvp.models import Rsvp

_TABLES = (
    Application,
    AuditEntry,
    CalendarFeed,
    Consent,
    Export,
    ImportRow,
    MailWish,
    PersonPhoto,
)  # known once imported
_PROOF = "proves that somebody agreed, and says nothing of who it was"
_ID = "an id that leads to nobody"
_RANDOM = "drawn by lot; what comes back with it opens nothing any more"


def ids_only(details: dict[str, Any]) -> dict[str, Any]:
    """What the audit log may keep: numbers and yes or no."""
    return {name: value for name, value in details.items() if isinstance(value, int)}


_EVENT = {
    "event": sa.select(Event.title).where(Event.id == Rsvp.event_id).scalar_subquery(),
    "event_starts_at": sa.select(Event.starts_at)
    .where(Event.id == Rsvp.event_id)
    .scalar_subquery(),
}
_RSVPS, _TOPICS = Base.metadata.tables["rsvps"], Base.metadata.tables["person_topics"]

HOLDINGS: tuple[Held, ...] = (
    *MAILS,
    *BETWEEN,
    *OFFICE,
    *GUEST_LISTS,
    *ANSWERS_BY_CALENDAR,
    Held(
        "audit",
        by="actor_id",
        section="what_you_did",
        given=("at", "action", "via", "network"),
        blank={"network": "", "details": ids_only},
        kept={"actor_id": _ID, "person_id": _ID, "via": "a word of the program", "action": "same"},
    ),
    Held(
        "audit",
        by="person_id",
        whose=whose.told_of,
        section="what_was_done_about_you",
        given=("at", "action", "via"),
        blank={"details": ids_only},
        kept={"network": "of whoever did it, wiped with them"},
    ),
    Held(
        "audit",
        by="person_id",
        whose=whose.not_told_of,
        withheld="nobody learns who keeps away from them, or reported them",
        blank={"details": ids_only},
    ),
    Held(
        "audit",
        by="rsvp_id",
        whose=whose.of_own_rsvp,
        section="what_was_done_about_your_answers",
        given=("at", "action", "via"),
        blank={"details": ids_only},
    ),
    Held(
        "pending",
        by="address",
        whose=whose.own_wishes,
        section="wishes_to_be_confirmed",
        given=("kind", "address", "payload", "created_at", "expires_at", "used_at"),
        deleted=True,
    ),
    Held(
        "sign_in_codes",
        by="person_id",
        whose=lambda table, subject: sa.or_(
            table.c.person_id == subject.id, table.c.address.in_(subject.addresses)
        ),
        section="codes_asked_for",
        given=("address", "created_at", "expires_at", "used_at"),
        deleted=True,
    ),
    Held(
        "sessions",
        by="person_id",
        section="signed_in_browsers",
        given=("browser", "proof", "created_at", "expires_at", "revoked_at"),
        deleted=True,
    ),
    Held(
        "known_browsers",
        by="person_id",
        section="known_browsers",
        given=("created_at",),
        deleted=True,
    ),
    Held(
        "decisions",
        by="rsvp_id",
        whose=whose.of_own_rsvp,
        section="decisions_about_your_answers",
        given=("rsvp_id", "at", "via", "was", "became", "reason", "party", "word"),
        blank={"word": ""},
        kept={"via": "a word of the program"},
    ),
    Held(
        "attendees",
        by="rsvp_id",
        whose=whose.of_own_rsvp,
        section="people_of_your_party",
        given=("rsvp_id", "position", "name", "address", "dietary", "answers", "checked_in_at"),
        blank={"name": "", "address": None, "dietary": "", "answers": {}},
        kept={"uid": _RANDOM, "reply_key": _RANDOM},
    ),
    Held(
        "attendees",
        by="address",
        whose=by_address("address"),
        withheld="somebody else's party; what is theirs in it is the address that they know",
        blank={"name": "", "dietary": "", "answers": {}, "address": None},
    ),
    Held(
        "rsvps",
        by="person_id",
        section="answers",
        given=(
            "id",
            "status",
            "party_size",
            "note",
            "source",
            "created_at",
            "answered_at",
            "invited_at",
            "reserved_until",
        ),
        beside=_EVENT,
        # Mailed links to the answer are dead with the old generation.
        blank={"note": "", "link_generation": _RSVPS.c.link_generation + 1},
        kept={"person_id": _ID},
    ),
    Held(
        "applications",
        by="person_id",
        section="applications",
        given=("reason", "state", "asked_at", "decided_at", "word"),
        deleted=True,
    ),
    Held(
        "invitations",
        by="invited_by",
        section="invitations_sent",
        given=("address", "line", "created_at", "expires_at", "used_at", "revoked_at"),
        deleted=True,
    ),
    Held(
        "invitations",
        by="address",
        whose=by_address("address"),
        section="invitations_received",
        given=("address", "line", "created_at", "expires_at", "used_at"),
        deleted=True,
    ),
    Held(
        "consents",
        by="person_id",
        section="consents",
        given=("kind", "version", "text_hash", "at", "via"),
        kept={"person_id": _ID, "text_hash": _PROOF, "via": _PROOF},
    ),
    Held(
        "import_rows",
        by="address",
        whose=by_address("address"),
        section="lists_you_stood_on",
        given=("address", "name", "verdict", "why"),
        deleted=True,
    ),
    Held(
        "mail_wishes",
        by="person_id",
        section="mail_wishes",
        given=("category", "wanted", "changed_at"),
        deleted=True,
    ),
    Held(
        "person_topics",
        by="person_id",
        section="topics",
        beside={
            "topic": sa.select(Topic.name).where(Topic.id == _TOPICS.c.topic_id).scalar_subquery()
        },
        deleted=True,
    ),
    Held(
        "person_photos",
        by="person_id",
        section="photo",
        given=("size", "content_type", "made_at"),
        deleted=True,
    ),
    Held(
        "calendar_feeds",
        by="person_id",
        section="calendar_addresses",
        given=("kind", "made_at"),
        deleted=True,
    ),
    Held("person_terms", by="person_id", withheld="made of the profile", deleted=True),
    Held(
        "exports",
        by="person_id",
        section="exports",
        given=("asked_at", "made_at", "expires_at", "size"),
        deleted=True,
    ),
    Held(
        "person_addresses",
        by="person_id",
        section="addresses",
        given=("address", "is_primary", "verified_at"),
        deleted=True,
    ),
    Held(
        "people",
        by="merged_into_id",
        withheld="an empty record that led to theirs",
        blank={"handle": lambda _old: new_handle("")},  # it was made of a name
        kept={"merged_into_id": _ID},
    ),
    Held(
        "people",
        by="id",
        whose=lambda table, subject: table.c.id == subject.id,
        section="profile",
        given=tuple(
            column.name
            for column in Base.metadata.tables["people"].columns
            if column.name not in {"sort_name", "terms_version", "erased_at"}
        ),
        blank={
            "handle": lambda _old: new_handle(""),
            "name": "",
            "organization": "",
            "job_title": "",
            "location": "",
            "bio": "",
            "links": "",
            "photo_version": "",
            "findable_after_events": False,
            "standing_since": None,
            "standing_word": "",
            "timezone": None,
            "locale": None,
            "sort_name": "",
            "terms_version": VERSION,
            "membership": Membership.ENDED,
            "role": Role.MEMBER,
            "joined_at": None,
            "consented_at": None,
        },
    ),
)
