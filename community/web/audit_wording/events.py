"""Sentences of the audit log about events, their teams, their questions, and places."""

from community.web.later import Later, later

SENTENCES: dict[str, Later] = {
    "EventDrafted": later("The event was written down."),
    "EventCloned": later("The event was made like “%(source)s”."),
    "EventPublished": later("The event was published."),
    "EventArchived": later("The event was put into the archive."),
    "EventUnarchived": later("The event was taken out of the archive."),
    "DraftDeleted": later("The draft “%(title)s” was deleted."),
    "PreviewOpened": later("A link that shows the draft was made."),
    "PreviewRevoked": later("The link that shows the draft was ended."),
    "CoverChanged": later("The cover picture was changed."),
    "EventEdited": later("The event was changed."),
    "ClocksChanged": later("New rules of its time zone moved the event."),
    "EventCancelled": later("The event was cancelled."),
    "VenueEdited": later("The place %(venue)s was changed."),
    "VenueDeleted": later("The place %(name)s was deleted."),
    "QuestionAdded": later("A question was added: %(question)s"),
    "QuestionEdited": later("A question was changed: %(question)s"),
    "QuestionMoved": later("A question got another place: %(question)s"),
    "QuestionRetired": later("A question is asked no more: %(question)s"),
    "QuestionRestored": later("A question is asked again: %(question)s"),
    "QuestionDeleted": later("A question that nobody had answered was deleted."),
    "QuestionsCopied": later("The questions of “%(from_event)s” were copied."),
}
TEAM: dict[str, Later] = {
    "HelperAdded": later("%(whom)s was added to the team."),
    "HelperChanged": later("%(whom)s has another role in the team."),
    "HelperRemoved": later("%(whom)s is not in the team any more."),
    "OwnerChanged": later("%(whom)s owns the event now."),
}
