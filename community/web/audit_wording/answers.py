"""Sentences of the audit log about answers, seats, invitations and the door."""

from community.web.later import Later, later

SENTENCES: dict[str, Later] = {
    "SeatGiven": later("%(whom)s has a seat."),
    "PutOnWaitlist": later("%(whom)s is on the waitlist."),
    "ApprovalAsked": later("%(whom)s asks to come."),
    "RequestRefused": later("The request of %(whom)s was refused."),
    "SeatLeft": later("%(whom)s is not coming any more."),
    "Declined": later("%(whom)s said no."),
    "SeatOffered": later("A seat is held for %(whom)s."),
    "SeatLapsed": later("%(whom)s did not take in time what was held for them."),
    "SeatAdded": later("%(whom)s was added and has a seat."),
    "SeatRemoved": later("What %(whom)s had was taken back."),
    "PlaceChanged": later("%(whom)s got another place in line."),
    "PartyChanged": later("The party of %(whom)s was changed."),
    "AnswerEdited": later("%(whom)s told the hosts something new."),
    "GuestDeclined": later("A guest of %(whom)s is not coming."),
    "AnswerFolded": later("One of two answers of %(whom)s gave way to the other."),
    "CheckedIn": later("%(whom)s, or a guest of theirs, was let in."),
    "WalkedIn": later("%(whom)s came without a seat and was given one."),
    "CheckInReverted": later("Letting in %(whom)s, or a guest of theirs, was undone."),
    "PersonInvited": later("%(whom)s was invited."),
    "PersonReminded": later("%(whom)s was reminded of the invitation."),
    "InvitationsAsked": later("The people of a guest list are invited."),
    "RemindersAsked": later("People who have not answered are reminded."),
}
# What they are about afterwards, where the action says it, and before where it can be one thing.
BECAME = {
    "SeatGiven": "going",
    "PutOnWaitlist": "waitlisted",
    "ApprovalAsked": "requested",
    "RequestRefused": "refused",
    "SeatLeft": "withdrawn",
    "Declined": "declined",
    "SeatOffered": "offered",
    "SeatLapsed": "lapsed",
    "SeatAdded": "going",
    "SeatRemoved": "removed",
    "PersonInvited": "invited",
}
WAS = {"RequestRefused": "requested", "SeatOffered": "waitlisted"}
CALENDAR: dict[str, Later] = {
    "AnsweredOutdated": later("%(whom)s answered an invite that is out of date."),
    "WaitingAccepted": later("%(whom)s accepted in the calendar while waiting."),
    "UnprovenAccepted": later("%(whom)s has a seat, by a mail whose sender is not proven."),
    "UnprovenLeft": later("%(whom)s is not coming, by a mail whose sender is not proven."),
    "MaybeLeft": later("%(whom)s gave up the seat by answering maybe."),
    "AnswerRejected": later("An answer of %(whom)s from the calendar could not be taken."),
    "AnswerDoubted": later("%(whom)s was asked whether a calendar answer was theirs."),
    "WordsReceived": later("%(whom)s wrote back, and the hosts were told."),
    "MailHandled": later("A mail about the answer of %(whom)s was dealt with: %(verdict)s."),
    "FeedAddressCreated": later("%(whom)s has a new secret calendar address."),
    "FeedAddressRevoked": later("The secret calendar address of %(whom)s was ended."),
    "AliasConfirmed": later("%(whom)s may answer from another address."),
    "AliasRemoved": later("%(whom)s may not answer from another address any more."),
    "SelfTestAsked": later("A test invite was asked for."),
}
