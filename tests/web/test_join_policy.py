"""Joining under each policy, from the form to the member."""

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.db import db, transactional
from community.membership.consents import Consent
from community.membership.models import Membership, Pending, PendingKind, Person
from community.membership.queries import find_person
from community.membership.texts import TextKind, publish_text
from tests.factories.events import a_topic, an_event
from tests.factories.joining import an_application, policy
from tests.factories.mails import outbox
from tests.factories.people import a_member, a_person, an_admin, an_organizer
from tests.factories.proofs import mailed_token
from tests.web.browser_without_js import Browser, Page, signed_in

ADA = {"name": "Ada Lovelace", "email": "ada@example.org", "consent": "y"}


def ask(browser: Browser, **more: str) -> Page:
    browser.get("/join")
    return browser.submit({**ADA, **more})


def confirm(browser: Browser) -> Page:
    browser.get(f"/join/confirm/{mailed_token(PendingKind.JOIN, 'ada@example.org')}")
    return browser.submit()


@transactional
def become(address: str, membership: Membership) -> None:
    found = find_person(address)
    assert found is not None
    found.membership = membership


def test_by_approval_an_applicant_waits_behind_closed_doors_and_is_let_in(app: Flask) -> None:
    a_topic()
    organizer, event = an_organizer(), an_event(visibility="members", title="Members' Table")
    with policy("approval"):
        browser = Browser(app)
        page = browser.get("/join")
        assert page.says("Why would you like to join?")
        page = ask(browser, reason="I build engines.", topics="data-management")
        assert page.says("the organizers get your application")
        assert find_person("ada@example.org") is None
        page = confirm(browser)
        assert page.path == "/join/application"
        assert page.says("It is with the organizers")
        assert page.says("I build engines.")
        assert browser.get(f"/events/{event.slug}").status == 404
        assert browser.get("/invite").path == "/join/application"
        assert "/join/application" in browser.get("/").links

        desk = signed_in(app, organizer)
        page = desk.get("/organize/applications")
        for words in ("Ada Lovelace", "ada@example.org", "Data Management", "I build engines."):
            assert page.says(words)
        [link] = [link for link in page.links if link.startswith("/organize/applications/")]
        desk.get(link)
        assert desk.submit(press="Approve").says("Nobody waits")
    assert [mail.kind for mail in outbox()] == ["join_confirm", "application_approved"]
    assert browser.get("/join/application").says("You are a member")
    assert browser.get(f"/events/{event.slug}").status == 200
    assert browser.get("/invite").status == 200


def test_a_declined_applicant_reads_why_and_when_to_come_again(app: Flask) -> None:
    application, desk = an_application(email="ada@example.org"), signed_in(app, an_organizer())
    desk.get(f"/organize/applications/{application.id}")
    page = desk.submit(word="Not this year.", press="Decline")
    assert page.says("Declined. The applicant is being told.")
    browser = signed_in(app, application.person)
    page = browser.get("/join/application")
    assert page.says("Not for now")
    assert page.says("Not this year.")
    assert browser.get("/invite").status == 404
    with policy("approval"):
        ask(browser)
        page = confirm(browser)
    assert page.status == 422
    assert page.says("You may apply again from")
    person = find_person("ada@example.org")
    assert person is not None
    assert person.membership == Membership.NONE


def test_a_reason_is_not_asked_for_where_nobody_reads_it(app: Flask) -> None:
    assert not Browser(app).get("/join").says("Why would you like to join?")


def test_by_invitation_there_is_no_form_and_none_is_taken(app: Flask) -> None:
    form = Browser(app)
    form.get("/join")
    values = form.page.form("email").values
    with policy("invitation"):
        browser = Browser(app)
        page = browser.get("/join")
        assert page.status == 200
        assert page.says("Joining is by invitation")
        assert page.forms == []
        answer = form.post("/join", {**values, **ADA})
        assert answer.status == 403
        assert answer.says("Joining is by invitation")
    assert db.session.scalar(sa.select(sa.func.count(Pending.id))) == 0
    assert outbox() == []


def test_a_link_that_was_mailed_before_the_policy_changed_follows_the_new_one(app: Flask) -> None:
    browser = Browser(app)
    ask(browser)
    with policy("invitation"):
        page = confirm(browser)
    assert page.status == 422
    assert page.says("Joining is by invitation of a member.")
    assert db.session.scalar(sa.select(sa.func.count(Person.id))) == 0
    with policy("approval"):
        assert confirm(browser).path == "/join/application"


@pytest.mark.parametrize("name", ["open", "approval", "invitation"])
def test_under_no_policy_the_answer_tells_who_is_known(app: Flask, name: str) -> None:
    a_member(email="member@example.org")
    a_person(email="known@example.org")
    an_application(email="applied@example.org")
    a_member(email="suspended@example.org")
    become("suspended@example.org", Membership.SUSPENDED)
    values = Browser(app)
    values.get("/join")
    seen, written = set(), set()
    with policy(name):
        for who in ("member", "known", "applied", "suspended", "unknown"):
            browser = Browser(app)
            browser.get("/sign-in")
            form = values.page.form("email").values | browser.page.form("email").values
            before = len(outbox())
            answer = browser.client.post(
                "/join", data={**form, **ADA, "email": f"{who}@example.org"}
            )
            headers = sorted(
                (k, v) for k, v in answer.headers if k not in {"Set-Cookie", "Date", "X-Request-ID"}
            )
            seen.add((answer.status, answer.data, str(headers)))
            written.add(len(outbox()) - before)
    assert len(seen) == 1
    assert written == {0 if name == "invitation" else 1}


def test_the_form_shows_the_consent_text_in_force_and_its_version_is_written_down(
    app: Flask,
) -> None:
    publish_text(an_admin().id, TextKind.CONSENT, "We keep **little**.", seen=0)
    browser = Browser(app)
    page = browser.get("/join")
    assert "<strong>little</strong>" in page.html
    assert page.says("I agree to this text.")
    ask(browser)
    confirm(browser)
    [consent] = db.session.scalars(sa.select(Consent))
    assert (consent.version, consent.via) == (1, "join")


def test_who_read_an_older_text_is_shown_the_new_one_and_ticks_again(app: Flask) -> None:
    browser = Browser(app)
    browser.get("/join")
    publish_text(an_admin().id, TextKind.CONSENT, "The new words.", seen=0)
    page = browser.submit(ADA)
    assert page.status == 422
    assert page.says("The text to agree to was changed meanwhile.")
    assert page.says("The new words.")
    assert "consent" not in page.form("email").values
    assert page.form("email").values["name"] == ["Ada Lovelace"]
    with_time = browser.submit(consent="y")
    assert with_time.path == "/join/check-mail"


def test_nobody_but_an_applicant_has_an_application(app: Flask) -> None:
    assert signed_in(app, a_member()).get("/join/application").status == 404
    answer = Browser(app).client.get("/join/application")
    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        "/sign-in?next=/join/application",
    )
