"""Sentences of the audit log about people: membership, profiles, each other, their data."""

from community.web.later import Later, later

MEMBERSHIP: dict[str, Later] = {
    "MemberJoined": later("%(whom)s joined."),
    "MembershipAsked": later("%(whom)s applied."),
    "ApplicationApproved": later("%(whom)s was admitted."),
    "ApplicationDeclined": later("The application of %(whom)s was declined."),
    "MemberInvited": later("Somebody was invited to join."),
    "InvitationRevoked": later("An invitation to join was taken back."),
    "RoleGranted": later("%(whom)s was given a role."),
    "RoleRevoked": later("The role of %(whom)s was taken away."),
    "MembershipSuspended": later("The membership of %(whom)s was suspended."),
    "MembershipReinstated": later("The suspension of %(whom)s was lifted."),
    "MembershipEnded": later("The membership of %(whom)s ended."),
    "ImportStarted": later("A list of people was let in, file “%(file_name)s”."),
    "PersonImported": later("%(whom)s was on a list of people that was let in."),
    "ImportFinished": later("A list of people is done: %(new)s new, %(known)s known."),
    "ImportStopped": later("A list of people was stopped."),
}
SIGNING_IN: dict[str, Later] = {
    "SignedIn": later("%(whom)s signed in."),
    "SignedOut": later("%(whom)s signed out."),
    "SessionsRevoked": later("%(whom)s was signed out. Browsers signed out: %(sessions)s."),
    "AddressAsked": later("%(whom)s asked for another address."),
    "AddressChanged": later("%(whom)s has another address."),
}
PROFILE: dict[str, Later] = {
    "ProfileEdited": later("%(whom)s changed their profile."),
    "PhotoChanged": later("%(whom)s has a new photo."),
    "PhotoRemoved": later("The photo of %(whom)s was removed."),
    "AudiencesChanged": later("%(whom)s changed who may read their profile."),
    "FindabilityChanged": later("%(whom)s chose whether people met at events may find them."),
    "MailWishChanged": later("%(whom)s chose about mails: %(category)s."),
    "TopicFollowed": later("%(whom)s follows %(topic)s."),
    "TopicUnfollowed": later("%(whom)s does not follow %(topic)s any more."),
}
TOGETHER: dict[str, Later] = {
    "ConnectionAsked": later("%(whom)s was asked to connect."),
    "ConnectionAccepted": later("%(whom)s connected with somebody."),
    "ConnectionAskIgnored": later("%(whom)s let an ask to connect lie."),
    "ConnectionEnded": later("%(whom)s ended a connection."),
    "MemberBlocked": later("%(whom)s was blocked by a member."),
    "MemberUnblocked": later("%(whom)s is not blocked by a member any more."),
    "MemberReported": later("%(whom)s was reported."),
    "ReportResolved": later("A report about %(whom)s was closed."),
}
PRIVACY: dict[str, Later] = {
    "RecordsMerged": later("Another record was merged into that of %(whom)s."),
    "ExportAsked": later("%(whom)s asked for their data."),
    "ExportFinished": later("The data of %(whom)s can be fetched."),
    "ExportTakenOut": later("An operator took out the data of %(whom)s."),
    "PersonErased": later("Somebody was erased."),
}
COMMUNITY: dict[str, Later] = {
    "TopicCreated": later("The topic %(name)s was created."),
    "TopicEdited": later("The topic %(topic)s was changed."),
    "TopicsMerged": later("The topic %(name)s was merged into %(into_name)s."),
    "TopicDeleted": later("The topic %(name)s was deleted."),
    "CommunityTextPublished": later("A text of the community was published: %(kind)s."),
    "CommunityIdentityPublished": later("The community's name or logo was changed."),
}
