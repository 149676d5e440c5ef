"""Merging two records of one person: find the other one, see what would move, confirm."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from community.core.errors import Refused
from community.core.text import gettext
from community.organizing.people import get_known
from community.privacy import merging
from community.web.access import admins, signed_in_person
from community.web.forms import ask_again
from community.web.forms.people import FindOtherForm, MergeForm
from community.web.organize.people import MEMBERSHIPS

_PAGE = "organize/merge_people.html"


@admins
def merge_people(person_id: int) -> ResponseReturnValue:
    """Ask for an address of the other record; with one, show what merging would do."""
    me, known = signed_in_person().id, get_known(signed_in_person().id, person_id)
    if "email" not in request.args:
        form = FindOtherForm(formdata=None)
        return render_template(_PAGE, known=known, form=form, seen=None)
    form = FindOtherForm(formdata=request.args)
    if not form.email.validate(form):
        return ask_again(_PAGE, form, known=known, seen=None)
    try:
        other = merging.find_other(me, form.email.data or "")
        seen = merging.preview(me, person_id, other.id)
    except Refused as refused:
        return ask_again(_PAGE, form, refused, known=known, seen=None)
    facts = {"known": known, "seen": seen, "memberships": MEMBERSHIPS}
    return render_template(_PAGE, form=MergeForm(formdata=None, goes=other.id), **facts)


@admins
def merge_records(person_id: int) -> ResponseReturnValue:
    """Make one record of two."""
    me, known = signed_in_person().id, get_known(signed_in_person().id, person_id)
    form = MergeForm()
    try:
        merging.merge(me, person_id, form.other())
    except Refused as refused:
        find = FindOtherForm(formdata=None)
        return ask_again(_PAGE, find, refused, known=known, seen=None)
    flash(gettext("The two records are one now. Every address of theirs is being told."), "success")
    return redirect(url_for("organize.person", person_id=person_id), 303)
