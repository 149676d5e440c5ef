"""The fields that forms are made of: each cleans what was typed and knows how long it may be."""

import re
from typing import Any

from wtforms import (
    BooleanField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields import DateTimeLocalField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # stubs are older
from wtforms.form import BaseForm
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    ValidationError,
)
from wtforms.widgets import CheckboxInput, EmailInput, ListWidget

from community.core.addresses import LONGEST, normal_address
from community.core.errors import Refused
from community.core.text import clean_line, clean_text

NAME_LENGTH = 120  # people, organizations, job titles, venues: as long as their columns
TITLE_LENGTH = 160
SUMMARY_LENGTH = 300
TEXT_LENGTH = 20_000
NOTE_LENGTH = 1000


def choice(value: str, label: str) -> Any:
    """One option of a choice, in WTForms' present form."""
    return SelectChoice(value=value, label=label)


class LineField(StringField):
    """One line of text, cleaned by ``core.text.clean_line``; ``missing`` makes it required."""

    def __init__(
        self, label: str, *, most: int = NAME_LENGTH, missing: str | None = None, **given: Any
    ) -> None:
        super().__init__(label, _checks(most, missing), filters=[_line], **given)


class TextField(TextAreaField):
    """Several lines of text, cleaned by ``core.text.clean_text``."""

    def __init__(
        self, label: str, *, most: int = TEXT_LENGTH, missing: str | None = None, **given: Any
    ) -> None:
        super().__init__(label, _checks(most, missing), filters=[_text], **given)


class EmailAddressField(StringField):
    """An e-mail address that mail can be sent to; says what is wrong with any other."""

    widget = EmailInput()

    def __init__(self, label: str, *, missing: str | None = None, **given: Any) -> None:
        super().__init__(label, _checks(LONGEST, missing), filters=[_bare], **given)

    def pre_validate(self, form: BaseForm) -> None:  # noqa: ARG002 - WTForms' signature
        """Refuse what the address grammar refuses, with its reason."""
        if not self.data or len(self.data) > LONGEST:
            return  # the other checks say so
        try:
            normal_address(self.data)
        except Refused as refused:
            raise ValidationError(str(refused.values["reason"])) from None


class NumberField(IntegerField):
    """A whole number between two; None when left empty, unless ``missing`` makes it required."""

    def __init__(
        self, label: str, *, least: int, most: int, missing: str | None = None, **given: Any
    ) -> None:
        first = InputRequired(message=missing) if missing else Optional()
        super().__init__(label, [first, NumberRange(min=least, max=most)], **given)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take plain digits only: Python also reads ``1_0`` and the digits of other scripts."""
        if valuelist and not re.fullmatch(r"\s*-?[0-9]{1,15}\s*", valuelist[0]):
            self.data = None  # or a cleared field would keep what the form was filled with
            raise ValueError(self.gettext("Not a valid integer value."))
        super().process_formdata(valuelist)


class WallTimeField(DateTimeLocalField):
    """A wall time without a zone, ``YYYY-MM-DDTHH:MM``; ``data`` is a naive datetime or None."""

    def __init__(self, label: str, *, missing: str | None = None, **given: Any) -> None:
        first = InputRequired(message=missing) if missing else Optional()
        # Some browsers add the seconds.
        formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
        super().__init__(label, [first], format=formats, **given)


class ChoiceField(SelectField):
    """One of several; ``choices`` is set to a list of :func:`choice`."""


class ChoicesField(SelectMultipleField):
    """Any of several, as checkboxes; ``choices`` is set to a list of :func:`choice`."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class TickField(BooleanField):
    """Yes or no; ``missing`` demands a yes."""

    def __init__(self, label: str, *, missing: str | None = None, **given: Any) -> None:
        super().__init__(label, [DataRequired(message=missing)] if missing else [], **given)


def _checks(most: int, missing: str | None) -> list[Any]:
    first = DataRequired(message=missing) if missing else Optional()
    return [first, Length(max=most)]


def _line(typed: str | None) -> str:
    return clean_line(typed or "")


def _bare(typed: str | None) -> str:
    # Not cleaned: that would fold some letters into others, and so into somebody else's address.
    return (typed or "").strip(" \t\r\n")


def _text(typed: str | None) -> str:
    return clean_text(typed or "")
