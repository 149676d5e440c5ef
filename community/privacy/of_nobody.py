"""Columns of text that say nothing of any person, each with why."""

_EVENT = "what the community publishes of an event"
_PLACE = "a place"
_TOPIC = "a topic, open to everybody"
_LOGO = "a logo of the community"
_TASK = "ids of the event that the mails are about, and old values of its columns"
_ASKED = "what an event asks everybody"

OF_NOBODY: dict[str, str] = {
    "broadcasts.kind": "a word of the program",
    "broadcasts.facts": _TASK,
    "calendar_selftests.uid": "drawn by lot, for a test invite",
    "calendar_selftests.reply_key": "drawn by lot, for a test invite",
    "calendar_selftests.partstat": "a word of a calendar, in answer to a test",
    "calendar_selftests.source": "a word of the program",
    "calendar_selftests.found": "what our own mail server says, without addresses",
    "chores.name": "a word of the program",
    "community_logos.digest": _LOGO,
    "community_logos.content_type": _LOGO,
    "community_logos.content": _LOGO,
    "form_numbers.key": "a hash of a number drawn by lot, kept for a week",
    "form_numbers.sent": "a hash with that number in it, which nobody keeps",
    "limits.key": "a hash of what was counted, kept until its window is over, a day at most",
    "mailbox_polls.mailbox": "the community's own mailbox, as the settings name it",
    "mailbox_polls.lease": "drawn by lot, kept for as long as a worker is busy",
    "mailbox_polls.in_hand": "the number of a mail in that mailbox",
    "mailbox_polls.last_error": "what the mail server says of itself",
    "questions.label": _ASKED,
    "questions.help": _ASKED,
    "questions.options": _ASKED,
    "topics.slug": _TOPIC,
    "topics.name": _TOPIC,
    "topics.folded": _TOPIC,
    "topics.description": _TOPIC,
    "topic_redirects.slug": _TOPIC,
    "venues.name": _PLACE,
    "venues.address": _PLACE,
    "venues.city": _PLACE,
    "venues.country": _PLACE,
    "venues.timezone": _PLACE,
    "venues.access_notes": _PLACE,
    "events.slug": _EVENT,
    "events.uid": _EVENT,
    "events.title": _EVENT,
    "events.summary": _EVENT,
    "events.description": _EVENT,
    "events.timezone": _EVENT,
    "events.cancel_message": _EVENT,
    "events.online_link": _EVENT,
    "events.cover_version": _EVENT,
    "event_covers.version": _EVENT,
    "event_covers.size": "a word of the program",
    "event_covers.content_type": "a word of the program",
    "event_covers.digest": _EVENT,
    "event_covers.content": _EVENT,
}
