"""Blocking and reporting by pages."""

import re

import pytest
from flask import Flask

from community.membership.connections import ask_to_connect
from community.membership.reports import report
from tests.factories.mails import outbox
from tests.factories.people import a_member, an_admin, an_organizer
from tests.web.browser_without_js import Browser, signed_in


def test_somebody_is_blocked_and_the_block_is_lifted(app: Flask) -> None:
    ann, bob = a_member("Ann"), a_member("Bob")
    hers, his = signed_in(app, ann), signed_in(app, bob)
    page = hers.get(f"/members/{bob.handle}")
    assert f"/members/{bob.handle}/report" in page.links
    hers.get(f"/members/{bob.handle}/report")
    page = hers.submit(at="/block")
    assert page.says("You do not see Bob any more.")
    assert page.path == "/profile/blocked"
    for reader, other in ((hers, bob), (his, ann)):
        assert reader.get(f"/members/{other.handle}").status == 404
        assert not reader.get("/members").says(other.name)
    assert not his.get("/profile/blocked").says("Ann")
    hers.get("/profile/blocked")
    page = hers.submit(at="/unblock")
    assert page.says("The block is lifted.")
    assert his.get(f"/members/{ann.handle}").status == 200
    assert outbox() == []


def _without_token(html: str) -> str:
    return re.sub(r'name="csrf_token"\s+value="[^"]+"', "", html)


def test_a_blocked_person_is_answered_as_about_nobody(app: Flask) -> None:
    """The same bytes for a member who blocks and for a handle that never was."""
    ann, bob = a_member("Ann"), a_member("Bob")
    ask_to_connect(bob.id, ann.id)
    his = signed_in(app, bob)
    token = his.get(f"/members/{ann.handle}").form(at="take-back").values["csrf_token"]
    hers = signed_in(app, ann)
    hers.get(f"/members/{bob.handle}/report")
    hers.submit(at="/block")
    gets = ["", ".vcf", "/report"]
    posts = ["connect", "connect/accept", "connect/let-lie", "connect/take-back", "disconnect"]
    posts += ["block", "report"]
    fields = {"csrf_token": token, "reason": "Rude.", "word": "Hello"}
    answers: list[list[tuple[int, str]]] = []
    for handle in (ann.handle, "nobody-bbbbbb"):
        got = [his.get(f"/members/{handle}{path}") for path in gets]
        got += [his.post(f"/members/{handle}/{path}", fields) for path in posts]
        answers.append([(page.status, _without_token(page.html)) for page in got])
    assert answers[0] == answers[1]
    assert {status for status, _ in answers[0]} == {404}
    assert not his.get("/connections").says("Ann")


def test_a_report_reaches_the_organizers_and_is_closed_with_a_word(app: Flask) -> None:
    ann, bob, olga = a_member("Ann"), a_member("Bob"), an_organizer("Olga")
    hers = signed_in(app, ann)
    hers.get(f"/members/{bob.handle}/report")
    page = hers.submit(reason="He was rude.\nTwice.")
    assert page.says("The organizers will look at it")
    desk = signed_in(app, olga)
    assert "/organize/reports" in desk.get("/organize").links
    page = desk.get("/organize/reports")
    for words in ("About Bob", "Ann", "He was rude. Twice."):
        assert page.says(words)
    page = desk.submit(at="/resolve", word="Spoken with him.")
    assert page.says("The report is closed.")
    assert not page.says("About Bob")
    page = desk.get("/organize/reports?show=resolved")
    for words in ("About Bob", "Closed by Olga", "Spoken with him."):
        assert page.says(words)
    assert outbox() == []


def test_whoever_is_reported_does_not_see_it_even_as_an_organizer(app: Flask) -> None:
    ann, olga, admin = a_member("Ann"), an_organizer("Olga"), an_admin("Ada")
    report(ann.id, olga.id, "Rude.")
    about = signed_in(app, olga)
    page = about.get("/organize/reports")
    assert not page.says("Rude.")
    token = page.form(at="/sign-out").values["csrf_token"]
    others = signed_in(app, admin).get("/organize/reports")
    assert others.says("About Olga")
    path = others.form("word").action
    for each in (path, "/organize/reports/999999/resolve"):
        assert about.post(each, {"csrf_token": token, "word": "Nothing."}).status == 404
    assert signed_in(app, admin).get("/organize/reports").says("About Olga")
    assert signed_in(app, ann).get("/organize/reports").status == 404
    assert Browser(app).get("/organize/reports").path.startswith("/sign-in")


@pytest.mark.parametrize(
    ("reason", "words"), [("", "Please say what happened."), ("x" * 1001, "longer than 1000")]
)
def test_a_report_says_what_happened_in_a_thousand_characters(
    app: Flask, reason: str, words: str
) -> None:
    bob = a_member("Bob")
    browser = signed_in(app, a_member())
    browser.get(f"/members/{bob.handle}/report")
    page = browser.submit(reason=reason)
    assert page.status == 422
    assert page.says(words)


def test_reports_are_limited_and_nobody_reports_or_blocks_themselves(app: Flask) -> None:
    ann, bob = a_member("Ann"), a_member("Bob")
    for _ in range(10):
        report(ann.id, bob.id, "Rude.")
    browser = signed_in(app, ann)
    browser.get(f"/members/{bob.handle}/report")
    assert browser.submit(reason="Rude.").status == 429
    assert browser.get(f"/members/{ann.handle}/report").status == 404
    token = browser.get("/").form(at="/sign-out").values["csrf_token"]
    assert browser.post(f"/members/{ann.handle}/block", {"csrf_token": token}).status == 404
