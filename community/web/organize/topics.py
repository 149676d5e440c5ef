"""Managing topics: adding, renaming, merging, deleting."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from community.core.errors import NotFound, Refused
from community.core.text import gettext
from community.events import topics as with_events
from community.membership import topics as use_cases
from community.membership.models import Topic
from community.membership.queries import all_topics, count_followers, get_topic
from community.web.access import organizers, signed_in_person
from community.web.forms import ask_again
from community.web.forms.topics import MergeForm, TopicForm
from community.web.wording import worded


@organizers
def topics() -> ResponseReturnValue:
    """Every topic, to be managed."""
    return render_template(
        "organize/topics.html",
        topics=all_topics(),
        followers=count_followers(),
        events=with_events.count_events(),
    )


@organizers
def new_topic() -> ResponseReturnValue:
    """The form of a new topic."""
    return render_template("organize/new_topic.html", form=TopicForm())


@organizers
def create_topic() -> ResponseReturnValue:
    """Add a topic."""
    form = TopicForm()
    if not form.validate():
        return ask_again("organize/new_topic.html", form)
    try:
        topic = use_cases.create_topic(
            signed_in_person().id,
            name=form.name.data or "",
            description=form.description.data or "",
        )
    except Refused as refused:
        return ask_again("organize/new_topic.html", form, refused)
    flash(gettext("%(topic)s can be followed now.", topic=topic.name), "success")
    return redirect(url_for("organize.topics"), 303)


@organizers
def edit_topic(topic: str) -> ResponseReturnValue:
    """The form of a topic as it stands, and the ways to be rid of it."""
    found = get_topic(topic)
    return render_template("organize/edit_topic.html", form=TopicForm.of(found), **_facts(found))


@organizers
def save_topic(topic: str) -> ResponseReturnValue:
    """Rename and describe a topic."""
    found = get_topic(topic)
    form = TopicForm.of(found)
    if not form.validate():
        return ask_again("organize/edit_topic.html", form, **_facts(found))
    try:
        use_cases.edit_topic(
            signed_in_person().id,
            found.id,
            name=form.name.data or "",
            description=form.description.data or "",
        )
    except NotFound:
        raise
    except Refused as refused:
        return ask_again("organize/edit_topic.html", form, refused, **_facts(found))
    flash(gettext("The changes are saved."), "success")
    return redirect(url_for("organize.topics"), 303)


@organizers
def merge_topic(topic: str) -> ResponseReturnValue:
    """Choose another topic, then see what merging would move, before the button."""
    found, into = get_topic(topic), request.args.get("into", "")
    chosen = get_topic(into) if into else None
    if chosen and chosen.id == found.id:
        raise NotFound("topic")
    form = MergeForm.of(found, chosen.slug if chosen else "")
    return render_template("organize/merge_topic.html", form=form, **_merging(found, chosen))


@organizers
def merge(topic: str) -> ResponseReturnValue:
    """Let the topic go up in the other one."""
    found = get_topic(topic)
    form = MergeForm.of(found)
    if not form.validate():
        return ask_again("organize/merge_topic.html", form, **_merging(found, None))
    name, other = found.name, get_topic(form.into.data or "")
    into = with_events.merge_topics(signed_in_person().id, found.id, other.id)
    facts = {"topic": name, "into": into.name}
    flash(gettext("%(topic)s is part of %(into)s now.", **facts), "success")
    return redirect(url_for("organize.topics"), 303)


@organizers
def delete_topic(topic: str) -> ResponseReturnValue:
    """Remove a topic that is not in use."""
    found = get_topic(topic)
    name = found.name
    try:
        with_events.delete_topic(signed_in_person().id, found.id)
    except NotFound:
        raise
    except Refused as refused:
        flash(worded(refused), "danger")
        return redirect(url_for("organize.edit_topic", topic=found.slug), 303)
    flash(gettext("%(topic)s is deleted.", topic=name), "success")
    return redirect(url_for("organize.topics"), 303)


def _facts(topic: Topic) -> dict[str, Any]:
    return {"topic": topic, "usage": with_events.usage(topic.id)}


def _merging(topic: Topic, into: Topic | None) -> dict[str, Any]:
    figures = with_events.usage(topic.id, into.id) if into else None
    return {"topic": topic, "into": into, "usage": figures}
