"""Two records become one: no seat is lost or held twice, and every row finds its person."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.db import db, transactional
from community.core.errors import Forbidden, NotFound, Refused
from community.discovery.directory import Searched, list_members
from community.discovery.people import visible_profile
from community.events.models import Event, EventHost
from community.membership.consents import Consent
from community.membership.mail_wishes import set_mail_wishes, wanted_categories
from community.membership.models import AuthSession, Membership, Person, PersonAddress, Role
from community.membership.queries import find_person, get_person
from community.membership.sessions import find_signed_in, open_session
from community.membership.signing_in import ask_for_code, sign_in_with_code
from community.membership.standing import give_role, suspend
from community.membership.viewer import Viewer
from community.membership.wish_models import MailCategory
from community.organizing.models import AuditEntry
from community.privacy.merging import find_other, merge, preview
from community.privacy.moving import columns_of_people
from community.privacy.one_profile import NOBODY
from community.rsvp.models import Attendee, Rsvp, RsvpStatus
from community.rsvp.party import Guest
from community.rsvp.queries import find_rsvp
from community.rsvp.respond import say_no, say_yes
from tests.factories.at_once import at_once
from tests.factories.events import a_topic, an_event
from tests.factories.imports import imported
from tests.factories.mails import entry, letter, outbox, post
from tests.factories.people import a_member, a_person, an_admin, an_organizer, follow
from tests.factories.proofs import mailed_code
from tests.mail.moody import moody

ADA, LOVE = "ada@example.org", "lovelace@example.net"


@pytest.fixture
def ada(app: Flask) -> Person:
    return a_member("Ada", ADA, organization="Analytical Engines")


@pytest.fixture
def love(app: Flask) -> Person:
    return a_member("A. Lovelace", LOVE, organization="Elsewhere", location="London")


def taken(event: Event) -> int:
    db.session.expire_all()
    return db.session.get_one(Event, event.id).seats_taken


def answer(event: Event, person: Person) -> Rsvp:
    db.session.expire_all()
    found = find_rsvp(event.id, person.id)
    assert found is not None
    return found


def cancels(taken: list[tuple[str, bytes]]) -> list[tuple[str, str]]:
    """Whose calendar was told to let go of which entry."""
    letters = [(to, letter(data)) for to, data in taken]
    gone = [(to, one) for to, one in letters if one.calendar_method == "CANCEL"]
    return [(to, entry(one).uid) for to, one in gone]


def test_either_address_opens_the_one_account(ada: Person, love: Person) -> None:
    merge(an_admin().id, ada.id, love.id)
    for address in (ADA, LOVE):
        ask_for_code(address, browser="mine")
        found = find_signed_in(sign_in_with_code(mailed_code(address)[0], browser="mine"))
        assert found is not None
        assert (found.id, found.address) == (ada.id, ADA)


def test_what_is_empty_is_filled_and_what_is_written_stays(ada: Person, love: Person) -> None:
    topics = [a_topic("AI", "ai"), a_topic("Law", "law")]
    follow(ada, topics[0])
    follow(love, *topics)
    one = merge(an_admin().id, ada.id, love.id)
    assert (one.name, one.organization, one.location) == ("Ada", "Analytical Engines", "London")
    assert [topic.slug for topic in one.topics] == ["ai", "law"]


def test_the_other_record_is_an_empty_one_that_leads_on(ada: Person, love: Person) -> None:
    admin, bob, handle = an_admin(), a_member("Bob"), love.handle
    token = open_session(love, proof="code")
    merge(admin.id, ada.id, love.id)
    assert find_signed_in(token) is None
    assert db.session.scalars(sa.select(AuthSession)).all() == []
    gone = get_person(love.id)
    assert (gone.name, gone.organization, gone.location, gone.address) == (NOBODY, "", "", "")
    assert (gone.membership, gone.merged_into_id) == (Membership.ENDED, ada.id)
    assert visible_profile(Viewer.of(bob), handle).handle == get_person(ada.id).handle
    suspend(admin.id, ada.id)
    with pytest.raises(NotFound):
        visible_profile(Viewer.of(bob), handle)


def test_a_search_finds_one_of_them(ada: Person, love: Person) -> None:
    merge(an_admin().id, ada.id, love.id)
    me = Viewer.of(a_member("Bob"))
    assert [one.name for one in list_members(me, Searched(q="london")).rows] == ["Ada"]
    assert list_members(me, Searched(q="lovelace")).rows == []


def test_an_answer_of_the_other_record_moves_with_its_calendar_entry(
    ada: Person, love: Person
) -> None:
    event = an_event()
    uid = say_yes(love.id, event.id).head.uid
    merge(an_admin().id, ada.id, love.id)
    moved = answer(event, ada)
    assert (moved.status, moved.head.uid, moved.head.address) == (RsvpStatus.GOING, uid, LOVE)
    assert taken(event) == 1
    with moody() as server:
        post(server.way_in())
        say_no(ada.id, event.id)
        post(server.way_in())
    assert cancels(server.taken) == [(LOVE, uid)]


@pytest.mark.parametrize("stays_first", [True, False])
def test_of_two_seats_one_is_given_on_at_once(
    ada: Person, love: Person, *, stays_first: bool
) -> None:
    event, bob = an_event(capacity=2), a_member("Bob")
    for person in (ada, love) if stays_first else (love, ada):
        say_yes(person.id, event.id)
    say_yes(bob.id, event.id)
    merge(an_admin().id, ada.id, love.id)
    assert answer(event, ada).status == RsvpStatus.GOING
    assert answer(event, bob).status == RsvpStatus.GOING
    assert answer(event, love).status == RsvpStatus.WITHDRAWN
    assert taken(event) == 2


def test_a_seat_of_the_other_record_beats_ones_own_place_in_line(ada: Person, love: Person) -> None:
    event = an_event(capacity=1)
    uid = say_yes(love.id, event.id).head.uid
    say_yes(ada.id, event.id)
    merge(an_admin().id, ada.id, love.id)
    kept = answer(event, ada)
    assert (kept.status, kept.head.uid, taken(event)) == (RsvpStatus.GOING, uid, 1)
    assert answer(event, love).status == RsvpStatus.WITHDRAWN
    people = sa.select(Person.id).where(Person.erased_at.is_(None), Person.name == NOBODY)
    assert db.session.scalars(people).all() == [], "what stood between two owners is gone"


def test_the_larger_of_two_parties_keeps_its_guests(ada: Person, love: Person) -> None:
    event = an_event(capacity=10, guests_allowed=3)
    say_yes(ada.id, event.id)
    say_yes(love.id, event.id, guests=[Guest("Bo"), Guest("Cy")])
    merge(an_admin().id, ada.id, love.id)
    assert answer(event, ada).party_size == 3
    assert taken(event) == 3


def test_the_calendar_of_the_answer_that_gave_way_lets_the_event_go(
    ada: Person, love: Person
) -> None:
    event = an_event()
    with moody() as server:
        uids = [say_yes(person.id, event.id).head.uid for person in (ada, love)]
        post(server.way_in())
        merge(an_admin().id, ada.id, love.id)
        post(server.way_in())
    assert cancels(server.taken) == [(LOVE, uids[1])]
    assert sorted(m.recipient for m in outbox("records_merged")) == [ADA, LOVE]


def test_a_guest_of_the_answer_that_gave_way_is_told_and_their_calendar_lets_the_event_go(
    ada: Person, love: Person
) -> None:
    event = an_event(guests_allowed=2)
    bo, cy = Guest("Bo", address="bo@example.org"), Guest("Cy", address="cy@example.org")
    with moody() as server:
        say_yes(ada.id, event.id, guests=[bo])
        uid = say_yes(love.id, event.id, guests=[cy]).attendees[1].uid
        post(server.way_in())
        merge(an_admin().id, ada.id, love.id)
        post(server.way_in())
    assert ("cy@example.org", uid) in cancels(server.taken)
    assert "bo@example.org" not in [recipient for recipient, _uid in cancels(server.taken)]
    (left,) = outbox("guest_left")
    assert (left.recipient, left.facts["brought_by"]) == ("cy@example.org", "Ada")


def test_a_guest_who_was_told_nothing_yet_hears_nothing_of_a_merge(
    ada: Person, love: Person
) -> None:
    event = an_event(capacity=2, guests_allowed=1)
    say_yes(ada.id, event.id)
    say_yes(love.id, event.id, guests=[Guest("Cy", address="cy@example.org")])  # waits
    merge(an_admin().id, ada.id, love.id)
    assert [mail for mail in outbox() if mail.recipient == "cy@example.org"] == []


def test_nobody_is_named_on_the_answer_that_gave_way(ada: Person, love: Person) -> None:
    event = an_event()
    for person in (ada, love):
        say_yes(person.id, event.id, dietary="vegan", note="Near the door, please.")
    merge(an_admin().id, ada.id, love.id)
    left = answer(event, love)
    assert (left.head.name, left.head.address, left.head.dietary, left.note) == (
        NOBODY,
        None,
        "",
        "",
    )
    heads = sa.select(sa.func.count()).where(Attendee.address.in_([ADA, LOVE]))
    assert db.session.scalar(heads) == 1


def test_merging_twice_is_once(ada: Person, love: Person) -> None:
    admin = an_admin()
    for _ in range(2):
        assert merge(admin.id, ada.id, love.id).id == ada.id
    merged = sa.select(AuditEntry).where(AuditEntry.action == "RecordsMerged")
    (noted,) = db.session.scalars(merged)
    assert (noted.person_id, noted.details["merged_id"]) == (ada.id, love.id)
    assert ADA not in str(noted.details)


def test_two_admins_who_merge_crosswise_leave_one_record(
    app: Flask, ada: Person, love: Person
) -> None:
    admin, one, two = an_admin().id, ada.id, love.id
    answers = at_once(app, [lambda: merge(admin, one, two), lambda: merge(admin, two, one)])
    assert sum(isinstance(answer, Person) for answer in answers) == 1, answers
    alive = sa.select(sa.func.count()).where(Person.id.in_([one, two]), Person.erased_at.is_(None))
    assert db.session.scalar(alive) == 1


def test_an_answer_at_the_same_moment_is_not_left_behind(
    app: Flask, ada: Person, love: Person
) -> None:
    event, admin, one, two = an_event(capacity=5), an_admin().id, ada.id, love.id
    at_once(app, [lambda: merge(admin, one, two), lambda: say_yes(two, event.id)])
    owners = db.session.scalars(sa.select(Rsvp.person_id).where(Rsvp.event_id == event.id)).all()
    assert owners in ([], [one])
    assert taken(event) == len(owners)


def test_records_that_were_merged_before_lead_to_the_last_one(ada: Person, love: Person) -> None:
    admin, first = an_admin(), a_member("First")
    merge(admin.id, love.id, first.id)
    merge(admin.id, ada.id, love.id)
    assert get_person(first.id).merged_into_id == ada.id


def test_who_was_suspended_under_one_record_is_so_under_both(ada: Person, love: Person) -> None:
    admin = an_admin()
    suspend(admin.id, love.id, "Enough.")
    one = merge(admin.id, ada.id, love.id)
    assert (one.membership, one.standing_word) == (Membership.SUSPENDED, "Enough.")


def test_events_wishes_and_consents_move(ada: Person) -> None:
    host = an_organizer("Host")
    event = an_event(host)
    set_mail_wishes(host.id, {MailCategory.EVENTS: False})
    merge(an_admin().id, ada.id, host.id)
    hosts = sa.select(EventHost.person_id).where(EventHost.event_id == event.id)
    assert db.session.scalars(hosts).all() == [ada.id]
    assert MailCategory.EVENTS not in wanted_categories(ada.id)
    assert get_person(ada.id).role == Role.MEMBER, "a role is given by hand"
    assert db.session.scalars(sa.select(Consent).where(Consent.person_id == host.id)).all() == []


def test_an_address_that_nobody_proved_opens_nothing_and_is_free_again(ada: Person) -> None:
    imported("name,email\nAda L,lovelace@example.net\n", actor_id=an_admin().id)
    admin = an_admin()
    other = find_other(admin.id, LOVE)
    assert preview(admin.id, ada.id, other.id).unproven == [LOVE]
    merge(admin.id, ada.id, other.id)
    assert find_person(LOVE) is None
    assert a_person(email=LOVE).id != ada.id


def test_nothing_is_left_that_names_the_record_but_what_gave_way(ada: Person, love: Person) -> None:
    give_role(an_admin().id, love.id, Role.ORGANIZER)
    event = an_event(love)
    for person in (ada, love):
        say_yes(person.id, event.id)
    merge(an_admin().id, ada.id, love.id)
    named = {
        name
        for name, column in columns_of_people().items()
        if db.session.scalar(sa.select(sa.func.count()).where(column == love.id))
    }
    assert named == {"rsvps.person_id"}


def test_the_preview_says_what_happens_and_changes_nothing(ada: Person, love: Person) -> None:
    admin, both, hers = an_admin(), an_event(), an_event()
    for event in (both, hers):
        say_yes(love.id, event.id)
    say_yes(ada.id, both.id)
    seen = preview(admin.id, ada.id, love.id)
    assert (seen.proven, seen.moving, seen.fields) == ([LOVE], 1, ["location"])
    assert [(c.event.id, c.kept.value, c.frees) for c in seen.conflicts] == [(both.id, "going", 1)]
    assert taken(both) == 2
    assert get_person(love.id).merged_into_id is None


@transactional
def erase(person: Person) -> None:
    get_person(person.id).erased_at = person.created_at


REFUSALS: dict[str, tuple[Callable[[Person, Person], tuple[int, int, int]], type, str]] = {
    "with itself": (lambda ada, _: (an_admin().id, ada.id, ada.id), Refused, "merge_same"),
    "by a member": (lambda ada, love: (a_member().id, ada.id, love.id), Forbidden, "admins_only"),
    "by an organizer": (
        lambda ada, love: (an_organizer().id, ada.id, love.id),
        Forbidden,
        "admins_only",
    ),
    "an admin away": (
        lambda ada, _: (an_admin().id, ada.id, an_admin().id),
        Refused,
        "merge_admin",
    ),
    "nobody": (lambda ada, _: (an_admin().id, ada.id, 99999), NotFound, "not_found"),
    "into nobody": (lambda _, love: (an_admin().id, 99999, love.id), NotFound, "not_found"),
    "an erased one": (
        lambda ada, love: (erase(love), (an_admin().id, ada.id, love.id))[1],
        NotFound,
        "not_found",
    ),
    "into an erased one": (
        lambda ada, love: (erase(ada), (an_admin().id, ada.id, love.id))[1],
        NotFound,
        "not_found",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_is_refused_changes_nothing(ada: Person, love: Person, case: str) -> None:
    given, kind, code = REFUSALS[case]
    ids = given(ada, love)
    for verb in (preview, merge):
        with pytest.raises(kind, match=code):
            verb(*ids)
    db.session.rollback()
    owners = sa.select(PersonAddress.person_id).where(PersonAddress.address == LOVE)
    assert db.session.scalar(owners) == love.id


def test_an_address_of_nobody_is_said_to_be_nobodys(app: Flask) -> None:
    with pytest.raises(Refused, match="nobody_there"):
        find_other(an_admin().id, "nobody@example.org")
