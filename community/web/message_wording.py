"""What refusals about messages to guests say; :mod:`community.web.wording` shows them."""

from community.web.later import Later, later

MESSAGE_SENTENCES: dict[str, Later] = {
    "subject_missing": later("Please write a subject."),
    "body_missing": later("Please write a message."),
    "placeholder_unknown": later(
        "There is no placeholder {%(name)s} (line %(line)s, character %(column)s). There are: "
        "%(known)s. For a brace write two: {{."
    ),
    "placeholder_not_in_subject": later(
        "{%(name)s} is a link that only its reader should have: please put it into the message."
    ),
    "placeholder_open": later(
        "The brace in line %(line)s, character %(column)s, is not closed. Placeholders are: "
        "%(known)s. For a brace write two: {{."
    ),
    "readers_missing": later("Please say whom you write to."),
    "readers_misread": later(
        "This link says whom to write to in a way that is not understood (%(names)s), and "
        "everybody is not meant. Please choose again."
    ),
    "nobody_to_write_to": later("There is nobody to write to: choose whom you mean once more."),
    "announcement_on_its_way": later("This message is on its way, and stays as it is."),
    "send_in_past": later("This time is over. Choose a later one, or send it now."),
    "send_too_late": later("That is more than a year away."),
    "send_now_it_is_off": later("The event is off: send it now."),
    "nothing_to_retry": later("There is nothing to try again."),
    "reminder_too_early": later("A reminder comes at most 60 days before the event."),
    "reminder_over": later("That time is over already. Choose one closer to the event."),
    "too_many_reminders": later("An event has at most %(most)s reminders."),
}

# On which field of its form a refusal stands.
MESSAGE_FIELDS: dict[str, str] = {
    "subject_missing": "subject",
    "body_missing": "body",
    "readers_missing": "status",
    "nobody_to_write_to": "status",
    "send_in_past": "send_at",
    "send_too_late": "send_at",
    "send_now_it_is_off": "send_at",
}
