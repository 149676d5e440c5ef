"""Handles: how a person is named in the address of their page."""

import secrets
from typing import Any

from community.core.text import slugify

# No vowels, so that chance spells no word; nothing that is easily taken for something else.
_LETTERS = "bcdfghjkmnpqrstvwxz23456789"
_LONGEST_NAME = 60


def new_handle(name: str) -> str:
    """``ada-lovelace-7k3xqm``: the name for people, the rest so that nobody can guess it."""
    tail = "".join(secrets.choice(_LETTERS) for _ in range(6))
    return f"{slugify(name, longest=_LONGEST_NAME) or 'member'}-{tail}"


def handle_of_row(context: Any) -> str:
    """The handle of a row that is being inserted, whichever use-case makes the person."""
    return new_handle(context.get_current_parameters()["name"])
