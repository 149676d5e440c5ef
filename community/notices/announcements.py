"""Messages of hosts to those who answered, and reminders of an event, made by the worker."""

from collections.abc import Mapping

import sqlalchemy as sa

from community.calendar.invites import organizer_address
from community.core.clock import now
from community.core.db import db
from community.core.links import link
from community.core.markup import filled_html
from community.core.plain_markup import filled_plain
from community.core.text import gettext as _
from community.core.types import JSONDict
from community.events.models import Event, EventStatus
from community.events.queries import get_event
from community.events.visibility import shown_to_answer
from community.mail.broadcasts import queue_broadcast, register_expander
from community.mail.kinds import Purpose, Rendered
from community.mail.models import OutboxMail
from community.mail.outbox import PATIENCE, queue_mail
from community.mail.rendering import Words, word
from community.membership.mail_wishes import unsubscribe_tokens, wanted_categories
from community.membership.queries import get_person
from community.membership.wish_models import MailCategory
from community.notices.facts import event_as_read, event_facts, rsvp_facts, told, when_in_words
from community.notices.invitations import remind_person
from community.notices.mails import compose, kind
from community.organizing.announcement_batches import (
    CONCERNED,
    Batch,
    has_left,
    is_off,
    note_made,
    pass_over,
    take_batch,
)
from community.organizing.announcement_changes import AnnouncementStarted, AnnouncementTestAsked
from community.organizing.announcement_models import (
    Announcement,
    AnnouncementState,
    PassedOver,
    Recipient,
    Reminds,
)
from community.organizing.placeholders import filled, filled_text, parse
from community.rsvp.changes import PersonReminded
from community.rsvp.models import Rsvp, RsvpStatus

_NOBODY_WAITS = 6
_NOWHERE = "their-own-page"  # what a link says that is shown to somebody whose it is not


def tell_readers(change: AnnouncementStarted) -> None:
    """Have the worker make the mails."""
    queue_broadcast("announcement", {"announcement_id": change.announcement_id})


def _expand(facts: JSONDict, _cursor: int, _size: int) -> int | None:
    batch = take_batch(facts["announcement_id"])  # the readers' own states are the cursor
    if batch is None:
        return None
    tokens = unsubscribe_tokens(
        [rsvp.person_id for _, rsvp in batch.readers], MailCategory.MESSAGES
    )
    made = [(to, _make(batch, to, rsvp, tokens)) for to, rsvp in batch.readers]
    for recipient, mail_id in made:
        if mail_id is None:
            pass_over(recipient, PassedOver.LATELY)  # the invitation itself has not left yet
        else:
            note_made(recipient, mail_id)
    return batch.last_id


def _make(batch: Batch, recipient: Recipient, rsvp: Rsvp, tokens: Mapping[int, str]) -> int | None:
    one = batch.announcement
    if one.reminds == Reminds.UNDECIDED:
        rsvp.reminded_at = now()
        return remind_person(PersonReminded(rsvp.id, batch.event.id, None, ""))
    facts: JSONDict = {
        **rsvp_facts(rsvp, batch.event),
        "announcement_id": one.id,
        "status": rsvp.status.value,
        "is_past": _is_past(batch.event),
        "then": recipient.status.value,
        "reply_to": organizer_address(rsvp.head),  # words that come back are for the hosts
    }
    name = "event_reminder" if one.reminds else "announcement"
    if not one.reminds and rsvp.status not in CONCERNED:
        name = "announcement_optional"
        facts["unsubscribe_token"] = tokens[rsvp.person_id]
    return queue_mail(
        name,
        to=rsvp.person.address,
        name=rsvp.person.name,
        facts=facts,
        person_id=rsvp.person_id,
        event_id=batch.event.id,
        dedupe_key=f"announcement {one.id} {rsvp.person_id}",
        urgency=_NOBODY_WAITS,
        deadline=batch.event.starts_at if one.reminds else now() + PATIENCE,
    )


def send_test(change: AnnouncementTestAsked) -> None:
    """The message as a mail to whoever wrote it."""
    one = db.session.get_one(Announcement, change.announcement_id)
    event, person = get_event(change.event_id), get_person(change.asked_by)
    queue_mail(
        "announcement_test",
        to=person.address,
        name=person.name,
        facts={**_facts_of_nobody(event), "subject": one.subject, "body": one.body},
        person_id=person.id,
        event_id=event.id,
        urgency=1,
    )


def _facts_of_nobody(event: Event) -> JSONDict:
    """What somebody who is going alone is told, with a link that leads nowhere."""
    shown = shown_to_answer(event, RsvpStatus.GOING)
    alone: JSONDict = {"party_size": 1, "guests": [], "rsvp_token": _NOWHERE, "status": "going"}
    return {**event_facts(event, shown), **alone, "is_past": _is_past(event)}


