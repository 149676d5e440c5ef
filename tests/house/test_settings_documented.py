"""Every setting is documented with its default, and nothing is documented that does not exist."""

import re
from pathlib import Path

from community.config import PREFIX, Settings
from tests.house.tree import files, read

ROW = re.compile(r"^\| `([A-Z_]+)` \| (.+?) \| (.+?) \|$", re.MULTILINE)


def documented() -> dict[str, tuple[str, str]]:
    """Default and meaning of each name in the table of settings."""
    table = (
        read(Path("docs/configure.md")).partition("## All of them")[2].partition("\nTwo more")[0]
    )
    return {name: (default, meaning) for name, default, meaning in ROW.findall(table)}


def test_the_documented_settings_are_those_that_there_are() -> None:
    assert sorted(documented()) == sorted(name.upper() for name in Settings.model_fields)


def test_they_stand_in_the_order_of_the_code() -> None:
    assert list(documented()) == [name.upper() for name in Settings.model_fields]


def test_plain_defaults_are_the_documented_ones() -> None:
    for name, field in Settings.model_fields.items():
        if name == "instance_path" or field.default == "":
            continue  # what stands for these is found out at the start, and told in words
        assert documented()[name.upper()][0] == f"`{field.default}`", name


def test_every_setting_says_in_the_code_what_it_is() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_no_text_names_a_setting_that_does_not_exist() -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    texts = [Path("Makefile"), *files(".", "*.md"), *files("community", "*.py")]
    named = {
        (str(path), name) for path in texts for name in re.findall(r"COMMUNITY_[A-Z_]+", read(path))
    }
    assert {(path, name) for path, name in named if name not in known} == set()
