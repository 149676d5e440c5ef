"""Inviting and being invited, by pages."""

import pytest
from flask import Flask

from community.core.db import db
from community.membership.invitations import invite, open_invitations
from community.membership.models import Membership
from community.membership.queries import find_person
from tests.factories.joining import mailed_invitation, policy
from tests.factories.mails import outbox
from tests.factories.people import a_member, a_person
from tests.web.browser_without_js import Browser, signed_in

HEDY = "hedy@example.org"


def test_a_member_invites_and_the_invited_one_joins_where_nobody_else_can(app: Flask) -> None:
    ann = a_member("Ann Lee")
    with policy("invitation"):
        browser = signed_in(app, ann)
        browser.get("/invite")
        page = browser.submit(email=HEDY, line="You would like it here.")
        assert page.says("The invitation is on its way.")
        assert page.says(HEDY)
        path = f"/invited/{mailed_invitation(HEDY)}"
        hedy = Browser(app)
        page = hedy.get(path)
        assert page.says("Ann Lee invites you")
        assert page.says("You would like it here.")
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert find_person(HEDY) is None
        page = hedy.submit(name="Hedy", organization="Film", consent="y")
    assert page.path == "/"
    assert page.says("Welcome to Community Network!")
    assert page.says("Sign out")
    db.session.rollback()
    person = find_person(HEDY)
    assert person is not None
    assert (person.name, person.membership) == ("Hedy", Membership.ACTIVE)
    assert hedy.get(path).status == 410
    assert not browser.get("/invite").says(HEDY)


def test_an_invitation_is_taken_back_by_a_button(app: Flask) -> None:
    browser = signed_in(app, a_member())
    browser.get("/invite")
    browser.submit(email=HEDY)
    path = f"/invited/{mailed_invitation(HEDY)}"
    page = browser.submit(at="/revoke")
    assert page.says("The invitation is taken back.")
    assert not page.says(HEDY)
    assert Browser(app).get(path).status == 410


def test_somebody_elses_invitation_looks_absent(app: Flask) -> None:
    ann = a_member()
    invite(ann.id, HEDY)
    [sent] = open_invitations(ann.id)
    other = signed_in(app, a_member())
    assert not other.get("/invite").says(HEDY)
    token = other.page.form("email").values["csrf_token"]
    assert other.post(f"/invite/{sent.id}/revoke", {"csrf_token": token}).status == 404
    assert len(open_invitations(ann.id)) == 1


def test_inviting_a_member_answers_as_inviting_a_stranger_does(app: Flask) -> None:
    a_member(email="mia@example.org")
    pages = []
    for address in ("mia@example.org", "new@example.org"):
        browser = signed_in(app, a_member("Ann"))
        browser.get("/invite")
        page = browser.submit(email=address)
        pages.append(page.text.replace(address, "ADDRESS"))
    assert pages[0] == pages[1]
    assert [mail.kind for mail in outbox()] == ["invitation_again", "invitation"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"email": ""}, "Please give an address that we can write to."),
        ({"email": "hedy"}, "An e-mail address has an @ in it"),
        ({"email": "hëdy@example.org"}, "The part before the @"),
        ({"line": "x" * 301}, "cannot be longer than 300 characters"),
        ({"line": "see https://evil.test"}, "Please write it without links"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    app: Flask, fields: dict[str, str], words: str
) -> None:
    browser = signed_in(app, a_member())
    browser.get("/invite")
    page = browser.submit({"email": HEDY, "line": "Come!", **fields})
    assert page.status == 422
    assert page.says(words)
    assert page.form("email").values["line"] == [fields.get("line", "Come!")]
    assert outbox() == []


def test_only_members_have_a_page_to_invite_on(app: Flask) -> None:
    assert signed_in(app, a_person()).get("/invite").status == 404
    answer = Browser(app).client.get("/invite")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?next=/invite")
    assert "/invite" in signed_in(app, a_member()).get("/").links
    assert "/invite" not in signed_in(app, a_person()).get("/").links


@pytest.mark.parametrize("token", ["x", "a" * 500, "%00", "ü"])
def test_a_made_up_invitation_leads_to_the_page_of_a_dead_one(app: Flask, token: str) -> None:
    assert Browser(app).get(f"/invited/{token}").status in {404, 410}


@pytest.mark.parametrize("fields", [{"name": ""}, {"consent": ""}])
def test_an_invited_person_gives_a_name_and_agrees(app: Flask, fields: dict[str, str]) -> None:
    invite(a_member().id, HEDY)
    browser = Browser(app)
    browser.get(f"/invited/{mailed_invitation(HEDY)}")
    sent = {"name": "Hedy", "consent": "y", **fields}
    form = browser.page.form("name").values
    page = browser.post(browser.page.path, {**form, **{k: v for k, v in sent.items() if v}})
    assert page.status == 422
    assert find_person(HEDY) is None
