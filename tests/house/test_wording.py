"""Every code that a use-case may refuse with has words, and every word a code."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

import community
from community.app import create_app
from community.core.errors import Forbidden, NotFound, Refused, TooMany
from community.web.wording import SENTENCES, status_of, worded

SOURCE = Path(community.__file__).parent
MENTIONED = re.compile(r"%\((\w+)\)s")
RAISERS = {"Refused", "Forbidden"}


@dataclass(frozen=True)
class Raised:
    """One place where a code is raised, with the values given there."""

    code: str
    values: frozenset[str]
    place: str


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path) -> Iterator[None]:
    """The sentences are in the settings' language; no database is asked."""
    with create_app(instance_path=tmp_path).app_context():
        yield


def raised() -> Iterator[Raised]:
    """Every code in the source; what the command line alone refuses it words itself."""
    yield from (Raised(code, frozenset({"what"}), "core") for code in ("not_found", "forbidden"))
    for path in sorted(set(SOURCE.rglob("*.py")) - set((SOURCE / "ops").rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in RAISERS
                and node.args
            ):
                values = frozenset(keyword.arg or "**" for keyword in node.keywords)
                place = f"{path.relative_to(SOURCE)}:{node.lineno}"
                yield from (Raised(code, values, place) for code in codes(node.args[0]))


def codes(argument: ast.expr) -> Iterator[str]:
    """The codes that an argument may stand for."""
    if isinstance(argument, ast.Constant):
        yield str(argument.value)
    elif isinstance(argument, ast.IfExp):
        yield from codes(argument.body)
        yield from codes(argument.orelse)
    else:
        pytest.fail(f"no test can read the code {ast.unparse(argument)}: write it out")


def test_every_code_has_words() -> None:
    assert not [one for one in raised() if one.code not in SENTENCES]


def test_every_sentence_has_a_code() -> None:
    assert not set(SENTENCES) - {one.code for one in raised()}


def test_every_refusal_brings_what_its_sentence_mentions() -> None:
    lacking = {
        one.place: missing
        for one in raised()
        if (missing := set(MENTIONED.findall(SENTENCES.get(one.code, ""))) - one.values)
    }
    assert not lacking


def test_a_sentence_is_filled_with_what_it_is_about() -> None:
    said = worded(Refused("below_seats_taken", taken=1200, asked=5))
    assert "Seats taken already: 1,200." in said
    at = datetime(2027, 3, 14, 2, 30)  # noqa: DTZ001 - a wall time
    said = worded(Refused("time_skipped", field="starts_at", time=at, zone="America/New_York"))
    assert said.startswith("March 14, 2027, 2:30 AM does not exist in America/New_York:")


def test_each_kind_of_refusal_has_its_status() -> None:
    kinds = [NotFound("event"), Forbidden(), TooMany(5), Refused("link_dead"), Refused("code_dead")]
    assert [status_of(refused) for refused in kinds] == [404, 403, 429, 410, 409]


def test_an_unknown_code_still_gets_a_sentence() -> None:
    assert worded(Refused("never_heard_of")) == "This is not possible."


@pytest.mark.parametrize(("seconds", "words"), [(1, "1 minute."), (61, "2 minutes.")])
def test_a_limit_says_how_long_to_wait_in_whole_minutes(seconds: int, words: str) -> None:
    assert worded(TooMany(seconds)).endswith(words)
