"""Pictures in forms: how large their request may be, and what of them is handed on."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask_wtf.file import FileField

from community.core.errors import Refused
from community.core.pictures import MIB, MOST_BYTES

R = TypeVar("R")

ACCEPTED = "image/jpeg,image/png,image/webp,image/gif"
# More than a picture may have, so that one that is too large is refused at its field and the rest
# of the form is not lost.
MOST_REQUEST = 25 * MIB


class PictureField(FileField):
    """A file, with what the browser should offer to choose from."""

    def __init__(self, label: str, **given: Any) -> None:
        super().__init__(label, render_kw={"accept": ACCEPTED}, **given)


def handed_in(field: FileField, made: Callable[[bytes], R]) -> R | None:
    """What ``made`` makes of the field's file; None when none was chosen. Refuses at the field."""
    if not field.data:
        return None
    # One byte more than allowed is enough to be refused, and no more is held.
    content = field.data.stream.read(MOST_BYTES + 1)
    try:
        return made(content)
    except Refused as refused:
        refused.values["field"] = field.name
        raise
