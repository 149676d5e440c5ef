"""One answer at the desk: why it stands as it does, and what an organizer does about it."""

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.db import db
from community.events.models import Event
from community.events.publishing import cancel_event
from community.mail.models import OutboxMail
from community.membership.models import Person
from community.privacy.erasing import erase_person
from community.rsvp.models import Rsvp
from community.rsvp.party import Guest
from community.rsvp.queries import get_rsvp
from community.rsvp.question_models import QuestionKind
from community.rsvp.respond import say_yes
from tests.factories.at_once import at_once
from tests.factories.events import an_event
from tests.factories.invitations import own_page
from tests.factories.mails import letter, outbox, post
from tests.factories.people import a_member, an_organizer
from tests.factories.questions import a_question
from tests.rsvp.states import seats_taken, some_guests, statuses
from tests.web.browser_without_js import Browser, Page
from tests.web.visitors import browser_of


def a_desk(app: Flask, **facts: object) -> tuple[Browser, Person, Event, str]:
    owner = an_organizer("Olga Host")
    event = an_event(owner, **{"capacity": 2, "guests_allowed": 2, **facts})
    return browser_of(app, owner), owner, event, f"/organize/events/{event.slug}"


def a_line(event: Event, count: int) -> list[Rsvp]:
    return [say_yes(a_member(f"Waiter {n}").id, event.id) for n in range(1, count + 1)]


def mails(kind: str) -> int:
    found = sa.select(sa.func.count()).where(OutboxMail.kind == kind)
    return db.session.scalar(found) or 0


def add(desk: Browser, base: str, email: str = "cy@example.org", **fields: str) -> Page:
    desk.get(f"{base}/add")
    return desk.submit({"name": "Cy", "email": email, **fields})


def test_one_answer_is_shown_whole_with_every_decision_and_its_figures(app: Flask) -> None:
    desk, _, event, base = a_desk(app, capacity=3)
    ann = a_member("Ann Lee", "ann@example.com", organization="Acme")
    guests = [Guest("Bo", "no nuts")]
    first = say_yes(ann.id, event.id, guests=guests, dietary="vegan", note="Late")
    second = say_yes(a_member("Cem").id, event.id, guests=[Guest("Dora")])
    assert f"{base}/attendees/{second.id}" in desk.get(f"{base}/attendees").links
    page = desk.get(f"{base}/attendees/{second.id}")
    assert page.says("1 seat was left, the party is 2.")
    assert page.says("Place 1 of 1.")
    assert page.says("Cem")
    page = desk.get(f"{base}/attendees/{first.id}")
    for words in ("Ann Lee", "Acme", "ann@example.com", "Bo", "no nuts", "vegan", "Late"):
        assert page.says(words), words
    assert page.says("3 seats were left, the party is 2.")
    assert f"{base}/attendees" in page.links


def test_removing_takes_a_word_and_moves_the_line(app: Flask) -> None:
    desk, _, event, base = a_desk(app, capacity=1)
    first, second = a_line(event, 2)
    desk.get(f"{base}/attendees/{first.id}")
    page = desk.submit({"word": "Two seats by mistake."}, at="/remove")
    assert page.says("Waiter 1 is off the list.")
    assert page.says("An organizer took it back. “Two seats by mistake.”")
    assert page.says("Olga Host")
    assert statuses(event.id) == ["removed", "going"]
    assert desk.get(f"{base}/attendees/{second.id}").says("Moved up when a seat became free.")
    assert (mails("removed"), mails("seat_given")) == (1, 2)


def test_seating_now_asks_before_it_uses_kept_back_seats(app: Flask) -> None:
    desk, _, event, base = a_desk(app, kept_back=2)
    (waiting,) = a_line(event, 1)
    desk.get(f"{base}/attendees/{waiting.id}")
    assert desk.submit(at="/seat").status == 422
    assert desk.page.says("The seats do not suffice. Free: 0. Kept back: 2.")
    page = desk.submit({"use_kept_back": "y"}, at="/seat")
    assert page.says("Waiter 1 is going now.")
    assert page.says("An organizer gave seats that were kept back. No seat was left")
    assert seats_taken(event.id) == 1


