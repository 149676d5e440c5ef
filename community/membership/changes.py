"""What happens to people, as facts."""

from dataclasses import dataclass

from community.membership.import_models import PersonImported


@dataclass(frozen=True)
class JoinAsked:
    """Somebody typed an address on the join page. ``is_member`` decides which mail goes there."""

    pending_id: int
    is_member: bool


@dataclass(frozen=True)
class MemberJoined:
    """An address was proven and its owner is a member now."""

    person_id: int


@dataclass(frozen=True)
class SignInAsked:
    """Somebody asked for a code. Whether the address is known is for the mail alone to tell."""

    sign_in_id: int


@dataclass(frozen=True)
class SignedIn:
    """A browser was signed in."""

    person_id: int
    session_id: int
    proof: str


@dataclass(frozen=True)
class SignedOut:
    """A session was revoked."""

    person_id: int
    session_id: int


@dataclass(frozen=True)
class SessionsRevoked:
    """Somebody was signed out of several browsers at once."""

    person_id: int
    sessions: int


@dataclass(frozen=True)
class AddressAsked:
    """Somebody asked for another address. ``is_taken`` decides which mail goes there."""

    pending_id: int
    person_id: int
    is_taken: bool


@dataclass(frozen=True)
class AddressChanged:
    """The new address was proven and replaced the old one; the wish names both."""

    pending_id: int
    person_id: int


@dataclass(frozen=True)
class RoleGranted:
    """An operator or admin gave somebody a role; ``was`` is the one before."""

    person_id: int
    role: str
    was: str = ""


@dataclass(frozen=True)
class TopicCreated:
    """There is a new topic to follow."""

    topic_id: int
    name: str


@dataclass(frozen=True)
class TopicEdited:
    """A topic got another name, and with it another slug, or another description.

    ``fields`` names the columns that changed, ``before`` holds their old values.
    """

    topic_id: int
    fields: tuple[str, ...]
    before: dict[str, str]


@dataclass(frozen=True)
class TopicFollowed:
    """A member follows a topic now."""

    person_id: int
    topic_id: int


@dataclass(frozen=True)
class TopicUnfollowed:
    """Somebody follows a topic no longer."""

    person_id: int
    topic_id: int


@dataclass(frozen=True)
class MailWishChanged:
    """Somebody wants the mails of a category, or does not any more."""

    person_id: int
    category: str
    wanted: bool


@dataclass(frozen=True)
class MembershipAsked:
    """A proven person applied where organizers decide."""

    person_id: int
    application_id: int


@dataclass(frozen=True)
class ApplicationApproved:
    """An organizer said yes; the person is a member now."""

    person_id: int
    application_id: int


@dataclass(frozen=True)
class ApplicationDeclined:
    """An organizer said no."""

    person_id: int
    application_id: int


@dataclass(frozen=True)
class MemberInvited:
    """A member invited an address. ``has_joined`` decides which mail goes there."""

    invitation_id: int
    has_joined: bool


@dataclass(frozen=True)
class InvitationRevoked:
    """Who sent an invitation took it back."""

    invitation_id: int


@dataclass(frozen=True)
class CommunityTextPublished:
    """An admin put new words in force."""

    kind: str
    version: int


@dataclass(frozen=True)
class CommunityIdentityPublished:
    """An admin named the community or gave it a logo. Empty: the setting's name, no logo."""

    version: int
    name: str
    logo_digest: str


@dataclass(frozen=True)
class ProfileEdited:
    """Somebody wrote their own profile anew. ``fields`` names what changed, never what it says."""

    person_id: int
    fields: tuple[str, ...]


@dataclass(frozen=True)
class PhotoChanged:
    """Somebody has a new photo."""

    person_id: int


@dataclass(frozen=True)
class PhotoRemoved:
    """Somebody has no photo any more."""

    person_id: int


@dataclass(frozen=True)
class AudiencesChanged:
    """Somebody said who may read their profile.

    ``audiences`` holds the fields that changed, ``before`` their old values.
    """

    person_id: int
    audiences: dict[str, str]
    before: dict[str, str]


@dataclass(frozen=True)
class ImportStarted:
    """An admin had a checked list of people added, and stated whether these had consented."""

    import_id: int
    file_name: str
    consented: bool
    invite: bool


@dataclass(frozen=True)
class PeopleImported:
    """A batch of a list added people or completed them, each by a row of their own."""

    import_id: int
    people: tuple[PersonImported, ...]


@dataclass(frozen=True)
class ImportFinished:
    """The last row of a list is dealt with."""

    import_id: int
    new: int
    known: int
    wrong: int
    twice: int


@dataclass(frozen=True)
class ImportStopped:
    """An admin wanted nobody more added from a list."""

    import_id: int


@dataclass(frozen=True)
class FindabilityChanged:
    """Somebody said whether people at the same events may find them afterwards."""

    person_id: int
    findable: bool


@dataclass(frozen=True)
class MembershipSuspended:
    """An admin closed the members' pages to somebody; the person's row holds the word."""

    person_id: int
    was: str


@dataclass(frozen=True)
class MembershipReinstated:
    """An admin lifted a suspension; the membership is what it was before, ``now``."""

    person_id: int
    now: str


@dataclass(frozen=True)
class MembershipEnded:
    """A membership is over: by an admin, or by the member's ``own_wish``."""

    person_id: int
    own_wish: bool
    was: str


@dataclass(frozen=True)
class RoleRevoked:
    """An admin took a role away."""

    person_id: int
    role: str
