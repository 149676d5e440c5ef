"""Texts of modules and classes, which are put into the reader's language when they are shown."""

from markupsafe import escape

from community.core.text import catalogue, gettext


class Later(str):
    """A text that is put into the reader's language when it is shown, not when it is written."""

    __slots__ = ()

    def __str__(self) -> str:
        return gettext(str.__str__(self))

    def __html__(self) -> str:
        return escape(str(self))


def later(message: str) -> Later:
    """Mark a text of a module or class to be translated when it is shown."""
    return Later(message)


def unfilled(message: str) -> str:
    """The message in the reader's language with its ``%(name)s`` left as they are."""
    return catalogue().gettext(message)


def unfilled_plural(one: str, many: str, n: int) -> str:
    """The form for ``n`` in the reader's language with its ``%(name)s`` left as they are."""
    return catalogue().ngettext(one, many, n)
