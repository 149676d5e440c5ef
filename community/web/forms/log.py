"""What the audit log may be narrowed by: a form that is sent by GET."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import request
from wtforms import DateField, Field, SelectField, StringField, ValidationError
from wtforms.validators import Length, Optional

from community.core.text import gettext
from community.web.audit_wording import ABOUT_EVENTS, GROUPS, VIAS
from community.web.forms import Form
from community.web.later import later

_YEARS = range(1970, 2400)


class LogForm(Form):
    """Nothing in it is required, and nothing that is unknown is passed over in silence."""

    group = SelectField(later("What"), validators=[Optional()])
    via = SelectField(later("By which way"), validators=[Optional()])
    who = StringField(later("Who did it, or whom it was about"), [Length(max=254)])
    since = DateField(later("From the day"), [Optional()])
    until = DateField(later("To the day"), [Optional()])

    @classmethod
    def asked(cls, *, of_event: bool) -> "LogForm":
        """The form as the address fills it in."""
        form = cls(formdata=request.args, meta={"csrf": False})
        groups = ABOUT_EVENTS if of_event else tuple(GROUPS)
        form.group.choices = [
            ("", gettext("Everything")),
            *((one, str(GROUPS[one][0])) for one in groups),
        ]
        form.via.choices = [
            ("", gettext("Any")),
            *((one, str(label)) for one, label in VIAS.items()),
        ]
        form.group.data, form.via.data = form.group.data or "", form.via.data or ""
        return form

    def validate_since(self, field: Field) -> None:
        """A year that both databases and every zone can carry."""
        _require_year(field.data)

    def validate_until(self, field: Field) -> None:
        """The same, and not before the first day."""
        _require_year(field.data)
        if field.data and self.since.data and field.data < self.since.data:
            raise ValidationError(gettext("This day is before the first one."))

    def actions(self) -> tuple[str, ...]:
        """The actions of the chosen group."""
        chosen = self.group.data or ""
        return tuple(GROUPS[chosen][1]) if chosen in GROUPS else ()

    def times(self, zone: str) -> tuple[datetime | None, datetime | None]:
        """From when until when, the last day included, by the clocks of a zone."""
        since, until = self.since.data, self.until.data
        return (
            _midnight(since, zone) if since else None,
            _midnight(until + timedelta(days=1), zone) if until else None,
        )


def _require_year(day: date | None) -> None:
    if day and day.year not in _YEARS:
        raise ValidationError(gettext("Please give a year between 1970 and 2399."))


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))
