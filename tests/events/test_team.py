"""Who helps at an event: its owner says so, it never lacks one, and the door is no host."""

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.db import db, transactional
from community.core.errors import NotFound, Refused
from community.events.models import Event, EventHost, HostRole
from community.events.queries import find_event, is_host, require_door, require_editor
from community.events.team import add_helper, change_helper, hand_over, remove_helper, team_of
from community.membership.models import Membership, Person
from community.membership.viewer import Viewer
from community.organizing.desk import events_to_help_at, has_desk, list_organized
from community.organizing.models import AuditEntry
from tests.factories.at_once import at_once
from tests.factories.events import an_event
from tests.factories.mails import outbox, post
from tests.factories.people import a_member, a_person, an_admin, an_organizer

COHOST, DOOR, OWNER = HostRole.COHOST, HostRole.DOOR, HostRole.OWNER


def roles(event: Event) -> dict[str, str]:
    db.session.rollback()
    return {helper.name: helper.role.value for helper in team_of(event.id)}


def test_the_owner_and_admins_add_people_whom_we_know(app: Flask) -> None:
    owner, ann, bo = an_organizer("Olga"), a_member("Ann"), a_person("Bo")
    event = an_event(owner)
    add_helper(owner.id, event.id, ann.address.upper(), COHOST)
    add_helper(an_admin().id, event.id, bo.address, DOOR)
    assert roles(event) == {"Olga": "owner", "Ann": "cohost", "Bo": "door"}
    assert [mail.facts["role"] for mail in outbox("on_team")] == ["cohost", "door"]


def test_nobody_else_does(app: Flask) -> None:
    owner, ann, bo = an_organizer(), a_member(), a_member()
    event = an_event(owner)
    add_helper(owner.id, event.id, ann.address, COHOST)
    add_helper(owner.id, event.id, bo.address, DOOR)
    for stranger in (ann, bo, a_member(), an_organizer()):
        with pytest.raises(NotFound):
            add_helper(stranger.id, event.id, a_member().address, DOOR)
        with pytest.raises(NotFound):
            change_helper(stranger.id, event.id, bo.id, COHOST)
        with pytest.raises(NotFound):
            remove_helper(stranger.id, event.id, bo.id)
        with pytest.raises(NotFound):
            hand_over(stranger.id, event.id, ann.id)


@transactional
def _suspend(person: Person) -> None:
    db.session.get_one(Person, person.id).membership = Membership.SUSPENDED


def test_an_address_that_is_nobodys_makes_no_account(app: Flask) -> None:
    owner, gone = an_organizer(), a_member()
    event = an_event(owner)
    _suspend(gone)
    before = db.session.scalar(sa.select(sa.func.count()).select_from(Person))
    for address in ("nobody@example.org", gone.address):
        with pytest.raises(Refused, match="helper_unknown"):
            add_helper(owner.id, event.id, address, DOOR)
    with pytest.raises(Refused, match="bad_address"):
        add_helper(owner.id, event.id, "not an address", DOOR)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Person)) == before
    assert not outbox("on_team")


def test_who_is_on_the_team_is_not_added_again_and_nobody_is_made_owner_so(app: Flask) -> None:
    owner, ann = an_organizer(), a_member()
    event = an_event(owner)
    with pytest.raises(Refused, match="helper_already"):
        add_helper(owner.id, event.id, owner.address, DOOR)
    with pytest.raises(Refused, match="role_not_given"):
        add_helper(owner.id, event.id, ann.address, OWNER)


