"""The table of who may see and edit an event; the reads of ``discovery`` must agree with it."""

import pytest

from community.events.models import Event, EventStatus, HostRole, Visibility
from community.events.visibility import NO_RIGHTS, Rights, may_see, rights
from community.membership.viewer import VISITOR, Viewer
from community.rsvp.models import RsvpStatus

PERSON = Viewer(person_id=1)
MEMBER = Viewer(person_id=1, is_member=True)
ORGANIZER = Viewer(person_id=1, is_member=True, is_organizer=True)
ADMIN = Viewer(person_id=1, is_member=True, is_organizer=True, is_admin=True)
NOBODY: set[Viewer] = set()
ALL = {VISITOR, PERSON, MEMBER, ORGANIZER, ADMIN}
MEMBERS = {MEMBER, ORGANIZER, ADMIN}
DRAFT, PUBLISHED, CANCELLED = EventStatus.DRAFT, EventStatus.PUBLISHED, EventStatus.CANCELLED
OPEN, CLOSED, INVITED = Visibility.PUBLIC, Visibility.MEMBERS, Visibility.INVITED


@pytest.mark.parametrize(
    ("status", "visibility", "strangers", "answered"),
    [
        (DRAFT, OPEN, {ADMIN}, {ADMIN}),
        (DRAFT, CLOSED, {ADMIN}, {ADMIN}),
        (DRAFT, INVITED, {ADMIN}, {ADMIN}),
        (PUBLISHED, OPEN, ALL, ALL),
        (PUBLISHED, CLOSED, MEMBERS, ALL),
        (PUBLISHED, INVITED, {ADMIN}, ALL),
        (CANCELLED, OPEN, ALL, ALL),
        (CANCELLED, CLOSED, MEMBERS, ALL),
        (CANCELLED, INVITED, {ADMIN}, ALL),
    ],
)
def test_an_event_is_seen_by_whom_it_is_for(
    status: EventStatus, visibility: Visibility, strangers: set[Viewer], answered: set[Viewer]
) -> None:
    event = Event(status=status, visibility=visibility)
    for viewer in ALL:
        for answer in (None, "removed"):
            seen = may_see(event, viewer, is_host=False, answer=answer)
            assert seen == (viewer in strangers), (viewer, answer)
        for answer in set(RsvpStatus) - {RsvpStatus.REMOVED}:
            seen = may_see(event, viewer, is_host=False, answer=answer)
            assert seen == (viewer in answered), (viewer, answer)
        assert may_see(event, viewer, is_host=True, answer=None)


@pytest.mark.parametrize(
    ("role", "organizer", "member"),
    [
        (None, NO_RIGHTS, NO_RIGHTS),
        (HostRole.OWNER, Rights(leads=True, edits=True, checks_in=True), NO_RIGHTS),
        (HostRole.COHOST, Rights(edits=True, checks_in=True), Rights(edits=True, checks_in=True)),
        (HostRole.DOOR, Rights(checks_in=True), Rights(checks_in=True)),
    ],
)
def test_each_role_has_its_rights_and_no_other(
    role: HostRole | None, organizer: Rights, member: Rights
) -> None:
    assert rights(ORGANIZER, role) == organizer
    assert rights(MEMBER, role) == rights(PERSON, role) == member
    assert rights(ADMIN, role) == Rights(leads=True, edits=True, checks_in=True)


@pytest.mark.parametrize("role", [None, *HostRole])
def test_whose_membership_is_suspended_or_over_has_no_rights_anywhere(
    role: HostRole | None,
) -> None:
    assert rights(Viewer(person_id=5, is_shut_out=True), role) == Rights()
