"""How somebody's own membership stands, and leaving the community."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from community.core.current import settings
from community.core.errors import Refused
from community.core.text import gettext
from community.privacy.leaving import count_coming, leave_community
from community.web.access import recently_signed_in, signed_in, signed_in_person
from community.web.forms import ask_again
from community.web.forms.people import LeaveForm

pages = Blueprint("leaving", __name__)


@pages.get("/membership")
@signed_in
def membership() -> ResponseReturnValue:
    """How my membership stands; where members' pages lead those to whom they are closed."""
    me = signed_in_person()
    zone = me.timezone or settings().timezone
    return render_template("leaving/membership.html", me=me, zone=zone)


@pages.get("/profile/leave")
@recently_signed_in
def leave() -> ResponseReturnValue:
    """What leaving means, before its button."""
    me = signed_in_person()
    return render_template(
        "leaving/leave.html", me=me, form=LeaveForm(), coming=count_coming(me.id)
    )


@pages.post("/profile/leave")
@recently_signed_in
def end() -> ResponseReturnValue:
    """End my membership."""
    me, form = signed_in_person(), LeaveForm()
    try:
        leave_community(me.id, free_seats=bool(form.free_seats.data))
    except Refused as refused:
        facts = {"me": me, "coming": count_coming(me.id)}
        return ask_again("leaving/leave.html", form, refused, **facts)
    flash(gettext("You have left. Thank you for the time together."), "success")
    return redirect(url_for("leaving.membership"), 303)
