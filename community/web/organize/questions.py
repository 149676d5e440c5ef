"""The questions of one event: adding, changing, ordering, and asking no more."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from community.core.errors import NotFound, Refused
from community.core.text import gettext
from community.events.models import Event
from community.organizing.desk import get_organized_event
from community.rsvp import questions as use_cases
from community.rsvp.answering import count_answers, questions_of
from community.rsvp.question_models import Question
from community.web.access import event_editors, signed_in_person, viewer
from community.web.forms import ask_again
from community.web.forms.questions import KINDS, QuestionForm
from community.web.wording import worded


@event_editors
def questions(slug: str) -> ResponseReturnValue:
    """What the event asks and asked, and the form to add one."""
    event = get_organized_event(viewer(), slug)
    return render_template("organize/questions.html", form=QuestionForm(), **_facts(event))


@event_editors
def add_question(slug: str) -> ResponseReturnValue:
    """Ask one more thing."""
    event, form = get_organized_event(viewer(), slug), QuestionForm()
    if not form.validate():
        return ask_again("organize/questions.html", form, **_facts(event))
    try:
        use_cases.add_question(signed_in_person().id, event.id, form.draft)
    except NotFound:
        raise
    except Refused as refused:
        return ask_again("organize/questions.html", form, refused, **_facts(event))
    flash(gettext("The question is on the form now."), "success")
    return _back(slug)


@event_editors
def edit_question(slug: str, question_id: int) -> ResponseReturnValue:
    """The form of a question as it stands."""
    event = get_organized_event(viewer(), slug)
    question = use_cases.get_question(event.id, question_id)
    form = QuestionForm.of(question)
    return render_template("organize/edit_question.html", form=form, **_one(event, question))


@event_editors
def save_question(slug: str, question_id: int) -> ResponseReturnValue:
    """Ask it in other words."""
    event = get_organized_event(viewer(), slug)
    question = use_cases.get_question(event.id, question_id)
    form = QuestionForm.of(question)
    if not form.validate():
        return ask_again("organize/edit_question.html", form, **_one(event, question))
    try:
        use_cases.edit_question(signed_in_person().id, event.id, question_id, form.draft)
    except NotFound:
        raise
    except Refused as refused:
        return ask_again("organize/edit_question.html", form, refused, **_one(event, question))
    flash(gettext("The changes are saved."), "success")
    return _back(slug)


@event_editors
def move_question(slug: str, question_id: int) -> ResponseReturnValue:
    """Ask it one place earlier (``direction=up``) or later."""
    event = get_organized_event(viewer(), slug)
    up = request.form.get("direction") == "up"
    use_cases.move_question(signed_in_person().id, event.id, question_id, up=up)
    return _back(slug)


@event_editors
def retire_question(slug: str, question_id: int) -> ResponseReturnValue:
    """Ask it no more."""
    event = get_organized_event(viewer(), slug)
    use_cases.retire_question(signed_in_person().id, event.id, question_id)
    flash(gettext("The question is asked no more. Its answers stay."), "success")
    return _back(slug)


@event_editors
def restore_question(slug: str, question_id: int) -> ResponseReturnValue:
    """Ask it again."""
    event = get_organized_event(viewer(), slug)
    try:
        use_cases.restore_question(signed_in_person().id, event.id, question_id)
    except NotFound:
        raise
    except Refused as refused:
        flash(worded(refused), "danger")
    else:
        flash(gettext("The question is on the form now."), "success")
    return _back(slug)


@event_editors
def delete_question(slug: str, question_id: int) -> ResponseReturnValue:
    """Remove what nobody answered."""
    event = get_organized_event(viewer(), slug)
    try:
        use_cases.delete_question(signed_in_person().id, event.id, question_id)
    except NotFound:
        raise
    except Refused as refused:
        flash(worded(refused), "danger")
    else:
        flash(gettext("The question is deleted."), "success")
    return _back(slug)


def _facts(event: Event) -> dict[str, Any]:
    found = questions_of(event.id)
    return {
        "event": event,
        "asked": [one for one in found if one.retired_at is None],
        "retired": [one for one in found if one.retired_at is not None],
        "answers": count_answers(event.id, found),
        "kinds": KINDS,
    }


def _one(event: Event, question: Question) -> dict[str, Any]:
    counts = count_answers(event.id, [question])
    return {"event": event, "question": question, "answers": counts[question.id]}


def _back(slug: str) -> ResponseReturnValue:
    return redirect(url_for("organize.questions", slug=slug), 303)
