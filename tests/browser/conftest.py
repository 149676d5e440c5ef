"""A real Chromium, and the program with demo data behind it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page

from community.app import create_app
from community.core.db import db
from community.ops import demo
from tests.factories.databases import migrate
from tests.journeys.running import Running, running


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The program with demo data, for all browser tests of this run."""
    instance = tmp_path_factory.mktemp("browser")
    app = create_app(instance_path=instance)
    with app.app_context():
        migrate()
        demo.load()
        db.engine.dispose()
    with running(instance, rate_limits="off") as started:
        yield started


@contextmanager
def window(chromium: Browser, url: str) -> Iterator[Page]:
    """A window with no history. A page that raises in its script or breaks its CSP fails."""
    context = chromium.new_context(base_url=url, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(15_000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: complaints.append(said.text) if "Content Security" in said.text else None,
    )
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def page(chromium: Browser, program: Running) -> Iterator[Page]:
    """A window of its own on the program with demo data."""
    with window(chromium, program.url) as opened:
        yield opened
