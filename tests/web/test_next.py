"""Only paths of this site are led to after signing in."""

import re

import pytest
from flask import Flask

from community.web.next import own_path
from tests.evidence import Evidence
from tests.factories.people import a_member
from tests.factories.proofs import mailed_code
from tests.web.browser_without_js import Browser

OWN = [
    "/",
    "/events",
    "/events/",
    "/events/boston-leadership-dinner/rsvp",
    "/organize/events/new",
    "/events?when=past&q=dinner",
    "/events?q=http://example.org/",
    "/events?q=a%20b%2Fc",
    "/members/j%C3%BCrgen",
    "/a~b/c.d/e_f-g/(h)/@i",
    "/events?",
]
ELSEWHERE = [
    None,
    "",
    " ",
    "//evil.example",
    "///evil.example",
    "////evil.example/x",
    "//evil.example/%2f..",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\\/evil.example",
    "/x\\y",
    "/x//evil.example",
    "/.//evil.example",
    "/..//evil.example",
    "/./evil",
    "/a/../b",
    "/%2e%2e//evil.example",
    "/%2E%2e/x",
    "/%2f/evil.example",
    "/%2F%2Fevil.example",
    "/%5cevil.example",
    "/%5C%5Cevil.example",
    "/%255cevil.example",
    "/%09/evil.example",
    "/%0d%0aLocation:%20https://evil.example",
    "/%00",
    "/%7f",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\nSet-Cookie: a=b",
    "\t//evil.example",
    " //evil.example",
    "/ /evil.example",
    "/events /x",
    "/\x00",
    "/\x7f",
    "/\u2028x",
    "/\u3002evil.example",
    "/\uff0fevil.example",
    "\uff0f\uff0fevil.example",
    "/\u2215/evil.example",
    "/j\u00fcrgen",
    "/\u202e/x",
    "http://evil.example",
    "https://evil.example/",
    "HTTPS://evil.example",
    "http:evil.example",
    "https:/evil.example",
    "http:///evil.example",
    "https://localhost@evil.example/",
    "//localhost@evil.example",
    "//user:pass@evil.example",
    "//[::1]/",
    "//0x7f000001",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox",
    "mailto:a@evil.example",
    "ftp://evil.example",
    "file:///etc/passwd",
    "evil.example",
    "events",
    "./events",
    "../events",
    "?next=/",
    "#x",
    "/events#x",
    "/%",
    "/%zz",
    "/<script>",
    '/"onmouseover="x',
    "/events?q=<b>",
    "/events?q=a b",
    "/events?q=%",
    "/" + "a" * 1000,
]


@pytest.mark.parametrize("path", OWN)
def test_a_path_of_this_site_is_kept_as_it_is(path: str) -> None:
    assert own_path(path) == path


@pytest.mark.parametrize("text", ELSEWHERE)
def test_anything_that_may_lead_elsewhere_is_refused(text: str | None) -> None:
    assert own_path(text) is None


def leads_away(path: str | None) -> bool:
    """Whether a browser might be somewhere else after a redirect to it."""
    return path is not None and not re.fullmatch(r"/(?![/\\])[!-~]*", path)


@pytest.mark.proof
def test_the_table_of_attacks_is_as_long_as_it_claims(evidence: Evidence) -> None:
    assert len(set(ELSEWHERE)) >= 60
    assert not any(leads_away(own_path(text)) for text in ELSEWHERE)
    # The control: what many programs look at.
    careless = [text for text in ELSEWHERE if text and text.startswith("/")]
    assert sum(map(leads_away, careless)) >= 10
    evidence(
        "S7",
        "after signing in nobody is led to another site",
        count=f"{len(set(ELSEWHERE))} payloads",
        control="a look at the first slash alone leads away",
    )


@pytest.mark.parametrize(
    ("wanted", "reached"), [("/sign-in?x=1", "/sign-in?x=1"), ("//evil.example/", "/")]
)
def test_after_signing_in_the_browser_is_where_it_wanted_to_be_on_this_site(
    app: Flask, wanted: str, reached: str
) -> None:
    a_member(email="ada@example.org")
    browser = Browser(app)
    browser.page = browser.get("/sign-in")
    browser.client.post(
        "/sign-in",
        query_string={"next": wanted},
        data={**browser.page.form("email").values, "email": "ada@example.org"},
    )
    code, _ = mailed_code("ada@example.org")
    browser.get("/sign-in/code")
    assert browser.submit(code=code).path == reached
