"""The block for search engines in a real browser: under the policy, whatever the title."""

import json

import pytest
from flask import Flask
from playwright.sync_api import Browser, Route

from tests.browser.conftest import window
from tests.factories.events import an_event
from tests.web.browser_without_js import Browser as Fetching
from tests.web.test_structured_data import HOSTILE

READ = """() => document.querySelector('script[type="application/ld+json"]').textContent"""


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("title", HOSTILE)
def test_a_browser_reads_the_block_and_runs_nothing_of_it(
    app: Flask, chromium: Browser, title: str
) -> None:
    event = an_event(title=title, summary=title)
    answer = Fetching(app).client.get(f"/events/{event.slug}")
    policy = {"Content-Security-Policy": answer.headers["Content-Security-Policy"]}
    assert "unsafe-inline" not in policy["Content-Security-Policy"]

    def serve(route: Route) -> None:
        is_page = route.request.resource_type == "document"
        route.fulfill(
            body=answer.text if is_page else "",
            headers={**policy, "Content-Type": "text/html; charset=utf-8"},
        )

    with window(chromium, "http://community.test") as page:  # and nothing breaks the policy
        page.route("**/*", serve)
        ran = []
        page.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
        page.goto(f"/events/{event.slug}")
        assert json.loads(page.evaluate(READ))["name"] == event.title
        assert page.locator("script").count() == 2  # the site's own and the block
        assert ran == []
