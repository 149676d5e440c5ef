"""The directory's pages: searching, going on, and whom to meet."""

import pytest
from flask import Flask

from community.membership.audiences import Audience
from community.membership.profiles import ProfileDraft, choose_audiences, edit_profile
from tests.factories.events import a_topic
from tests.factories.people import a_member
from tests.web.visitors import browser_of


def test_members_are_found_by_word_and_by_topic(app: Flask) -> None:
    a_topic()
    edit_profile(a_member().id, ProfileDraft("Ada Lovelace", topics=["data-management"]))
    a_member(name="Grace Hopper", location="New York")
    browser = browser_of(app, a_member(name="Reader"))
    page = browser.get("/members")
    for name in ("Ada Lovelace", "Grace Hopper", "Reader", "All members"):
        assert page.says(name)
    page = browser.get("/members?q=new+york")
    assert page.says("Grace Hopper")
    assert not page.says("Ada Lovelace")
    page = browser.get("/members?topic=data-management&q=ada")
    assert page.says("Ada Lovelace")
    assert not page.says("Grace Hopper")


def test_a_search_without_a_result_says_what_to_try(app: Flask) -> None:
    page = browser_of(app, a_member()).get("/members?q=nobody-at-all")
    assert page.says("Nobody matches")
    assert "/members" in page.links


def test_a_hidden_person_is_neither_listed_nor_found(app: Flask) -> None:
    member = a_member(name="Ada Lovelace")
    choose_audiences(member.id, {"name": Audience.NOBODY})
    browser = browser_of(app, a_member())
    for path in ("/members", "/members?q=ada", "/members?q=lovelace"):
        assert not browser.get(path).says("Lovelace")
    assert browser.get(f"/members/{member.handle}").status == 404
    own = browser_of(app, member)
    assert own.get(f"/members/{member.handle}").says("Ada Lovelace")


def test_a_long_list_goes_on_where_it_stopped(app: Flask) -> None:
    for number in range(30):
        a_member(name=f"Person {number:02}")
    browser = browser_of(app, a_member(name="Reader"))
    seen = browser.get("/members?q=person").text
    (following,) = [link for link in browser.page.links if "after=" in link]
    assert "q=person" in following
    seen += browser.get(following).text
    for number in range(30):
        assert seen.count(f"Person {number:02}") == 1
    assert not [link for link in browser.page.links if "after=" in link]


@pytest.mark.parametrize(
    "query", ["after=x", "after=W10", "q=" + "%00", "q=%ff", "topic=x%27", "q=" + "x+" * 3000]
)
def test_a_made_up_address_breaks_nothing(app: Flask, query: str) -> None:
    assert browser_of(app, a_member()).get(f"/members?{query}").status in {200, 409}


@pytest.mark.parametrize("handle", ["nobody-bbbbbb", "UPPER", "a" * 101, "a%00", "-"])
def test_nobody_of_that_handle_is_not_found(app: Flask, handle: str) -> None:
    assert browser_of(app, a_member()).get(f"/members/{handle}").status == 404


def test_like_minded_people_stand_above_the_first_page_and_on_the_own_profile(app: Flask) -> None:
    a_topic()
    for name in ("Ada Lovelace", "Reader"):
        person = edit_profile(a_member().id, ProfileDraft(name, topics=["data-management"]))
    browser = browser_of(app, person)
    for path in ("/members", "/profile"):
        page = browser.get(path)
        assert page.says("Like-minded")
        assert page.says("Ada Lovelace")
    assert not browser.get("/members?q=ada").says("Like-minded")
