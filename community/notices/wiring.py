"""Which rows follow which change: the one table of consequences."""

from collections.abc import Callable
from typing import Any

from community.calendar import alias_changes
from community.calendar import changes as calendar
from community.calendar.selftest_changes import SelfTestAsked
from community.core.changes import subscribe
from community.events import changes as events
from community.membership import changes as membership
from community.membership import connection_changes as connections
from community.membership.terms import index_people, index_person
from community.notices import addresses as address_notices
from community.notices import admission as admission_notices
from community.notices import announcements as announcement_notices
from community.notices import applications, news
from community.notices import by_calendar as calendar_notices
from community.notices import connections as connection_notices
from community.notices import events as event_notices
from community.notices import guests as guest_notices
from community.notices import invitations as invitation_notices
from community.notices import membership as membership_notices
from community.notices import merging as merging_notices
from community.notices import privacy as privacy_notices
from community.notices import rsvp as rsvp_notices
from community.notices import selftest as selftest_notices
from community.notices import standing as standing_notices
from community.notices import team as team_notices
from community.organizing import announcement_changes as announcing
from community.organizing import audit, event_reminders, kitchen_changes
from community.organizing import changes as organizing
from community.organizing import export_changes as exports
from community.organizing import list_changes as lists
from community.organizing.export_jobs import forget_files
from community.organizing.reply_changes import RepliesReviewed
from community.privacy import changes as privacy
from community.privacy.merging import forget_folded
from community.rsvp import calendar_changes as by_calendar
from community.rsvp import changes as rsvp
from community.rsvp.questions import copy_to_clone
from community.rsvp.waitlist import seat_after_edit

