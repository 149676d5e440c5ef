"""A line of the log says what happened, and holds nothing of anybody's."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
import structlog
from flask import Flask

from community.config import load_settings
from community.core import logs
from community.core.db import db
from community.membership.joining import person_at


class Lines(logging.Handler):
    """Every record as the line that would be printed."""

    def __init__(self, formatter: logging.Formatter) -> None:
        super().__init__()
        self.setFormatter(formatter)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@contextmanager
def logged(tmp_path: Path, **given: object) -> Iterator[Lines]:
    lines = Lines(logs.formatter(load_settings(instance_path=tmp_path, **given)))
    log = logging.getLogger("community.tests")
    log.addHandler(lines)
    log.setLevel(logging.INFO)
    try:
        yield lines
    finally:
        log.removeHandler(lines)


log = logging.getLogger("community.tests")


def test_a_line_is_json_with_what_is_known_beside_the_words(tmp_path: Path) -> None:
    with (
        logged(tmp_path, log_format="json") as seen,
        structlog.contextvars.bound_contextvars(work="send"),
    ):
        log.warning("mail %d\nwas put off", 7, extra={"status": 450, "recipient": "ann"})
    [line] = seen.lines
    assert "\n" not in line
    said = json.loads(line)
    assert said.pop("timestamp").endswith("Z")
    assert said == {
        "event": "mail 7\nwas put off",
        "level": "warning",
        "logger": "community.tests",
        "status": 450,
        "work": "send",
    }


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("no answer from ann.o'neil+x@mail.example.org: gone", "no answer from [address]: gone"),
        ("at redis://:pass-word@cache:6379/0", "at redis://cache:6379/0"),
        ("code eyJ0b2tlbiI6ImFiYyJ9.Zk3x9Q here", "code [secret] here"),
        ("mail 17 (seat_given) cannot be rendered", "mail 17 (seat_given) cannot be rendered"),
        ("tidied up: community.privacy.retention.forget_answers 3",) * 2,
    ],
)
def test_addresses_and_secrets_are_masked_and_words_are_not(said: str, kept: str) -> None:
    assert logs.masked(said) == kept


def test_what_went_wrong_is_told_by_kinds_and_places(tmp_path: Path) -> None:
    with logged(tmp_path, log_format="json") as seen:
        try:
            try:
                raise KeyError("canary-key")
            except KeyError as error:
                raise ValueError("canary-value") from error
        except ValueError:
            log.exception("broken")
    [line] = seen.lines
    told = json.loads(line)["exception"]
    assert "canary" not in line
    assert told.index("builtins.KeyError") < told.index("builtins.ValueError")
    assert f"{__file__}:" in told
    assert "test_what_went_wrong_is_told_by_kinds_and_places" in told


def test_whoever_sits_before_their_own_program_reads_it_all(tmp_path: Path) -> None:
    with logged(tmp_path) as seen:
        try:
            raise KeyError("canary")
        except KeyError:
            log.exception("broken")
    assert "KeyError: 'canary'" in seen.lines[0]
    with logged(tmp_path, log_format="text", env="production", **PRODUCTION) as seen:
        try:
            raise KeyError("canary")
        except KeyError:
            log.exception("broken")
    assert "canary" not in seen.lines[0]
    assert "error   broken" in seen.lines[0]


PRODUCTION = {"secret_key": "x" * 40, "base_url": "https://community.example.org"}


def test_a_row_that_the_database_refuses_is_not_quoted(app: Flask, tmp_path: Path) -> None:
    """PostgreSQL would say which value was there already; SQLAlchemy hides only what was sent."""
    person_at("canary@example.org", name="Ann")
    db.session.commit()
    table = db.metadata.tables["person_addresses"]
    found = db.session.execute(sa.select(table)).mappings().one()
    again = {name: value for name, value in found.items() if name != "id"}
    with logged(tmp_path, log_format="json") as seen:
        with pytest.raises(sa.exc.IntegrityError) as refused:
            db.session.execute(sa.insert(table).values(again))
        log.error("broken", exc_info=refused.value)
    db.session.rollback()
    assert "canary" not in str(refused.value)  # see tests/web/test_disclosure.py
    assert "canary" not in seen.lines[0]
    assert "IntegrityError" in seen.lines[0]
