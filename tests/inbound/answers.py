"""The table of answers by calendar: mails as clients send them, and what each must be read as."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from community.calendar.replies import Answer, ReplyMethod
from community.rsvp.models import Partstat
from tests.inbound import shapes
from tests.inbound.shapes import EVENING, NOON, reply

ANN = "ann@example.com"
YES, NO, MAYBE = Partstat.ACCEPTED, Partstat.DECLINED, Partstat.TENTATIVE
LATER = EVENING + timedelta(days=1)
# Who repeats our own X-NUM-GUESTS=0.
COUNT_GUESTS = {"google", "google_notification", "thunderbird"}
DISCLAIMER = (
    "Not in Köln; some other day.\nThis message is confidential, and meant only for whom it was "
    "sent to, \\ or not even for them; Ångström & Söhne GmbH, Köln."
)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A mail, and what it says: by default what ``Facts`` has by default."""

    mail: bytes
    answers: tuple[Answer, ...]
    method: ReplyMethod = ReplyMethod.REPLY
    uid: str = "5fd0c7e2@events.example.org"
    sequence: int | None = 0
    dtstamp: datetime | None = NOON
    recurrence: bool = False
    proposed: tuple[datetime, datetime] | None = None
    sender: str = ANN
    reply_to: str = ""
    automatic: bool = False


def said(
    partstat: Partstat | None, attendee: str = ANN, comment: str = "", guests: int | None = None
) -> tuple[Answer, ...]:
    return (Answer(attendee, partstat, comment, guests),)


def by(client: str, partstat: Partstat = YES, comment: str = "", **facts: Any) -> Case:
    """What a client sends, read as it was meant; ``facts`` as in ``Facts``."""
    attendee, starts = facts.get("attendee", ANN), facts.get("starts", EVENING)
    method = ReplyMethod(facts.get("method", "REPLY"))
    guests = facts.get("guests", 0) if client in COUNT_GUESTS else None
    return Case(
        mail=reply(client, partstat=partstat.value, comment=comment, **facts),
        answers=said(partstat, attendee, comment, guests),
        method=method,
        uid=facts.get("uid", Case.uid),
        sequence=facts.get("sequence", 0),
        dtstamp=facts.get("dtstamp", NOON),
        proposed=(starts, starts + timedelta(hours=3)) if method == ReplyMethod.COUNTER else None,
        automatic=client in {"google_notification", "fastmail"},
        **SENDERS.get(client, {"sender": attendee}),
    )


SENDERS: dict[str, dict[str, Any]] = {
    "google": {"reply_to": ANN},
    "google_notification": {"sender": "calendar-notification@google.com", "reply_to": ANN},
    "nextcloud": {"sender": "invitations-noreply@cloud.example.com", "reply_to": ANN},
}


BY_CLIENT = {
    f"{client} {partstat.value}": by(client, partstat)
    for client in shapes.CLIENTS
    for partstat in (YES, NO, MAYBE)
}

TOLD_BY_CLIENTS = {
    "google comment": by("google", MAYBE, 'can\'t say; ask Zoë & "Bob", please', guests=2),
    "google guests": by("google", YES, guests=3),
    "google long name": by("google", YES, name="Ann " + "Ångström " * 12),
    "google counter": by("google", MAYBE, "a day later?", method="COUNTER", starts=LATER),
    "google notification comment": by("google_notification", NO, "ill", sequence=4),
    "google refresh": by("google", Partstat.NEEDS_ACTION, method="REFRESH"),
    "exchange disclaimer": by("exchange", NO, DISCLAIMER),
    "exchange no sequence": by("exchange", YES, sequence=None),
    "exchange umlauts": by("exchange", MAYBE, "Ärgerlich: " + "Überschneidung " * 9 + "!"),
    "exchange counter": by("exchange", MAYBE, method="COUNTER", starts=LATER),
    "exchange later": by("exchange", NO, sequence=7, dtstamp=NOON + timedelta(days=3, seconds=7)),
    "outlook.com comment": by("outlook_com", YES, "With my wife?"),
    "thunderbird comment": by("thunderbird", NO, "Zoë, it's my mother's birthday; sorry"),
    "thunderbird late": by(
        "thunderbird", YES, sequence=3, dtstamp=datetime(2027, 1, 1, tzinfo=UTC)
    ),
    "apple comment": by("apple", MAYBE, "two lines\nof text"),
    "apple no sequence": by("apple", NO, sequence=None),
    "fastmail plus": by("fastmail", YES, attendee="ann+events@example.com"),
    "fastmail refresh": by("fastmail", Partstat.NEEDS_ACTION, method="REFRESH"),
    "fastmail counter by duration": by("fastmail", MAYBE, method="COUNTER", starts=LATER),
    "nextcloud comment": by("nextcloud", NO, "vielleicht nächstes Mal"),
    "sogo other uid": by("sogo", YES, uid="someone-elses@example.net"),
    "domino comment": by("domino", NO, "in Zürich, sorry"),
    "zimbra comment": by("zimbra", YES, "gladly"),
}

# Its zone is none that others know, so nobody can tell when that is.
TOLD_BY_CLIENTS["domino counter"] = replace(
    by("domino", MAYBE, method="COUNTER", starts=LATER), proposed=None
)
TOLD_BY_CLIENTS["apple from another account"] = replace(
    by("apple", YES, sender="Ann <annie@icloud.example>"), sender="annie@icloud.example"
)