CONSEQUENCES: dict[type, tuple[Callable[[Any], None], ...]] = {
    membership.JoinAsked: (membership_notices.send_join_link,),
    membership.MemberJoined: (audit.note, index_person),
    membership.SignInAsked: (membership_notices.send_sign_in_code,),
    membership.SignedIn: (audit.note,),
    membership.SignedOut: (audit.note,),
    membership.TopicCreated: (audit.note,),
    membership.TopicEdited: (audit.note,),
    membership.TopicFollowed: (audit.note,),
    membership.TopicUnfollowed: (audit.note,),
    membership.MailWishChanged: (audit.note,),
    membership.MembershipAsked: (audit.note, applications.tell_organizers),
    membership.ApplicationApproved: (audit.note, index_person, admission_notices.tell_approved),
    membership.ApplicationDeclined: (audit.note, admission_notices.tell_declined),
    membership.MemberInvited: (audit.note, admission_notices.send_invitation),
    membership.InvitationRevoked: (audit.note,),
    membership.CommunityTextPublished: (audit.note,),
    membership.CommunityIdentityPublished: (audit.note,),
    membership.RoleGranted: (audit.note, index_person),
    membership.ProfileEdited: (audit.note, index_person),
    membership.PhotoChanged: (audit.note,),
    membership.PhotoRemoved: (audit.note,),
    membership.AudiencesChanged: (audit.note, index_person),
    membership.SessionsRevoked: (audit.note,),
    membership.AddressAsked: (audit.note, address_notices.tell_both),
    membership.AddressChanged: (
        audit.note,
        address_notices.tell_old_address,
        address_notices.invite_anew,
    ),
    membership.ImportStarted: (audit.note,),
    membership.PeopleImported: (
        audit.note_each,
        index_people,
        membership_notices.invite_imported,
    ),
    membership.ImportFinished: (audit.note,),
    membership.ImportStopped: (audit.note,),
    connections.ConnectionAsked: (audit.note, connection_notices.tell_asked),
    connections.ConnectionAccepted: (audit.note, connection_notices.tell_accepted),
    connections.ConnectionAskIgnored: (audit.note,),
    connections.ConnectionEnded: (audit.note,),
    connections.MemberBlocked: (audit.note,),
    connections.MemberUnblocked: (audit.note,),
    connections.MemberReported: (audit.note,),
    connections.ReportResolved: (audit.note,),
    membership.FindabilityChanged: (audit.note,),
    membership.MembershipSuspended: (audit.note, standing_notices.tell_suspended),
    membership.MembershipReinstated: (audit.note, standing_notices.tell_reinstated),
    membership.MembershipEnded: (audit.note, standing_notices.tell_ended),
    membership.RoleRevoked: (audit.note,),
    privacy.AnswerFolded: (audit.note, merging_notices.tell_folded, guest_notices.tell_folded),
    privacy.RecordsMerged: (
        audit.note,
        index_person,
        merging_notices.tell_both,
        forget_folded,  # last: the mails above need the names that it takes away
    ),
    events.EventDrafted: (audit.note, event_reminders.add_defaults),
    events.EventPublished: (audit.note, news.tell_of_publishing),
    events.EventCloned: (audit.note, copy_to_clone, event_reminders.copy_reminders),
    events.EventArchived: (audit.note,),
    events.EventUnarchived: (audit.note,),
    events.DraftDeleted: (audit.note,),
    events.PreviewOpened: (audit.note,),
    events.PreviewRevoked: (audit.note,),
    events.CoverChanged: (audit.note,),
    events.EventEdited: (audit.note, seat_after_edit, event_notices.tell_of_edit),
    events.ClocksChanged: (audit.note, event_notices.tell_of_clocks),
    events.EventCancelled: (audit.note, event_notices.tell_of_cancelling),
    events.HelperAdded: (audit.note, team_notices.tell_helper),
    events.HelperChanged: (audit.note, team_notices.tell_helper),
    events.HelperRemoved: (audit.note,),
    events.HelperAsked: (audit.note, team_notices.ask_helper),
    events.HelperReminded: (audit.note, team_notices.ask_helper),
    events.HelperUnasked: (audit.note,),
    events.HelperDeclined: (audit.note,),
    events.OwnerChanged: (audit.note, team_notices.tell_owner),
    events.VenueEdited: (audit.note,),
    events.VenueDeleted: (audit.note,),
    events.TopicsMerged: (audit.note,),
    events.TopicDeleted: (audit.note,),
    rsvp.RsvpAsked: (rsvp_notices.send_rsvp_link,),
    rsvp.SeatGiven: (
        audit.note,
        rsvp_notices.confirm_seat,
        guest_notices.tell_seated,
        calendar_notices.ask_what_is_open,
    ),
    by_calendar.AnsweredOutdated: (audit.note, calendar_notices.ask_again),
    by_calendar.WaitingAccepted: (audit.note, calendar_notices.tell_where_they_wait),
    RepliesReviewed: (audit.note,),
    alias_changes.AliasConfirmed: (audit.note,),
    alias_changes.AliasRemoved: (audit.note,),
    by_calendar.UnprovenAccepted: (audit.note, calendar_notices.tell_of_seat),
    by_calendar.UnprovenLeft: (audit.note, calendar_notices.tell_of_leaving),
    by_calendar.MaybeLeft: (audit.note, calendar_notices.tell_of_leaving),
    by_calendar.AnswerRejected: (audit.note, calendar_notices.tell_rejected),
    by_calendar.AnswerDoubted: (audit.note, calendar_notices.ask_whether_it_was_them),
    by_calendar.WordsReceived: (audit.note, calendar_notices.forward_words),
    by_calendar.MailHandled: (audit.note,),
    rsvp.PutOnWaitlist: (audit.note, rsvp_notices.tell_waiting),
    rsvp.ApprovalAsked: (audit.note, rsvp_notices.tell_requested),
    rsvp.RequestRefused: (audit.note, rsvp_notices.tell_refused),
    rsvp.SeatLeft: (audit.note, rsvp_notices.confirm_leaving, guest_notices.tell_left),
    rsvp.CheckedIn: (audit.note,),
    rsvp.CheckInReverted: (audit.note,),
    rsvp.Declined: (audit.note, invitation_notices.confirm_declining),
    privacy.ExportAsked: (audit.note,),
    privacy.ExportFinished: (audit.note, privacy_notices.tell_ready),
    privacy.ExportTakenOut: (audit.note,),
    privacy.PersonErased: (audit.note, forget_files),
    privacy.AddressErased: (privacy_notices.send_certificate,),  # in no log: it is the address
    rsvp.SeatOffered: (audit.note, rsvp_notices.tell_offered),
    rsvp.SeatLapsed: (audit.note, rsvp_notices.tell_lapsed),
    rsvp.SeatAdded: (audit.note, rsvp_notices.tell_added, guest_notices.tell_seated),
    rsvp.WalkedIn: (audit.note, rsvp_notices.tell_walked_in),
    rsvp.SeatRemoved: (audit.note, rsvp_notices.tell_removed, guest_notices.tell_left),
    rsvp.PlaceChanged: (audit.note,),
    rsvp.PartyChanged: (
        audit.note,
        rsvp_notices.tell_party,
        guest_notices.tell_changed_party,
    ),
    rsvp.GuestDeclined: (audit.note, guest_notices.tell_of_decline),
    rsvp.AnswerEdited: (audit.note, guest_notices.tell_changed_party),
    rsvp.QuestionAdded: (audit.note,),
    rsvp.QuestionEdited: (audit.note,),
    rsvp.QuestionMoved: (audit.note,),
    rsvp.QuestionRetired: (audit.note,),
    rsvp.QuestionRestored: (audit.note,),
    rsvp.QuestionDeleted: (audit.note,),
    rsvp.QuestionsCopied: (audit.note,),
    organizing.NoteAdded: (audit.note,),
    organizing.NoteEdited: (audit.note,),
    organizing.NoteDeleted: (audit.note,),
    organizing.TagAdded: (audit.note,),
    organizing.TagRemoved: (audit.note,),
    calendar.FeedAddressCreated: (audit.note,),
    calendar.FeedAddressRevoked: (audit.note,),
    kitchen_changes.KitchenLinkCreated: (audit.note,),
    kitchen_changes.KitchenLinkRevoked: (audit.note,),
    rsvp.InvitationsAsked: (audit.note, invitation_notices.invite_everybody),
    rsvp.PersonInvited: (audit.note, invitation_notices.send_invitation),
    rsvp.RemindersAsked: (audit.note, invitation_notices.remind_everybody),
    rsvp.PersonReminded: (audit.note, invitation_notices.send_reminder),
    lists.ViewSaved: (audit.note,),
    lists.ViewChanged: (audit.note,),
    lists.ViewDeleted: (audit.note,),
    lists.AttendeesRemoved: (audit.note,),
    exports.AttendeesExported: (audit.note,),
    exports.AttendeeFileAsked: (audit.note,),
    announcing.AnnouncementDrafted: (audit.note,),
    announcing.AnnouncementEdited: (audit.note,),
    announcing.AnnouncementDeleted: (audit.note,),
    announcing.AnnouncementTestAsked: (audit.note, announcement_notices.send_test),
    announcing.AnnouncementScheduled: (audit.note,),
    announcing.AnnouncementUnscheduled: (audit.note,),
    announcing.AnnouncementStarted: (audit.note, announcement_notices.tell_readers),
    announcing.AnnouncementStopped: (audit.note,),
    announcing.AnnouncementRetryAsked: (audit.note,),
    announcing.ReminderAdded: (audit.note,),
    announcing.ReminderSuspended: (audit.note,),
    announcing.ReminderRemoved: (audit.note,),
    SelfTestAsked: (audit.note, selftest_notices.send_invite),
}


def wire() -> None:
    """Subscribe everything and register every kind of mail. Doing it twice is doing it once."""
    for change, subscribers in CONSEQUENCES.items():
        for subscriber in subscribers:
            subscribe(change, subscriber)
    modules = (
        membership_notices,
        admission_notices,
        address_notices,
        rsvp_notices,
        event_notices,
        invitation_notices,
        announcement_notices,
        guest_notices,
        calendar_notices,
        team_notices,
        applications,
        news,
        connection_notices,
        standing_notices,
        merging_notices,
        privacy_notices,
        selftest_notices,
    )
    for module in modules:
        module.register_kinds()
