"""What people typed reaches the headers of an answer as a slug, or not at all."""

import os
import re

import pytest
from flask import Flask
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse

from community.core.errors import Refused
from community.core.text import slugify
from tests.evidence import Evidence
from tests.factories.events import an_event
from tests.factories.header_payloads import PAYLOADS
from tests.factories.people import an_admin
from tests.web.browser_without_js import Browser, signed_in

PROOF = bool(os.environ.get("PROOF"))
SHOWN = "no title or parameter becomes a header of an answer, or a path in a file's name"
TRIED = PAYLOADS if PROOF else PAYLOADS[::20]
NAME = re.compile(r"attachment; filename=[a-z0-9-]+\.(?:ics|csv|json|xlsx)")
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True, scope="session")


def told(answer: TestResponse) -> list[str]:
    return sorted({name.lower() for name, _ in answer.headers})


def files(browser: Browser, slug: str) -> list[TestResponse]:
    """An event as a file, its attendees, and its log."""
    desk = f"/organize/events/{slug}"
    paths = (f"/events/{slug}/event.ics", f"{desk}/attendees.csv", f"{desk}/log.csv")
    return [browser.client.get(path) for path in paths]


@pytest.mark.proof
def test_titles_and_parameters_stay_out_of_them(app: Flask, evidence: Evidence) -> None:
    admin = an_admin()
    browser = signed_in(app, admin)
    honest = [told(one) for one in files(browser, an_event(admin).slug)]
    made = 0
    for payload in TRIED:
        try:
            event = an_event(admin, title=payload[:100])
        except Refused:
            continue  # nothing in it can be seen
        made += 1
        assert re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", event.slug), ascii(payload)
        for answer, names in zip(files(browser, event.slug), honest, strict=True):
            assert answer.status_code == 200
            assert told(answer) == names, ascii(payload)
            assert NAME.fullmatch(answer.headers["Content-Disposition"]), ascii(payload)
        query = {"next": payload.encode("utf-8", "replace").decode(), "q": "x"}
        answer = Browser(app).client.get("/sign-in", query_string=query)
        assert answer.status_code == 200, ascii(payload)
        assert "x.test" not in str(answer.headers)
    assert made > len(TRIED) // 2
    evidence("S10", SHOWN, count=f"{len(TRIED)} payloads x 3 files and a parameter")


@pytest.mark.proof
def test_control_a_title_as_it_is_would_be_a_name_of_ones_choice(
    database_kind: str, evidence: Evidence
) -> None:
    """Werkzeug refuses line breaks; what it lets through is still not a name of ours."""
    odd = 0
    for payload in PAYLOADS:
        assert re.fullmatch(r"[a-z0-9-]*", slugify(payload)), ascii(payload)
        headers = Headers()
        try:
            headers.set("Content-Disposition", "attachment", filename=f"{payload}.csv")
        except (ValueError, UnicodeError):
            continue
        odd += not NAME.fullmatch(headers["Content-Disposition"])
    assert odd > 100
    evidence("S10", SHOWN, control=f"titles as they are: {odd} names of a stranger's choice")
