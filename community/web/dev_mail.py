"""The spooled mails as their readers would see them. On a developer's own machine only."""

import re
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from icalendar import Calendar

from community.core.current import settings
from community.core.errors import NotFound
from community.core.text import gettext
from community.mail.reading import ReadMail, find_mail, list_mails
from community.web.access import development

# A mail's own styles may work in its frame, and nothing else: no script, no picture from afar.
_FRAME_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_LINK = re.compile(r"https?://[^\s<>\"')\]]+")
_FACTS = (
    "SUMMARY", "DTSTART", "DTEND", "LOCATION", "STATUS", "ORGANIZER", "ATTENDEE",
    "UID", "SEQUENCE", "DTSTAMP",
)  # fmt: skip

pages = Blueprint("dev_mail", __name__, url_prefix="/dev/mail")


@dataclass(frozen=True)
class MailLine:
    """One mail in the list."""

    id: str
    subject: str
    sender: str
    recipient: str
    at: datetime
    has_calendar: bool


@dataclass(frozen=True)
class MailPage:
    """One mail on its page; ``calendar_facts`` are pairs of a property and its value."""

    id: str
    subject: str
    sender: str
    recipient: str
    at: datetime
    text: str
    headers: list[tuple[str, str]]
    calendar: str | None
    calendar_facts: list[tuple[str, str]]
    links: list[str]


@pages.get("")
@development
def index() -> ResponseReturnValue:
    """The newest mails first."""
    mails = [
        MailLine(m.id, m.subject, m.sender, m.recipient, m.at, m.calendar is not None)
        for m in list_mails(settings().spool_folder)
    ]
    return render_template("dev_mail/index.html", mails=mails)


@pages.get("/<id>")
@development
def show(id: str) -> ResponseReturnValue:  # noqa: A002 - the name in the address
    """One mail: links, text, HTML, calendar part, headers."""
    found = _get_mail(id)
    mail = MailPage(
        id=found.id,
        subject=found.subject,
        sender=found.sender,
        recipient=found.recipient,
        at=found.at,
        text=found.text,
        headers=found.headers,
        calendar=found.calendar,
        calendar_facts=calendar_facts(found.calendar or ""),
        links=list(dict.fromkeys(link.rstrip(".,;:") for link in _LINK.findall(found.text))),
    )
    return render_template("dev_mail/show.html", mail=mail)


@pages.get("/<id>/html")
@development
def html(id: str) -> ResponseReturnValue:  # noqa: A002 - the name in the address
    """The HTML part alone, for the frame that holds it."""
    mail = _get_mail(id)
    response = Response(mail.html or gettext("This mail has no HTML part."), mimetype="text/html")
    response.headers["Content-Security-Policy"] = _FRAME_POLICY
    return response


def calendar_facts(calendar: str) -> list[tuple[str, str]]:
    """What a calendar program reads in an iCalendar text; nothing for what it cannot read."""
    try:
        parsed = Calendar.from_ical(calendar)
    except ValueError:
        return []
    facts = [("METHOD", str(parsed.get("METHOD", "")))]
    for event in parsed.walk("VEVENT"):
        for name in _FACTS:
            values = event.get(name, [])
            several = values if isinstance(values, list) else [values]
            facts += [(name, _said(value)) for value in several]
    return [fact for fact in facts if fact[1]]


def _said(value: object) -> str:
    moment = getattr(value, "dt", None)
    if isinstance(moment, datetime):
        return f"{moment:%Y-%m-%d %H:%M:%S} {moment.tzinfo or ''}".strip()
    state = getattr(value, "params", {}).get("PARTSTAT")
    return f"{value} ({state})" if state else str(value)


def _get_mail(mail_id: str) -> ReadMail:
    found = find_mail(settings().spool_folder, mail_id)
    if found is None:
        raise NotFound("mail")
    return found
