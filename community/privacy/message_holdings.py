"""What messages of hosts hold about people: those who wrote them, and those who got them."""

from typing import Any

import sqlalchemy as sa

from community.core.db import Base
from community.organizing.announcement_models import Announcement
from community.privacy import whose
from community.privacy.held import Held

_RECIPIENTS = Base.metadata.tables["announcement_recipients"]
_ID = "an id that leads to nobody"
_OURS = "what the hosts of an event told everybody"


# What names nobody: states, slugs, ids, days.
_PLAIN = frozenset({"status", "not_status", "topic", "not_topic", "unanswered", "checked_in"})
_PLAIN |= {"first", "silent_since", "maybe"}


def without_words(segment: dict[str, Any]) -> dict[str, Any]:
    """Whom a message was to reach; nothing of it if words are part of that, which may be a name.

    Without them it would mean more people than its writer did.
    """
    return segment if set(segment) <= _PLAIN else {}


MESSAGES: tuple[Held, ...] = (
    Held(
        "announcements",
        by="person_id",
        section="messages_you_wrote_to_guests",
        given=("created_at", "started_at", "finished_at", "state", "subject", "body", "size"),
        kept={"person_id": _ID, "subject": _OURS, "body": _OURS},
    ),
    Held(
        "announcements",
        by="segment",
        whose=whose.written_about_their_events,
        withheld="whom hosts wrote to, in words that may be a name",
        blank={"segment": without_words},
    ),
    Held(
        "announcement_recipients",
        by="person_id",
        section="messages_of_hosts_to_you",
        given=("state", "why"),
        beside={
            "subject": sa.select(Announcement.subject)
            .where(Announcement.id == _RECIPIENTS.c.announcement_id)
            .scalar_subquery()
        },
        kept={"person_id": _ID},
    ),
)
