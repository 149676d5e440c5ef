"""What the documentation names exists: files, headings, make targets, commands."""

import re
from pathlib import Path

import click
import pytest

from community.app import create_app
from tests.house.tree import ROOT, files, read

PAGES = files(".", "*.md")
LINK = re.compile(r"\]\(([^)\s]+)\)")
# Where people work is nobody's business, and no page can rely on it.
A_MACHINE = re.compile(r"(?<![\w.])/(?:root|work|home/\w+|Users)/")


def test_there_are_pages_to_look_at() -> None:
    assert {"README.md", "docs/configure.md", "docs/install.md"} <= {str(p) for p in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(read(page)):
        if target.startswith(("http:", "https:", "mailto:")):
            continue
        path, _, heading = target.partition("#")
        file = (ROOT / page).parent / path if path else ROOT / page
        assert file.exists(), target
        if heading:
            assert heading in _anchors(file.read_text(encoding="utf-8")), target


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", read(Path("Makefile")), re.MULTILINE))
    named = set(re.findall(r"(?:^|`|\$ |&& )make ([a-z]+)\b", read(page), re.MULTILINE))
    assert named - targets == set()


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_command_that_is_named_exists(page: Path, tmp_path: Path) -> None:
    app = create_app(instance_path=tmp_path)
    named = re.findall(r"(?:`|bin/|-m )flask ([a-z]+)(?: ([a-z]+))?", read(page))
    for group, word in named:
        command = app.cli.get_command(click.Context(app.cli), group)
        assert command is not None, group
        if isinstance(command, click.Group) and word:
            assert word in command.commands, f"{group} {word}"


def test_every_command_and_target_says_in_its_help_what_it_does(tmp_path: Path) -> None:
    app = create_app(instance_path=tmp_path)
    commands = [command for _, command in _commands(app.cli)]
    assert [command.name for command in commands if not (command.help or "").strip()] == []
    helped = re.findall(r"^([a-z]+):.*## ", read(Path("Makefile")), re.MULTILINE)
    documented = ["help", "run", "test", "check", "lint", "format", "bench", "proof", "db", "clean"]
    assert set(documented) == set(helped)


def test_no_file_tells_of_the_machine_that_it_was_written_on() -> None:
    texts = [*PAGES, Path("Makefile"), Path("pyproject.toml"), *files("tools", "*")]
    texts += [p for folder in ("community", "tests", "templates") for p in files(folder, "*.*")]
    readable = [
        path for path in texts if path.suffix in {".py", ".md", ".toml", ".html", ".sh", ""}
    ]
    own = Path("tests/house/test_docs.py")
    assert [str(p) for p in readable if p != own and A_MACHINE.search(read(p))] == []


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _commands(group: click.Group) -> list[tuple[str, click.Command]]:
    found = []
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found += _commands(command)
        else:
            found.append((name, command))
    return found
