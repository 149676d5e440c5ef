"""The answer that a calendar sends to an invite, made from the mail that held it."""

from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP

from icalendar import Calendar

from community.core.clock import now
from tests.factories.mails import Letter


def answer_to(
    invite: Letter,
    partstat: str,
    *,
    at: datetime | None = None,
    headers: dict[str, str] | None = None,
) -> bytes:
    """A REPLY (RFC 5546 3.2.3) by the one who was asked, to the ORGANIZER of the invite."""
    assert invite.calendar is not None
    calendar = Calendar.from_ical(invite.calendar)
    calendar["METHOD"] = "REPLY"
    (event,) = calendar.walk("VEVENT")
    event["ATTENDEE"].params["PARTSTAT"] = partstat
    del event["DTSTAMP"]  # that of the answer is when it was given
    event.add("DTSTAMP", at or now().replace(microsecond=0) + timedelta(seconds=1))
    mail = EmailMessage(policy=SMTP)
    for name, value in (headers or {}).items():
        mail[name] = value
    mail["From"], mail["To"] = invite.recipient, invite.sender
    mail["Subject"] = f"Accepted: {event['SUMMARY']}"
    mail["Message-ID"] = f"<reply-{event['UID']}@client.example>"
    mail.set_content("I have answered.")
    body = calendar.to_ical().decode()
    mail.add_alternative(body, subtype="calendar", params={"method": "REPLY"}, cte="base64")
    return mail.as_bytes()
