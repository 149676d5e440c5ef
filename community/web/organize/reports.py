"""What members reported about others: the list, and what was done."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from community.core.text import gettext
from community.membership.connection_models import Report
from community.membership.reports import list_reports, resolve_report
from community.web.access import organizers, own_zone, signed_in_person
from community.web.forms import ask_again
from community.web.forms.connections import ResolveForm


@organizers
def reports() -> ResponseReturnValue:
    """Open reports, oldest first; with ``show=resolved`` the others, newest first."""
    return render_template("organize/reports.html", form=None, **_listed())


@organizers
def resolve(report_id: int) -> ResponseReturnValue:
    """Close a report, with a word."""
    form = ResolveForm()
    if not form.validate():
        return ask_again("organize/reports.html", form, **_listed())
    resolve_report(signed_in_person().id, report_id, form.word.data or "")
    flash(gettext("The report is closed."), "success")
    return redirect(url_for("organize.reports"), 303)


def _listed() -> dict[str, Any]:
    resolved = request.args.get("show") == "resolved"
    after = request.args.get("after", "")
    page = list_reports(signed_in_person().id, resolved=resolved, after=after)
    show = "resolved" if resolved else None
    more = url_for("organize.reports", show=show, after=page.after) if page.after else None
    return {
        "rows": [(row, _form_of(row)) for row in page.rows],
        "resolved": resolved,
        "zone": own_zone(),
        "next_url": more,
    }


def _form_of(row: Report) -> ResolveForm:
    form = ResolveForm(formdata=None)
    form.word.id = f"word-{row.id}"  # one page holds many
    return form
