"""Forms: the shape of what is typed. Rules are the use-cases' business."""

from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from community.core.errors import Refused
from community.web.wording import retry_header, show_refusal, unfilled, unfilled_plural


class _Translations:
    """WTForms' own sentences by the same catalogue as every other text."""

    gettext = staticmethod(unfilled)
    ngettext = staticmethod(unfilled_plural)


class Form(FlaskForm):
    """What every form of the house derives from."""

    class Meta(FlaskForm.Meta):
        """Flask-WTF's, worded by ``core.text``."""

        def get_translations(self, form: object) -> _Translations:  # noqa: ARG002 - WTForms' name
            """Where WTForms finds its sentences."""
            return _Translations()


class ButtonForm(Form):
    """A page with nothing but a button: the CSRF token is all that it sends."""


def ask_again(
    template: str, form: FlaskForm, refused: Refused | None = None, **context: Any
) -> ResponseReturnValue:
    """The form's page once more, with what was typed and what is wrong with it.

    422; 429 with ``Retry-After`` when a limit is used up. ``refused`` is put on its field.
    """
    status = show_refusal(form, refused) if refused else 422
    return render_template(template, form=form, **context), status, retry_header(refused)
