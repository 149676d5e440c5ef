"""Visitors' answers: a mail first, then a button; and a person's own page behind a mailed link."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core import limits
from community.core.clock import now
from community.core.db import db
from community.core.tokens import link_token
from community.events.drafts import edit_event
from community.events.models import Visibility
from community.events.publishing import cancel_event
from community.membership.models import AuthSession, Pending, Person
from community.rsvp.models import Attendee, Rsvp
from community.rsvp.party import Guest
from community.rsvp.queries import LINK
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import a_draft, an_event
from tests.factories.people import a_member, an_organizer
from tests.web.browser_without_js import Browser
from tests.web.visitors import browser_of, mailed_token

ZOE = {"name": "Zoë Ångström", "email": "zoe@example.com"}


def rows(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def statuses() -> dict[str, str]:
    """Each person's answer by name."""
    db.session.rollback()
    found = sa.select(Person.name, Rsvp.status).join(Rsvp, Rsvp.person_id == Person.id)
    return {name: status.value for name, status in db.session.execute(found)}


def ask(browser: Browser, slug: str, **more: str) -> None:
    browser.get(f"/events/{slug}/rsvp")
    page = browser.submit({**ZOE, **more}, press="going")
    assert page.path == f"/events/{slug}/rsvp/check-mail", page.text


def test_a_visitors_answer_takes_nothing_until_the_mailed_pages_button(app: Flask) -> None:
    event = an_event(capacity=1)
    people = rows(Person)
    browser = Browser(app)
    assert "rsvp" in " ".join(browser.get(f"/events/{event.slug}").links)
    ask(browser, event.slug)
    assert browser.page.says("Nothing is reserved yet.")
    assert (rows(Person), rows(Rsvp), rows(Pending)) == (people, 0, 1)
    token = mailed_token()
    for _ in range(2):  # a mail program opens every link to look at it
        page = Browser(app).get(f"/rsvp/confirm/{token}")
        assert page.says("Take your seat, Zoë Ångström?")
    assert (rows(Person), rows(Rsvp)) == (people, 0)
    browser.get(f"/rsvp/confirm/{token}")
    page = browser.submit()
    assert page.path == f"/events/{event.slug}"
    assert page.says("You are going. Your seat is reserved.")
    assert statuses() == {"Zoë Ångström": "going"}


def test_where_the_host_confirms_no_page_promises_a_seat(app: Flask) -> None:
    event = an_event(requires_approval=True)
    browser = Browser(app)
    assert browser.get(f"/events/{event.slug}/rsvp").says("Your request counts once you press")
    ask(browser, event.slug)
    assert browser.page.says("Look in your mail to ask for a seat")
    page = browser.get(f"/rsvp/confirm/{mailed_token()}")
    assert page.says("Ask for a seat, Zoë Ångström?")
    assert page.says("The host says yes or no to every request, and we tell you which.")
    assert not page.says("you get a place on the waitlist")
    assert browser.submit().says("Your request is with the host")


def test_a_page_whose_button_is_refused_leads_back_to_the_form(app: Flask) -> None:
    event = an_event(guests_allowed=1)
    browser = Browser(app)
    seated = a_member("Bo")
    say_yes(seated.id, event.id)
    ask(
        browser, event.slug, **{"guests": "1", "guest-1-name": "B", "guest-1-email": seated.address}
    )
    form = f"/events/{event.slug}/rsvp"
    assert form not in browser.get(f"/rsvp/confirm/{mailed_token()}").links
    assert browser.submit().says("Please leave this guest out.")
    assert form in browser.page.links


def test_the_browser_that_asked_is_signed_in_by_the_button(app: Flask) -> None:
    event = an_event()
    browser = Browser(app)
    ask(browser, event.slug)
    browser.get(f"/rsvp/confirm/{mailed_token()}")
    browser.submit()
    assert browser.get("/my/events").says("Boston Leadership Dinner")
    assert rows(AuthSession) == 1


def test_another_browser_gives_the_answer_and_is_not_signed_in(app: Flask) -> None:
    event = an_event()
    ask(Browser(app), event.slug)
    phone = Browser(app)
    phone.get(f"/rsvp/confirm/{mailed_token()}")
    page = phone.submit()
    assert page.path.startswith("/rsvp/")
    assert page.says("You are going")
    assert statuses() == {"Zoë Ångström": "going"}
    assert rows(AuthSession) == 0
    assert phone.get("/my/events").path.startswith("/sign-in")


