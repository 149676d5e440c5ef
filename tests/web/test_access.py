"""Who is let in where, and what counts as the same network and this machine."""

from pathlib import Path

import pytest
from flask import Flask, request

from community.app import create_app
from community.core.origin import origin
from community.web.access import (
    Audience,
    admins,
    audience_of,
    everybody,
    network,
    organizers,
    viewer,
)
from community.web.machine import is_at_this_machine
from tests.factories.people import a_member, a_person, an_admin, an_organizer
from tests.web.browser_without_js import Browser, signed_in


def test_a_visitor_is_sent_to_sign_in_and_the_way_back_is_kept(app: Flask) -> None:
    browser = Browser(app)
    answer = browser.client.get("/my/events")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/sign-in?next=/my/events"
    assert browser.client.get("/organize").headers["Location"] == "/sign-in?next=/organize"


def test_the_desk_does_not_exist_for_members(app: Flask) -> None:
    for person in (a_person(), a_member()):
        answer = signed_in(app, person).get("/organize")
        assert answer.status == 404
        assert answer.text == signed_in(app, person).get("/no-such-page").text


def test_a_visitor_who_presses_an_organizers_button_is_led_to_no_such_button(app: Flask) -> None:
    answer = Browser(app).client.post("/organize/events/some-event/publish")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")


def test_a_page_for_admins_does_not_exist_for_organizers(app: Flask) -> None:
    original = app.view_functions["my.events"]
    app.view_functions["my.events"] = admins(lambda: "for admins")
    try:
        assert signed_in(app, an_organizer()).get("/my/events").status == 404
        assert signed_in(app, an_admin()).get("/my/events").status == 200
        assert Browser(app).client.get("/my/events").status_code == 303
    finally:
        app.view_functions["my.events"] = original


def test_organizers_and_admins_have_a_desk(app: Flask) -> None:
    for person in (an_organizer(), an_admin()):
        assert signed_in(app, person).get("/organize").status == 200


def test_a_session_token_that_is_not_ours_is_a_visitors(app: Flask) -> None:
    for token in ("x", "", 5, None, ["a"], "x" * 5000):
        browser = Browser(app)
        with browser.client.session_transaction() as session:
            session["token"] = token
        assert browser.get("/").status == 200
        assert browser.client.get("/my/events").status_code == 303


def test_a_forged_session_cookie_is_a_visitors(app: Flask) -> None:
    browser = signed_in(app, an_admin())
    forged = browser.cookie("session")[:-3] + "abc"
    other = Browser(app)
    other.client.set_cookie("session", forged)
    assert other.client.get("/organize").status_code == 303


def test_a_view_without_an_audience_is_for_nobody(tmp_path: Path) -> None:
    app = create_app(instance_path=tmp_path)
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    answer = Browser(app).get("/forgotten")
    assert answer.status == 404
    assert "secret" not in answer.html


def test_a_view_has_one_audience() -> None:
    @everybody
    def page() -> str:
        return ""

    assert audience_of(page) == Audience.EVERYBODY
    with pytest.raises(RuntimeError, match="two audiences"):
        organizers(page)


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
        ("", ""),
        ("unix:", ""),
    ],
)
def test_a_whole_ipv6_network_counts_as_one(app: Flask, address: str, counted: str) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        assert network() == counted


@pytest.mark.parametrize(
    ("address", "host", "headers", "here"),
    [
        ("127.0.0.1", "localhost:8000", {}, True),
        ("127.9.9.9", "127.0.0.1:8000", {}, True),
        ("::1", "[::1]:8000", {}, True),
        ("127.0.0.1", "community.test", {}, True),
        ("192.0.2.1", "localhost", {}, False),
        ("127.0.0.1", "evil.example", {}, False),
        ("127.0.0.1", "localhost.evil.example", {}, False),
        ("127.0.0.1", "localhost", {"X-Forwarded-For": "192.0.2.1"}, False),
        ("127.0.0.1", "localhost", {"Forwarded": "for=192.0.2.1"}, False),
        ("", "localhost", {}, False),
    ],
)
def test_only_a_browser_on_this_machine_is_a_developers(
    app: Flask, address: str, host: str, headers: dict[str, str], here: bool
) -> None:
    environ = {"REMOTE_ADDR": address, "HTTP_HOST": host}
    with app.test_request_context(environ_base=environ, headers={**headers, "Host": host}):
        assert is_at_this_machine() is here


def test_what_is_done_is_noted_as_done_by_whoever_is_signed_in(app: Flask) -> None:
    seen = []
    original = app.view_functions["signing_in.sign_out"]

    @everybody
    def noting() -> str:
        seen.append((origin(), viewer().person_id, request.method))
        return "noted"

    app.view_functions["signing_in.sign_out"] = noting
    try:
        person = an_organizer()
        browser = signed_in(app, person)
        browser.get("/")
        browser.sign_out()
        who, seen_by, _ = seen[0]
    finally:
        app.view_functions["signing_in.sign_out"] = original
    assert (who.person_id, who.via, who.network) == (person.id, "web", "127.0.0.1")
    assert seen_by == person.id
    assert origin().via == "system"
