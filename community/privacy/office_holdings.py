"""What is held about what somebody did in office: texts, names, lists, doors and decisions."""

import sqlalchemy as sa

from community.core.db import Base
from community.core.identity import CommunityIdentity
from community.events.models import Event
from community.membership.texts import CommunityText
from community.organizing.export_models import AttendeeFile
from community.organizing.kitchen_links import KitchenLink
from community.organizing.saved_view_models import SavedView
from community.privacy import whose
from community.privacy.desk_holdings import DESK
from community.privacy.held import Held
from community.rsvp.press_models import DoorPress

_TABLES = (  # known once imported
    AttendeeFile,
    CommunityIdentity,
    CommunityText,
    DoorPress,
    KitchenLink,
    SavedView,
)
_ID = "an id that leads to nobody"
_OWN_WORDS = "in office, about somebody else's answer or application, and part of that"
_OURS = "the community's own"
_HOSTS = Base.metadata.tables["event_hosts"]

OFFICE: tuple[Held, ...] = (
    *DESK,
    Held(
        "decisions",
        by="actor_id",
        withheld="about somebody else's answer",
        kept={"actor_id": _ID, "word": _OWN_WORDS},
    ),
    Held(
        "attendees",
        by="checked_in_by",
        withheld="somebody else's evening",
        kept={"checked_in_by": _ID},
    ),
    Held(
        "door_presses",
        by="by",
        withheld="somebody else's evening",
        kept={"by": _ID, "key": "drawn by lot"},
    ),
    Held(
        "attendee_files",
        by="person_id",
        withheld="lists of other people, which are kept for a day",
        deleted=True,
    ),
    Held(
        "event_hosts",
        by="person_id",
        section="events_you_host",
        given=("role",),
        beside={
            "event": sa.select(Event.title).where(Event.id == _HOSTS.c.event_id).scalar_subquery()
        },
        deleted=True,
    ),
    Held(
        "saved_views",
        by="made_by",
        section="views_of_lists_you_saved",
        given=("name", "query", "created_at"),
        deleted=True,
    ),
    Held(
        "saved_views",
        by="query",
        whose=whose.views_in_words,
        withheld="what hosts sought in a list, in words that may be a name",
        deleted=True,
    ),
    Held(
        "kitchen_links",
        by="made_by",
        section="links_to_kitchen_sheets_you_made",
        given=("made_at", "expires_at", "with_names"),
        deleted=True,
    ),
    Held(
        "applications",
        by="decided_by",
        withheld="somebody else's application",
        kept={"decided_by": _ID, "word": _OWN_WORDS, "reason": _OWN_WORDS},
    ),
    Held(
        "community_texts",
        by="published_by",
        section="texts_you_published",
        given=("kind", "version", "published_at"),
        kept={"published_by": _ID, "body": f"{_OURS} words, which consents refer to"},
    ),
    Held(
        "community_identities",
        by="published_by",
        section="names_and_logos_you_published",
        given=("version", "name", "published_at"),
        kept={"published_by": _ID, "name": _OURS, "logo_digest": f"of {_OURS} logo"},
    ),
    Held(
        "imports",
        by="person_id",
        section="lists_you_imported",
        given=("file_name", "created_at", "finished_at", "state", "new", "known"),
        blank={"file_name": ""},
        kept={
            "person_id": _ID,
            "stored_as": "random; the file is deleted when the list is done, a week later at most",
            "encoding": "of the file",
            "options": "what was ticked",
        },
    ),
)
