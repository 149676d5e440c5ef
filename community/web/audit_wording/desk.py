"""Sentences of the audit log about work at the desk: messages, lists, files, notes."""

from community.web.later import Later, later

MESSAGES: dict[str, Later] = {
    "AnnouncementDrafted": later("A message was written."),
    "AnnouncementEdited": later("A message was changed."),
    "AnnouncementDeleted": later("A message that nobody had got was deleted."),
    "AnnouncementTestAsked": later("A message was sent to its writer, to look at it."),
    "AnnouncementScheduled": later("A message is to be sent at %(send_at)s."),
    "AnnouncementUnscheduled": later("A message is a draft again."),
    "AnnouncementStarted": later("A message goes out; it is for %(size)s."),
    "AnnouncementStopped": later("A message was stopped; %(unsent)s had not left."),
    "AnnouncementRetryAsked": later(
        "Mails of a message that had failed are tried again: %(mails)s."
    ),
    "ReminderAdded": later("A reminder to those who are %(reminds)s was set, %(before)s before."),
    "ReminderSuspended": later(
        "The reminder to those who are %(reminds)s, %(before)s before, was switched off."
    ),
    "ReminderRemoved": later(
        "The reminder to those who are %(reminds)s, %(before)s before, was taken away."
    ),
    "RepliesReviewed": later("What came in words was read."),
}
FILES: dict[str, Later] = {
    "AttendeesExported": later("The attendees left as a file (%(format)s, answers: %(count)s)."),
    "AttendeeFileAsked": later("A file of the attendees is made (%(format)s)."),
    "KitchenLinkCreated": later("A link to the kitchen sheet was made."),
    "KitchenLinkRevoked": later("A link to the kitchen sheet was ended."),
    "ViewSaved": later("A view of the list was saved."),
    "ViewChanged": later("A saved view of the list was changed."),
    "ViewDeleted": later("A saved view of the list was deleted."),
    "AttendeesRemoved": later("Several were taken off the list at once."),
}
HELPERS: dict[str, Later] = {
    "HelperAsked": later("Somebody was asked by mail to help."),
    "HelperReminded": later("Somebody was asked once more to help."),
    "HelperUnasked": later("Asking somebody to help was taken back."),
    "HelperDeclined": later("Somebody who was asked to help said no."),
}
NOTES: dict[str, Later] = {
    "NoteAdded": later("A note about %(whom)s was written."),
    "NoteEdited": later("A note about %(whom)s was changed."),
    "NoteDeleted": later("A note about %(whom)s was deleted."),
    "TagAdded": later("%(whom)s got a tag."),
    "TagRemoved": later("A tag of %(whom)s was taken off."),
}
