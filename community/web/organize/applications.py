"""Applications to join: the list, one of them, and the decisions."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from community.core.errors import Refused
from community.core.text import gettext, ngettext
from community.membership import applications as rules
from community.web.access import organizers, own_zone, signed_in_person
from community.web.forms import ButtonForm, ask_again
from community.web.forms.community import DeclineForm


@organizers
def applications() -> ResponseReturnValue:
    """Those who wait, longest first, a page at a time."""
    page = rules.waiting_applications(request.args.get("after"))
    return render_template(
        "organize/applications.html",
        rows=page.rows,
        form=ButtonForm(),
        zone=own_zone(),
        next_url=url_for("organize.applications", after=page.after) if page.after else None,
    )


@organizers
def approve_many() -> ResponseReturnValue:
    """Approve every application that was ticked."""
    ticked = request.form.getlist("application")[: rules.MOST_AT_ONCE]
    ids = [int(one) for one in ticked if one.isascii() and one.isdigit() and len(one) < 10]
    count = rules.approve_applications(signed_in_person().id, ids)
    said = ngettext("%(num)s new member.", "%(num)s new members.", count)
    flash(said if count else gettext("Nobody was chosen who still waits."), "success")
    return redirect(url_for("organize.applications"), 303)


@organizers
def application(application_id: int) -> ResponseReturnValue:
    """One application, whole."""
    return render_template("organize/application.html", **_facts(application_id))


@organizers
def approve(application_id: int) -> ResponseReturnValue:
    """Make the applicant a member."""
    facts, form = _facts(application_id), ButtonForm()
    try:
        rules.approve_application(signed_in_person().id, application_id)
    except Refused as refused:
        return ask_again("organize/application.html", form, refused, **facts)
    flash(gettext("Approved. The applicant is being told."), "success")
    return redirect(url_for("organize.applications"), 303)


@organizers
def decline(application_id: int) -> ResponseReturnValue:
    """Say no, with a word."""
    facts, form = _facts(application_id), DeclineForm()
    facts["decline_form"] = form
    if not form.validate():
        return ask_again("organize/application.html", form, **facts)
    try:
        rules.decline_application(signed_in_person().id, application_id, form.word.data or "")
    except Refused as refused:
        return ask_again("organize/application.html", form, refused, **facts)
    flash(gettext("Declined. The applicant is being told."), "success")
    return redirect(url_for("organize.applications"), 303)


def _facts(application_id: int) -> dict[str, Any]:
    return {
        "application": rules.get_application(application_id),
        "decline_form": DeclineForm(formdata=None),
        "approve_form": ButtonForm(),
        "zone": own_zone(),
    }
