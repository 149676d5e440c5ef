"""Messages to those who answered: written, looked at as somebody, tried, sent, and watched."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from community.core import limits
from community.core.errors import NotFound, Refused
from community.core.text import gettext, ngettext
from community.events.models import Event
from community.organizing import announcements
from community.organizing.desk import get_organized_event
from community.organizing.segments import Segment
from community.web.access import event_editors, signed_in_person, viewer
from community.web.forms import ButtonForm, ask_again
from community.web.forms.messages import MessageForm, SendForm
from community.web.organize.message_facts import facts_of, given_args, list_facts, refuse_misread
from community.web.wording import worded

Said = TypeVar("Said")
HOUR = timedelta(hours=1)
LIST, ONE = "organize/messages.html", "organize/message.html"
_TO_GOING = Segment(statuses=("going",))


@event_editors
def messages(slug: str) -> ResponseReturnValue:
    """What was written so far, the form for more, and the reminders."""
    event = get_organized_event(viewer(), slug)
    args = request.args.to_dict(flat=False)
    segment = Segment.from_args(args)
    segment = segment if segment.to_args() else _TO_GOING
    form = MessageForm.asked(segment, thanks="thanks" in args)
    try:
        refuse_misread(args)
    except Refused as refused:
        return ask_again(LIST, form, refused, **list_facts(event, segment, form))
    return render_template(LIST, form=form, **list_facts(event, segment, form))


@event_editors
def write(slug: str) -> ResponseReturnValue:
    """Keep a message and show it as its readers will see it."""
    event, form = get_organized_event(viewer(), slug), MessageForm()
    args = given_args(request.form)
    segment = Segment.from_args(args)
    facts = list_facts(event, segment, form)
    if not form.validate():
        return ask_again(LIST, form, **facts)
    try:
        refuse_misread(args)
        announcement_id = _write(event, segment, form)
    except NotFound:
        raise
    except Refused as refused:
        return ask_again(LIST, form, refused, **facts)
    return _to_one(slug, announcement_id)


def _write(event: Event, segment: Segment, form: MessageForm) -> int:
    me = signed_in_person().id
    limits.take("announcement", str(me), most=60, within=HOUR)
    words = {"subject": form.subject.data or "", "body": form.body.data or ""}

    def act() -> int:
        return announcements.draft_announcement(me, event.id, segment, **words).id

    return form.once(f"message {event.id} {segment.to_args()}", me, act)


@event_editors
def message(slug: str, announcement_id: int) -> ResponseReturnValue:
    """One message: as somebody reads it and how to send it, or how far it is."""
    event = get_organized_event(viewer(), slug)
    return render_template(ONE, form=ButtonForm(), **facts_of(event, announcement_id))


@event_editors
def save_message(slug: str, announcement_id: int) -> ResponseReturnValue:
    """Change a message that is not on its way."""
    event, form = get_organized_event(viewer(), slug), MessageForm()
    args = given_args(request.form)
    segment = Segment.from_args(args)
    words = {"subject": form.subject.data or "", "body": form.body.data or ""}
    facts = facts_of(event, announcement_id, form)
    if not form.validate():
        return ask_again(ONE, form, **facts)
    try:
        refuse_misread(args)
        me = signed_in_person().id
        announcements.edit_announcement(me, event.id, announcement_id, segment, **words)
    except NotFound:
        raise
    except Refused as refused:
        return ask_again(ONE, form, refused, **facts)
    return _to_one(slug, announcement_id)


@event_editors
def send_message(slug: str, announcement_id: int) -> ResponseReturnValue:
    """Send it now, or have it sent at a time."""
    event, form = get_organized_event(viewer(), slug), SendForm().offering()
    facts = facts_of(event, announcement_id, form)
    if not form.validate():
        return ask_again(ONE, form, **facts)
    try:
        _send(event, announcement_id, form)
    except NotFound:
        raise
    except Refused as refused:
        return ask_again(ONE, form, refused, **facts)
    if form.at() is None:
        flash(gettext("The message is on its way. You may leave this page."), "success")
    return _to_one(slug, announcement_id)


def _send(event: Event, announcement_id: int, form: SendForm) -> None:
    me, at = signed_in_person().id, form.at()

    def act() -> int:
        return announcements.send_announcement(me, event.id, announcement_id, at=at).id

    form.once(f"send {announcement_id}", me, act)


@event_editors
def test_message(slug: str, announcement_id: int) -> ResponseReturnValue:
    """Send it to whoever asks, and to nobody else."""
    event, me = get_organized_event(viewer(), slug), signed_in_person()
    said = gettext("A test is on its way to %(address)s.", address=me.address)

    def act() -> None:
        limits.take("announcement-test", str(me.id), most=30, within=HOUR)
        announcements.send_test(me.id, event.id, announcement_id)

    return _press(event, announcement_id, act, lambda _: said)


@event_editors
def stop_message(slug: str, announcement_id: int) -> ResponseReturnValue:
    """Send nothing more of it, or take it back before its time."""
    event = get_organized_event(viewer(), slug)

    def act() -> int:
        me = signed_in_person().id
        return announcements.stop_announcement(me, event.id, announcement_id)

    return _press(event, announcement_id, act, _stopped)


def _stopped(unsent: int) -> str:
    if not unsent:
        return gettext("Nothing more is sent.")
    return ngettext(
        "Stopped. %(num)s mail had not left, and does not leave.",
        "Stopped. %(num)s mails had not left, and do not leave.",
        unsent,
    )


@event_editors
def retry_message(slug: str, announcement_id: int) -> ResponseReturnValue:
    """Try again what failed."""
    event, me = get_organized_event(viewer(), slug), signed_in_person().id

    def act() -> int:
        return announcements.retry_failed(me, event.id, announcement_id)

    return _press(event, announcement_id, act, _retried)


def _retried(count: int) -> str:
    return ngettext("%(num)s mail is tried again.", "%(num)s mails are tried again.", count)


@event_editors
def delete_message(slug: str, announcement_id: int) -> ResponseReturnValue:
    """Throw a draft away."""
    event, me = get_organized_event(viewer(), slug), signed_in_person().id
    try:
        announcements.delete_announcement(me, event.id, announcement_id)
    except NotFound:
        raise
    except Refused as refused:
        flash(worded(refused), "danger")
        return _to_one(slug, announcement_id)
    flash(gettext("The draft is deleted."), "success")
    return redirect(url_for("organize.messages", slug=slug), 303)


def _press(
    event: Event, announcement_id: int, act: Callable[[], Said], say: Callable[[Said], str]
) -> ResponseReturnValue:
    """Do what a button of a message says, and say what came of it."""
    try:
        flash(say(act()), "success")
    except NotFound:
        raise
    except Refused as refused:
        return ask_again(ONE, ButtonForm(), refused, **facts_of(event, announcement_id))
    return _to_one(event.slug, announcement_id)


def _to_one(slug: str, announcement_id: int) -> ResponseReturnValue:
    there = url_for("organize.message", slug=slug, announcement_id=announcement_id)
    return redirect(there, 303)
