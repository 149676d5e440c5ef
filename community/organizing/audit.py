"""The audit log: an entry for every recorded change, in the same transaction."""

from dataclasses import asdict

from community.core.clock import now
from community.core.db import db
from community.core.origin import origin
from community.organizing.models import AuditEntry


def note(change: object) -> None:
    """Add the entry of a change: its name is the action, its values are the details."""
    facts = asdict(change)  # type: ignore[call-overload]  # changes are dataclasses by rule
    who = origin()
    db.session.add(
        AuditEntry(
            at=now(),
            actor_id=who.person_id,
            via=who.via,
            network=who.network[:64],
            action=type(change).__name__,
            event_id=facts.pop("event_id", None),
            person_id=facts.pop("person_id", None),
            details={name: list(v) if isinstance(v, tuple) else v for name, v in facts.items()},
        )
    )