def test_the_button_leaves_somebody_else_signed_in_as_themselves(app: Flask) -> None:
    event, other = an_event(), a_member("Other")
    browser = Browser(app)
    ask(browser, event.slug)
    token = mailed_token()
    signed_in = browser_of(app, other)
    secret = browser.client.get_cookie("browser")
    assert secret is not None
    signed_in.client.set_cookie("browser", secret.value)
    signed_in.get(f"/rsvp/confirm/{token}")
    assert signed_in.submit().path.startswith("/rsvp/")
    assert statuses() == {"Zoë Ångström": "going"}
    assert not signed_in.get("/my/events").says("Boston Leadership Dinner")


def test_a_link_works_once(app: Flask) -> None:
    event = an_event()
    browser = Browser(app)
    ask(browser, event.slug)
    token = mailed_token()
    first, second = Browser(app), Browser(app)
    for tab in (first, second):
        tab.get(f"/rsvp/confirm/{token}")
    assert first.submit().says("You are going")
    page = second.submit()
    assert page.status == 410
    assert page.says("This link no longer works")
    assert Browser(app).get(f"/rsvp/confirm/{token}").status == 410
    assert event_heads() == 1


def event_heads() -> int:
    return rows(Attendee)


@pytest.mark.parametrize("token", ["nonsense", "x" * 500, "%00", "1-2", "é"])
def test_a_link_that_is_not_ours_leads_nowhere(app: Flask, token: str) -> None:
    browser = Browser(app)
    page = browser.get(f"/rsvp/confirm/{token}")
    assert page.status == 410
    assert page.says("This link no longer works")
    assert browser.get(f"/rsvp/{token}").status == 404


def test_a_link_dies_after_two_days(app: Flask) -> None:
    event = an_event()
    ask(Browser(app), event.slug)
    token = mailed_token()
    with time_machine.travel(now() + timedelta(hours=48, minutes=1)):
        assert Browser(app).get(f"/rsvp/confirm/{token}").status == 410


def test_the_last_seat_may_be_gone_when_the_button_is_pressed(app: Flask) -> None:
    event = an_event(capacity=1)
    browser = Browser(app)
    ask(browser, event.slug)
    say_yes(a_member("Faster").id, event.id)
    browser.get(f"/rsvp/confirm/{mailed_token()}")
    page = browser.submit()
    assert page.says("You are number 1 on the waitlist.")
    assert statuses() == {"Faster": "going", "Zoë Ångström": "waitlisted"}


def test_an_event_cancelled_meanwhile_refuses_and_says_so(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    browser = Browser(app)
    ask(browser, event.slug)
    browser.get(f"/rsvp/confirm/{mailed_token()}")
    cancel_event(owner.id, event.id)
    page = browser.submit()
    assert page.status == 422
    assert page.says("This event is cancelled.")
    assert statuses() == {}


def test_a_party_that_no_longer_fits_may_try_again_with_the_same_link(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner, guests_allowed=1)
    browser = Browser(app)
    ask(browser, event.slug, guests="1", **{"guest-1-name": "Bo"})
    token = mailed_token()
    edit_event(owner.id, event.id, a_draft(guests_allowed=0))
    assert browser.get(f"/rsvp/confirm/{token}").says("You asked for 2 seats")
    assert browser.submit().says("Each person may bring 0 at most.")
    assert statuses() == {}
    edit_event(owner.id, event.id, a_draft(guests_allowed=1))
    browser.get(f"/rsvp/confirm/{token}")
    assert browser.submit().says("2 seats are reserved")


def test_whoever_is_known_gets_no_second_person(app: Flask) -> None:
    event, member = an_event(), a_member("Member", "zoe@example.com")
    people = rows(Person)
    browser = Browser(app)
    ask(browser, event.slug, email="ZOE@EXAMPLE.COM")
    browser.get(f"/rsvp/confirm/{mailed_token()}")
    browser.submit()
    assert rows(Person) == people
    assert statuses() == {member.name: "going"}


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"name": ""}, "Please tell us your name."),
        ({"name": " \t\x00\x07 "}, "Please tell us your name."),
        ({"name": "Z" * 10_000}, "longer than 120 characters"),
        ({"email": ""}, "Please give an address that we can write to."),
        ({"email": "zoe"}, "An e-mail address has an @ in it"),
        ({"email": "zoe@example.com\r\nBcc: all@example.com"}, "before the @"),
        ({"email": "a@b.example,c@d.example"}, "before the @"),
        ({"email": "z" * 10_000 + "@example.com"}, "longer than 254 characters"),
        ({"guests": "3"}, "Each person may bring 2 at most."),
    ],
)
def test_a_visitors_refused_form_keeps_what_was_typed(
    app: Flask, typed: dict[str, str], told: str
) -> None:
    event = an_event(guests_allowed=2)
    browser = Browser(app)
    browser.get(f"/events/{event.slug}/rsvp")
    page = browser.submit({**ZOE, "dietary": "vegan", **typed}, press="going")
    assert page.status == 422
    assert page.says(told)
    kept = page.form("name").values
    for name, value in {**ZOE, "dietary": "vegan", **typed}.items():
        if value.isprintable():
            assert kept[name] == [value]
    assert rows(Pending) == 0