def test_moving_within_the_line_needs_a_place_in_it_and_a_reason(app: Flask) -> None:
    desk, _, event, base = a_desk(app, capacity=1)
    line = a_line(event, 4)
    page = desk.get(f"{base}/attendees/{line[3].id}")
    assert page.says("Place 3 of 3.")
    assert desk.submit({"place": "1", "word": ""}, at="/move").says("Please say why")
    assert desk.submit({"place": "9", "word": "x"}, at="/move").says("between 1 and 3")
    page = desk.submit({"place": "1", "word": "Speaks first."}, at="/move")
    assert page.says("Waiter 4 has place 1 now.")
    assert page.says("Place 1 of 3.")
    assert page.says("An organizer gave another place in line. “Speaks first.”")
    # The person reads the same reason.
    mine = browser_of(app, get_rsvp(line[3].id).person).get(f"/events/{event.slug}")
    assert mine.says("The host gave you another place in line. “Speaks first.”")
    assert mine.says("Place 1 of 3.")


def test_a_request_is_decided_on_its_own_page_too(app: Flask) -> None:
    desk, _, event, base = a_desk(app, requires_approval=True)
    one, two = a_line(event, 2)
    desk.get(f"{base}/attendees/{one.id}")
    desk.submit(at="/approve")
    desk.get(f"{base}/attendees/{two.id}")
    desk.submit({"word": "No."}, at="/refuse")
    assert statuses(event.id) == ["going", "refused"]


def test_somebody_is_added_with_guests_and_a_word(app: Flask) -> None:
    desk, _, event, base = a_desk(app, capacity=4)
    fields = {"guest-1-name": "Bo", "guest-1-dietary": "no nuts", "word": "We count on you."}
    page = add(desk, base, **fields)
    assert page.says("Cy is going, and is being told.")
    assert page.says("An organizer gave the seats. 4 seats were left, the party is 2. “We count")
    assert page.says("Bo")
    assert (seats_taken(event.id), mails("seat_added")) == (2, 1)


def test_adding_says_what_is_missing_and_keeps_what_was_typed(app: Flask) -> None:
    desk, _, event, base = a_desk(app, kept_back=2)
    assert add(desk, base, email="cy at example").status == 422
    page = add(desk, base)
    assert page.says("The seats do not suffice. Free: 0. Kept back: 2.")
    assert page.form("email").values["email"] == ["cy@example.org"]
    page = desk.submit({"use_kept_back": "y"})
    assert page.says("An organizer gave seats that were kept back.")
    assert seats_taken(event.id) == 1


def test_the_same_add_form_twice_and_at_once_has_one_effect(app: Flask) -> None:
    desk, owner, event, base = a_desk(app, capacity=8)
    desk.get(f"{base}/add")
    form = desk.page.form("email")
    values = {**form.values, "name": "Cy", "email": "cy@example.org"}
    first = desk.post(f"{base}/add", values)
    assert desk.post(f"{base}/add", values).path == first.path
    others = [browser_of(app, owner) for _ in range(4)]

    def press(browser: Browser) -> str:
        browser.get(f"{base}/add")
        own = browser.page.form("email").values["csrf_token"]
        return browser.post(f"{base}/add", {**values, "csrf_token": own}).path

    answers = at_once(app, [lambda b=one: press(b) for one in others])
    assert set(answers) == {first.path}
    assert (seats_taken(event.id), mails("seat_added")) == (1, 1)


def test_going_back_and_adding_somebody_else_is_asked_about_and_not_lost(app: Flask) -> None:
    desk, _, event, base = a_desk(app, capacity=8)
    desk.get(f"{base}/add")
    values = {**desk.page.form("email").values, "name": "Cy", "email": "cy@example.org"}
    desk.post(f"{base}/add", values)
    page = desk.post(f"{base}/add", {**values, "name": "Di", "email": "di@example.org"})
    assert page.says("This form was sent before")
    assert page.form("email").values["email"] == ["di@example.org"]
    assert desk.submit().says("Di is going")
    assert seats_taken(event.id) == 2


BAD = [
    ("/add", {"name": "", "email": "cy@example.org"}),
    ("/add", {"name": "Cy", "email": ""}),
    ("/add", {"name": "Cy", "email": "cy@example.org", "word": "x" * 1001}),
    ("/add", {"name": "Cy", "email": "cy@example.org", "form_number": "x" * 65}),
    ("/add", {"name": "Cy", "email": "cy@example.org", "guests": "3"}),
    ("/add", {"name": "Cy", "email": "cy@example.org", "guests": "x"}),
    ("/add", {"name": "Cy", "email": "cy@example.org", "guest-1-email": "bo@example.org"}),
    ("/attendees/{id}/remove", {"word": "x" * 1001}),
    ("/attendees/{id}/move", {"place": "", "word": "x"}),
    ("/attendees/{id}/move", {"place": "1e3", "word": "x"}),
    ("/attendees/{id}/move", {"place": "0", "word": "x"}),
    ("/attendees/{id}/move", {"place": "-1", "word": "x"}),
    ("/attendees/{id}/move", {"place": "99999999999999", "word": "x"}),
    ("/attendees/{id}/move", {"place": "1", "word": " \t "}),
    ("/attendees/{id}/seat", {"use_kept_back": "y"}),
]


