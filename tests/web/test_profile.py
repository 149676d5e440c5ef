"""A member's own pages: the profile, and who may read which field of it."""

import pytest
from flask import Flask

from community.core.db import db
from community.membership.audiences import DEFAULTS, Audience
from community.membership.models import Person
from community.membership.profiles import audiences_of, links_of
from tests.factories.events import a_topic
from tests.factories.people import a_member, a_person
from tests.web.browser_without_js import Browser
from tests.web.visitors import browser_of

PAGES = ("/profile", "/profile/privacy", "/members")


def _now(person: Person) -> Person:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Person, person.id)


@pytest.mark.parametrize("path", PAGES)
def test_a_visitor_is_asked_to_sign_in_and_a_mere_guest_finds_nothing(
    app: Flask, path: str
) -> None:
    assert Browser(app).get(path).path == f"/sign-in?next={path}"
    guest = browser_of(app, a_person())
    assert guest.get(path).status == 404
    assert not {"/members", "/profile"} & set(guest.get("/events").links)


def test_a_member_writes_a_profile_and_finds_it_again(app: Flask) -> None:
    a_topic()
    member = a_member(name="Ada")
    browser = browser_of(app, member)
    assert {"/members", "/profile"} <= set(browser.get("/events").links)
    browser.get("/profile")
    page = browser.submit(
        name="Ada Lovelace",
        job_title="Analyst",
        organization="Engine Works",
        location="London",
        bio="Writes **notes**.",
        links="https://example.org/ada\r\nhttps://example.com",
        topics=["data-management"],
        timezone="Europe/London",
        locale="fr",
    )
    assert page.says("Your profile is saved.")
    (form,) = [form for form in page.forms if "bio" in form.names]
    (links,) = form.values["links"]
    assert links.split() == ["https://example.org/ada", "https://example.com"]
    assert form.values["locale"] == ["fr"]
    assert form.values["topics"] == ["data-management"]
    own = browser.get(f"/members/{member.handle}")
    assert own.says("Analyst, Engine Works")
    assert "<strong>notes</strong>" in own.html
    assert 'href="https://example.org/ada" rel="nofollow noopener"' in own.html
    assert own.says("Edit your profile")


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("name", "", "Please tell us your name."),
        ("name", "x" * 121, "120 characters"),
        ("bio", "x" * 2001, "2000 characters"),
        ("links", "javascript:alert(1)", "is not a whole address"),
        ("links", "\n".join(f"https://example.org/{n}" for n in range(6)), "best 5 links"),
        ("timezone", "Mars/Base", "is not a time zone"),
        ("locale", "tlh", "Not a valid choice"),
        ("topics", ["nothing"], "not"),
    ],
)
def test_what_is_wrong_is_said_on_its_field_and_nothing_is_saved(
    app: Flask, field: str, typed: str | list[str], says: str
) -> None:
    member = a_member(name="Ada", bio="Before")
    browser = browser_of(app, member)
    a_topic()
    browser.get("/profile")
    page = browser.submit({field: typed}, press="Save the profile")
    assert page.status == 422
    assert page.says(says)
    person = _now(member)
    assert (person.name, person.bio, links_of(person)) == ("Ada", "Before", [])


def test_a_hostile_text_is_only_a_text(app: Flask) -> None:
    member = a_member(name="<b>Ada</b>", bio="<script>x</script> [a](javascript:x)")
    html = browser_of(app, a_member()).get(f"/members/{member.handle}").html
    assert "<b>Ada" not in html
    assert "<script>x" not in html
    assert 'href="javascript' not in html


