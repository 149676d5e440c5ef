"""Guest lists: judged row by row, invited in batches, and nobody twice whatever dies meanwhile."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.core.errors import NotFound, Refused
from community.events.publishing import cancel_event
from community.mail.broadcasts import expand_due
from community.mail.models import SuppressionReason
from community.mail.suppressions import suppress
from community.membership.models import Person, PersonAddress
from community.rsvp import guest_lists
from community.rsvp.guest_list_queries import count_verdicts, get_guest_list, list_guests, typed_in
from community.rsvp.guest_lists import forget_old_lists, hand_in, put_away, send_invitations
from community.rsvp.invitation_models import GuestList, GuestRow
from community.rsvp.models import Rsvp
from community.rsvp.party import Guest
from community.rsvp.respond import say_no, say_yes
from tests.factories.at_once import at_once
from tests.factories.events import an_event
from tests.factories.invitations import ANN, in_days, invited, owner_of, sent
from tests.factories.mails import outbox
from tests.factories.people import a_member, an_organizer
from tests.rsvp.states import seats_taken, statuses


def crowd(count: int) -> str:
    return "\n".join(f"Guest {n}, guest{n}@example.org" for n in range(count))


def verdicts(one: GuestList) -> list[tuple[str, str]]:
    db.session.rollback()
    rows = list_guests(one.id).rows
    for row in rows:
        db.session.refresh(row)
    return [(row.verdict.value, row.address) for row in rows]


def ending_after(batches: int) -> object:
    """What makes the mails of a batch until the worker dies in the middle of the next one."""
    whole, left = guest_lists.invite, [batches * guest_lists.BATCH + 20]

    def invite(*given: object) -> object:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return whole(*given)  # type: ignore[arg-type]  # handed on as they came

    return invite


def test_every_row_is_judged_and_nobody_is_invited_yet(app: Flask) -> None:
    event = an_event(guests_allowed=1)
    ann, bo, cy = (a_member(name, f"{name}@example.org") for name in ("ann", "bo", "cy"))
    db.session.add(
        PersonAddress(person_id=ann.id, address="ann@old.org", is_primary=False, verified_at=now())
    )
    db.session.commit()
    say_yes(bo.id, event.id, guests=[Guest("Di", address="di@example.org")])
    say_no(cy.id, event.id)
    text = "ann@example.org\nANN@old.org\nbo@example.org\ncy@example.org\n"
    text += "di@example.org\nED@example.org\ned@Example.org\nnobody"
    one = hand_in(owner_of(event), event.id, text)
    assert [verdict for verdict, _ in verdicts(one)] == [
        "known", "twice", "answered", "again", "answered", "new", "twice", "wrong",
    ]  # fmt: skip
    whys = [row.why for row in list_guests(one.id).rows]
    assert whys[1:5] == [
        "The same person stands in line 1.",
        "Is going.",
        "Said no.",
        "Comes as somebody's guest.",
    ]
    assert whys[7] == "There is no address."
    assert typed_in(one) == text
    assert statuses(event.id) == ["going", "declined"]
    assert outbox("event_invitation") == []


def test_an_address_that_is_not_written_to_is_said_before(app: Flask) -> None:
    suppress(ANN, SuppressionReason.BOUNCED)
    event = an_event()
    one = hand_in(owner_of(event), event.id, f"{ANN}\nbo@example.org")
    whys = [row.why for row in list_guests(one.id).rows]
    assert whys == ["Mail to this address is stopped.", ""]


def test_a_list_is_invited_by_the_worker_once(app: Flask) -> None:
    event = an_event()
    one = sent(event, f"{crowd(3)}\nnobody", message="Do come.")
    assert get_guest_list(event.id, one.id).state == "done"
    assert count_verdicts(one.id) == {"invited": 3, "wrong": 1}
    assert [mail.facts["word"] for mail in outbox("event_invitation")] == ["Do come."] * 3
    send_invitations(owner_of(event), event.id, one.id)
    expand_due()
    assert len(outbox("event_invitation")) == 3
    assert typed_in(one) == "", "what nobody needs to correct any more is not kept"


def test_two_presses_of_the_button_at_once_send_once(app: Flask) -> None:
    event = an_event()
    owner, event_id = owner_of(event), event.id
    list_id = hand_in(owner, event_id, crowd(5)).id
    at_once(app, [lambda: send_invitations(owner, event_id, list_id)] * 4)
    expand_due()
    assert len(outbox("event_invitation")) == 5


def test_a_worker_that_dies_in_the_middle_invites_nobody_twice(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = an_event(capacity=500)
    one = hand_in(owner_of(event), event.id, crowd(170), reserve_until=in_days(2))
    send_invitations(owner_of(event), event.id, one.id)
    with monkeypatch.context() as dying:
        dying.setattr(guest_lists, "invite", ending_after(2))
        with pytest.raises(KeyboardInterrupt):
            expand_due()
    done = 2 * guest_lists.BATCH
    assert len(outbox("event_invitation")) == done, "the batch that it was at is undone"
    assert get_guest_list(event.id, one.id).cursor == done
    assert seats_taken(event.id) == done
    expand_due()
    addresses = [mail.recipient for mail in outbox("event_invitation")]
    assert len(addresses) == len(set(addresses)) == 170
    assert seats_taken(event.id) == 170


def test_without_the_cursor_the_rows_themselves_still_keep_it_exact(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: a cursor that is lost makes every row be looked at again, and none invited."""
    event = an_event()
    one = sent(event, crowd(60))
    db.session.execute(sa.update(GuestList).values(cursor=0, state="running"))
    db.session.execute(sa.update(GuestRow).values(verdict="new"))
    db.session.commit()
    while guest_lists.invite_batch(one.id) is not None:
        pass
    assert count_verdicts(one.id) == {"answered": 60}
    assert len(outbox("event_invitation")) == 60


