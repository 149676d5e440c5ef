"""What one process compiled the next one loads; nothing of it is ever out of date or in the way."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader

from community.core.compiled_templates import CompiledTemplates

WORDS = "{% for name in names %}{{ name }}, {% endfor %}welcome."
SEEN = "Ada &amp; Bo, welcome."


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "hello.html").write_text(WORDS)
    return folder


@pytest.fixture
def show(sources: Path) -> Callable[..., tuple[str, int]]:
    """What a new process sees, and how many templates it compiled for that."""

    def show(kept: Path, environment: str = "web", **ways: Any) -> tuple[str, int]:
        compiled: list[str] = []

        class Counting(Environment):
            def compile(self, source: str, *args: object, **more: object) -> object:  # type: ignore[override]  # one of two forms
                compiled.append(source)
                return super().compile(source, *args, **more)  # type: ignore[call-overload]  # the same

        templates = Counting(
            loader=FileSystemLoader(sources),
            bytecode_cache=CompiledTemplates(environment, kept),
            **{"autoescape": True, **ways},
        )
        return templates.get_template("hello.html").render(names=["Ada & Bo"]), len(compiled)

    return show


@pytest.fixture
def kept(sources: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return sources / "__pycache__"


def test_the_second_process_compiles_nothing(
    show: Callable[..., tuple[str, int]], kept: Path
) -> None:
    assert show(kept) == (SEEN, 1)
    assert show(kept) == (SEEN, 0)


def test_what_was_changed_is_compiled_again(
    show: Callable[..., tuple[str, int]], kept: Path, sources: Path
) -> None:
    show(kept)
    (sources / "hello.html").write_text(WORDS + " Sit down.")
    assert show(kept) == (SEEN + " Sit down.", 1)
    assert show(kept) == (SEEN + " Sit down.", 0)


def test_environments_share_nothing(show: Callable[..., tuple[str, int]], kept: Path) -> None:
    show(kept)
    assert show(kept, "mail") == (SEEN, 1)
    assert show(kept) == (SEEN, 0)


@pytest.mark.parametrize("otherwise", [False, lambda _name: False], ids=["never", "asked"])
def test_what_escapes_never_meets_what_does_not(
    show: Callable[..., tuple[str, int]], kept: Path, otherwise: object
) -> None:
    assert show(kept, autoescape=otherwise) == ("Ada & Bo, welcome.", 1)
    assert show(kept) == (SEEN, 1)
    assert show(kept, autoescape=otherwise) == ("Ada & Bo, welcome.", 1)


def test_a_file_that_is_cut_off_anywhere_is_no_fault(
    show: Callable[..., tuple[str, int]], kept: Path
) -> None:
    """As a power cut leaves it, on file systems that name a file before they fill it."""
    show(kept)
    (file,) = kept.iterdir()
    whole = file.read_bytes()
    for size in range(0, len(whole), 7):
        file.write_bytes(whole[:size])
        assert show(kept) == (SEEN, 1), size


def test_a_folder_that_cannot_be_written_costs_time_alone(
    show: Callable[..., tuple[str, int]], tmp_path: Path
) -> None:
    (tmp_path / "a file").write_text("")
    for nowhere in (tmp_path / "a file", tmp_path / "a file" / "in it", tmp_path / "no" / "such"):
        assert show(nowhere) == (SEEN, 1)
        assert show(nowhere) == (SEEN, 1)
    assert {path.name for path in tmp_path.iterdir()} == {"a file", "templates"}


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from jinja2 import Environment, FileSystemLoader
from community.core.compiled_templates import CompiledTemplates

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
kept = CompiledTemplates("web", Path(sys.argv[1]))
loader = FileSystemLoader(sys.argv[2])
print(Environment(loader=loader, bytecode_cache=kept).get_template("hello.html").render())
"""


def test_a_full_disk_leaves_no_half_of_a_file(kept: Path, sources: Path) -> None:
    command = [sys.executable, "-c", FULL_DISK, str(kept), str(sources)]
    # Coverage would meet the limit, too, and say so; and here is what this test is about.
    ours = ("COV_", "COVERAGE", "PYTHONDONTWRITEBYTECODE")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    ended = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert ended.stdout.strip() == "welcome."
    assert list(kept.iterdir()) == []


def test_nothing_is_kept_where_python_keeps_nothing(
    show: Callable[..., tuple[str, int]], kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert show(kept) == (SEEN, 1)
    assert list(kept.iterdir()) == []