def test_a_name_cannot_smuggle_lines_or_controls_into_what_is_kept(app: Flask) -> None:
    event = an_event(guests_allowed=1)
    ask(
        Browser(app),
        event.slug,
        name="Zoë\r\nBcc: all@example.com\x00\u202e=?utf-8?q?x?=",
        guests="1",
        **{"guest-1-name": "Bo\r\nX: y"},
    )
    db.session.rollback()
    pending = db.session.query(Pending).one()
    assert pending.payload["name"] == "Zoë Bcc: all@example.com =?utf-8?q?x?="
    assert pending.payload["guests"] == [["Bo X: y", "", ""]]


def test_a_name_is_shown_as_text_and_never_as_markup(app: Flask) -> None:
    event = an_event()
    ask(Browser(app), event.slug, name="<script>alert(1)</script>")
    page = Browser(app).get(f"/rsvp/confirm/{mailed_token()}")
    assert "<script>alert" not in page.html
    assert page.says("<script>alert(1)</script>")


@pytest.mark.parametrize("visibility", [Visibility.MEMBERS, Visibility.INVITED])
def test_hidden_events_take_no_visitors_answers(app: Flask, visibility: Visibility) -> None:
    shown, hidden = an_event(), an_event(visibility=visibility)
    browser = Browser(app)
    form = browser.get(f"/events/{shown.slug}/rsvp").form("name")
    page = browser.post(f"/events/{hidden.slug}/rsvp", {**form.values, **ZOE, "action": "going"})
    assert page.status == 404
    assert browser.get(f"/events/{hidden.slug}/rsvp").status == 404
    assert browser.get(f"/events/{hidden.slug}/rsvp/check-mail").status == 404
    assert rows(Pending) == 0


def test_drafts_take_no_visitors_answers(app: Flask) -> None:
    shown, draft = an_event(), an_event(published=False)
    browser = Browser(app)
    form = browser.get(f"/events/{shown.slug}/rsvp").form("name")
    page = browser.post(f"/events/{draft.slug}/rsvp", {**form.values, **ZOE, "action": "going"})
    assert page.status == 404
    assert rows(Pending) == 0


def test_an_address_gets_three_mails_an_hour_and_then_a_word_of_when(app: Flask) -> None:
    event = an_event()
    browser = Browser(app)
    for _ in range(3):
        ask(browser, event.slug)
    browser.get(f"/events/{event.slug}/rsvp")
    page = browser.submit({**ZOE, "email": "Zoe@Example.com", "dietary": "vegan"}, press="going")
    assert page.status == 429
    assert int(page.headers["Retry-After"]) > 0
    assert page.says("That was too often.")
    assert page.form("dietary").values["dietary"] == ["vegan"]
    assert rows(Pending) == 3


def test_an_office_shares_two_hundred_answers_an_hour(app: Flask) -> None:
    event = an_event()
    for _ in range(199):
        limits.take("rsvp-network", "192.0.2.7", most=200, within=timedelta(hours=1))
    browser = Browser(app, address="192.0.2.7")
    ask(browser, event.slug)
    browser.get(f"/events/{event.slug}/rsvp")
    page = browser.submit({**ZOE, "email": "other@example.com"}, press="going")
    assert page.status == 429
    ask(Browser(app, address="192.0.2.8"), event.slug, email="other@example.com")


def own_page(rsvp: Rsvp) -> str:
    return f"/rsvp/{link_token(LINK, rsvp.id, rsvp.link_generation)}"


