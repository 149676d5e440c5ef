"""Redis that is away: limits go on in the database, with a warning, and nobody sees an error."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from community.config import SettingsError, load_settings
from community.core import limits, redis_limits
from community.core.db import db
from community.core.errors import TooMany
from community.core.limits import Limit
from community.ops import doctor
from tests.factories.limits import a_redis, counted_in
from tests.web.browser_without_js import Browser


def _take(most: int = 2) -> None:
    limits.take("test", "ada", most=most, within=timedelta(minutes=1))


def _in_the_database() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.sum(Limit.used))) or 0


@pytest.fixture(params=["gone", "silent", "locked"])
def broken_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A server that refuses connections, one that never answers, one that wants a password."""
    with ExitStack() as stack:
        if request.param == "locked":
            url = stack.enter_context(a_redis())
            redis_limits.connection(url).config_set("requirepass", "s3cret")
            redis_limits.connection(url).close()  # whoever was let in before stays in
            yield url
            return
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        url = f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
        if request.param == "gone":
            listener.close()
        yield url


def test_the_database_counts_on_with_a_warning(
    app: Flask, broken_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with counted_in(app, broken_url):
        _take()
        _take()
        with pytest.raises(TooMany):
            _take()
    assert _in_the_database() == 2
    [said] = caplog.records  # one, and not one for each request
    assert "counted in the database" in said.message
    assert "s3cret" not in said.message


def test_who_asks_meanwhile_waits_for_no_timeout(app: Flask, broken_url: str) -> None:
    with counted_in(app, broken_url):
        _take(100)
        before = time.monotonic()
        for _ in range(10):
            _take(100)
        assert time.monotonic() - before < 10 * 0.5  # no timeout each, on however slow a machine


def test_a_form_is_answered_as_ever_and_its_limit_holds(app: Flask, broken_url: str) -> None:
    browser = Browser(app)
    with counted_in(app, broken_url):
        for _ in range(3):
            browser.get("/sign-in")
            assert browser.submit(email="ada@example.org").path == "/sign-in/code"
        browser.get("/sign-in")
        assert browser.submit(email="ada@example.org").status == 429


def test_a_server_that_comes_back_counts_again(app: Flask) -> None:
    with a_redis() as url, counted_in(app, url):
        _take(1)
        assert _in_the_database() == 0
    with counted_in(app, url):
        _take(1)
        assert _in_the_database() == 1
    with a_redis(int(url.rpartition(":")[2].partition("/")[0])) as again, counted_in(app, again):
        assert again == url
        _take(1)  # what it knew went with it
        with pytest.raises(TooMany):
            _take(1)
        assert _in_the_database() == 1


def test_the_doctor_finds_it(app: Flask, broken_url: str, redis_url: str) -> None:
    def finding() -> doctor.Finding:
        return next(found for found in doctor.examine() if found.about == "limits")

    assert finding().is_well
    with counted_in(app, redis_url):
        assert finding().is_well
        assert "Redis" in finding().text
    with counted_in(app, broken_url):
        assert "COMMUNITY_REDIS_URL" in finding().advice


@pytest.mark.parametrize(
    "url",
    ["localhost:6379", "http://localhost", "redis://", "redis://host:99999", "redis://h?x=1"],
)
def test_a_url_that_is_none_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(SettingsError, match="COMMUNITY_REDIS_URL"):
        load_settings(redis_url=url)
