"""The page of mail wishes, and the mailed link that stops such mails with nothing but itself."""

import pytest
from flask import Flask

from community.core.db import db
from community.mail.models import SuppressionReason
from community.mail.suppressions import suppress
from community.membership.mail_wishes import unsubscribe_tokens, wanted_categories
from community.membership.models import Person
from community.membership.wish_models import MailCategory
from tests.factories.events import a_topic, an_event
from tests.factories.mails import outbox, post
from tests.factories.people import a_member, follow
from tests.mail.moody import moody
from tests.web.browser_without_js import Browser, signed_in

EVENTS = MailCategory.EVENTS
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
FROM_OUTSIDE = [
    {},
    {"Origin": "https://mail.example"},
    {"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]


def link_of(person: Person) -> str:
    return f"/unsubscribe/{unsubscribe_tokens([person.id], EVENTS)[person.id]}"


def is_written_to(person: Person) -> bool:
    db.session.rollback()  # what the test has read before is out of date
    return EVENTS in wanted_categories(person.id)


def test_a_member_changes_their_mind_on_their_own_page(app: Flask) -> None:
    ann, bob = a_member(), a_member()
    follow(ann, a_topic())
    browser = signed_in(app, ann)
    browser.get("/profile/mail")
    assert browser.page.says("You follow: Data Management")
    assert browser.page.form("wanted").values["wanted"] == ["events", "connections", "messages"]
    browser.submit(wanted=[])
    assert browser.page.says("Saved.")
    assert "wanted" not in browser.page.form("wanted").values
    assert (is_written_to(ann), is_written_to(bob)) == (False, True)
    browser.submit(wanted=["events"])
    assert is_written_to(ann)


def test_the_page_is_linked_for_who_is_signed_in_and_asks_others_to_sign_in(app: Flask) -> None:
    browser = signed_in(app, a_member())
    assert "/profile/mail" in browser.get("/").links
    visitor = Browser(app)
    assert "/profile/mail" not in visitor.get("/").links
    assert visitor.get("/profile/mail").path.startswith("/sign-in")


@pytest.mark.parametrize("wanted", ["news", "EVENTS", "events\x00", "1", "ｅvents", "x" * 9999])
def test_a_category_that_does_not_exist_is_refused(app: Flask, wanted: str) -> None:
    ann = a_member()
    browser = signed_in(app, ann)
    browser.get("/profile/mail")
    browser.submit(wanted=[wanted])
    assert browser.page.status == 422
    assert is_written_to(ann)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (SuppressionReason.BOUNCED, "Mails to this address came back"),
        (SuppressionReason.ASKED, "the list of those that get no news"),
        (SuppressionReason.COMPLAINED, "the list of those that get no news"),
    ],
)
def test_the_page_says_when_the_address_is_suppressed(
    app: Flask, reason: SuppressionReason, words: str
) -> None:
    ann = a_member()
    browser = signed_in(app, ann)
    assert not browser.get("/profile/mail").says(words)
    suppress(ann.address, reason)
    assert browser.get("/profile/mail").says(words)


@pytest.mark.parametrize("sent", FROM_OUTSIDE)
def test_one_post_from_outside_with_no_cookie_is_enough(app: Flask, sent: dict[str, str]) -> None:
    ann, bob = a_member(), a_member()
    client = Browser(app, address="192.0.2.7").client
    for _ in range(2):  # twice is once
        answer = client.post(link_of(ann), data=ONE_CLICK, headers=sent)
        assert answer.status_code == 200  # and no redirect: RFC 8058 3.1
        assert "Set-Cookie" not in answer.headers
        assert (is_written_to(ann), is_written_to(bob)) == (False, True)


def test_the_body_may_also_be_multipart(app: Flask) -> None:
    ann = a_member()
    answer = Browser(app).client.post(
        link_of(ann), data=ONE_CLICK, content_type="multipart/form-data"
    )
    assert answer.status_code == 200
    assert not is_written_to(ann)


