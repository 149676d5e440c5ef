"""The community's texts as pages, and the links to them in the foot of every page."""

import pytest
import sqlalchemy as sa
from flask import Flask

from community.core.db import db
from community.membership.texts import PAGES, TextKind, publish_text
from tests.factories.people import an_admin
from tests.web.browser_without_js import Browser


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_is_there_once_it_has_words_and_the_foot_leads_to_it(
    app: Flask, kind: TextKind
) -> None:
    path, browser, admin = f"/{kind.value}", Browser(app), an_admin()
    assert browser.get(path).status == 404
    assert path not in browser.get("/").links
    publish_text(admin.id, kind, "# Words\n\nOf **ours**.", seen=0)
    page = browser.get(path)
    assert page.status == 200
    assert "<strong>ours</strong>" in page.html
    for other in ("/", "/events", "/join", path):
        assert path in browser.get(other).links
    publish_text(admin.id, kind, "", seen=1)
    assert browser.get(path).status == 404
    assert path not in browser.get("/").links


def test_the_consent_text_has_no_page_of_its_own(app: Flask) -> None:
    publish_text(an_admin().id, TextKind.CONSENT, "Ours.", seen=0)
    assert Browser(app).get("/consent").status == 404


@pytest.mark.parametrize(
    "bad",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "![x](https://evil.test/x.png)",
        "<img src=x onerror=alert(1)>",
        '<a href="#" onclick="x()">x</a>',
    ],
)
def test_markdown_of_admins_is_as_harmless_as_anybodys(app: Flask, bad: str) -> None:
    admin = an_admin()
    publish_text(admin.id, TextKind.ABOUT, bad, seen=0)
    publish_text(admin.id, TextKind.CONSENT, bad, seen=0)
    for path in ("/about", "/join"):
        html = Browser(app).get(path).html
        main = html[html.index("<main") : html.index("</main>")]
        for danger in ("<script", "<img", 'href="javascript', '<a href="#" onclick'):
            assert danger not in main


def test_a_text_may_be_kept_and_is_asked_for_anew_until_it_changes(app: Flask) -> None:
    admin, browser = an_admin(), Browser(app)
    publish_text(admin.id, TextKind.ABOUT, "One.", seen=0)
    first = browser.client.get("/about")
    assert first.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    tag = {"If-None-Match": first.headers["ETag"]}
    assert browser.client.get("/about", headers=tag).status_code == 304
    publish_text(admin.id, TextKind.ABOUT, "Two.", seen=1)
    assert browser.client.get("/about", headers=tag).status_code == 200


def test_the_foot_costs_one_query_that_an_index_answers(app: Flask) -> None:
    admin = an_admin()
    for kind in PAGES:
        publish_text(admin.id, kind, "Words.", seen=0)
    asked: list[str] = []

    def note(*call: object) -> None:
        asked.append(str(call[2]))

    engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        Browser(app).get("/sign-in")
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    [query] = [statement for statement in asked if "community_texts" in statement]
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            plan = connection.exec_driver_sql(
                "EXPLAIN QUERY PLAN " + query, ("about", "contact", "privacy", "imprint", "")
            ).all()
        looks = [str(row[3]) for row in plan if row[3].startswith(("SEARCH", "SCAN"))]
        assert looks
        assert [look for look in looks if "INDEX" not in look] == []
