"""Being asked by mail to help at one event: the same to everybody, once, and taken back at once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db, transactional
from community.core.errors import NotFound, Refused
from community.core.tokens import digest
from community.events import team_invitations
from community.events.models import Event, HostRole
from community.events.publishing import cancel_event
from community.events.queries import find_role
from community.events.team import add_helper, hand_over, remove_helper, team_of
from community.events.team_invitations import (
    ask_again,
    ask_to_help,
    find_invitation,
    forget_old_asks,
    open_invitations,
    say_no_to_helping,
    say_yes_to_helping,
    take_back,
)
from community.events.team_models import TeamInvitation
from community.membership.models import Membership, Person, PersonAddress
from community.membership.queries import find_person
from community.organizing.models import AuditEntry
from community.rsvp.deleting import delete_draft
from tests.factories.at_once import at_once
from tests.factories.events import an_event
from tests.factories.joining import mailed_helping
from tests.factories.mails import outbox, post
from tests.factories.people import a_member, a_person, an_admin, an_organizer

COHOST, DOOR, OWNER = HostRole.COHOST, HostRole.DOOR, HostRole.OWNER
ANN = "ann@example.org"


def asked(event: Event) -> list[str]:
    db.session.rollback()
    return [one.address for one in open_invitations(event.id)]


def an_asked(event: Event, owner: Person, address: str = ANN, role: HostRole = DOOR) -> str:
    """The mailed token."""
    ask_to_help(owner.id, event.id, address, role)
    return mailed_helping(address)


def count_people() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(Person)) or 0


def test_somebody_unknown_becomes_a_person_with_the_role_when_they_say_yes(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    before = count_people()
    token = an_asked(event, owner)
    assert (count_people(), asked(event)) == (before, [ANN])
    with pytest.raises(Refused, match="name_missing"):
        say_yes_to_helping(token)
    person = say_yes_to_helping(token, " Ann  Lee ")
    assert (person.name, person.membership) == ("Ann Lee", Membership.NONE)
    found = find_person(ANN)
    assert found is not None  # the mail has proven the address
    assert (find_role(event.id, found.id), asked(event)) == (DOOR, [])
    with pytest.raises(Refused, match="link_dead"):
        say_yes_to_helping(token, "Ann")


def test_somebody_known_keeps_the_name_and_proves_an_imported_address(app: Flask) -> None:
    owner, ann = an_organizer(), a_member("Ann", ANN)
    event = an_event(owner)
    assert say_yes_to_helping(an_asked(event, owner, role=COHOST), "Mallory").id == ann.id
    assert [(one.name, one.role) for one in team_of(event.id)][1:] == [("Ann", COHOST)]


def test_the_page_gets_the_same_answer_whoever_has_the_address(app: Flask) -> None:
    owner, shut_out = an_organizer(), a_member("Sue")
    suspend(shut_out)
    event = an_event(owner)
    addresses = [a_member().address, a_person().address, shut_out.address, "nobody@example.org"]
    answers = [ask_to_help(owner.id, event.id, one, DOOR) for one in addresses]
    assert answers == [None] * 4
    assert asked(event) == sorted(addresses)
    mails = outbox("team_invitation")
    assert [mail.recipient for mail in mails] == addresses
    assert {mail.recipient_name for mail in mails} == {""}
    assert {mail.person_id for mail in mails} == {None}


@transactional
def suspend(person: Person) -> None:
    db.session.get_one(Person, person.id).membership = Membership.SUSPENDED


def test_who_is_suspended_is_given_no_role(app: Flask) -> None:
    owner, sue = an_organizer(), a_member("Sue")
    event = an_event(owner)
    token = an_asked(event, owner, sue.address)
    suspend(sue)
    with pytest.raises(Refused, match="membership_closed"):
        say_yes_to_helping(token)
    assert find_role(event.id, sue.id) is None


def test_only_who_leads_the_event_asks_sends_again_and_takes_back(app: Flask) -> None:
    owner, cohost, door = an_organizer(), a_member(), a_member()
    event = an_event(owner)
    add_helper(owner.id, event.id, cohost.address, COHOST)
    add_helper(owner.id, event.id, door.address, DOOR)
    an_asked(event, owner)
    (one,) = open_invitations(event.id)
    for stranger in (cohost, door, a_member(), an_organizer()):
        for act in (
            lambda who: ask_to_help(who, event.id, "bo@example.org", DOOR),
            lambda who: ask_again(who, event.id, one.id),
            lambda who: take_back(who, event.id, one.id),
        ):
            with pytest.raises(NotFound):
                act(stranger.id)
    ask_to_help(an_admin().id, event.id, "bo@example.org", DOOR)
    another = an_event(owner)
    with pytest.raises(NotFound):
        take_back(owner.id, another.id, one.id)


def test_what_cannot_be_asked_is_refused(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    for address, role, code in (
        (owner.address, DOOR, "helper_already"),
        (ANN, OWNER, "role_not_given"),
        ("not an address", DOOR, "bad_address"),
    ):
        with pytest.raises(Refused, match=code):
            ask_to_help(owner.id, event.id, address, role)
    ask_to_help(owner.id, event.id, ANN, DOOR)
    with pytest.raises(Refused, match="helper_asked_already"):
        ask_to_help(owner.id, event.id, ANN.upper(), COHOST)
    cancel_event(owner.id, event.id)
    with pytest.raises(Refused, match="event_cancelled"):
        ask_to_help(owner.id, event.id, "bo@example.org", DOOR)


def test_twenty_are_open_at_most_also_when_asked_at_once(app: Flask) -> None:
    owner = an_organizer()
    event_id, owner_id = an_event(owner).id, owner.id
    for n in range(team_invitations.MOST_OPEN - 2):
        ask_to_help(owner_id, event_id, f"h{n}@example.org", DOOR)
    acts: list[Callable[[], None]] = [
        lambda n=n: ask_to_help(owner_id, event_id, f"late{n}@example.org", DOOR)  # type: ignore[misc]  # a lambda's default
        for n in range(6)
    ]
    answers = at_once(app, acts)
    assert sum(isinstance(one, Refused) for one in answers) == 4
    assert len(open_invitations(event_id)) == team_invitations.MOST_OPEN


def test_one_address_gets_three_such_mails_a_day_whoever_asks(app: Flask) -> None:
    for _ in range(3):
        owner = an_organizer()
        ask_to_help(owner.id, an_event(owner).id, ANN, DOOR)
    owner = an_organizer()
    with pytest.raises(Refused, match="too_many"):
        ask_to_help(owner.id, an_event(owner).id, ANN, DOOR)


def test_taken_back_the_link_is_dead_and_a_mail_that_waits_is_stopped(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    token = an_asked(event, owner)
    assert find_invitation(token) is not None
    (one,) = open_invitations(event.id)
    assert take_back(owner.id, event.id, one.id) == ANN
    assert find_invitation(token) is None
    with pytest.raises(Refused, match="link_dead"):
        say_yes_to_helping(token, "Ann")
    post()
    assert [mail.state.value for mail in outbox("team_invitation")] == ["stopped"]
    with pytest.raises(NotFound):
        take_back(owner.id, event.id, one.id)


def test_sent_again_only_the_newest_link_works_and_only_one_mail_leaves(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    old = an_asked(event, owner)
    (one,) = open_invitations(event.id)
    with time_machine.travel(now() + timedelta(minutes=5)):
        assert ask_again(owner.id, event.id, one.id) == ANN
        assert find_invitation(old) is None
        post()
    mails = outbox("team_invitation")
    assert [mail.state.value for mail in mails] == ["stopped", "sent"]
    assert mails[1].body is None  # it held the key
    db.session.rollback()
    kept = db.session.scalars(sa.select(TeamInvitation.token_hash)).one()
    assert kept is not None
    assert kept != digest(old)


def test_it_runs_out_and_is_forgotten(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    token = an_asked(event, owner)
    with time_machine.travel(now() + timedelta(days=15)):
        assert find_invitation(token) is None
        assert asked(event) == []
        ask_to_help(owner.id, event.id, ANN, DOOR)  # and can be asked anew
        assert forget_old_asks() == 0
    with time_machine.travel(now() + timedelta(days=40)):
        assert forget_old_asks() == 1


def test_saying_no_forgets_the_address(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    token = an_asked(event, owner)
    say_no_to_helping(token)
    assert (asked(event), find_person(ANN)) == ([], None)
    with pytest.raises(Refused, match="link_dead"):
        say_no_to_helping(token)


def test_of_yes_and_taking_back_at_once_one_counts(app: Flask) -> None:
    owner = an_organizer()
    event_id, owner_id = an_event(owner).id, owner.id
    ask_to_help(owner_id, event_id, ANN, DOOR)
    token = mailed_helping(ANN)
    (one,) = open_invitations(event_id)
    invitation_id = one.id
    answers = at_once(
        app,
        [
            lambda: say_yes_to_helping(token, "Ann").id,
            lambda: say_yes_to_helping(token, "Ann").id,
            lambda: take_back(owner_id, event_id, invitation_id),
        ],
    )
    assert sum(isinstance(one, Exception) for one in answers) == 2
    assert len(team_of(event_id)) == (2 if not isinstance(answers[2], str) else 1)


def test_who_is_taken_off_the_team_is_asked_nothing_more_at_that_event(app: Flask) -> None:
    owner = an_organizer()
    event, another = an_event(owner), an_event(owner)
    ann = say_yes_to_helping(an_asked(event, owner), "Ann")
    _second_address(ann, "ann@example.net")
    ask_to_help(owner.id, event.id, "ann@example.net", COHOST)
    ask_to_help(owner.id, another.id, "ann@example.net", COHOST)
    remove_helper(owner.id, event.id, ann.id)
    assert (asked(event), asked(another)) == ([], ["ann@example.net"])
    post()
    states = {mail.recipient: mail.state.value for mail in outbox("on_team")}
    assert states == {ANN: "stopped"}  # it had not left, and would have led to nothing


@transactional
def _second_address(person: Person, address: str) -> None:
    kept = db.session.get_one(Person, person.id)
    kept.addresses.append(PersonAddress(address=address, is_primary=False, verified_at=now()))


def test_the_log_names_no_address(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    an_asked(event, owner)
    (one,) = open_invitations(event.id)
    ask_again(owner.id, event.id, one.id)
    say_yes_to_helping(mailed_helping(ANN), "Ann")
    entries = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    mine = [one for one in entries if one.action.startswith("Helper")]
    assert [one.action for one in mine] == ["HelperAsked", "HelperReminded", "HelperAdded"]
    assert "ann" not in str([one.details for one in mine]).lower()


def test_a_draft_goes_with_what_was_asked_and_a_new_owner_goes_on(app: Flask) -> None:
    owner, otto = an_organizer(), an_organizer()
    draft, event = an_event(owner, published=False), an_event(owner)
    an_asked(draft, owner)
    delete_draft(owner.id, draft.id)
    assert not db.session.scalars(sa.select(TeamInvitation)).all()
    add_helper(owner.id, event.id, otto.address, COHOST)
    an_asked(event, owner, "bo@example.org")
    hand_over(owner.id, event.id, otto.id)
    ask_again(otto.id, event.id, open_invitations(event.id)[0].id)
    token = mailed_helping("bo@example.org")
    assert say_yes_to_helping(token, "Bo").name == "Bo"


def test_without_the_look_under_the_lock_a_link_would_work_twice(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the tests above see what is asked before a link counts."""
    owner = an_organizer()
    event = an_event(owner)
    token = an_asked(event, owner)
    row = find_invitation(token)
    assert row is not None
    monkeypatch.setattr(team_invitations, "_redeemable", lambda _token: row)
    say_yes_to_helping(token, "Ann")
    monkeypatch.setattr(db.session, "delete", lambda _row: None)
    assert say_yes_to_helping(token, "Ann").name == "Ann"