def test_it_is_the_link_that_counts_and_not_who_is_signed_in(app: Flask) -> None:
    ann, bob = a_member(), a_member()
    browser = signed_in(app, bob)
    answer = browser.post(link_of(ann), ONE_CLICK, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 200
    assert (is_written_to(ann), is_written_to(bob)) == (False, True)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"List-Unsubscribe": ""},
        {"List-Unsubscribe": "one-click"},
        {"List-Unsubscribe": "Two-Clicks"},
        {"list-unsubscribe": "One-Click"},
        {"csrf_token": "x"},
    ],
)
def test_a_post_that_does_not_say_so_stops_nothing(app: Flask, body: dict[str, str]) -> None:
    ann = a_member()
    answer = Browser(app).post(link_of(ann), body)
    assert answer.status == 400
    assert answer.says("No more mails about this?")
    assert is_written_to(ann)
    # Nor does it when the words are in the address.
    Browser(app).post(link_of(ann) + "?List-Unsubscribe=One-Click", body)
    assert is_written_to(ann)


def test_the_page_behind_the_link_has_one_button_that_works_without_signing_in(app: Flask) -> None:
    ann = a_member()
    browser = Browser(app)
    page = browser.get(link_of(ann))
    assert page.status == 200
    assert page.says("New events about topics that I follow")
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert is_written_to(ann), "opening it must change nothing"
    (form,) = page.forms
    assert form.buttons == [("List-Unsubscribe", "One-Click", "Stop these mails")]
    browser.submit()
    assert browser.page.says("You get no more of these mails")
    assert not is_written_to(ann)
    assert browser.get(link_of(ann)).says("You get no more of these mails")


def test_the_page_names_nobody(app: Flask) -> None:
    """Mails are forwarded: who has the link may use it, and learns no more than that."""
    ann = a_member("Ann Secret", "ann.secret@example.org")
    page = Browser(app).get(link_of(ann))
    assert "Secret" not in page.html
    assert "secret" not in page.html


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_tokens_that_we_did_not_make_are_answered_alike(app: Flask, method: str) -> None:
    ann, bob = a_member(), a_member()
    path = link_of(ann)
    mac = path.rpartition("-")[2]
    wrong = [
        path[:-1],
        path + "0",
        f"/unsubscribe/events-{bob.id}-{mac}",
        f"/unsubscribe/events-99999999-{mac}",
        f"/unsubscribe/news-{ann.id}-{mac}",
        f"/unsubscribe/{ann.id}-{mac}",
        "/unsubscribe/events",
        "/unsubscribe/-",
        "/unsubscribe/%00",
        "/unsubscribe/" + "x" * 3000,
    ]
    answers = set()
    for address in wrong:
        answer = Browser(app).client.open(address, method=method, data=ONE_CLICK)
        answers.add((answer.status_code, answer.data))
    assert len(answers) == 1
    assert next(iter(answers))[0] == 404
    assert is_written_to(ann)
    assert is_written_to(bob)


def test_every_other_form_still_needs_its_token_from_such_a_browser(app: Flask) -> None:
    """The control of the exemption: it is of one address alone."""
    ann = a_member()
    browser = signed_in(app, ann)
    for path in ("/profile/mail", "/sign-out"):
        assert browser.post(path, ONE_CLICK).status == 403
        cross = browser.client.post(path, headers={"Sec-Fetch-Site": "cross-site"})
        assert cross.status_code == 403
    assert is_written_to(ann)


def test_from_the_mail_to_silence(app: Flask) -> None:
    ann = a_member()
    follow(ann, a_topic())
    an_event(topics=["data-management"])
    with moody() as server:
        post(server.way_in())
        header = next(
            line for line in server.taken[0][1].split(b"\r\n") if b"/unsubscribe/" in line
        )
    path = header.decode().partition("http://community.test")[2].strip("> ")
    assert Browser(app).client.post(path, data=ONE_CLICK).status_code == 200
    an_event(title="Another", topics=["data-management"])
    post()
    assert len(outbox("new_event")) == 1
