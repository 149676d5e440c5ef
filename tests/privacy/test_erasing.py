"""Erasing a person: seats are given on, counts stay, and nobody is left without an owner."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db, transactional
from community.core.errors import NotFound, Refused
from community.events.models import Event, EventHost, HostRole
from community.events.publishing import cancel_event
from community.mail.models import MailState
from community.membership.models import Person
from community.membership.queries import find_owner, get_person
from community.membership.sessions import find_signed_in, open_session
from community.membership.signing_in import ask_for_code, sign_in_with_code
from community.ops import worker
from community.organizing.saved_views import Shown, list_views, save_view
from community.organizing.segments import Segment
from community.privacy.erasing import erase_person, wipe_certificates
from community.rsvp.models import Attendee, Rsvp, RsvpStatus
from community.rsvp.party import Guest
from community.rsvp.queries import find_rsvp
from community.rsvp.respond import say_yes
from tests.factories.at_once import at_once
from tests.factories.events import an_event, evening
from tests.factories.invitations import owner_of
from tests.factories.mails import letter, outbox, post, states
from tests.factories.people import a_member, an_admin, an_organizer
from tests.factories.proofs import mailed_code
from tests.mail.moody import moody

ADA, BOB = "ada@example.org", "bob@example.org"


@pytest.fixture
def ada(app: Flask) -> Person:
    return a_member("Ada Lovelace", ADA)


@pytest.fixture
def bob(app: Flask) -> Person:
    return a_member("Bob", BOB)


def as_stored(event: Event) -> Event:
    db.session.rollback()
    return db.session.get_one(Event, event.id, populate_existing=True)


def answer(event: Event, person: Person) -> Rsvp:
    db.session.rollback()
    db.session.expire_all()
    found = find_rsvp(event.id, person.id)
    assert found is not None
    return found


@transactional
def hosted_by(event: Event, person: Person, role: HostRole = HostRole.OWNER) -> None:
    db.session.add(EventHost(event_id=event.id, person_id=person.id, role=role))


def test_a_coming_seat_goes_to_who_waits_and_they_are_told(ada: Person, bob: Person) -> None:
    event = an_event(capacity=2, guests_allowed=1)
    say_yes(ada.id, event.id, guests=[Guest("Eve")])
    say_yes(bob.id, event.id)
    erase_person(ada.id)
    assert as_stored(event).seats_taken == 1
    assert answer(event, bob).status == RsvpStatus.GOING
    assert answer(event, ada).status == RsvpStatus.WITHDRAWN
    assert "seat_given" in [mail.kind for mail in outbox(to=BOB)]


def test_waiting_asking_and_invited_end_as_well(ada: Person, bob: Person) -> None:
    full = an_event(capacity=1)
    say_yes(bob.id, full.id)
    say_yes(ada.id, full.id)
    asked = an_event(requires_approval=True)
    say_yes(ada.id, asked.id)
    invited = an_event()
    _invited(ada.id, invited.id)
    erase_person(ada.id)
    assert answer(full, ada).status == RsvpStatus.WITHDRAWN
    assert answer(asked, ada).status == RsvpStatus.WITHDRAWN
    assert answer(invited, ada).status == RsvpStatus.DECLINED


@transactional
def _invited(person_id: int, event_id: int) -> None:
    rsvp = Rsvp(event_id=event_id, person_id=person_id, status=RsvpStatus.INVITED, ticket=1)
    rsvp.attendees.append(Attendee(name="Ada Lovelace", address=ADA))
    db.session.add(rsvp)


def test_past_counts_stay(app: Flask, ada: Person) -> None:
    event = an_event(capacity=9, guests_allowed=1, starts_at=evening(2), ends_at=evening(2, 21))
    rsvp = say_yes(ada.id, event.id, guests=[Guest("Eve")])
    with time_machine.travel(now() + timedelta(days=5)):
        _check_in(rsvp.id)
        erase_person(ada.id)
        kept = answer(event, ada)
        assert as_stored(event).seats_taken == 2
        assert (kept.status, kept.party_size) == (RsvpStatus.GOING, 2)
        assert [head.name for head in kept.attendees] == ["", ""]
        assert kept.head.checked_in_at is not None


@transactional
def _check_in(rsvp_id: int) -> None:
    db.session.get_one(Rsvp, rsvp_id).head.checked_in_at = now()


def test_the_last_mail_is_the_certificate_and_then_the_address_is_gone(ada: Person) -> None:
    event = an_event()
    say_yes(ada.id, event.id)
    erase_person(ada.id)
    assert states(to=ADA) == [("erased", "queued")]
    with moody() as server:
        post(server.way_in())
    ((to, data),) = server.taken
    assert to == ADA
    assert "You left 1 coming event" in letter(data).text
    (certificate,) = outbox("erased")
    assert (certificate.state, certificate.recipient) == (MailState.SENT, "")
    assert certificate.person_id is None


def test_a_certificate_that_reached_nobody_forgets_the_address_too(app: Flask, ada: Person) -> None:
    erase_person(ada.id)
    with time_machine.travel(now() + timedelta(days=4)):
        post()
        assert outbox("erased")[0].state == MailState.FAILED
        worker.work_once(app)
        (certificate,) = outbox("erased")
        assert (certificate.state, certificate.recipient) == (MailState.STOPPED, "")
        assert wipe_certificates() == 0


def test_erasing_again_is_nothing(ada: Person) -> None:
    erase_person(ada.id)
    when = get_person(ada.id).erased_at
    erase_person(ada.id)
    db.session.expire_all()
    assert get_person(ada.id).erased_at == when
    assert len(outbox("erased")) == 1


def test_nobody_is_erased_who_never_was(app: Flask) -> None:
    with pytest.raises(NotFound):
        erase_person(4711)


def test_another_address_than_ones_own_confirms_nothing(ada: Person) -> None:
    with pytest.raises(Refused, match="not_your_address"):
        erase_person(ada.id, typed=BOB)
    assert find_owner(ADA) is not None
    erase_person(ada.id, typed=" ADA@Example.org ")
    assert find_owner(ADA) is None


def test_who_alone_owns_an_event_to_come_hands_it_over_first(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, title="Harbour Walk")
    with pytest.raises(Refused) as refused:
        erase_person(owner.id)
    assert refused.value.code == "owns_coming_events"
    assert refused.value.values["events"] == "Harbour Walk"
    hosted_by(event, an_organizer(), HostRole.COHOST)
    with pytest.raises(Refused, match="owns_coming_events"):
        erase_person(owner.id)
    hosted_by(event, an_organizer())
    erase_person(owner.id)


@pytest.mark.parametrize("how", ["cancelled", "draft", "past"])
def test_an_event_that_nobody_waits_for_keeps_nobody(app: Flask, how: str) -> None:
    owner = an_organizer()
    event = an_event(owner, published=how != "draft")
    if how == "cancelled":
        cancel_event(owner.id, event.id)
    with time_machine.travel(now() + timedelta(days=60 if how == "past" else 0)):
        erase_person(owner.id)
        assert get_person(owner.id).erased_at


def test_the_last_admin_stays_until_there_is_another(app: Flask) -> None:
    admin = an_admin()
    with pytest.raises(Refused, match="last_admin"):
        erase_person(admin.id)
    an_admin()
    erase_person(admin.id)


def test_of_two_admins_who_go_at_once_one_stays(app: Flask) -> None:
    ids = [an_admin().id, an_admin().id]
    answers = at_once(app, [lambda i=i: erase_person(i) for i in ids])
    assert [isinstance(a, Refused) for a in answers].count(True) == 1
    db.session.rollback()
    left = sa.select(sa.func.count()).select_from(Person).where(Person.erased_at.is_(None))
    assert db.session.scalar(left) == 1


def test_sessions_end_and_a_code_on_its_way_opens_nothing(ada: Person) -> None:
    token = open_session(ada, proof="code")
    ask_for_code(ADA, browser="hers")
    code, _ = mailed_code(ADA)
    erase_person(ada.id)
    assert find_signed_in(token) is None
    with pytest.raises(Refused, match="code_dead"):
        sign_in_with_code(code, browser="hers")


@pytest.mark.parametrize(
    ("query", "stays"),
    [
        ({"q": ["Ada"]}, False),
        ({"status": ["going"], "answer-7": ["coeliac"]}, False),
        ({"not_answer-7": ["coeliac"]}, False),
        ({"status": ["going"], "unanswered": ["7"], "topic": ["q"]}, True),
        ({}, True),
    ],
)
def test_views_of_a_list_that_seek_words_go_with_whoever_stands_on_it(
    ada: Person, query: dict[str, list[str]], stays: bool
) -> None:
    event, elsewhere = an_event(), an_event()
    say_yes(ada.id, event.id)
    segment = Segment.from_args(query)
    assert segment.to_args() == query
    for one in (event, elsewhere):
        save_view(owner_of(one), one.id, "Mine", Shown(segment))
    erase_person(ada.id)
    assert len(list_views(event.id)) == stays
    assert len(list_views(elsewhere.id)) == 1


def test_who_is_erased_answers_nothing_and_signs_in_nowhere_any_more(ada: Person) -> None:
    event = an_event()
    erase_person(ada.id)
    with pytest.raises(NotFound):
        say_yes(ada.id, event.id)
    with pytest.raises(Refused, match="membership_closed"):
        open_session(get_person(ada.id), proof="code")
    assert as_stored(event).seats_taken == 0
