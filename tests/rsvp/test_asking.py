"""A visitor's answer holds nothing until the mailed page's button, and counts once after it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.core.errors import NotFound, Refused
from community.core.tokens import link_token
from community.events.drafts import edit_event
from community.events.models import Event, Visibility
from community.events.publishing import cancel_event
from community.mail.models import OutboxMail
from community.membership.joining import confirm_joining
from community.membership.models import Pending, PendingKind, Person
from community.membership.pending import find_pending
from community.rsvp.asking import ask_to_answer, confirm_answer
from community.rsvp.models import Rsvp, RsvpStatus, Source
from community.rsvp.party import Guest
from community.rsvp.queries import LINK, get_linked_rsvp, get_rsvp
from community.rsvp.respond import say_no, say_yes
from tests.factories.at_once import at_once
from tests.factories.events import a_draft, an_event, evening
from tests.factories.people import a_member, an_organizer
from tests.factories.proofs import mailed_token
from tests.rsvp.states import seats_taken, some_guests, statuses

ADA = "ada@example.org"


def _ask(event: Event, email: str = ADA, **facts: object) -> str:
    """Ask as Ada, and the token that she would be mailed."""
    given = {"name": "Ada", "email": email, **facts}
    ask_to_answer(event.id, **given)  # type: ignore[arg-type]  # any fact
    return mailed_token(PendingKind.RSVP, email)


def _people() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(Person)) or 0


def test_asking_takes_no_seat_no_place_and_makes_no_person(app: Flask) -> None:
    event, before = an_event(capacity=1), _people()
    _ask(event)
    assert (_people(), seats_taken(event.id), statuses(event.id)) == (before, 0, [])
    [mail] = db.session.scalars(sa.select(OutboxMail))
    assert (mail.kind, mail.recipient, mail.recipient_name) == ("rsvp_confirm", ADA, "")
    assert say_yes(a_member().id, event.id).status == RsvpStatus.GOING


def test_the_button_gives_the_answer(app: Flask) -> None:
    event = an_event(capacity=3, guests_allowed=2)
    token = _ask(event, guests=[Guest(" Bob ", "nuts")], dietary=" vegan ", note="Hi\r\nthere")
    rsvp, pending = confirm_answer(token)
    assert (rsvp.status, rsvp.party_size, rsvp.source) == (RsvpStatus.GOING, 2, Source.WEB)
    assert (rsvp.person.name, rsvp.person.address, rsvp.note) == ("Ada", ADA, "Hi\nthere")
    assert [(g.name, g.dietary) for g in rsvp.attendees] == [("Ada", "vegan"), ("Bob", "nuts")]
    assert pending.payload["event_id"] == event.id


def test_the_button_works_once(app: Flask) -> None:
    event = an_event()
    token = _ask(event)
    confirm_answer(token)
    with pytest.raises(Refused, match="link_dead"):
        confirm_answer(token)
    assert find_pending(PendingKind.RSVP, token) is None


def test_fifty_presses_are_one_seat(app: Flask) -> None:
    event_id = (event := an_event(capacity=10)).id
    token = _ask(event)
    answers = at_once(app, [lambda: confirm_answer(token)[0].id] * 50)
    assert sum(isinstance(answer, int) for answer in answers) == 1
    assert sum(isinstance(answer, Refused) for answer in answers) == 49
    assert seats_taken(event_id) == 1


def test_several_links_for_one_new_address_are_one_seat(app: Flask) -> None:
    event_id = (event := an_event(capacity=10)).id
    before = _people()
    tokens = [_ask(event) for _ in range(4)]
    answers = at_once(app, [lambda t=t: confirm_answer(t)[0].id for t in tokens])
    assert len(set(answers)) == 1
    assert isinstance(answers[0], int), answers
    assert (_people(), seats_taken(event_id)) == (before + 1, 1)


def test_many_new_addresses_at_once_are_seated_exactly(app: Flask) -> None:
    event_id = (event := an_event(capacity=5)).id
    tokens = [_ask(event, f"guest{number}@example.org") for number in range(20)]
    answers = at_once(app, [lambda t=t: confirm_answer(t)[0].id for t in tokens])
    assert all(isinstance(answer, int) for answer in answers), answers
    assert statuses(event_id) == ["going"] * 5 + ["waitlisted"] * 15


def test_an_rsvp_link_is_good_for_its_answer_alone(app: Flask) -> None:
    token = _ask(an_event())
    assert find_pending(PendingKind.JOIN, token) is None
    with pytest.raises(Refused, match="link_dead"):
        confirm_joining(token)
    assert find_pending(PendingKind.RSVP, token) is not None


def test_a_visitor_may_say_no(app: Flask) -> None:
    event = an_event()
    rsvp, _ = confirm_answer(_ask(event, coming=False, note="Next time"))
    assert (rsvp.status, rsvp.note) == (RsvpStatus.DECLINED, "Next time")


def test_somebody_known_who_did_not_sign_in_answers_as_themselves(app: Flask) -> None:
    event, member = an_event(capacity=1), a_member("Ada Lovelace", ADA)
    rsvp, _ = confirm_answer(_ask(event, name="Impostor"))
    assert (rsvp.person_id, rsvp.head.name) == (member.id, "Ada Lovelace")
    rsvp, _ = confirm_answer(_ask(event, coming=False))
    assert (rsvp.person_id, rsvp.status) == (member.id, RsvpStatus.WITHDRAWN)
    assert seats_taken(event.id) == 0


def test_known_and_unknown_addresses_are_treated_alike(app: Flask) -> None:
    event = an_event()
    say_yes(a_member(email=ADA).id, event.id)
    before = len(db.session.scalars(sa.select(OutboxMail)).all())
    for email in (ADA, "nobody@example.org"):
        _ask(event, email)
    mails = db.session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id)).all()[before:]
    assert [(mail.kind, mail.recipient_name) for mail in mails] == [("rsvp_confirm", "")] * 2


@pytest.mark.parametrize("visibility", [Visibility.MEMBERS, Visibility.INVITED])
def test_a_hidden_event_is_not_there_for_visitors(app: Flask, visibility: Visibility) -> None:
    with pytest.raises(NotFound):
        _ask(an_event(visibility=visibility))


def test_a_draft_an_absent_and_a_hidden_event_are_refused_alike(app: Flask) -> None:
    draft, hidden = an_event(published=False), an_event(visibility=Visibility.INVITED)
    refusals = set()
    for event_id in (draft.id, hidden.id, 98765):
        with pytest.raises(Refused) as refusal:
            ask_to_answer(event_id, name="Ada", email=ADA)
        refusals.add(str(refusal.value))
    assert refusals == {"not_found (what=event)"}


def test_what_is_closed_over_or_off_is_not_asked_for(app: Flask) -> None:
    owner = an_organizer()
    event, off = an_event(owner, answer_by=evening(20)), an_event(owner)
    cancel_event(owner.id, off.id)
    with pytest.raises(Refused, match="event_cancelled"):
        _ask(off)
    for days, code in ((25, "event_closed"), (60, "event_past")):
        with time_machine.travel(now() + timedelta(days=days)), pytest.raises(Refused, match=code):
            _ask(event)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"guests": some_guests(2)}, "too_many_guests"),
        ({"guests": [Guest(" ")]}, "guest_name_missing"),
        ({"email": "nobody"}, "bad_address"),
        ({"name": "\u200b"}, "name_missing"),
        ({"guests": [Guest("Bo", address="ADA@Example.org")]}, "guest_is_you"),
        ({"guests": [Guest("Bo", address="bo@")]}, "bad_address"),
    ],
)
def test_what_could_not_be_answered_is_refused_before_a_mail(
    app: Flask, facts: dict[str, object], code: str
) -> None:
    event = an_event(guests_allowed=1)
    with pytest.raises(Refused, match=code):
        ask_to_answer(event.id, **{"name": "Ada", "email": ADA, **facts})  # type: ignore[arg-type]  # any fact
    assert db.session.scalars(sa.select(Pending)).all() == []


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        ({"guests_allowed": 0}, "too_many_guests"),
        ({"visibility": Visibility.MEMBERS}, "not_found"),
        ({"answer_by": "soon"}, "event_closed"),
    ],
)
def test_a_refused_answer_leaves_the_link_good_and_nobody_behind(
    app: Flask, edit: dict[str, object], code: str
) -> None:
    owner = an_organizer()
    event, before = an_event(owner, guests_allowed=1), _people()
    token = _ask(event, guests=some_guests(1))
    if "answer_by" in edit:
        edit = {"answer_by": evening(0), "guests_allowed": 1}
    edit_event(owner.id, event.id, a_draft(**edit))
    with (
        time_machine.travel(now() + timedelta(days=1), tick=False),
        pytest.raises(Refused, match=code),
    ):
        confirm_answer(token)
    db.session.rollback()
    assert find_pending(PendingKind.RSVP, token) is not None
    assert (_people(), statuses(event.id)) == (before, [])


def test_a_link_leads_to_its_rsvp_until_it_is_rotated(app: Flask) -> None:
    rsvp = say_yes(a_member().id, an_event().id)
    token = link_token(LINK, rsvp.id, 0)
    assert get_linked_rsvp(token).id == rsvp.id
    rsvp.link_generation = 1
    db.session.commit()  # no use-case rotates yet
    with pytest.raises(NotFound):
        get_linked_rsvp(token)


def test_a_link_of_another_kind_or_row_leads_nowhere(app: Flask) -> None:
    mine, other = (say_yes(a_member().id, an_event().id) for _ in range(2))
    mac = link_token(LINK, mine.id, 0).partition("-")[2]
    wrong = [
        f"{other.id}-{mac}",
        link_token("feed", mine.id, 0),
        f"{mine.id}-",
        f"{mine.id}",
        f"99999-{mac}",
        f"2147483648-{mac}",
        f"{'9' * 17}-{mac}",
        "",
        "é-é",
    ]
    for token in wrong:
        with pytest.raises(NotFound):
            get_linked_rsvp(token)
    with pytest.raises(NotFound):
        get_rsvp(98765)


def test_saying_no_for_the_first_time_is_noted_once(app: Flask) -> None:
    event, person = an_event(), a_member()
    first = say_no(person.id, event.id, word="Ill", source=Source.CALENDAR)
    again = say_no(person.id, event.id, word="Still ill")
    assert again is first
    assert (again.status, again.note, again.source) == (
        RsvpStatus.DECLINED,
        "Ill",
        Source.CALENDAR,
    )
    assert len(again.decisions) == 1
    assert db.session.scalars(sa.select(OutboxMail)).all() == []
    assert len(db.session.scalars(sa.select(Rsvp)).all()) == 1
