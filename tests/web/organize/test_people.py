"""People on the admins' desk, and what members see of it."""

from collections.abc import Callable

import pytest
from flask import Flask

from community.core.db import db
from community.core.pages import cursor
from community.membership.models import Membership, Person, Role
from community.membership.queries import get_person
from community.membership.standing import suspend
from community.membership.terms import index_all_missing
from community.organizing.people import PAGE, Sought, list_people
from community.rsvp.respond import say_yes
from tests.discovery.counting import plan_of, statements
from tests.factories.events import an_event
from tests.factories.people import a_member, a_person, an_admin, an_organizer
from tests.web.browser_without_js import Browser, signed_in

LIST = "/organize/people"


@pytest.fixture
def desk(app: Flask) -> Browser:
    return signed_in(app, an_admin("Root"))


def stands(person: Person) -> tuple[Membership, Role]:
    db.session.rollback()
    db.session.expire_all()
    found = get_person(person.id)
    return found.membership, found.role


def page_of(person: Person) -> str:
    return f"{LIST}/{person.id}"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=grace", ["Grace Hopper"]),
        ("q=HOP+gra", ["Grace Hopper"]),
        ("q=Grace@Example.org", ["Grace Hopper"]),
        ("q=grace@example", []),
        ("q=hopper%00", ["Grace Hopper"]),
        ("q=%25", []),
        ("q=@", []),
        ("q=nobody@example.org", []),
        ("membership=none", ["Hedy Lamarr"]),
        ("membership=none&q=grace", []),
        ("membership=no-such", []),
        ("q=" + "x" * 5000, []),
    ],
)
def test_people_are_found_by_name_address_and_membership(
    desk: Browser, query: str, found: list[str]
) -> None:
    a_member("Grace Hopper", "grace@example.org")
    a_person("Hedy Lamarr", "hedy@example.org")
    index_all_missing()
    page = desk.get(f"{LIST}?{query}")
    assert page.status == 200
    assert [name for name in ("Grace Hopper", "Hedy Lamarr") if page.says(name)] == found
    assert found or page.says("Nobody matches")


def test_a_long_list_has_pages_and_each_costs_the_same(app: Flask, desk: Browser) -> None:
    for number in range(PAGE + 3):
        a_member(f"Person {number:03}")
    index_all_missing()
    with statements() as first:
        desk.get(LIST)
    (following,) = [link for link in desk.page.links if "after=" in link]
    with statements() as second:
        page = desk.get(following)
    assert page.says("Person 052")
    assert not page.says("Person 000")
    assert len(second) <= len(first)


@pytest.mark.parametrize("after", ["x", "%00", cursor(1, 2), cursor("a"), "A" * 900])
def test_a_broken_cursor_is_refused(desk: Browser, after: str) -> None:
    assert desk.get(f"{LIST}?after={after}").status == 409


def test_only_admins_find_these_pages(app: Flask) -> None:
    ada = a_member()
    for person in (a_person(), a_member(), an_organizer()):
        browser = signed_in(app, person)
        for path in (LIST, page_of(ada), f"{page_of(ada)}/merge"):
            assert browser.get(path).status == 404
        token = {"csrf_token": browser.get("/").form(at="sign-out").values["csrf_token"]}
        for path in ("standing", "role", "merge"):
            assert browser.post(f"{page_of(ada)}/{path}", token).status in {403, 404}
    assert stands(ada) == (Membership.ACTIVE, Role.MEMBER)
    assert Browser(app).get(LIST).path.startswith("/sign-in")


@pytest.mark.parametrize("number", ["0", "999999", "2147483648", "9" * 30])
def test_nobody_is_not_there(desk: Browser, number: str) -> None:
    assert desk.get(f"{LIST}/{number}").status == 404
    assert desk.get(f"{LIST}/{number}/merge").status == 404


def test_what_is_known_is_on_the_page_and_shown_as_text(desk: Browser) -> None:
    ada = a_member("<b>Ada</b>", "ada@example.org", organization="<i>Engines</i>")
    say_yes(ada.id, an_event().id)
    page = desk.get(page_of(ada))
    assert page.says("Has a seat or a place at 1 event to come.")
    assert page.says("ada@example.org")
    assert "<b>Ada" not in page.html
    assert "<i>Engines" not in page.html


def test_suspending_with_a_word_and_lifting_it(app: Flask, desk: Browser) -> None:
    ada = a_member("Ada")
    hers = signed_in(app, ada)
    desk.get(page_of(ada))
    page = desk.submit(word="Please call <us>.", press="suspend")
    assert page.says("Suspended. They are being told.")
    assert page.says("Please call <us>.")
    assert stands(ada)[0] == Membership.SUSPENDED
    assert hers.get("/members").says("Please call <us>.")
    assert desk.submit(press="reinstate", at="/standing").says("The suspension is lifted.")
    assert hers.get("/members").path == "/members"


