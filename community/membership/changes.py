"""What happens to people, as facts."""

from dataclasses import dataclass


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
class RoleGranted:
    """An operator gave somebody a role."""

    person_id: int
    role: str
