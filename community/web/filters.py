"""What templates may do with days, times, numbers and Markdown."""

from babel.numbers import format_decimal
from flask import Flask

from community.core.dates import clock, day, instant, locale, second, weekday_day
from community.core.markup import safe_html


def number(n: int) -> str:
    """``1,200``."""
    return format_decimal(n, locale=locale())


def register(app: Flask) -> None:
    """Let templates use these."""
    for shown in (day, weekday_day, clock, instant, second, number):
        app.add_template_filter(shown)
    app.add_template_filter(safe_html, "markdown")