def test_two_workers_at_once_invite_everybody_once(app: Flask) -> None:
    event = an_event()
    one = hand_in(owner_of(event), event.id, crowd(120))
    send_invitations(owner_of(event), event.id, one.id)
    at_once(app, [expand_due] * 3)
    addresses = [mail.recipient for mail in outbox("event_invitation")]
    assert len(addresses) == len(set(addresses)) == 120


def test_who_answered_between_the_look_and_the_button_is_left_out(app: Flask) -> None:
    event, ann = an_event(), a_member("Ann Lee", ANN)
    one = hand_in(owner_of(event), event.id, f"{ANN}\nbo@example.org")
    say_yes(ann.id, event.id)
    send_invitations(owner_of(event), event.id, one.id)
    expand_due()
    assert verdicts(one) == [("answered", ANN), ("invited", "bo@example.org")]


def test_seats_are_kept_for_the_first_rows_and_the_others_say_so(app: Flask) -> None:
    event = an_event(capacity=4, kept_back=2)
    one = sent(event, crowd(4), reserve_until=in_days(2))
    assert [verdict for verdict, _ in verdicts(one)] == ["invited"] * 2 + ["no_seat"] * 2
    assert seats_taken(event.id) == 2
    assert len(outbox("event_invitation")) == 2


def test_a_list_stops_when_the_event_is_off_or_when_it_is_put_away(app: Flask) -> None:
    off, kept = an_event(title="Off"), an_event(title="Kept")
    lists = [hand_in(owner_of(event), event.id, crowd(3)) for event in (off, kept)]
    for event, one in zip((off, kept), lists, strict=True):
        send_invitations(owner_of(event), event.id, one.id)
    cancel_event(owner_of(off), off.id, "Snow.")
    put_away(owner_of(kept), kept.id, lists[1].id)
    expand_due()
    for event, one in zip((off, kept), lists, strict=True):
        assert get_guest_list(event.id, one.id).state == "stopped"
    assert statuses(off.id) == statuses(kept.id) == []
    with pytest.raises(Refused, match="guest_list_stopped"):
        send_invitations(owner_of(kept), kept.id, lists[1].id)


def test_a_list_with_nobody_to_invite_is_not_sent(app: Flask) -> None:
    event = an_event()
    invited(event)
    one = hand_in(owner_of(event), event.id, f"{ANN}\nnobody")
    with pytest.raises(Refused, match="nobody_to_invite"):
        send_invitations(owner_of(event), event.id, one.id)


def test_a_list_of_another_event_is_not_there(app: Flask) -> None:
    owner = an_organizer()
    one = hand_in(owner.id, an_event(owner).id, ANN)
    other = an_event(owner, title="Other")
    for use_case in (send_invitations, put_away):
        with pytest.raises(NotFound):
            use_case(owner.id, other.id, one.id)
    with pytest.raises(NotFound):
        send_invitations(an_organizer().id, one.event_id, one.id)


def test_two_lists_with_the_same_stranger_make_one_person(app: Flask) -> None:
    events = [an_event(title="One"), an_event(title="Two")]
    before = db.session.scalar(sa.select(sa.func.count()).select_from(Person)) or 0
    for event in events:
        sent(event, "Cy, cy@example.org")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Person)) == before + 1
    assert len(db.session.scalars(sa.select(Rsvp)).all()) == 2


def test_a_list_is_forgotten_after_a_month_and_the_answers_stay(app: Flask) -> None:
    event = an_event()
    list_id = sent(event, crowd(2)).id
    with time_machine.travel(now() + timedelta(days=29)):
        assert forget_old_lists() == 0
    with time_machine.travel(now() + timedelta(days=31)):
        assert forget_old_lists() == 1
    with pytest.raises(NotFound):
        get_guest_list(event.id, list_id)
    assert db.session.scalars(sa.select(GuestRow)).all() == []
    assert statuses(event.id) == ["invited", "invited"]
