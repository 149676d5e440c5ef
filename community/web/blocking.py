"""Keeping away from somebody: blocking, lifting it again, and telling the organizers."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from community.core.errors import NotFound, Refused
from community.core.text import gettext
from community.discovery.connected import Standing, between
from community.discovery.people import VisibleProfile, visible_member
from community.membership import blocking as rules
from community.membership.models import Person
from community.membership.reports import report
from community.web.access import members, signed_in_person, viewer
from community.web.forms import ButtonForm, ask_again
from community.web.forms.connections import ReportForm

pages = Blueprint("blocking", __name__)


@pages.get("/members/<slug:handle>/report")
@members
def keep_away(handle: str) -> ResponseReturnValue:
    """What can be done about somebody: block them, tell the organizers."""
    _, shown = _somebody_else(handle)
    return render_template("blocking/keep_away.html", form=ReportForm(), shown=shown)


@pages.post("/members/<slug:handle>/report")
@members
def send_report(handle: str) -> ResponseReturnValue:
    """Tell the organizers about somebody, who is not told."""
    person, shown = _somebody_else(handle)
    form = ReportForm()
    if not form.validate():
        return ask_again("blocking/keep_away.html", form, shown=shown)
    try:
        report(signed_in_person().id, person.id, form.reason.data or "")
    except Refused as refused:
        return ask_again("blocking/keep_away.html", form, refused, shown=shown)
    flash(gettext("Thank you. The organizers will look at it; nobody else is told."), "success")
    return redirect(url_for("members.show", handle=handle), 303)


@pages.post("/members/<slug:handle>/block")
@members
def block(handle: str) -> ResponseReturnValue:
    """Be there for somebody no longer."""
    person, shown = _somebody_else(handle)
    rules.block(signed_in_person().id, person.id)
    flash(gettext("You do not see %(name)s any more.", name=shown.name), "success")
    return redirect(url_for("blocking.blocked"), 303)


@pages.get("/profile/blocked")
@members
def blocked() -> ResponseReturnValue:
    """Whom I have blocked."""
    page = rules.blocked_by(signed_in_person().id, request.args.get("after", ""))
    return render_template(
        "blocking/blocked.html",
        people=page.rows,
        form=ButtonForm(),
        next_url=url_for("blocking.blocked", after=page.after) if page.after else None,
    )


@pages.post("/profile/blocked/<slug:handle>/unblock")
@members
def unblock(handle: str) -> ResponseReturnValue:
    """Be there for somebody again."""
    rules.unblock(signed_in_person().id, handle)
    flash(gettext("The block is lifted."), "success")
    return redirect(url_for("blocking.blocked"), 303)


def _somebody_else(handle: str) -> tuple[Person, VisibleProfile]:
    person, shown = visible_member(viewer(), handle)
    if between(viewer(), person).standing == Standing.SELF:
        raise NotFound("person")
    return person, shown
