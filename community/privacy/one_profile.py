"""What one profile becomes of two: gaps are filled, nothing is overwritten."""

from community.core.clock import now
from community.membership.applications import settle_waiting
from community.membership.audiences import DEFAULTS, Audience
from community.membership.models import Membership, Person, Role
from community.privacy.merge_rules import standing_of_one

NOBODY = "—"  # the name on what is left of a record that gave way
FILLED = ("organization", "job_title", "location", "bio", "links", "timezone", "locale")
_WORDS = ("organization", "job_title", "location", "bio", "links", "standing_word", "photo_version")


def fill_in(stays: Person, goes: Person) -> None:
    """Write into the record that stays what it lacks, and what the two are together."""
    _fill_gaps(stays, goes)
    _stand_as_one(stays, goes)
    stays.joined_at = min(filter(None, (stays.joined_at, goes.joined_at)), default=None)
    consents = filter(None, (stays.consented_at, goes.consented_at))
    stays.consented_at = max(consents, default=None)


def _fill_gaps(stays: Person, goes: Person) -> None:
    for name in FILLED:
        if getattr(goes, name) and not getattr(stays, name):
            setattr(stays, name, getattr(goes, name))
            _take_audience(name, stays, goes)
    if goes.photo_version and not stays.photo_version:
        _take_audience("photo", stays, goes)
    if goes.topics and (not stays.topics or goes.topics_audience == Audience.NOBODY):
        _take_audience("topics", stays, goes)


def _stand_as_one(stays: Person, goes: Person) -> None:
    becomes = standing_of_one(stays.membership, goes.membership)
    if becomes != stays.membership:
        stays.standing_since, stays.standing_word = goes.standing_since, goes.standing_word
    if becomes == Membership.ACTIVE:
        for person in (stays, goes):
            settle_waiting(person, by=None)
    stays.membership = becomes
    if becomes == Membership.SUSPENDED:
        stays.role = Role.MEMBER


def _take_audience(field: str, stays: Person, goes: Person) -> None:
    """What moves is for those alone whom it was for under the other record."""
    if field in DEFAULTS:
        setattr(stays, f"{field}_audience", getattr(goes, f"{field}_audience"))


def empty(goes: Person, *, into: Person) -> None:
    """Leave nothing on the record that gave way but whom it leads to."""
    for name in _WORDS:
        setattr(goes, name, "")
    goes.name, goes.sort_name, goes.findable_after_events = NOBODY, "", False
    goes.timezone = goes.locale = goes.joined_at = goes.consented_at = goes.standing_since = None
    goes.membership, goes.role = Membership.ENDED, Role.MEMBER
    goes.erased_at, goes.merged_into_id = now(), into.id
