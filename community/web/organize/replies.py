"""Answers by calendar and mail to one event: what came in, and what was made of it."""

from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from community.calendar.received_models import ReceivedMail, ReceivedVerdict
from community.core.text import gettext
from community.events.models import Event
from community.inbound.receive import REPLAYABLE, replay
from community.organizing.desk import get_organized_event
from community.organizing.replies import get_reply, list_replies, owing_answers, read_replies
from community.web.access import event_editors, signed_in_person, viewer
from community.web.forms import ButtonForm
from community.web.reply_wording import what_became, what_was_said


@event_editors
def replies(slug: str) -> ResponseReturnValue:
    """The newest first, with words and verdict."""
    event = get_organized_event(viewer(), slug)
    return render_template("organize/replies.html", form=ButtonForm(), **_listed(event))


@event_editors
def replay_reply(slug: str, mail_id: int) -> ResponseReturnValue:
    """Handle a mail again."""
    event = get_organized_event(viewer(), slug)
    mail = get_reply(event.id, mail_id)
    if ButtonForm().validate():
        replay(mail.id)
        flash(gettext("The mail was read again: look at what became of it."), "success")
    return redirect(url_for("organize.replies", slug=slug), 303)


@event_editors
def mark_read(slug: str, mail_id: int) -> ResponseReturnValue:
    """Take a mail and all before it off what waits to be read."""
    event = get_organized_event(viewer(), slug)
    if ButtonForm().validate():
        read_replies(signed_in_person().id, event.id, mail_id)
        flash(gettext("Marked as read."), "success")
    return redirect(url_for("organize.replies", slug=slug), 303)


def _listed(event: Event) -> dict[str, Any]:
    page = list_replies(event.id, after=request.args.get("after", ""))
    address = url_for("organize.replies", slug=event.slug)
    return {
        "event": event,
        "rows": [_row(*row) for row in page.rows],
        "owing": owing_answers(event.id),
        "unread_up_to": next((mail.id for mail, *_ in page.rows if _is_new(mail)), None),
        "next_url": f"{address}?{urlencode({'after': page.after})}" if page.after else None,
    }


def _is_new(mail: ReceivedMail) -> bool:
    return mail.verdict == ReceivedVerdict.TOLD_HOSTS and mail.read_at is None


def _row(mail: ReceivedMail, name: str, is_kept: bool) -> dict[str, Any]:
    return {
        "mail": mail,
        "name": name,
        "said": what_was_said(mail),
        "became": what_became(mail),
        "is_new": _is_new(mail),
        "may_replay": is_kept and mail.verdict in REPLAYABLE and mail.handled_at is not None,
    }