def test_ending_frees_all_seats_when_ticked(desk: Browser) -> None:
    ada, event = a_member(), an_event()
    say_yes(ada.id, event.id)
    desk.get(page_of(ada))
    page = desk.submit(free_seats="y", press="end")
    assert page.says("The membership is ended.")
    assert not page.says("Has a seat or a place")
    assert stands(ada)[0] == Membership.ENDED


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "erase"},
        {"action": ""},
        {"action": "suspend", "word": "x" * 1001},
        {"word": "no action at all"},
    ],
)
def test_what_makes_no_sense_is_sent_back_and_changes_nothing(
    desk: Browser, fields: dict[str, str]
) -> None:
    ada = a_member()
    desk.get(page_of(ada))
    token = desk.page.form("word").values["csrf_token"]
    page = desk.post(f"{page_of(ada)}/standing", {"csrf_token": token, **fields})
    assert page.status == 422
    assert stands(ada)[0] == Membership.ACTIVE


def test_a_role_is_given_and_a_made_up_one_is_not(desk: Browser) -> None:
    ada = a_member()
    desk.get(page_of(ada))
    assert desk.submit(role="organizer").says("The role is changed.")
    assert stands(ada)[1] == Role.ORGANIZER
    assert desk.submit(role="emperor").status == 422
    assert stands(ada)[1] == Role.ORGANIZER


def test_an_admin_has_no_buttons_about_themselves(app: Flask) -> None:
    me = an_admin()
    browser = signed_in(app, me)
    page = browser.get(page_of(me))
    assert page.says("This is you.")
    assert not [form for form in page.forms if "word" in form.names]


def test_two_records_are_merged_after_a_look(app: Flask, desk: Browser) -> None:
    ada, love = a_member("Ada", "ada@example.org"), a_member("Love", "love@example.org")
    event = an_event()
    for person in (ada, love):
        say_yes(person.id, event.id)
    page = desk.get(f"{page_of(ada)}/merge?email=love@example.org")
    assert page.says("Merge Love into Ada?")
    assert page.says("Boston Leadership Dinner")
    handle = love.handle
    assert desk.submit(at=f"{page_of(ada)}/merge").says("The two records are one now.")
    assert desk.page.says("love@example.org")
    assert desk.get(page_of(love)).status == 404
    led = signed_in(app, a_member()).get(f"/members/{handle}")
    assert led.path == f"/members/{ada.handle}"
    assert Browser(app).get(f"/members/{handle}").status == 404


@pytest.mark.parametrize(
    ("email", "says"),
    [
        ("nobody@example.org", "Nobody has this address."),
        ("ada@example.org", "This is an address of the same record."),
        ("not-an-address", "E-mail"),
        ("", "Please give an address."),
        ("boss@example.org", "is an admin"),
    ],
)
def test_what_cannot_be_merged_is_said(desk: Browser, email: str, says: str) -> None:
    ada = a_member("Ada", "ada@example.org")
    an_admin("Boss", "boss@example.org")
    page = desk.get(f"{page_of(ada)}/merge?email={email}")
    assert page.status == 422
    assert page.says(says) or email == "not-an-address"


@pytest.mark.parametrize("goes", ["", "x", "-1", "0", "٣", "9" * 40, "999999"])
def test_a_made_up_record_is_not_merged(desk: Browser, goes: str) -> None:
    ada = a_member("Ada", "ada@example.org")
    desk.get(f"{page_of(ada)}")
    token = desk.page.form("word").values["csrf_token"]
    page = desk.post(f"{page_of(ada)}/merge", {"csrf_token": token, "goes": goes})
    assert page.status in {404, 422}


def test_a_member_leaves_and_joins_again(app: Flask) -> None:
    ada = a_member("Ada", "ada@example.org")
    browser = signed_in(app, ada)
    say_yes(ada.id, an_event().id)
    assert "/profile/leave" in browser.get("/profile/privacy").links
    browser.get("/profile/leave")
    page = browser.submit(free_seats="y")
    assert page.path == "/membership"
    assert page.says("Your membership has ended")
    assert stands(ada)[0] == Membership.ENDED
    assert browser.get("/my/events").status == 200
    assert browser.get("/members").path == "/membership"


@pytest.mark.parametrize("person", [a_person, a_member])
def test_everybody_may_see_where_they_stand(app: Flask, person: Callable[[], Person]) -> None:
    browser = signed_in(app, person())
    assert browser.get("/membership").status == 200


def test_a_suspended_member_who_wants_to_leave_is_told(app: Flask) -> None:
    ada = a_member()
    suspend(an_admin().id, ada.id)
    browser = signed_in(app, ada)
    browser.get("/profile/leave")
    page = browser.submit(press="Leave the community")
    assert page.status == 422
    assert stands(ada)[0] == Membership.SUSPENDED


@pytest.mark.parametrize(
    "sought",
    [
        Sought(),
        Sought(membership="suspended"),
        Sought(q="ada"),
        Sought(q="ada@example.org"),
        Sought(membership="active", after=cursor("m", 3)),
    ],
)
def test_no_question_reads_everybody(app: Flask, sought: Sought) -> None:
    admin = an_admin()
    with statements() as asked:
        list_people(admin.id, sought)
    plan = plan_of(*next(one for one in asked if "ORDER BY people.sort_name" in one[0]))
    assert not [line for line in plan.splitlines() if line == "SCAN people" or "Seq Scan" in line]
    if sought.membership:
        assert "ix_people_directory" in plan or "ix_people_names" in plan
