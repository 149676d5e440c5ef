"""Pages to print and the caterer's link, in a browser without JavaScript."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.db import db
from community.events.models import Event, HostRole
from community.events.publishing import cancel_event
from community.events.team import add_helper
from community.membership.models import Person
from community.organizing.kitchen_links import KitchenLink, make_link, revoke_link
from community.privacy.retention import forget_answers
from community.rsvp.models import Rsvp
from community.rsvp.party import Guest
from community.rsvp.respond import say_yes
from tests.factories.dinners import seat_many
from tests.factories.events import an_event
from tests.factories.people import a_member, an_organizer
from tests.web.browser_without_js import Browser, Page, signed_in

SHEETS = ("", "/kitchen", "/sign-in", "/badges", "/cards")
HOSTILE = '<script>alert("x")</script>'


def a_dinner(app: Flask, **facts: object) -> tuple[Browser, Person, Event, Rsvp]:
    """Ada is going with Wu Li; her host looks on."""
    owner = an_organizer("Olga")
    event = an_event(owner, guests_allowed=2, **facts)
    ada = a_member("Ada Lovelace", organization="Acme & Sons")
    guests = [Guest("Wu Li", "nut allergy")]
    rsvp = say_yes(ada.id, event.id, guests=guests, dietary="vegan", note="quokka by my side")
    return signed_in(app, owner), owner, event, rsvp


def at(event: Event, sheet: str = "") -> str:
    return f"/organize/events/{event.slug}/sheets{sheet}"


def link_on(page: Page) -> str:
    """The path of the link that the page shows once."""
    [found] = re.findall(r'value="http://community\.test(/kitchen/[^"]+)"', page.html)
    return found


def test_the_list_leads_to_every_sheet(app: Flask) -> None:
    browser, _owner, event, _rsvp = a_dinner(app)
    page = browser.get(f"/organize/events/{event.slug}")
    assert at(event) in page.links
    page = browser.get(at(event))
    assert page.says("2 heads are going, guests included.")
    for sheet in SHEETS[1:]:
        assert at(event, sheet) in page.links
        assert browser.get(at(event, sheet)).status == 200


def test_the_kitchen_sheet_counts_and_names_nobody_until_it_is_asked_to(app: Flask) -> None:
    browser, _owner, event, _rsvp = a_dinner(app)
    page = browser.get(at(event, "/kitchen"))
    assert page.says("1 Vegan")
    assert page.says("1 No nuts Allergy")
    assert not page.says("Ada")
    assert not page.says("Wu Li")
    assert not page.says("quokka"), "a note is for the host"
    page = browser.get(at(event, "/kitchen?names=1"))
    assert page.says("1 Vegan Ada Lovelace")
    assert page.says("1 No nuts Allergy Wu Li")


def test_the_sign_in_sheet_has_names_guests_and_room(app: Flask) -> None:
    browser, _owner, event, _rsvp = a_dinner(app)
    page = browser.get(at(event, "/sign-in"))
    assert page.says("Ada Lovelace Acme & Sons")
    assert page.says("Wu Li with Ada Lovelace")
    assert page.says("Walk-ins")
    assert page.html.count("tick-box") == 12
    assert not page.says("vegan")


def test_badges_and_cards_carry_names_and_no_food(app: Flask) -> None:
    browser, _owner, event, rsvp = a_dinner(app)
    page = browser.get(at(event, "/badges"))
    assert "of-86x54" in page.html
    assert page.html.count("nametag-code") == 2
    page = browser.get(at(event, f"/badges?head={rsvp.guests[0].id}&size=a7"))
    assert "of-a7" in page.html
    assert page.says("Wu Li with Ada Lovelace")
    assert page.html.count("nametag-code") == 1
    page = browser.get(at(event, "/cards"))
    assert page.says("Ada Lovelace Acme & Sons")
    assert "nametag-code" not in page.html
    for sheet in ("/badges", "/cards"):
        page = browser.get(at(event, sheet))
        assert not page.says("vegan")
        assert not page.says("allergy")


def test_the_size_of_the_settings_is_the_usual_one(app: Flask) -> None:
    browser, _owner, event, _rsvp = a_dinner(app)
    known = app.extensions["community_settings"]
    app.extensions["community_settings"] = known.model_copy(update={"badge_size": "a7"})
    try:
        assert "of-a7" in browser.get(at(event, "/badges")).html
        assert "of-90x55" in browser.get(at(event, "/badges?size=90x55")).html
    finally:
        app.extensions["community_settings"] = known


def test_a_printout_is_narrowed_by_segment_and_name(app: Flask) -> None:
    browser, _owner, event, _rsvp = a_dinner(app)
    say_yes(a_member("Cy").id, event.id)
    for sheet in SHEETS[2:]:
        page = browser.get(at(event, f"{sheet}?q=ada"))
        assert page.says("Wu Li"), "a party comes whole"
        assert not page.says("Cy")
        page = browser.get(at(event, f"{sheet}?from=C"))
        assert not page.says("Ada Lovelace")
        assert page.says("Cy")
        page = browser.get(at(event, f"{sheet}?from=zz"))
        assert page.says("Nobody fits this")
        form = browser.get(at(event, f"{sheet}?q=ada")).form("from")
        assert form.values["q"] == ["ada"], "the form keeps what the list was narrowed to"


def test_after_five_hundred_heads_a_link_leads_to_the_next(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    seat_many(event.id, 502)
    browser = signed_in(app, owner)
    for sheet in ("/sign-in?q=guest", "/cards?size=flat"):
        page = browser.get(at(event, sheet))
        assert page.says("The next 500")
        assert not page.says("Walk-ins"), "room for them is at the end"
        [more] = [link for link in page.links if "after=" in link]
        page = browser.get(more)
        assert page.says("Guest 99")
        assert not page.says("Guest 1 ")
        assert "The next 500" not in page.text
        assert "sign-in" in more or "of-flat" in page.html


@pytest.mark.parametrize("sheet", SHEETS)
def test_where_nobody_is_going_it_says_so(app: Flask, sheet: str) -> None:
    owner = an_organizer()
    browser = signed_in(app, owner)
    for event in (an_event(owner), an_event(owner, title="Draft", published=False)):
        page = browser.get(at(event, sheet))
        assert page.status == 200
        assert page.says("Nobody is going yet")


@pytest.mark.parametrize("sheet", SHEETS)
def test_the_door_and_others_find_no_sheet(app: Flask, sheet: str) -> None:
    _browser, owner, event, _rsvp = a_dinner(app)
    door = a_member("Dora")
    add_helper(owner.id, event.id, door.address, HostRole.DOOR)
    for stranger in (door, an_organizer("Otto"), a_member("Mia")):
        with time_machine.travel(event.starts_at):
            browser = signed_in(app, stranger)
            assert browser.get(at(event, sheet)).status == 404
            assert browser.get(f"/organize/events/no-such-event/sheets{sheet}").status == 404


@pytest.mark.parametrize(
    "query",
    ["head=0", "head=x", "head=99999999999", "after=garbage", "after=W10", "after=WyJhIiwxLDFd9"],
)
def test_a_guessed_head_or_cursor_is_no_fault_of_the_program(app: Flask, query: str) -> None:
    browser, _owner, event, _rsvp = a_dinner(app)
    for sheet in SHEETS[2:]:
        assert browser.get(at(event, f"{sheet}?{query}")).status in {200, 404, 409}


def test_what_people_typed_is_text_on_every_sheet(app: Flask) -> None:
    browser, owner, event, _rsvp = a_dinner(app)
    guests = [Guest(HOSTILE, HOSTILE)]
    say_yes(a_member(HOSTILE, organization=HOSTILE).id, event.id, guests=guests, dietary=HOSTILE)
    token = make_link(owner.id, event.id, with_names=True)
    pages = [browser.get(at(event, sheet)) for sheet in (*SHEETS, "/kitchen?names=1")]
    pages.append(Browser(app).get(f"/kitchen/{token}"))
    pages.append(browser.get(at(event, f"/badges?from={HOSTILE}&q={HOSTILE}&size={HOSTILE}")))
    for page in pages:
        assert "<script>alert" not in page.html
        assert page.status == 200


def test_a_link_is_shown_once_and_opens_counts_without_signing_in(app: Flask) -> None:
    browser, _owner, event, _rsvp = a_dinner(app)
    browser.get(at(event, "/kitchen"))
    page = browser.submit({"lasts": "week"}, at="/kitchen")
    path = link_on(page)
    assert page.says("It is shown only now.")
    again = browser.get(at(event, "/kitchen"))
    assert path not in again.html
    assert again.says("counts only")
    assert again.says("by Olga")
    seen = Browser(app).get(path)
    assert seen.says("Boston Leadership Dinner")
    assert seen.says("1 No nuts Allergy")
    assert not seen.says("Ada")
    assert not seen.says("Wu Li")
    say_yes(a_member().id, event.id, dietary="vegan")
    assert Browser(app).get(path).says("2 Vegan"), "the present counts"


def test_the_links_page_cannot_be_talked_into_names(app: Flask) -> None:
    _browser, owner, event, _rsvp = a_dinner(app)
    without, named = make_link(owner.id, event.id), make_link(owner.id, event.id, with_names=True)
    assert not Browser(app).get(f"/kitchen/{without}?names=1").says("Ada")
    assert Browser(app).get(f"/kitchen/{named}").says("1 Vegan Ada Lovelace")


def test_the_links_page_is_kept_nowhere_and_told_to_nobody(app: Flask) -> None:
    _browser, owner, event, _rsvp = a_dinner(app)
    answer = Browser(app).client.get(f"/kitchen/{make_link(owner.id, event.id)}")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "Set-Cookie" not in answer.headers
    made = signed_in(app, owner).get(at(event, "/kitchen"))
    assert made.headers["Cache-Control"] == "no-store"


def test_revoked_expired_and_unknown_links_look_alike(app: Flask) -> None:
    browser, owner, event, _rsvp = a_dinner(app)
    revoked, expired = make_link(owner.id, event.id), make_link(owner.id, event.id)
    revoke_link(owner.id, event.id, db.session.scalars(sa.select(KitchenLink.id)).first() or 0)
    answers = {Browser(app).get(f"/kitchen/{token}").html for token in (revoked, "x" * 43, "%00")}
    with time_machine.travel(event.ends_at + timedelta(hours=1)):
        page = Browser(app).get(f"/kitchen/{expired}")
        assert page.status == 404
        answers.add(page.html)
    assert len(answers) == 1
    assert browser.get(at(event, "/kitchen")).says("Links that work")
    browser.submit(at="/revoke")
    assert browser.page.says("The link opens nothing any more.")
    assert Browser(app).get(f"/kitchen/{expired}").status == 404


def test_a_cancelled_event_says_so_instead_of_counts(app: Flask) -> None:
    browser, owner, event, _rsvp = a_dinner(app)
    token = make_link(owner.id, event.id)
    cancel_event(owner.id, event.id)
    for page in (Browser(app).get(f"/kitchen/{token}"), browser.get(at(event, "/kitchen"))):
        assert page.says("This event is cancelled")
        assert not page.says("Vegan")


def test_after_retention_the_sheet_says_that_it_is_empty(app: Flask) -> None:
    _browser, owner, event, _rsvp = a_dinner(app)
    with time_machine.travel(event.ends_at + timedelta(days=60)):
        forget_answers()
        page = signed_in(app, owner).get(at(event, "/kitchen?names=1"))
        assert page.says("what people wrote has been deleted")
        assert not page.says("Vegan")
        assert not page.says("Ada")


@pytest.mark.parametrize("lasts", ["", "forever", "1", "DAY"])
def test_a_made_up_time_is_said_and_makes_nothing(app: Flask, lasts: str) -> None:
    browser, _owner, event, _rsvp = a_dinner(app)
    browser.get(at(event, "/kitchen"))
    page = browser.submit({"lasts": lasts, "with_names": "y"}, at="/kitchen")
    assert page.status == 422
    assert page.says("Please look at this again")
    assert page.form("lasts").values["with_names"], "what was ticked is ticked"
    assert page.says("1 Vegan")
    db.session.rollback()
    assert db.session.scalar(sa.select(KitchenLink.id)) is None


def test_an_eleventh_link_is_refused_in_words(app: Flask) -> None:
    browser, owner, event, _rsvp = a_dinner(app)
    for _ in range(10):
        make_link(owner.id, event.id)
    browser.get(at(event, "/kitchen"))
    page = browser.submit({"lasts": "day"}, at="/kitchen")
    assert page.status == 422
    assert page.says("There are 10 links to this sheet already.")


@pytest.mark.parametrize("link_id", ["0", "99999999", "9999999999999999999"])
def test_ending_a_link_that_is_not_there_is_no_fault(app: Flask, link_id: str) -> None:
    browser, _owner, event, _rsvp = a_dinner(app)
    token = browser.get(at(event, "/kitchen")).form("lasts").values["csrf_token"]
    answer = browser.post(at(event, f"/kitchen/{link_id}/revoke"), {"csrf_token": token})
    assert answer.status in {200, 404}
