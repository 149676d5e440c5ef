"""How days, times and numbers look on a page."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask import render_template_string

from community.app import create_app
from community.core.dates import clock, day, instant, weekday_day
from community.web.filters import number

EVENING = datetime(2026, 7, 16, 18, 30)  # noqa: DTZ001 - a wall time


@pytest.fixture(params=["en", "de", "en-GB"])
def locale(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    app = create_app(instance_path=tmp_path, locale=request.param)
    with app.test_request_context():
        yield str(request.param)


def test_days_and_times_are_written_as_the_language_writes_them(locale: str) -> None:
    assert {
        "en": ("July 16, 2026", "Thursday, July 16, 2026", "6:30 PM", "1,200"),
        "de": ("16. Juli 2026", "Donnerstag, 16. Juli 2026", "18:30", "1.200"),
        "en-GB": ("16 July 2026", "Thursday, 16 July 2026", "18:30", "1,200"),
    }[locale] == (day(EVENING), weekday_day(EVENING), clock(EVENING), number(1200))
    assert day(date(2026, 7, 16)) == day(EVENING)


def test_an_instant_is_shown_by_the_clocks_of_a_zone(locale: str) -> None:
    at = datetime(2026, 7, 14, 18, 2, tzinfo=UTC)
    assert {
        "en": ("Jul 14, 2026, 2:02 PM", "Jul 15, 2026, 3:02 AM"),
        "de": ("14.07.2026, 14:02", "15.07.2026, 03:02"),
        "en-GB": ("14 Jul 2026, 14:02", "15 Jul 2026, 03:02"),
    }[locale] == (instant(at, "America/New_York"), instant(at, "Asia/Tokyo"))


def test_templates_have_them_all_and_translated_text_with_values(locale: str) -> None:
    template = (
        "{{ at|day }}{{ at|weekday_day }}{{ at|clock }}{{ 5|number }}{{ '*x*'|markdown }}"
        "{{ _('%(n)s of 100%%', n='<5>') }}"
        "{% trans n=2 %}{{ n }} seat{% pluralize %}{{ n }} seats{% endtrans %}"
    )
    shown = render_template_string(template, at=EVENING)
    assert "<em>x</em>" in shown
    assert "&lt;5&gt; of 100%" in shown
    assert shown.endswith("2 seats")
