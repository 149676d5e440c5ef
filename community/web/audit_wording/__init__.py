"""What the audit log says: a sentence for each action, and groups to narrow it by.

A change that is new to ``notices.wiring`` needs a sentence in one of these modules; a house test
tells which. Placeholders are ``whom``, the change's own fields, and for an id (``topic_id``) what
it leads to (``topic``).
"""

import json
from datetime import timedelta
from typing import Any

from community.core.text import gettext
from community.membership.queries import shown_name
from community.organizing.audit_log import LogEntry
from community.web.audit_wording import answers, desk, events, people
from community.web.audit_wording.values import time_of
from community.web.filters import number
from community.web.later import Later, later, unfilled
from community.web.organize.spans import span

# By the word for it in an address.
GROUPS: dict[str, tuple[Later, dict[str, Later]]] = {
    "answers": (later("Answers and seats"), answers.SENTENCES),
    "event": (later("The event"), events.SENTENCES),
    "team": (later("The team"), {**events.TEAM, **desk.HELPERS}),
    "messages": (later("Messages and reminders"), desk.MESSAGES),
    "files": (later("Files, links and views"), desk.FILES),
    "calendar": (later("Calendars and mails that came in"), answers.CALENDAR),
    "membership": (later("Membership and roles"), people.MEMBERSHIP),
    "signing-in": (later("Signing in"), people.SIGNING_IN),
    "profile": (later("Profiles"), people.PROFILE),
    "together": (later("Connections, blocks and reports"), people.TOGETHER),
    "notes": (later("Notes and tags"), desk.NOTES),
    "privacy": (later("Data and erasure"), people.PRIVACY),
    "community": (later("Topics and texts"), people.COMMUNITY),
}
ABOUT_EVENTS = ("answers", "event", "team", "messages", "files", "calendar")
SENTENCES: dict[str, Later] = {
    action: sentence for _, group in GROUPS.values() for action, sentence in group.items()
}
VIAS: dict[str, Later] = {
    "web": later("Website"),
    "mail": later("Mail"),
    "invitation": later("Invitations"),
    "command": later("Command line"),
    "system": later("The program"),
}


class _Facts(dict[str, str]):
    """What a sentence may mention; a fact that erasing took away is an ellipsis."""

    def __missing__(self, key: str) -> str:
        return "…"


def sentence_of(entry: LogEntry) -> str:
    """What happened, in a sentence; an action that nobody worded is named as it is."""
    sentence = SENTENCES.get(entry.action)
    if sentence is None:
        return entry.action
    return unfilled(str.__str__(sentence)) % _facts(entry)


def plain_details(entry: LogEntry) -> str:
    """The details of an action that has no sentence: nothing that was noted is hidden."""
    if entry.action in SENTENCES or not entry.details:
        return ""
    return details_json(entry)


def details_json(entry: LogEntry) -> str:
    """All details, by their own names."""
    return json.dumps(entry.details, ensure_ascii=False, sort_keys=True)


def actor_of(entry: LogEntry) -> str:
    """Who did it."""
    return shown_name(entry.actor.name) if entry.actor else gettext("The program")


def whom_of(entry: LogEntry) -> str:
    """Whom it was about; ``""`` when it was about nobody."""
    return shown_name(entry.person.name) if entry.person else ""


def via_of(entry: LogEntry) -> str:
    """By which way it came."""
    return str(VIAS[entry.via]) if entry.via in VIAS else entry.via


def _facts(entry: LogEntry) -> _Facts:
    facts = _Facts({name: _shown(value) for name, value in entry.details.items()})
    for name, value in entry.details.items():
        if name.endswith("_id"):
            facts[name.removesuffix("_id")] = entry.names.label(name, value) or "…"
    if isinstance(minutes := entry.details.get("minutes"), int):
        facts["before"] = span(timedelta(minutes=minutes))
    if isinstance(at := entry.details.get("send_at"), str):
        facts["send_at"] = time_of(entry, at)
    facts["whom"] = whom_of(entry) or shown_name("")
    return facts


def _shown(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int):
        return str(value)
    return number(value)
