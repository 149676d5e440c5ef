"""The reminders of an event: how long before it, to whom, on or off."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from community.core.errors import NotFound, Refused
from community.core.text import gettext
from community.events.models import Event
from community.organizing import event_reminders
from community.organizing.announcement_models import Reminds
from community.organizing.desk import get_organized_event
from community.organizing.segments import Segment
from community.web.access import event_editors, signed_in_person, viewer
from community.web.forms import ask_again
from community.web.forms.messages import MessageForm, ReminderForm
from community.web.organize.message_facts import list_facts
from community.web.wording import worded

PAGE = "organize/messages.html"


@event_editors
def add_event_reminder(slug: str) -> ResponseReturnValue:
    """Have the event reminded of."""
    event, form = get_organized_event(viewer(), slug), ReminderForm().offering()
    if not form.validate():
        return _again(event, form)
    try:
        event_reminders.add_reminder(
            signed_in_person().id,
            event.id,
            Reminds(form.reminds.data),
            minutes=form.minutes(),
        )
    except NotFound:
        raise
    except Refused as refused:
        return _again(event, form, refused)
    flash(gettext("The reminder is on."), "success")
    return _back(slug)


@event_editors
def change_event_reminder(slug: str, reminder_id: int) -> ResponseReturnValue:
    """Switch a reminder on or off, or take it away: as the button says."""
    event, me = get_organized_event(viewer(), slug), signed_in_person().id
    try:
        said = _change(me, event.id, reminder_id, request.form.get("action", ""))
    except NotFound:
        raise
    except Refused as refused:
        flash(worded(refused), "danger")
    else:
        flash(said, "success")
    return _back(slug)


def _change(me: int, event_id: int, reminder_id: int, action: str) -> str:
    if action == "remove":
        event_reminders.remove_reminder(me, event_id, reminder_id)
        return gettext("The reminder is removed.")
    if action == "on":
        event_reminders.switch_on(me, event_id, reminder_id)
        return gettext("The reminder is on.")
    event_reminders.switch_off(me, event_id, reminder_id)
    return gettext("The reminder is off.")


def _again(event: Event, form: ReminderForm, refused: Refused | None = None) -> ResponseReturnValue:
    segment = Segment(statuses=("going",))
    writing = MessageForm.asked(segment, thanks=False)
    facts = {**list_facts(event, segment, writing), "reminding": form}
    return ask_again(PAGE, form, refused, **facts)


def _back(slug: str) -> ResponseReturnValue:
    return redirect(url_for("organize.messages", slug=slug) + "#reminders", 303)
