"""Connections by pages: asking, answering, the address card, people met."""

from datetime import timedelta

import pytest
import time_machine
import vobject
from flask import Flask

from community.core.clock import now
from community.membership.audiences import DEFAULTS, Audience
from community.membership.connections import accept, ask_to_connect
from community.membership.models import Person
from community.membership.profiles import ProfileDraft, choose_audiences, edit_profile
from community.rsvp.respond import say_yes
from tests.factories.events import a_topic, an_event, evening
from tests.factories.people import a_member, a_person, an_admin
from tests.web.browser_without_js import Browser, signed_in


def _page(person: Person) -> str:
    return f"/members/{person.handle}"


def _connected() -> tuple[Person, Person]:
    ann, bob = a_member("Ann Lee", "ann@example.org"), a_member("Bob", "bob@example.org")
    ask_to_connect(ann.id, bob.id)
    accept(bob.id, ann.id)
    return ann, bob


def test_from_the_ask_to_the_address_and_apart_again(app: Flask) -> None:
    ann, bob = a_member("Ann Lee", "ann@example.org"), a_member("Bob", "bob@example.org")
    hers, his = signed_in(app, ann), signed_in(app, bob)
    hers.get(_page(bob))
    assert not hers.page.says("bob@example.org")
    page = hers.submit(word="We met in Boston.")
    assert page.says("Your ask is on its way.")
    assert page.says("You asked to connect")
    assert page.says("We met in Boston.")
    assert hers.get("/connections").says("You asked")
    page = his.get("/connections")
    assert page.says("Would like to connect with you")
    assert page.says("We met in Boston.")
    page = his.submit(at="/accept")
    assert page.says("You are connected")
    assert page.says("ann@example.org")
    page = hers.get(_page(bob))
    assert page.says("bob@example.org")
    assert f"{_page(bob)}.vcf" in page.links
    page = hers.get("/connections")
    assert page.says("bob@example.org")
    hers.get(_page(bob))
    page = hers.submit(at="/disconnect")
    assert page.says("You are connected no longer.")
    assert not his.get(_page(ann)).says("ann@example.org")


def test_an_ask_is_let_lie_and_its_asker_sees_no_difference(app: Flask) -> None:
    ann, bob = a_member("Ann"), a_member("Bob")
    ask_to_connect(ann.id, bob.id, "Hello")
    hers, his = signed_in(app, ann), signed_in(app, bob)
    paths = [_page(bob), "/connections", "/members", "/people-i-met"]
    before = [hers.get(path).text for path in paths]
    his.get(_page(ann))
    page = his.submit(at="/let-lie")
    assert page.says("You see this ask no more.")
    assert not page.says("Hello")
    assert his.get(_page(ann)).says("Connect with Ann")
    assert [hers.get(path).text for path in paths] == before
    assert hers.submit(at="/connect/take-back") if hers.get(_page(bob)) else False
    assert hers.page.says("You ask no longer.")


def test_what_may_be_done_is_offered_to_members_about_others_only(app: Flask) -> None:
    ann, open_book = a_member("Ann"), a_member("Bob")
    choose_audiences(open_book.id, {"name": Audience.EVERYBODY})
    assert not signed_in(app, ann).get(_page(ann)).says("Connect with")
    for browser in (Browser(app), signed_in(app, a_person())):
        page = browser.get(_page(open_book))
        assert page.status == 200
        assert not page.says("Connect with")
    visitor = Browser(app)
    assert visitor.get(f"{_page(open_book)}.vcf").path.startswith("/sign-in")


@pytest.mark.parametrize("word", ["x" * 301, "see https://evil.test"])
def test_what_is_wrong_with_a_word_is_said_and_it_stays(app: Flask, word: str) -> None:
    bob = a_member("Bob")
    browser = signed_in(app, a_member())
    browser.get(_page(bob))
    page = browser.submit(word=word)
    assert page.status == 422
    assert page.says("Please look at this again")
    assert page.form("word").values["word"] == [word]


def test_too_many_asks_are_answered_with_when_to_try_again(app: Flask) -> None:
    ann, bob = a_member(), a_member("Bob")
    for _ in range(20):
        ask_to_connect(ann.id, a_member().id)
    browser = signed_in(app, ann)
    browser.get(_page(bob))
    assert browser.submit().status == 429


