"""Deciding about many at once: whom it concerns, who is passed over, and taking it back."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db, transactional
from community.core.errors import NotFound, Refused
from community.events.models import Event
from community.mail.broadcasts import expand_due
from community.organizing import bulk
from community.organizing.bulk import Action, act_on_many, meant_by, preview
from community.organizing.models import AuditEntry
from community.organizing.restoring import last_removed
from community.organizing.segments import Segment
from community.rsvp.hand import remove_attendee
from community.rsvp.models import Decision, Rsvp, RsvpStatus
from community.rsvp.party import Guest
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import an_event
from tests.factories.invitations import invited
from tests.factories.mails import outbox, post
from tests.factories.people import a_member, a_person, an_organizer
from tests.factories.questions import owner_of
from tests.rsvp.states import answer_in, seats_taken, statuses

ALL = list(RsvpStatus)


def frozen(*rsvps: Rsvp) -> dict[int, str]:
    """What a preview of these froze."""
    return {one.id: one.status.value for one in rsvps}


def ids_of(event: Event) -> dict[int, str]:
    db.session.rollback()
    db.session.expire_all()
    query = sa.select(Rsvp).where(Rsvp.event_id == event.id).order_by(Rsvp.ticket)
    return frozen(*db.session.scalars(query))


def decided() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count(Decision.id))) or 0


@pytest.mark.parametrize(
    ("action", "meant"),
    [
        (Action.APPROVE, {"requested"}),
        (Action.REFUSE, {"requested"}),
        (Action.REMIND, {"invited"}),
        (Action.REMOVE, {"going", "waitlisted", "offered", "requested", "invited"}),
        (Action.RESTORE, {"removed"}),
    ],
)
def test_a_preview_says_who_is_concerned_and_why_not_the_others(
    app: Flask, action: Action, meant: set[str]
) -> None:
    event = an_event()
    every = {answer_in(status, event.id).id: status.value for status in ALL}
    before = decided()
    shown = preview(event, action, list(every))
    assert {one.status for one in shown.concerned} == meant
    assert {one.status for one in shown.passed} == set(every.values()) - meant
    assert all(one.why for one in shown.passed)
    assert not any(one.why for one in shown.concerned)
    assert decided() == before


@pytest.mark.parametrize("action", [Action.REFUSE, Action.REMOVE])
def test_it_happens_to_those_who_were_shown_and_to_nobody_else(app: Flask, action: Action) -> None:
    event = an_event(requires_approval=True)
    asking = [say_yes(a_member(f"Asker {n}").id, event.id) for n in range(4)]
    done = act_on_many(owner_of(event), event.id, action, frozen(*asking[:3]), word="Sorry.")
    assert [one.name for one in done.did] == ["Asker 0", "Asker 1", "Asker 2"]
    became = "refused" if action == Action.REFUSE else "removed"
    assert statuses(event.id) == [became] * 3 + ["requested"]
    words = {decision.word for one in asking[:3] for decision in fresh(one.id).decisions}
    assert "Sorry." in words


def fresh(rsvp_id: int) -> Rsvp:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Rsvp, rsvp_id)


def test_who_changed_since_the_preview_is_passed_over_and_named(app: Flask) -> None:
    event = an_event(capacity=1)
    ann, bea = (say_yes(a_member(name).id, event.id) for name in ("Ann", "Bea"))
    shown = frozen(ann, bea)
    say_no(ann.person_id, event.id)  # Bea moves up
    cem = say_yes(a_member("Cem").id, event.id)
    done = act_on_many(owner_of(event), event.id, Action.REMOVE, {**shown, **frozen(cem)})
    assert [one.name for one in done.did] == ["Cem"]
    assert [(one.name, one.why) for one in done.passed] == [("Ann", "changed"), ("Bea", "changed")]
    assert statuses(event.id) == ["withdrawn", "going", "removed"]


def test_without_the_frozen_state_somebody_would_lose_a_seat_that_nobody_saw(app: Flask) -> None:
    """The control of the test above."""
    event = an_event(capacity=1)
    ann, bea = (say_yes(a_member(name).id, event.id) for name in ("Ann", "Bea"))
    say_no(ann.person_id, event.id)
    done = act_on_many(owner_of(event), event.id, Action.REMOVE, {bea.id: "going"})
    assert [one.name for one in done.did] == ["Bea"]


def test_nobody_left_changes_nothing(app: Flask) -> None:
    event = an_event(requires_approval=True)
    ann = say_yes(a_member("Ann").id, event.id)
    shown = frozen(ann)
    remove_attendee(owner_of(event), event.id, ann.id)
    before = decided()
    with pytest.raises(Refused, match="nobody_left"):
        act_on_many(owner_of(event), event.id, Action.REFUSE, shown)
    with pytest.raises(Refused, match="nobody_left"):
        act_on_many(owner_of(event), event.id, Action.REFUSE, {})
    assert decided() == before


def test_a_button_pressed_twice_acts_once(app: Flask) -> None:
    event = an_event()
    shown = frozen(say_yes(a_member().id, event.id))
    act_on_many(owner_of(event), event.id, Action.REMOVE, shown)
    with pytest.raises(Refused, match="nobody_left"):
        act_on_many(owner_of(event), event.id, Action.REMOVE, shown)
    assert statuses(event.id) == ["removed"]


def test_more_requests_than_fit_are_refused_whole_or_wait(app: Flask) -> None:
    event = an_event(requires_approval=True, capacity=2)
    asking = [say_yes(a_member().id, event.id) for _ in range(3)]
    with pytest.raises(Refused, match="more_than_fit"):
        act_on_many(owner_of(event), event.id, Action.APPROVE, frozen(*asking))
    assert statuses(event.id) == ["requested"] * 3
    act = act_on_many(owner_of(event), event.id, Action.APPROVE, frozen(*asking), or_waitlist=True)
    assert (len(act.did), act.going) == (3, 2)
    assert statuses(event.id) == ["going", "going", "waitlisted"]


def test_reminding_passes_over_who_was_reminded_lately(app: Flask) -> None:
    event = an_event()
    ann, bea = invited(event, "ann@example.org"), invited(event, "bea@example.org", name="Bea")
    reminded(ann.id)
    post()
    known = {mail.id for mail in outbox()}
    shown = preview(event, Action.REMIND, [ann.id, bea.id])
    assert [(one.name, one.why) for one in shown.passed] == [("Ann Lee", "reminded_lately")]
    done = act_on_many(owner_of(event), event.id, Action.REMIND, frozen(bea), word="Please.")
    assert [one.name for one in done.did] == ["Bea"]
    expand_due()
    assert [mail.recipient for mail in outbox() if mail.id not in known] == ["bea@example.org"]


@transactional
def reminded(rsvp_id: int) -> None:
    db.session.get_one(Rsvp, rsvp_id).reminded_at = now()


def test_the_line_seats_nobody_who_is_removed_in_the_same_act(app: Flask) -> None:
    event = an_event(capacity=1)
    ann, bea, cem = (say_yes(a_member(name).id, event.id) for name in ("Ann", "Bea", "Cem"))
    act_on_many(owner_of(event), event.id, Action.REMOVE, frozen(ann, bea))
    assert statuses(event.id) == ["removed", "removed", "going"]
    assert {one.became for one in fresh(bea.id).decisions} == {"waitlisted", "removed"}
    assert fresh(cem.id).status == RsvpStatus.GOING
    assert seats_taken(event.id) == 1


def test_a_removal_is_taken_back_for_those_for_whom_there_is_room(app: Flask) -> None:
    event = an_event(capacity=3, guests_allowed=1)
    ann = say_yes(a_member("Ann").id, event.id, guests=[Guest("Bo", "no nuts")], note="Late")
    dan = say_yes(a_member("Dan").id, event.id)
    eve = invited(event, "eve@example.org", name="Eve")
    act_on_many(owner_of(event), event.id, Action.REMOVE, frozen(ann, dan, eve))
    say_yes(a_member("Newcomer").id, event.id)  # takes one of the three seats
    ids = last_removed(event)
    assert sorted(ids) == sorted([ann.id, dan.id, eve.id])
    shown = preview(event, Action.RESTORE, ids)
    assert [(one.name, one.was) for one in shown.concerned] == [
        ("Ann", "going"),
        ("Dan", "going"),
        ("Eve", "invited"),
    ]
    done = act_on_many(owner_of(event), event.id, Action.RESTORE, dict.fromkeys(ids, "removed"))
    assert [one.name for one in done.did] == ["Ann", "Eve"]
    assert [(one.name, one.why) for one in done.passed] == [("Dan", "no_room")]
    again = fresh(ann.id)
    assert (again.status, again.party_size, again.note) == (RsvpStatus.GOING, 2, "Late")
    assert [(guest.name, guest.dietary) for guest in again.guests] == [("Bo", "no nuts")]
    assert fresh(eve.id).status == RsvpStatus.INVITED
    assert fresh(dan.id).status == RsvpStatus.REMOVED
    assert seats_taken(event.id) == 3


def test_what_one_refuses_leaves_the_others_and_nothing_half_done(app: Flask) -> None:
    event = an_event(guests_allowed=1)
    guest = Guest("Bo", address="bo@example.org")
    ann = say_yes(a_member("Ann").id, event.id, guests=[guest])
    dan = say_yes(a_member("Dan").id, event.id)
    act_on_many(owner_of(event), event.id, Action.REMOVE, frozen(ann, dan))
    say_yes(a_person("Bo", "bo@example.org").id, event.id)  # Ann's guest comes by themselves
    shown = dict.fromkeys(last_removed(event), "removed")
    before = seats_taken(event.id)
    done = act_on_many(owner_of(event), event.id, Action.RESTORE, shown)
    assert [(one.name, one.why) for one in done.passed] == [("Ann", "refused")]
    assert fresh(ann.id).source.value == "web"
    assert seats_taken(event.id) == before + 1


def test_a_removal_can_be_taken_back_for_a_day(app: Flask) -> None:
    event, other = an_event(), an_event()
    shown = frozen(say_yes(a_member().id, event.id))
    assert last_removed(event) == []
    act_on_many(owner_of(event), event.id, Action.REMOVE, shown)
    assert last_removed(event) == list(shown)
    assert last_removed(other) == []
    with time_machine.travel(now() + timedelta(hours=25)):
        assert last_removed(event) == []


def test_the_log_names_all_who_were_removed_together(app: Flask) -> None:
    event = an_event()
    shown = frozen(*(say_yes(a_member().id, event.id) for _ in range(2)))
    act_on_many(owner_of(event), event.id, Action.REMOVE, shown, word="secret")
    entries = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.event_id == event.id))
    noted = [one for one in entries if one.action == "AttendeesRemoved"]
    assert [one.details for one in noted] == [{"rsvp_ids": list(shown)}]


@pytest.mark.parametrize("action", list(Action))
def test_nobody_else_decides_and_nothing_of_another_event(app: Flask, action: Action) -> None:
    event, other = an_event(), an_event()
    mine, theirs = answer_in(RsvpStatus.GOING, event.id), answer_in(RsvpStatus.GOING, other.id)
    for stranger in (a_member(), an_organizer()):
        with pytest.raises(Refused):
            act_on_many(stranger.id, event.id, action, frozen(mine))
    with pytest.raises(NotFound):
        act_on_many(owner_of(event), event.id, action, frozen(mine, theirs))
    with pytest.raises(NotFound):
        preview(event, action, [mine.id, theirs.id])
    assert statuses(event.id) + statuses(other.id) == ["going", "going"]


def test_more_than_five_hundred_are_refused(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MOST", 2)
    event = an_event()
    for _ in range(3):
        answer_in(RsvpStatus.GOING, event.id)
    going = Segment(statuses=("going",))
    for act in (
        lambda: meant_by(event, going),
        lambda: preview(event, Action.REMOVE, list(ids_of(event))),
        lambda: act_on_many(owner_of(event), event.id, Action.REMOVE, ids_of(event)),
    ):
        with pytest.raises(Refused, match="too_many_at_once"):
            act()
    assert statuses(event.id) == ["going"] * 3
    monkeypatch.setattr(bulk, "MOST", 3)
    assert meant_by(event, going) == list(ids_of(event))
