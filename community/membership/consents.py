"""Who agreed to which words, and when."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from community.core.clock import now
from community.core.db import Base, db
from community.core.errors import Refused
from community.core.types import JSONDict, choice
from community.membership.texts import TextKind, text_in_force


class Consent(Base):
    """An agreement of a person. Rows are added and never changed."""

    __tablename__ = "consents"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("people.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[TextKind] = mapped_column(choice(TextKind, "consentkind"))
    # Version 0 is the program's own words, which a release may change: hence the hash as well.
    version: Mapped[int]
    text_hash: Mapped[str] = mapped_column(sa.String(64))
    at: Mapped[datetime] = mapped_column(default=now)
    via: Mapped[str] = mapped_column(sa.String(20))


def agreement(version: int | None = None) -> JSONDict:
    """What to keep of an agreement until the person exists: version, hash, instant (ISO 8601).

    ``version`` is the one that was read. Refuses when another is in force by now.
    """
    text = text_in_force(TextKind.CONSENT)
    if version is not None and version != text.version:
        raise Refused("consent_changed", field="consent")
    return {"version": text.version, "hash": text.fingerprint, "at": now().isoformat()}


def note_consent(person_id: int, agreed: JSONDict, *, via: str) -> Consent:
    """Write an agreement down. Call it inside a use-case."""
    consent = Consent(
        person_id=person_id,
        kind=TextKind.CONSENT,
        version=agreed["version"],
        text_hash=agreed["hash"],
        at=datetime.fromisoformat(agreed["at"]),
        via=via,
    )
    db.session.add(consent)
    return consent


def consents_of(person_id: int) -> Sequence[Consent]:
    """Everything that somebody agreed to, oldest first."""
    return db.session.scalars(
        sa.select(Consent).where(Consent.person_id == person_id).order_by(Consent.id)
    ).all()