def test_audiences_are_chosen_and_hold_at_once(app: Flask) -> None:
    member = a_member(name="Ada", bio="Secret gardener")
    browser, reader = browser_of(app, member), browser_of(app, a_member())
    page = f"/members/{member.handle}"
    assert reader.get(page).says("Secret gardener")
    browser.get("/profile/privacy")
    assert browser.submit(bio="nobody").says("Your choice is saved.")
    assert reader.get(page).status == 200
    assert not reader.page.says("Secret gardener")
    browser.get("/profile/privacy")
    browser.submit(name="same_event")
    assert reader.get(page).status == 404
    assert Browser(app).get(page).status == 404
    kept = audiences_of(_now(member))
    assert (kept["name"], kept["bio"]) == (Audience.SAME_EVENT, Audience.NOBODY)


def test_a_name_for_everybody_is_a_page_for_visitors_without_a_cookie(app: Flask) -> None:
    member = a_member(name="Ada", bio="For members")
    browser = browser_of(app, member)
    browser.get("/profile/privacy")
    browser.submit(name="everybody")
    visitor = Browser(app)
    page = visitor.get(f"/members/{member.handle}")
    assert page.says("Ada")
    assert not page.says("For members")
    assert "Set-Cookie" not in page.headers
    # Who hides it again means at once: no cache may show it without asking.
    assert "max-age=0, must-revalidate" in page.headers["Cache-Control"]
    assert "noindex" in page.html


@pytest.mark.parametrize("value", ["friends", "", "self"])
def test_an_unknown_audience_is_refused(app: Flask, value: str) -> None:
    member = a_member()
    browser = browser_of(app, member)
    browser.get("/profile/privacy")
    assert browser.submit(bio=value).status == 422
    assert audiences_of(_now(member)) == DEFAULTS


@pytest.mark.parametrize(
    ("looking", "sees"),
    [("visitor", set()), ("member", {"Work"}), ("same_event", {"Work", "Bio"})],
)
def test_a_member_sees_the_profile_as_others_do(app: Flask, looking: str, sees: set[str]) -> None:
    member = a_member(name="Ada", job_title="Work", bio="Bio", location="Home")
    browser = browser_of(app, member)
    browser.get("/profile/privacy")
    browser.submit(name="everybody", bio="same_event", location="nobody")
    shown = browser.get(f"/profile/privacy?as={looking}").html.partition('id="seen"')[2]
    assert "<h3>Ada</h3>" in shown
    assert {text for text in ("Work", "Bio", "Home") if f">{text}<" in shown} == sees


@pytest.mark.parametrize("looking", ["", "self", "nobody", "x" * 300])
def test_whoever_else_is_looking_is_a_member(app: Flask, looking: str) -> None:
    browser = browser_of(app, a_member(name="Ada"))
    page = browser.get(f"/profile/privacy?as={looking}")
    assert page.status == 200
    assert '?as=member#seen"\n               aria-current="true"' in page.html


def test_a_hidden_name_is_said_to_hide_everything(app: Flask) -> None:
    browser = browser_of(app, a_member())
    assert browser.get("/profile/privacy?as=visitor").says("You are not there for them")


def test_saving_too_often_is_stopped_for_a_while(app: Flask) -> None:
    browser = browser_of(app, a_member(name="Ada"))
    for _ in range(60):
        browser.get("/profile/privacy")
        assert browser.submit(press="Save the choice").status == 200
    assert browser.submit(press="Save the choice").status == 429


def test_being_found_after_events_is_chosen_here_too(app: Flask) -> None:
    ada = a_member("Ada")
    browser = browser_of(app, ada)
    assert browser.get("/profile/privacy").says("Nobody finds you under “People I met”")
    for button, said in (
        ("People at events I attended may find me afterwards", "may find you afterwards"),
        ("Let nobody find me any more", "Nobody finds you under"),
    ):
        page = browser.submit(press=button, at="/people-i-met")
        assert page.path == "/profile/privacy"
        assert page.says("Your choice is saved.")
        assert page.says(said)
    token = browser.page.form(at="/people-i-met").values
    page = browser.post("/people-i-met", {**token, "findable": "yes", "page": "account.sessions"})
    assert page.path == "/people-i-met", "nowhere else is led to"
