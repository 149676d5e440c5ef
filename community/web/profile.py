"""Somebody's own profile: what it says, who may read which field, and how others see it."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from community.core import limits
from community.core.errors import Refused
from community.core.text import gettext
from community.discovery.likeminded import like_minded
from community.discovery.people import profile_as
from community.membership.audiences import Relation
from community.membership.photos import as_photo, save_profile
from community.membership.profiles import choose_audiences
from community.web.access import members, signed_in_person, viewer
from community.web.forms import ask_again
from community.web.forms.pictures import MOST_REQUEST, handed_in
from community.web.forms.profile import PrivacyForm, ProfileForm
from community.web.uploads import takes_file
from community.web.wording import later

LOOKING = {
    Relation.VISITOR.value: later("A visitor"),
    Relation.MEMBER.value: later("A member"),
    Relation.SAME_EVENT.value: later("A member at the same event"),
}

pages = Blueprint("profile", __name__)


@pages.get("/profile")
@members
def edit() -> ResponseReturnValue:
    """My own profile, to be written anew."""
    person = signed_in_person()
    form = ProfileForm.of(person)
    return render_template(
        "profile/edit.html", form=form, person=person, peers=like_minded(viewer())
    )


@pages.post("/profile")
@members
@takes_file(MOST_REQUEST)
def save() -> ResponseReturnValue:
    """Write my profile."""
    person = signed_in_person()
    form = ProfileForm.of(person)
    if not form.validate():
        return ask_again("profile/edit.html", form, person=person)
    try:
        _take_turn(person.id)
        photo = handed_in(form.photo, as_photo) or ()
        save_profile(person.id, form.draft(), photo=photo, remove=bool(form.remove_photo.data))
    except Refused as refused:
        return ask_again("profile/edit.html", form, refused, person=person)
    flash(gettext("Your profile is saved."), "success")
    return redirect(url_for("profile.edit"), 303)


@pages.get("/profile/privacy")
@members
def privacy() -> ResponseReturnValue:
    """Who may read which field, and how my profile looks to one of them."""
    return render_template("profile/privacy.html", **_as_others_see_it())


@pages.post("/profile/privacy")
@members
def save_privacy() -> ResponseReturnValue:
    """Say who may read which field."""
    person = signed_in_person()
    form = PrivacyForm.of(person)
    seen = _as_others_see_it()
    if not form.validate():
        return ask_again("profile/privacy.html", **{**seen, "form": form})
    try:
        _take_turn(person.id)
        choose_audiences(person.id, form.chosen())
    except Refused as refused:
        return ask_again("profile/privacy.html", **{**seen, "form": form, "refused": refused})
    flash(gettext("Your choice is saved."), "success")
    return redirect(url_for("profile.privacy"), 303)


def _as_others_see_it() -> dict[str, Any]:
    person = signed_in_person()
    asked = request.args.get("as", "")
    looking = asked if asked in LOOKING else Relation.MEMBER.value
    return {
        "form": PrivacyForm.of(person),
        "findable": person.findable_after_events,
        "looking": looking,
        "lookers": LOOKING,
        "shown": profile_as(person, Relation(looking)),
    }


def _take_turn(person_id: int) -> None:
    limits.take("profile", str(person_id), most=60, within=timedelta(hours=1))
