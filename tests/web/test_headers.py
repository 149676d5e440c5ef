"""What every answer tells the browser, and what it keeps."""

import re
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
import time_machine
from flask import Flask

from community.app import create_app
from community.core.clock import now
from community.core.db import db
from community.membership.models import PendingKind
from tests.evidence import Evidence
from tests.factories.databases import migrate
from tests.factories.events import an_event
from tests.factories.people import a_member
from tests.factories.proofs import mailed_code, mailed_token
from tests.web.browser_without_js import Browser, signed_in

ADA = {"name": "Ada", "email": "ada@example.org", "consent": "y"}
SLUG = "boston-leadership-dinner"
PATHS = [
    "/",
    "/join",
    "/sign-in",
    "/events",
    f"/events/{SLUG}",
    f"/events/{SLUG}/rsvp",
    f"/events/{SLUG}/event.ics",
    "/calendar.ics",
    "/robots.txt",
    "/healthz",
    "/dev/mail",
    "/my/events",
    "/no-such-page",
    "/static/no-such-file",
    "/static/icons/favicon.svg",
    "/join/confirm/dead",
]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_is_dressed(app: Flask, path: str) -> None:
    an_event()
    for method in ("GET", "HEAD", "POST", "OPTIONS"):
        headers = Browser(app).client.open(path, method=method).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] in {"same-origin", "no-referrer"}
        assert "camera=()" in headers["Permissions-Policy"]
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in headers
        assert len(headers.getlist("Content-Security-Policy")) == 1


@pytest.mark.parametrize("path", ["/", "/events", f"/events/{SLUG}", "/robots.txt"])
def test_a_page_without_a_form_may_be_kept_and_is_asked_for_anew(app: Flask, path: str) -> None:
    an_event()
    browser = Browser(app)
    first = browser.client.get(path)
    assert first.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert "Cookie" in first.headers["Vary"]
    assert "Set-Cookie" not in first.headers
    assert not first.headers["ETag"].startswith("W/")
    again = browser.client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""
    assert "Content-Security-Policy" in again.headers
    assert browser.client.head(path).headers["ETag"] == first.headers["ETag"]


def test_a_page_that_changed_is_sent_again(app: Flask) -> None:
    browser = Browser(app)
    before = browser.client.get("/").headers["ETag"]
    an_event()
    after = browser.client.get("/", headers={"If-None-Match": before})
    assert after.status_code == 200
    assert after.headers["ETag"] != before


@pytest.mark.parametrize(
    "path", ["/", "/events", f"/events/{SLUG}/event.ics", "/my/events", "/no-such-page"]
)
def test_nothing_is_kept_of_a_signed_in_person(app: Flask, path: str) -> None:
    an_event()
    answer = signed_in(app, a_member()).client.get(path)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in answer.headers


@pytest.mark.parametrize("path", ["/join", "/sign-in", "/sign-in/code"])
def test_a_page_with_a_form_is_never_kept_not_even_the_second_time(app: Flask, path: str) -> None:
    browser = Browser(app)
    for _ in range(2):
        assert browser.client.get(path).headers["Cache-Control"] == "no-store"


def test_a_flash_is_for_one_reader(app: Flask) -> None:
    browser = signed_in(app, a_member())
    browser.get("/")
    token = browser.page.form(at="/sign-out").values
    answer = browser.client.post("/sign-out", data=token)
    assert answer.headers["Cache-Control"] == "no-store"
    home = browser.client.get("/")
    assert "You are signed out." in home.text
    assert home.headers["Cache-Control"] == "no-store"
    assert browser.client.get("/").headers["Cache-Control"].startswith("public")


def test_pages_with_a_token_keep_it_to_themselves(app: Flask) -> None:
    a_member(email="ada@example.org")
    browser = Browser(app)
    browser.get("/join")
    browser.submit(ADA)
    browser.get("/sign-in")
    browser.submit(email="ada@example.org")
    alive = f"/join/confirm/{mailed_token(PendingKind.JOIN, 'ada@example.org')}"
    link = f"/sign-in/link/{mailed_code('ada@example.org')[1]}"
    for path in (alive, link, "/join/confirm/dead", "/rsvp/confirm/dead", "/rsvp/1-dead"):
        for answer in (browser.client.get(path), browser.client.post(path)):
            assert answer.headers["Referrer-Policy"] == "no-referrer", path
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["X-Robots-Tag"] == "noindex"