@pytest.mark.parametrize(
    "path", ["connect", "connect/accept", "connect/let-lie", "connect/take-back", "disconnect"]
)
def test_nothing_is_done_by_a_get_nor_about_somebody_who_is_not_there(
    app: Flask, path: str
) -> None:
    hidden, browser = a_member("Hidden"), signed_in(app, a_member())
    choose_audiences(hidden.id, {"name": Audience.NOBODY})
    token = browser.get("/connections").form(at="/sign-out").values["csrf_token"]
    for handle in (hidden.handle, "nobody-bbbbbb"):
        assert browser.get(f"/members/{handle}/{path}").status == 405
        answer = browser.post(f"/members/{handle}/{path}", {"csrf_token": token})
        assert answer.status == 404
    assert browser.post(f"/members/{hidden.handle}/{path}").status == 403


def test_a_contact_is_seen_whatever_the_other_audiences_say(app: Flask) -> None:
    ann, bob = _connected()
    edit_profile(bob.id, ProfileDraft("Bob", bio="Secret words", organization="Acme"))
    choose_audiences(bob.id, dict.fromkeys(DEFAULTS, Audience.NOBODY))
    page = signed_in(app, ann).get(_page(bob))
    assert page.says("bob@example.org")
    assert not page.says("Secret words")
    assert not page.says("Acme")
    assert signed_in(app, ann).get("/connections").says("bob@example.org")
    for other in (a_member(), an_admin()):
        assert signed_in(app, other).get(_page(bob)).status == 404


def test_who_asked_is_known_to_whom_they_ask(app: Flask) -> None:
    ann, bob = a_member("Ann", "ann@example.org"), a_member("Bob")
    choose_audiences(ann.id, {"name": Audience.NOBODY})
    browser = signed_in(app, bob)
    assert browser.get(_page(ann)).status == 404
    ask_to_connect(ann.id, bob.id)
    page = browser.get(_page(ann))
    assert page.says("Ann would like to connect")
    assert not page.says("ann@example.org")


def test_the_card_holds_what_its_reader_may_see(app: Flask) -> None:
    a_topic()
    ann, bob = _connected()
    draft = ProfileDraft(
        "Bob\r\nTEL:1",
        organization="Acme; Inc",
        job_title="CTO",
        location="Oslo",
        links=["https://bob.example"],
        topics=["data-management"],
    )
    edit_profile(bob.id, draft)
    choose_audiences(bob.id, {"job_title": Audience.NOBODY, "location": Audience.NOBODY})
    answer = signed_in(app, ann).client.get(f"{_page(bob)}.vcf")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/vcard; charset=utf-8"
    assert answer.headers["Content-Disposition"] == f"attachment; filename={bob.handle}.vcf"
    assert answer.headers["Cache-Control"] == "no-store"
    card = vobject.readOne(answer.text)
    assert (card.fn.value, card.email.value) == ("Bob TEL:1", "bob@example.org")
    assert card.org.value == ["Acme; Inc"]
    assert card.categories.value == ["Data Management"]
    assert not {"tel", "title", "adr"} & set(card.contents)
    again = vobject.readOne(signed_in(app, ann).client.get(f"{_page(bob)}.vcf").text)
    assert again.uid.value == card.uid.value


def test_there_is_no_card_of_anybody_else(app: Flask) -> None:
    ann, bob = _connected()
    asked = a_member("Cy")
    ask_to_connect(ann.id, asked.id)
    for who, whose in ((ann, asked), (ann, ann), (asked, ann), (an_admin(), bob)):
        assert signed_in(app, who).get(f"{_page(whose)}.vcf").status == 404
    assert signed_in(app, ann).get("/members/nobody-bbbbbb.vcf").status == 404


def test_people_met_are_found_once_both_have_pressed(app: Flask) -> None:
    ann, bob = a_member("Ann"), a_member("Bob")
    event = an_event(starts_at=evening(2), ends_at=evening(2, 21))
    for person in (ann, bob):
        say_yes(person.id, event.id)
    with time_machine.travel(now() + timedelta(days=5)):
        for person in (ann, bob):
            browser = signed_in(app, person)
            assert browser.get("/profile/privacy").says("People I met")
            assert browser.get("/people-i-met").says("you find nobody, until you say so")
            page = browser.submit(press="People at events I attended may find me afterwards")
            assert page.says("Your choice is saved.")
        assert page.says("Ann")
        assert page.says("Boston Leadership Dinner")
        assert _page(ann) in page.links
        page = browser.submit(press="no")
        assert not page.says("Boston Leadership Dinner")


@pytest.mark.parametrize(
    "path", ["/connections?show=sent&after=x", "/connections?show=connected&after=W10"]
)
def test_a_broken_link_into_a_list_breaks_nothing(app: Flask, path: str) -> None:
    assert signed_in(app, a_member()).get(path).status == 409
    assert signed_in(app, a_member()).get("/connections?show=x&after=y").status == 200