def _is_past(event: Event) -> bool:
    """Whether nobody goes any more: it is off or over."""
    return event.status == EventStatus.CANCELLED or event.ends_at <= now()


def preview(one: Announcement, event: Event, rsvp: Rsvp) -> Words:
    """The mail as the person of an answer will read it, but for the link to their own page.

    ``html`` is what the body becomes, without the frame that all mails share.
    """
    about = {"status": rsvp.status.value, "is_past": _is_past(event)}
    facts = {**rsvp_facts(rsvp, event), **about, "rsvp_token": _NOWHERE}
    known = _filled(one.subject, one.body, facts, rsvp.person.name)
    words = word(
        "announcement",
        recipient_name=rsvp.person.name,
        facts_of_event=event_as_read(facts),
        has_invite=False,
        **{**facts, **known},
    )
    return Words(words.subject, words.text, known["body_html"])


def _filled(subject: str, body: str, facts: JSONDict, name: str) -> JSONDict:
    """Subject and body with the values of one reader: text in the one, HTML and text of the other.

    Parsed before anything is put in, so that no value is ever read as a placeholder or Markdown.
    """
    values, words = values_of(facts, name), parse(body)
    return {
        "subject": filled_text(parse(subject), values),
        "body_text": filled_plain(filled(words, values)),
        "body_html": filled_html(filled(words, values)),
    }


def values_of(facts: JSONDict, name: str) -> dict[str, str]:
    """What stands in the place of each placeholder for the reader of a mail with these facts."""
    place = [facts["event_location"], facts["event_link"]]
    guests = [guest for guest in facts["guests"] if guest]
    return {
        "name": name or _("guest"),
        "first_name": name.split(maxsplit=1)[0] if name else _("guest"),
        "event": facts["event_title"],
        "when": _("%(day)s, %(hours)s (%(zone)s)", **when_in_words(told(facts))),
        "where": ", ".join(filter(None, place)) or _where_else(facts),
        "seats": str(facts["party_size"]),
        "guests": ", ".join(guests) or _("nobody else"),
        "own_page": link("rsvp", token=facts["rsvp_token"]),
    }


def _where_else(facts: JSONDict) -> str:
    return _("online") if facts["event_format"] == "online" else _("a place that we still tell you")


def _render(mail: OutboxMail) -> Rendered:
    one = db.session.get_one(Announcement, mail.facts["announcement_id"])
    known = _filled(one.subject, one.body, mail.facts, mail.recipient_name)
    token = mail.facts.get("unsubscribe_token")
    url = link("unsubscribe", token=token) if token else ""
    return Rendered(compose(mail, unsubscribe=url, unsubscribe_url=url, **known))


def _render_test(mail: OutboxMail) -> Rendered:
    facts = mail.facts
    known = _filled(facts["subject"], facts["body"], facts, mail.recipient_name)
    return Rendered(compose(mail, **known))


def _render_reminder(mail: OutboxMail) -> Rendered:
    return Rendered(compose(mail))


def _unwanted(mail: OutboxMail) -> str:
    """What may have happened since it was queued."""
    one = db.session.get(Announcement, mail.facts.get("announcement_id", 0))
    if one is None or mail.person_id is None or mail.event_id is None:
        return "the message, the event or the person is gone"
    if one.state == AnnouncementState.STOPPED:
        return "the hosts stopped this message"
    if is_off(one, get_event(mail.event_id)):
        return "the event is off, or at another time"
    answer = sa.select(Rsvp.status).where(
        Rsvp.event_id == mail.event_id, Rsvp.person_id == mail.person_id
    )
    status = db.session.scalar(answer)
    gone = status is None or has_left(RsvpStatus(mail.facts["then"]), status)
    if gone or (one.reminds == Reminds.GOING and status != RsvpStatus.GOING):
        return "the person has left"
    return ""


def _unwanted_news(mail: OutboxMail) -> str:
    if mail.person_id and MailCategory.MESSAGES not in wanted_categories(mail.person_id):
        return "the person does not want such mails any more"
    return _unwanted(mail)


def register_kinds() -> None:
    """Make the mails and broadcasts of this module known."""
    kind("announcement", _render, unwanted=_unwanted)
    kind("announcement_optional", _render, purpose=Purpose.NEWS, unwanted=_unwanted_news)
    kind("announcement_test", _render_test)
    kind("event_reminder", _render_reminder, unwanted=_unwanted)
    register_expander("announcement", _expand)
