"""Where to report a weakness, as RFC 9116 wants it said."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask

from community.config import SettingsError, load_settings
from community.membership.texts import TextKind, publish_text
from tests.factories.people import an_admin
from tests.web.browser_without_js import Browser, Page

PATH = "/.well-known/security.txt"


@contextmanager
def known(app: Flask, **settings: str) -> Iterator[None]:
    before = app.extensions["community_settings"]
    app.extensions["community_settings"] = before.model_copy(update=settings)
    yield
    app.extensions["community_settings"] = before


def fields(page: Page) -> dict[str, str]:
    assert page.status == 200
    assert page.headers["Content-Type"] == "text/plain; charset=utf-8"
    return dict(line.split(": ", 1) for line in page.response.text.splitlines())


def test_it_names_contact_end_address_languages_and_policy(app: Flask) -> None:
    told = {
        "security_contact": "security@example.org",
        "security_policy": "https://example.org/security",
        "locale": "pt_BR",
    }
    with known(app, **told), time_machine.travel("2026-06-15 12:00Z"):
        assert fields(Browser(app).get(PATH)) == {
            "Contact": "mailto:security@example.org",
            "Expires": "2027-01-01T00:00:00Z",
            "Preferred-Languages": "pt-BR",
            "Canonical": f"http://community.test{PATH}",
            "Policy": "https://example.org/security",
        }


def test_it_ends_in_more_than_half_a_year_and_less_than_a_year_whenever_it_is_read(
    app: Flask,
) -> None:
    with known(app, security_contact="security@example.org"):
        for days in range(0, 800, 13):
            at = datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=days)
            with time_machine.travel(at, tick=False):
                end = fields(Browser(app).get(PATH))["Expires"]
            left = datetime.strptime(end, "%Y-%m-%dT%H:%M:%S%z") - at
            assert timedelta(days=180) < left < timedelta(days=220), at


def test_without_the_setting_it_is_the_page_of_the_community_that_has_one(app: Flask) -> None:
    assert Browser(app).get(PATH).status == 404
    publish_text(an_admin().id, TextKind.CONTACT, "Write to Ann.", seen=0)
    assert fields(Browser(app).get(PATH))["Contact"] == "http://community.test/contact"


def test_the_host_of_a_request_is_no_part_of_it(app: Flask) -> None:
    with known(app, security_contact="https://example.org/report"):
        answer = Browser(app).client.get(PATH, headers={"Host": "evil.example"})
    assert "evil.example" not in answer.text
    assert "Contact: https://example.org/report\n" in answer.text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("security_contact", "a@example.org\nPolicy: https://evil.example"),
        ("security_contact", "http://example.org/security"),
        ("security_contact", "nobody"),
        ("security_contact", "security @example.org"),
        ("security_policy", "security@example.org"),
        ("security_policy", "https://example.org/ü"),
    ],
)
def test_a_setting_that_is_neither_stops_the_program(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name.upper()):
        load_settings(instance_path=tmp_path, **{name: value})
