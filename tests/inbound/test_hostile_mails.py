"""What means harm is set aside or refused, and nothing takes a second or 100 MB."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from community.calendar.replies import Unreadable, parse
from community.inbound.bounds import find_breach
from community.inbound.reading import Kind, read
from tests.house.tree import ROOT
from tests.inbound import hostile
from tests.inbound.hostile import DEAR, POISON, REFUSED
from tests.inbound.odd_answers import PLAIN, alone


@pytest.mark.parametrize(("mail", "reason"), POISON.values(), ids=POISON)
def test_a_mail_over_a_limit_is_set_aside(mail: bytes, reason: str) -> None:
    received = read(mail)
    assert (received.kind, received.reason) == (Kind.UNREADABLE, reason)
    assert received.calendar is None


def test_of_a_mail_set_aside_its_sender_is_known_all_the_same() -> None:
    mail, _ = POISON["50,000 parts"]
    received = read(mail)
    assert (received.sender, received.message_id) == ("ann@example.com", "m1@example.com")


@pytest.mark.parametrize(("file", "code"), REFUSED.values(), ids=REFUSED)
def test_a_calendar_that_says_two_things_or_too_much_is_refused(file: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        parse(file, "REPLY")
    assert refused.value.code == code


@pytest.mark.parametrize("make", DEAR.values(), ids=DEAR)
def test_what_costs_the_most_keeps_the_limits(make: Callable[[], bytes]) -> None:
    assert find_breach(make()) == ""


def test_limits_are_met_from_below_too() -> None:
    assert read(hostile.parts(395)).kind == Kind.WORDS
    assert read(hostile.nested(18)).kind == Kind.WORDS
    full = PLAIN.replace("SEQUENCE:0", f"SEQUENCE:0\r\nX-A:{'x' * 127 * 1024}")
    received = read(alone(full))
    assert received.calendar is not None
    assert parse(received.calendar, received.method).sequence == 0


def test_the_name_of_a_file_is_no_calendar(tmp_path: Path) -> None:
    """The library opens what it takes for one."""
    file = tmp_path / "answer.ics"
    file.write_text(PLAIN)
    with pytest.raises(Unreadable) as refused:
        parse(str(file).encode(), "REPLY")
    assert refused.value.code == "no_calendar"


@pytest.fixture(scope="module")
def figures() -> dict[str, str]:
    """What each hostile mail took, and the controls."""
    if sys.platform != "linux":
        pytest.skip("only Linux limits a process's memory")
    command = [sys.executable, "-m", "tests.inbound.limited"]
    # Tracing its lines would cost more than reading the mails.
    untraced = {name: value for name, value in os.environ.items() if "COV" not in name}
    done = subprocess.run(
        command, cwd=ROOT, env=untraced, capture_output=True, text=True, check=True, timeout=99
    )
    return dict(line.rsplit(": ", 1) for line in done.stdout.splitlines())


def died(figures: dict[str, str], names: Iterable[str]) -> dict[str, str]:
    return {name: figures[name] for name in names if not re.match(r"0\.\d{3} s ", figures[name])}


@pytest.mark.slow
def test_any_mail_is_read_within_a_second_and_100_megabytes(figures: dict[str, str]) -> None:
    assert died(figures, [*POISON, *DEAR]) == {}


@pytest.mark.slow
def test_the_limits_end_whoever_breaks_them(figures: dict[str, str]) -> None:
    controls = ["careless, an honest answer", "careless, 20,000 senders", "greedy, too large"]
    assert died(figures, controls) == {
        "careless, 20,000 senders": "died of SIGXCPU",
        "greedy, too large": "raised MemoryError",
    }