def test_the_stylesheet_and_the_script_are_kept_for_a_year(app: Flask) -> None:
    browser = Browser(app)
    html = browser.get("/").html
    for suffix, kind in (("css", "text/css"), ("js", "text/javascript")):
        path = next(
            part for part in html.split('"') if re.fullmatch(rf"/static/.*\.{suffix}", part)
        )
        answer = browser.client.get(path)
        assert answer.status_code == 200
        assert answer.mimetype == kind
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers["Vary"]
        packed = browser.client.get(path, headers={"Accept-Encoding": "gzip"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert len(packed.data) < len(answer.data)
        assert packed.headers["ETag"] != answer.headers["ETag"]
        asked = {"If-None-Match": answer.headers["ETag"]}
        assert browser.client.get(path, headers=asked).status_code == 304


def test_a_page_from_yesterday_gets_todays_stylesheet_but_does_not_keep_it(app: Flask) -> None:
    answer = Browser(app).client.get("/static/site.0123456789abcdef.css")
    assert answer.status_code == 200
    assert "immutable" not in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    "name",
    [
        "../app.py",
        "icons/../../app.py",
        "icons/..%2f..%2fapp.py",
        "icons/%2e%2e/ORDER",
        "css/tokens.css",
        "css/ORDER",
        "icons",
        "icons/",
        "icons/.hidden",
        "icons/..\\..\\app.py",
        "icons//favicon.svg",
        "/etc/passwd",
        "icons/x%00.svg",
    ],
)
def test_no_other_file_can_be_had(app: Flask, name: str) -> None:
    assert Browser(app).client.get(f"/static/{name}").status_code in {404, 405}


def test_a_doubled_slash_is_no_page_and_repeats_no_host(app: Flask) -> None:
    answer = Browser(app).client.get("/join//check-mail", headers={"Host": "evil.example"})
    assert answer.status_code == 404
    assert "evil.example" not in answer.text + str(answer.headers)


@pytest.mark.parametrize("path", ["/", "/join", "/events", "/my/events", "/calendar.ics"])
def test_the_host_that_a_request_names_is_never_repeated(app: Flask, path: str) -> None:
    an_event()
    evil = {
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "host=evil.example",
    }
    answer = Browser(app).client.get(path, headers=evil)
    assert "evil.example" not in answer.text + str(answer.headers)


def test_the_clock_alone_changes_no_page(app: Flask) -> None:
    an_event()
    browser = Browser(app)
    tag = browser.client.get("/").headers["ETag"]
    with time_machine.travel(now() + timedelta(minutes=5)):
        answer = browser.client.get("/", headers={"If-None-Match": tag})
    assert answer.status_code == 304


IN_PRODUCTION = "https://community.example.org"


@pytest.fixture
def production(tmp_path: Path) -> Flask:
    app = create_app(
        instance_path=tmp_path,
        env="production",
        base_url="https://community.example.org",
        secret_key="k" * 43,
    )
    with app.app_context():
        migrate()
        a_member(email="ada@example.org")
        db.engine.dispose()
    return app


def test_in_production_cookies_are_bound_to_this_host_and_to_https(production: Flask) -> None:
    browser = Browser(production)
    cookies = {}
    for answer in (
        browser.client.get("/join", base_url="https://community.example.org"),
        browser.client.post(
            "/join",
            base_url="https://community.example.org",
            data={**browser_form(production, browser), **ADA},
        ),
    ):
        for cookie in answer.headers.getlist("Set-Cookie"):
            cookies[cookie.split("=")[0]] = cookie
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert set(cookies) == {"__Host-session", "__Host-browser"}
    for cookie in cookies.values():
        parts = {part.strip() for part in cookie.split(";")}
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= parts
        assert "Domain" not in cookie


def browser_form(app: Flask, browser: Browser) -> dict[str, list[str]]:
    page = browser.get("/join", base_url="https://community.example.org")
    return page.form("email").values


def test_in_production_there_is_no_development_mailbox(production: Flask) -> None:
    browser = Browser(production)
    assert browser.get("/dev/mail", base_url=IN_PRODUCTION).status == 404
    assert "/dev/mail" not in browser.get("/", base_url=IN_PRODUCTION).links


OTHER_NAMES = [
    "evil.example",
    "localhost",
    "127.0.0.1:8000",
    "community.example.org.evil.example",
    "community.example.org, evil.example",
    "evil.example, community.example.org",
    "community.example.org@evil.example",
    "www.community.example.org",
    "[::1]",
    "[::1",
    "",
    " ",
]
OWN_NAMES = ["community.example.org", "Community.Example.ORG", "community.example.org:443"]


@pytest.mark.proof
def test_in_production_no_other_name_is_answered(production: Flask, evidence: Evidence) -> None:
    browser, paths = Browser(production), ("/", "/sign-in", "/no", "/static/icons/favicon.svg")
    for host, path in product(OTHER_NAMES, paths):
        answer = browser.client.get(path, headers={"Host": host})
        assert answer.status_code == 400, path
        assert "has another name" in answer.text
        assert "evil" not in answer.text + str(answer.headers)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Security-Policy"]
    for host in OTHER_NAMES:
        assert browser.client.post("/sign-in", headers={"Host": host}).status_code == 400
        for probe in ("/healthz", "/readyz"):
            assert browser.client.get(probe, headers={"Host": host}).status_code == 200
    for host in OWN_NAMES:
        assert browser.client.get("/", headers={"Host": host}).status_code == 200
    evidence(
        "S6",
        "in production a request for another host than that of BASE_URL is refused",
        count=f"{len(OTHER_NAMES)} names",
        control=f"{len(OWN_NAMES)} ways to write its own are answered",
    )


def test_a_host_that_is_no_name_is_refused_and_no_fault_of_ours(app: Flask) -> None:
    for host in ("x" * 64 + ".example", "x" * 5000, "a..b"):
        for method in ("GET", "POST"):
            answer = Browser(app).client.open("/sign-in", method=method, headers={"Host": host})
            assert answer.status_code in {200, 400, 403}, host
