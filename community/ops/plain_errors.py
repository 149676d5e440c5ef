"""What a command says when it cannot do what was asked: one line, and exit code 1."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import click
import sqlalchemy as sa

from community.core.errors import Refused
from community.core.origin import Origin, acting

P = ParamSpec("P")
R = TypeVar("R")


_SENTENCES = {
    "owns_coming_events": "These events to come are theirs alone: {events}.",
    "last_admin": "There is no other admin. Grant somebody that role first.",
    "import_empty": "There is nothing in this file.",
    "import_not_text": "This is not a CSV file.",
    "import_columns_missing": "The first line must name the columns. Missing: {missing}.",
    "import_column_twice": "The first line names the column {column} twice.",
    "import_too_large": "The file is larger than {most} MB.",
}


def plainly(command: Callable[P, R]) -> Callable[P, R]:
    """Turn refusals and outages of a command into one line on standard error."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with acting(Origin(via="command")):
                return command(*args, **kwargs)
        except Refused as refused:
            raise click.ClickException(worded(refused)) from refused
        except sa.exc.OperationalError as error:
            line = str(error.orig).strip().split("\n", 1)[0]
            raise click.ClickException(f"the database cannot be used: {line}") from error
        except OSError as error:
            raise click.ClickException(str(error)) from error

    return run


def worded(refused: Refused) -> str:
    """A refusal as an operator reads it."""
    match refused.code:
        case "not_found":
            return f"There is no such {refused.values['what']}."
        case "bad_address" | "demo_not_here":
            return str(refused.values["reason"])
    if refused.code in _SENTENCES:
        return _SENTENCES[refused.code].format_map(refused.values)
    return f"Refused: {refused}"
