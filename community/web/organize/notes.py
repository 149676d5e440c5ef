"""Notes and tags about people, which organizers write for each other."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from community.core.errors import NotFound, Refused
from community.core.text import gettext
from community.membership.models import Person
from community.organizing import notes as use_cases
from community.organizing import tags
from community.organizing.known import get_guest
from community.web.access import organizers, own_zone, signed_in_person, viewer
from community.web.forms import ask_again
from community.web.forms.notes import NoteForm, TagForm
from community.web.organize.history import PAGE, whole

NOTE_PAGE = "organize/edit_note.html"
LONGEST_TAG = 200


@organizers
def add_note(person_id: int) -> ResponseReturnValue:
    """Write a note."""
    known, form = get_guest(viewer(), person_id), NoteForm()
    if not form.validate():
        return _again(known, form)
    try:
        use_cases.add_note(signed_in_person().id, person_id, form.text.data or "")
    except NotFound:
        raise
    except Refused as refused:
        return _again(known, form, refused)
    return _done(person_id, gettext("The note is saved."), "notes")


@organizers
def edit_note(person_id: int, note_id: int) -> ResponseReturnValue:
    """The form of one's own note; an admin's of everybody's."""
    known = get_guest(viewer(), person_id)
    note = use_cases.get_note(signed_in_person().id, person_id, note_id)
    form = NoteForm(formdata=None, text=note.text)
    return render_template(NOTE_PAGE, known=known, note=note, form=form, zone=own_zone())


@organizers
def save_note(person_id: int, note_id: int) -> ResponseReturnValue:
    """Change it."""
    known, form = get_guest(viewer(), person_id), NoteForm()
    me = signed_in_person().id
    note = use_cases.get_note(me, person_id, note_id)
    facts: dict[str, Any] = {"known": known, "note": note, "zone": own_zone()}
    if not form.validate():
        return ask_again(NOTE_PAGE, form, **facts)
    try:
        use_cases.edit_note(me, person_id, note_id, form.text.data or "")
    except NotFound:
        raise
    except Refused as refused:
        return ask_again(NOTE_PAGE, form, refused, **facts)
    return _done(person_id, gettext("The note is saved."), "notes")


@organizers
def delete_note(person_id: int, note_id: int) -> ResponseReturnValue:
    """Delete it."""
    get_guest(viewer(), person_id)
    use_cases.delete_note(signed_in_person().id, person_id, note_id)
    return _done(person_id, gettext("The note is deleted."), "notes")


@organizers
def add_tag(person_id: int) -> ResponseReturnValue:
    """Give somebody a tag."""
    known, form = get_guest(viewer(), person_id), TagForm()
    if not form.validate():
        return _again(known, form)
    try:
        tags.add_tag(signed_in_person().id, person_id, form.tag.data or "")
    except NotFound:
        raise
    except Refused as refused:
        return _again(known, form, refused)
    return _done(person_id, gettext("The tag is added."), "tags")


@organizers
def remove_tag(person_id: int) -> ResponseReturnValue:
    """Take a tag off somebody."""
    get_guest(viewer(), person_id)
    tags.remove_tag(signed_in_person().id, person_id, request.form.get("tag", "")[:LONGEST_TAG])
    return _done(person_id, gettext("The tag is taken off."), "tags")


def _again(known: Person, form: FlaskForm, refused: Refused | None = None) -> ResponseReturnValue:
    """The page with the one form as it was typed, and what is wrong with it."""
    name = "tag_form" if isinstance(form, TagForm) else "note_form"
    return ask_again(PAGE, form, refused, **(whole(known) | {name: form}))


def _done(person_id: int, said: str, part: str) -> ResponseReturnValue:
    flash(said, "success")
    return redirect(url_for("organize.history", person_id=person_id, _anchor=part), 303)
