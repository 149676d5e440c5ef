"""What organizers keep about people at their desk: notes, tags, and whom they asked to help."""

import sqlalchemy as sa

from community.core.db import Base
from community.events.models import Event
from community.events.team_models import TeamInvitation
from community.organizing.note_models import PersonNote, PersonTag
from community.privacy.held import Held, by_address

_TABLES = (PersonNote, PersonTag, TeamInvitation)  # known once imported
_ID = "an id that leads to nobody"
_ASKED = Base.metadata.tables["team_invitations"]

DESK: tuple[Held, ...] = (
    Held(
        "person_notes",
        by="person_id",
        section="notes_about_you",
        given=("text", "created_at", "edited_at"),
        deleted=True,
    ),
    Held(
        "person_notes",
        by="author_id",
        withheld="about somebody else, who gets it",
        kept={"author_id": _ID, "text": "about somebody else, and part of what is held of them"},
    ),
    Held(
        "person_tags",
        by="person_id",
        section="tags_you_have",
        given=("tag", "added_at"),
        deleted=True,
    ),
    Held(
        "team_invitations",
        by="address",
        whose=by_address("address"),
        section="events_you_were_asked_to_help_at",
        given=("address", "role", "asked_at", "expires_at"),
        beside={
            "event": sa.select(Event.title).where(Event.id == _ASKED.c.event_id).scalar_subquery()
        },
        deleted=True,
    ),
    Held(
        "team_invitations",
        by="invited_by",
        withheld="somebody else's address",
        kept={"invited_by": _ID},
    ),
)
