"""What fields make of what was typed."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from community.app import create_app
from community.core.errors import Forbidden, Refused, TooMany
from community.web.forms import Form
from community.web.forms.fields import (
    ChoicesField,
    EmailAddressField,
    LineField,
    NumberField,
    TextField,
    TickField,
    WallTimeField,
    choice,
)
from community.web.wording import later, show_refusal


class Example(Form):
    line = LineField(later("Line"), most=10, missing=later("A line, please."))
    text = TextField(later("Text"), most=20)
    email = EmailAddressField(later("E-mail"))
    seats = NumberField(later("Seats"), least=1, most=100)
    starts_at = WallTimeField(later("Starts"))
    topics = ChoicesField(later("Topics"), choices=[choice("a", "A"), choice("b", "B")])
    tick = TickField(later("Tick"), missing=later("Tick it."))


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """No database is asked here."""
    app = create_app(instance_path=tmp_path)
    app.config["WTF_CSRF_ENABLED"] = False
    with app.test_request_context(method="POST"):
        yield app


def filled(*topics: str, **typed: str) -> Example:
    data = MultiDict({"line": "x", "tick": "y", **typed})
    data.setlist("topics", list(topics))
    return Example(data)


def test_lines_and_texts_are_cleaned(app: Flask) -> None:
    form = filled(line=" a\t\x00b\u202e ", text=" one\r\ntwo\x07 ")
    assert form.validate(), form.errors
    assert form.line.data == "a b"
    assert form.text.data == "one\ntwo"


@pytest.mark.parametrize(
    ("typed", "number"),
    [("", None), ("7", 7), (" 7 ", 7), ("100", 100)],
)
def test_a_number_may_be_left_out(app: Flask, typed: str, number: int | None) -> None:
    form = filled(seats=typed)
    assert form.validate(), form.errors
    assert form.seats.data == number


@pytest.mark.parametrize(
    "typed", ["0", "101", "-1", "1.5", "1e2", "many", "9" * 5000, "0x10", "NaN", "1_0"]
)
def test_other_numbers_are_refused_and_stay_in_the_form(app: Flask, typed: str) -> None:
    form = filled(seats=typed)
    assert not form.validate()
    assert form.seats.errors
    assert typed in form.seats()


@pytest.mark.parametrize("typed", ["2026-07-16T18:30", "2026-07-16T18:30:00"])
def test_a_wall_time_has_no_zone(app: Flask, typed: str) -> None:
    form = filled(starts_at=typed)
    assert form.validate(), form.errors
    assert form.starts_at.data == datetime(2026, 7, 16, 18, 30)  # noqa: DTZ001 - a wall time


@pytest.mark.parametrize(
    "typed", ["2026-07-16", "16.07.2026 18:30", "2026-07-16T18:30Z", "2026-02-30T10:00", "soon"]
)
def test_any_other_time_is_refused(app: Flask, typed: str) -> None:
    assert not filled(starts_at=typed).validate()


def test_choices_are_only_those_that_were_offered(app: Flask) -> None:
    assert filled("a", "b").validate()
    assert not filled("a", "c").validate()


def test_what_is_missing_is_said_in_our_words(app: Flask) -> None:
    form = Example(MultiDict({"line": "  "}))
    assert not form.validate()
    assert [str(fault) for fault in form.line.errors] == ["A line, please."]
    assert [str(fault) for fault in form.tick.errors] == ["Tick it."]
    assert form.line.flags.required


def test_a_refusal_stands_beside_its_field_or_above_the_form(app: Flask) -> None:
    form = filled()
    assert form.validate()
    assert show_refusal(form, Refused("title_missing", field="line")) == 422
    assert form.line.errors == ["Please give the event a title."]
    assert show_refusal(form, Refused("event_past")) == 422
    assert show_refusal(form, Refused("bad_address", reason="No.")) == 422
    assert form.email.errors == ["No."]
    assert show_refusal(form, TooMany(60)) == 429
    assert show_refusal(form, Forbidden("organizers_only")) == 403
    assert [str(fault)[:18] for fault in form.form_errors] == [
        "This event is over",
        "That was too often",
        "Only organizers ma",
    ]