def test_the_own_page_changes_the_answer_without_signing_in(app: Flask) -> None:
    event = an_event(capacity=1)
    first, second = a_member("First"), a_member("Second")
    rsvp = say_yes(first.id, event.id)
    say_yes(second.id, event.id)
    browser = Browser(app)
    assert browser.get(own_page(rsvp)).says("You are going")
    assert browser.submit(press="withdraw").says("You withdrew. Thank you for telling us.")
    assert statuses() == {"First": "withdrawn", "Second": "going"}
    assert browser.submit(press="going").says("You are number 1 on the waitlist.")
    assert statuses() == {"First": "waitlisted", "Second": "going"}
    assert rows(AuthSession) == 0


def test_the_own_page_says_where_guests_and_food_are_changed(app: Flask) -> None:
    event, ann = an_event(guests_allowed=1), a_member()
    page = own_page(say_yes(ann.id, event.id))
    way = f"/sign-in?next=/events/{event.slug}/rsvp"
    assert way in Browser(app).get(page).links
    assert way not in browser_of(app, ann).get(page).links
    say_no(ann.id, event.id)
    assert way not in Browser(app).get(page).links


def test_the_own_page_shows_neither_address_nor_needs_and_is_kept_nowhere(app: Flask) -> None:
    event = an_event(guests_allowed=1)
    person = a_member("Zoë", "zoe@example.com")
    rsvp = say_yes(
        person.id, event.id, guests=[Guest("Bo", "coeliac")], dietary="vegan", note="secret note"
    )
    page = Browser(app).get(own_page(rsvp))
    assert page.status == 200
    for private in ("zoe@example.com", "vegan", "coeliac", "secret note"):
        assert private not in page.html
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Robots-Tag"] == "noindex"


def test_needs_survive_leaving_and_coming_back_by_the_own_page(app: Flask) -> None:
    event, person = an_event(), a_member()
    rsvp = say_yes(person.id, event.id, dietary="vegan")
    say_no(person.id, event.id)
    browser = Browser(app)
    browser.get(own_page(rsvp))
    browser.submit(press="going")
    db.session.rollback()
    db.session.expire_all()
    assert db.session.query(Attendee).one().dietary == "vegan"


def test_a_rotated_or_altered_own_link_leads_nowhere(app: Flask) -> None:
    event = an_event()
    rsvp = say_yes(a_member().id, event.id)
    other = say_yes(a_member().id, event.id)
    good = own_page(rsvp)
    mac = good.rpartition("-")[2]
    bad = [
        f"/rsvp/{link_token(LINK, rsvp.id, 1)}",
        f"/rsvp/{link_token('other', rsvp.id, 0)}",
        f"/rsvp/{other.id}-{mac}",
        good[:-1],
        f"{good}0",
        f"/rsvp/{10**30}-{mac}",
    ]
    browser = Browser(app)
    form = browser.get(good).form("csrf_token")
    for path in bad:
        assert browser.get(path).status == 404
        assert browser.post(path, {**form.values, "action": "withdraw"}).status == 404
    assert set(statuses().values()) == {"going"}


def test_the_own_page_refuses_what_the_event_refuses(app: Flask) -> None:
    owner = an_organizer()
    event = an_event(owner)
    rsvp = say_yes(a_member().id, event.id)
    browser = Browser(app)
    browser.get(own_page(rsvp))
    cancel_event(owner.id, event.id)
    page = browser.submit(press="withdraw")
    assert page.status == 422
    assert page.says("This event is cancelled")
    assert list(statuses().values()) == ["going"]


def test_the_forms_own_page_is_kept_by_no_cache(app: Flask) -> None:
    event = an_event()
    assert Browser(app).get(f"/events/{event.slug}/rsvp").headers["Cache-Control"] == "no-store"
    with time_machine.travel(event.ends_at + timedelta(minutes=1)):
        page = Browser(app).get(f"/events/{event.slug}/rsvp")
    assert page.says("This event is over")
    assert page.headers["Cache-Control"] == "no-store"


def test_a_visitors_no_is_confirmed_by_mail_too(app: Flask) -> None:
    event = an_event()
    browser = Browser(app)
    form = browser.get(f"/events/{event.slug}/rsvp").form("name")
    page = browser.post(f"/events/{event.slug}/rsvp", {**form.values, **ZOE, "action": "decline"})
    assert page.path == f"/events/{event.slug}/rsvp/check-mail"
    browser.get(f"/rsvp/confirm/{mailed_token()}")
    assert browser.submit().says("You said no. Thank you for telling us.")
    assert statuses() == {"Zoë Ångström": "declined"}
