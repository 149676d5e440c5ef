"""The table of who may see and edit an event; the reads of ``discovery`` must agree with it."""

import pytest

from community.events.models import Event, EventStatus, Visibility
from community.events.visibility import may_edit, may_see
from community.membership.viewer import VISITOR, Viewer

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
        seen = may_see(event, viewer, is_host=False, has_rsvp=False)
        assert seen == (viewer in strangers), viewer
        seen = may_see(event, viewer, is_host=False, has_rsvp=True)
        assert seen == (viewer in answered), viewer
        assert may_see(event, viewer, is_host=True, has_rsvp=False)


def test_only_hosts_who_are_organizers_and_admins_edit() -> None:
    assert {viewer for viewer in ALL if may_edit(viewer, is_host=False)} == {ADMIN}
    assert {viewer for viewer in ALL if may_edit(viewer, is_host=True)} == {ORGANIZER, ADMIN}
