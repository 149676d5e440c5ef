"""What somebody wants mails about: their own page, and the link by which a mail is the last."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from community.core.text import gettext
from community.mail.suppressions import find_suppression
from community.membership.mail_wishes import (
    as_wishes,
    get_unsubscribing,
    offered_to,
    set_mail_wishes,
    unsubscribe,
    wanted_categories,
)
from community.web.access import everybody, from_anywhere, signed_in, signed_in_person
from community.web.forms import ask_again
from community.web.forms.mail_wishes import LABELS, MailWishesForm

pages = Blueprint("mail_wishes", __name__)


@pages.get("/profile/mail")
@signed_in
def show() -> ResponseReturnValue:
    """What I get mails about."""
    me = signed_in_person()
    form = MailWishesForm(offered_to(me), wanted=sorted(wanted_categories(me.id)))
    return render_template("mail_wishes/show.html", form=form, **_about_me())


@pages.post("/profile/mail")
@signed_in
def keep() -> ResponseReturnValue:
    """Change it."""
    me = signed_in_person()
    form = MailWishesForm(offered_to(me))
    if not form.validate():
        return ask_again("mail_wishes/show.html", form, **_about_me())
    set_mail_wishes(me.id, as_wishes(form.wanted.data or [], offered_to(me)))
    flash(gettext("Saved."), "success")
    return redirect(url_for("mail_wishes.show"), 303)


@pages.get("/unsubscribe/<token>")
@everybody
def leave(token: str) -> ResponseReturnValue:
    """The mailed page with its one button. Opening it, by whatever program, changes nothing."""
    return _unsubscribing(token)


@pages.post("/unsubscribe/<token>")
@everybody
@from_anywhere
def stop(token: str) -> ResponseReturnValue:
    """Stop such mails, asked by the button or by a mail program (RFC 8058): no redirect."""
    get_unsubscribing(token)
    if request.form.get("List-Unsubscribe") != "One-Click":
        return _unsubscribing(token), 400
    unsubscribe(token)
    return _unsubscribing(token)


def _unsubscribing(token: str) -> str:
    person, category = get_unsubscribing(token)
    wanted = wanted_categories(person.id)
    return render_template(
        "mail_wishes/leave.html",
        label=LABELS[category],
        is_wanted=category in wanted,
        others=[LABELS[o] for o in offered_to(person) if o in wanted and o != category],
    )


def _about_me() -> dict[str, Any]:
    me = signed_in_person()
    return {
        "address": me.address,
        "suppression": find_suppression(me.address),
        "topics": [topic.name for topic in me.topics],
    }