def leaves_by(way: str, event: Event, owner: Person) -> None:
    """The owner of an event leads it no more."""
    if way == "suspended":
        suspend(owner)
    elif way == "erased":
        unknown = sa.update(TeamInvitation).values(invited_by=None)
        transactional(lambda: db.session.execute(unknown))()
    else:
        other = an_organizer()
        add_helper(owner.id, event.id, other.address, COHOST)
        hand_over(owner.id, event.id, other.id)
    db.session.expire_all()


@pytest.mark.parametrize("way", ["suspended", "erased", "handed over"])
def test_what_somebody_asked_ends_with_their_own_rights(app: Flask, way: str) -> None:
    owner = an_organizer()
    event = an_event(owner)
    token = an_asked(event, owner, role=COHOST)
    ask_to_help(owner.id, event.id, "later@example.org", COHOST)  # its mail has not left
    assert find_invitation(token) is not None
    leaves_by(way, event, owner)
    assert find_invitation(token) is None
    for answer in (lambda: say_yes_to_helping(token, "Second"), lambda: say_no_to_helping(token)):
        with pytest.raises(Refused, match="link_dead"):
            answer()
    post()
    db.session.rollback()
    assert [one.state.value for one in outbox("team_invitation", to="later@example.org")] == [
        "stopped"
    ]


def test_rights_that_end_while_the_answer_waits_are_seen_under_the_lock(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = an_organizer()
    event = an_event(owner)
    token = an_asked(event, owner, role=COHOST)
    locked = team_invitations.lock_event

    def lock(event_id: int) -> Event:
        db.session.get_one(Person, owner.id).membership = Membership.SUSPENDED
        db.session.flush()
        return locked(event_id)

    monkeypatch.setattr(team_invitations, "lock_event", lock)
    with pytest.raises(Refused, match="link_dead"):
        say_yes_to_helping(token, "Second")