def test_a_helper_is_changed_and_removed_and_told_of_the_change(app: Flask) -> None:
    owner, ann = an_organizer("Olga"), a_member("Ann")
    event = an_event(owner)
    add_helper(owner.id, event.id, ann.address, DOOR)
    for _ in range(2):
        change_helper(owner.id, event.id, ann.id, COHOST)
    assert roles(event)["Ann"] == "cohost"
    post()  # the first mail would lead to a page with less on it: it is stopped
    assert [mail.state.value for mail in outbox("on_team")] == ["stopped", "sent"]
    remove_helper(owner.id, event.id, ann.id)
    assert roles(event) == {"Olga": "owner"}
    with pytest.raises(NotFound):
        remove_helper(owner.id, event.id, ann.id)
    with pytest.raises(NotFound):
        require_editor(ann.id, event.id)
    actions = db.session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert [one for one in actions if one.startswith("Helper")] == [
        "HelperAdded",
        "HelperChanged",
        "HelperRemoved",
    ]


def test_the_last_owner_stays(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    for act in (
        lambda: remove_helper(an_admin().id, event.id, owner.id),
        lambda: change_helper(owner.id, event.id, owner.id, DOOR),
    ):
        with pytest.raises(Refused, match="last_owner"):
            act()


def test_an_event_is_handed_over_to_an_organizer_of_the_team(app: Flask) -> None:
    owner, next_owner, ann = an_organizer("Olga"), an_organizer("Otto"), a_member("Ann")
    event = an_event(owner)
    with pytest.raises(NotFound):
        hand_over(owner.id, event.id, next_owner.id)
    add_helper(owner.id, event.id, next_owner.address, DOOR)
    add_helper(owner.id, event.id, ann.address, COHOST)
    with pytest.raises(Refused, match="owner_must_organize"):
        hand_over(owner.id, event.id, ann.id)
    hand_over(owner.id, event.id, next_owner.id)
    assert roles(event) == {"Otto": "owner", "Ann": "cohost", "Olga": "cohost"}
    with pytest.raises(NotFound):
        hand_over(owner.id, event.id, owner.id)


def test_two_who_hand_over_and_remove_at_once_leave_one_owner(app: Flask) -> None:
    owner, otto, admin = an_organizer(), an_organizer(), an_admin()
    event_id, ids = an_event(owner).id, (owner.id, otto.id, admin.id)
    add_helper(owner.id, event_id, otto.address, COHOST)
    at_once(
        app,
        [
            lambda: hand_over(ids[0], event_id, ids[1]),
            lambda: remove_helper(ids[2], event_id, ids[1]),
            lambda: remove_helper(ids[2], event_id, ids[0]),
            lambda: hand_over(ids[2], event_id, ids[0]),
        ],
    )
    owners = sa.select(EventHost).where(EventHost.event_id == event_id, EventHost.role == OWNER)
    assert len(db.session.scalars(owners).all()) == 1


def test_a_co_organizer_edits_without_being_an_organizer_and_has_a_desk_with_that_event(
    app: Flask,
) -> None:
    owner, ann = an_organizer(), a_member("Ann")
    event, _other = an_event(owner), an_event()
    add_helper(owner.id, event.id, ann.address, COHOST)
    require_editor(ann.id, event.id)
    viewer = Viewer.of(ann)
    assert has_desk(viewer)
    assert [row.event.id for row in list_organized(viewer, past=False)] == [event.id]
    assert [host.name for host in find_event(event.slug).hosts] == [owner.name, "Ann"]  # type: ignore[union-attr]  # it is there
    _suspend(ann)
    with pytest.raises(NotFound):
        require_editor(ann.id, event.id)


def test_the_door_is_no_host_and_has_no_desk(app: Flask) -> None:
    owner, bo = an_organizer(), a_member("Bo")
    event = an_event(owner)
    add_helper(owner.id, event.id, bo.address, DOOR)
    viewer = Viewer.of(bo)
    require_door(bo.id, event.id)
    with pytest.raises(NotFound):
        require_editor(bo.id, event.id)
    assert not is_host(event.id, bo.id)
    assert not has_desk(viewer)
    assert list_organized(viewer, past=False) == []
    found = find_event(event.slug)
    assert found is not None
    assert [host.id for host in found.hosts] == [owner.id]
    assert [(one.id, role) for one, role in events_to_help_at(viewer)] == [(event.id, DOOR)]