@pytest.mark.parametrize(("path", "fields"), BAD)
def test_bad_input_is_said_and_changes_nothing(
    app: Flask, path: str, fields: dict[str, str]
) -> None:
    desk, _, event, base = a_desk(app, capacity=1)
    _, waiting = a_line(event, 2)
    desk.get(f"{base}/add")
    token = desk.page.form("email").values["csrf_token"]
    page = desk.post(base + path.format(id=waiting.id), {**fields, "csrf_token": token})
    assert page.status == 422, page.text
    assert page.says("Please look at this again")
    assert statuses(event.id) == ["going", "waitlisted"]


def test_another_events_answer_and_a_foreign_organizer_find_nothing(app: Flask) -> None:
    desk, _, event, base = a_desk(app)
    (rsvp,) = a_line(event, 1)
    foreign = browser_of(app, an_organizer())
    own = foreign.get("/my/events").forms[0].values["csrf_token"]
    other = an_event(title="Another")
    theirs = say_yes(a_member().id, other.id, guests=some_guests(0))
    token = desk.get(f"{base}/add").form("email").values["csrf_token"]
    for path in ("", "/remove", "/seat", "/move"):
        mine = {"csrf_token": token, "place": "1", "word": "x"}
        if path:
            assert desk.post(f"{base}/attendees/{theirs.id}{path}", mine).status == 404
            address = f"{base}/attendees/{rsvp.id}{path}"
            assert foreign.post(address, {**mine, "csrf_token": own}).status == 404
    for number in (theirs.id, 10**30):
        assert desk.get(f"{base}/attendees/{number}").status == 404
    assert foreign.get(f"{base}/attendees/{rsvp.id}").status == 404
    assert foreign.get(f"{base}/add").status == 404
    assert statuses(event.id) == ["going"]


def test_what_is_over_or_cancelled_is_not_changed_by_hand(app: Flask) -> None:
    desk, owner, event, base = a_desk(app)
    (rsvp,) = a_line(event, 1)
    desk.get(f"{base}/attendees/{rsvp.id}")
    cancel_event(owner.id, event.id, "")
    assert desk.submit({"word": "x"}, at="/remove").says("This event is cancelled.")
    assert not any("/remove" in form.action for form in desk.page.forms)
    assert add(desk, base).says("This event is cancelled.")
    assert statuses(event.id) == ["going"]


def test_who_was_erased_still_has_a_row_and_a_page_without_a_name(app: Flask) -> None:
    desk, _, event, base = a_desk(app)
    (rsvp,) = a_line(event, 1)
    erase_person(rsvp.person_id)
    assert desk.get(f"{base}/attendees").says("Erased")
    page = desk.get(f"{base}/attendees/{rsvp.id}")
    assert (page.status, page.says("Erased"), page.says("Waiter")) == (200, True, False)


def test_what_nobody_asked_whoever_was_added_stays_open_until_they_say_it(app: Flask) -> None:
    desk, _, event, base = a_desk(app)
    train = a_question(event, QuestionKind.YES_NO, "By train?", required=True, each=True)
    add(desk, base, **{"guest-1-name": "Bo"})
    for page in (desk.get(f"{base}/attendees"), desk.get(f"{base}/attendees/{last_rsvp().id}")):
        assert page.says("Open")
        assert page.says("What they do not eat")
        assert page.says("By train?")
    post()
    mail = letter(outbox("seat_added", to="cy@example.org")[0].body)
    for form in (mail.text, mail.html):
        assert "What you do not eat" in form
        assert "By train?" in form
    theirs = Browser(app)
    theirs.get(own_page(last_rsvp()))
    assert theirs.submit({"dietary": ""}, press="Save").says("Please answer this.")
    theirs.submit({"dietary": "", f"answer-{train.id}": "yes"}, press="Save")
    assert theirs.page.says("You are going.")
    page = desk.get(f"{base}/attendees")
    assert not page.says("What they do not eat"), "they were asked, and eat everything"
    assert page.says("By train? · Bo"), "the guest's is open still"
    assert desk.get(f"{base}/attendees/{last_rsvp().id}").says("By train? yes")


def last_rsvp() -> Rsvp:
    db.session.rollback()
    return db.session.scalars(sa.select(Rsvp).order_by(Rsvp.id.desc()).limit(1)).one()
