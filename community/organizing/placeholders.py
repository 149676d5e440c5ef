"""What stands in braces in a message to many, such as ``{first_name}``: a fixed list, one parser.

Never ``str.format``: that would let whoever writes a message reach into the program. ``{{`` gives
a brace. What stands for a placeholder is put in as text, see :func:`community.core.markup`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from community.core.errors import Refused
from community.core.markup import Value

NAMES = ("name", "first_name", "event", "when", "where", "seats", "guests", "own_page")
LINKS = frozenset({"own_page"})
_BRACE = re.compile(r"\{\{|\{([^{}\n]*)(\}?)")
_LONGEST_SHOWN = 40


@dataclass(frozen=True)
class Placeholder:
    """A name of the list, in the place of which each reader finds something of their own."""

    name: str


Parts = tuple[str | Placeholder, ...]


def parse(text: str, field: str = "") -> Parts:
    """The text in parts. Refuses a placeholder that does not exist, and a brace that stays open;
    ``field`` names where it was typed.
    """
    parts: list[str | Placeholder] = []
    at = 0
    for found in _BRACE.finditer(text):
        parts.append(text[at : found.start()])
        parts.append(_part(found, field))
        at = found.end()
    parts.append(text[at:])
    return tuple(part for part in parts if part != "")


def _part(found: re.Match[str], field: str) -> str | Placeholder:
    if found[0] == "{{":
        return "{"
    name = found[1].strip()
    if found[2] and name in LINKS and field == "subject":
        # A subject is in logs and on locked screens, and whoever has the link can answer.
        raise Refused("placeholder_not_in_subject", field=field, name=name)
    if found[2] and name in NAMES:
        return Placeholder(name)
    before = found.string[: found.start()]
    line, column = before.count("\n") + 1, found.start() - before.rfind("\n")
    known = ", ".join(f"{{{one}}}" for one in NAMES)
    if not found[2]:
        raise Refused("placeholder_open", field=field, line=line, column=column, known=known)
    raise Refused(
        "placeholder_unknown",
        field=field,
        name=name[:_LONGEST_SHOWN],
        line=line,
        column=column,
        known=known,
    )


def filled(parts: Parts, values: Mapping[str, str]) -> list[str | Value]:
    """The parts with the values of one reader, for :func:`community.core.markup.filled_html`."""
    return [
        part if isinstance(part, str) else Value(values[part.name], part.name in LINKS)
        for part in parts
    ]


def filled_text(parts: Parts, values: Mapping[str, str]) -> str:
    """The same as plain text."""
    return "".join(_texts(filled(parts, values)))


def _texts(parts: Sequence[str | Value]) -> list[str]:
    return [part if isinstance(part, str) else part.text for part in parts]
