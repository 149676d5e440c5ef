"""What came in by calendar and mail, at the desk: for the event's organizers and nobody else."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.calendar.received_models import ReceivedMail, ReceivedVerdict
from community.core.clock import now
from community.core.db import db
from community.core.errors import NotFound
from community.organizing.models import AuditEntry
from community.organizing.replies import get_reply, list_replies, read_replies
from community.privacy.retention_of_replies import forget_received
from community.rsvp.by_calendar import CalendarAnswer, answer_by_calendar
from community.rsvp.models import Partstat
from community.rsvp.question_models import QuestionKind
from community.rsvp.questions import QuestionDraft, add_question
from community.rsvp.respond import say_yes
from tests.factories.events import an_event
from tests.factories.people import a_member, an_organizer
from tests.factories.received import a_held, a_received
from tests.web.visitors import browser_of


def test_words_and_verdicts_are_shown_and_open_questions_beside(app: Flask) -> None:
    host = an_organizer()
    event = an_event(host)
    draft = QuestionDraft(QuestionKind.YES_NO, "By train?", required=True)
    add_question(host.id, event.id, draft)
    ann = say_yes(a_member("Ann Lee").id, event.id)
    a_received(ann.head.id, words="May I bring <b>my wife</b>?")
    a_held(ann.head.id, Partstat.TENTATIVE, as_="ann@office.example")
    desk = browser_of(app, host)
    page = desk.get(f"/organize/events/{event.slug}/replies")
    for words in ("Ann Lee", "May I bring <b>my wife</b>?", "Maybe", "Forwarded to the hosts."):
        assert page.says(words), words
    assert page.says("It came from an address that is not known to be theirs.")
    assert page.says("Going, with questions open")
    assert f"/organize/events/{event.slug}/replies" in desk.get(page.path[: -len("/replies")]).links


def test_a_mail_that_was_set_aside_is_read_again_by_a_button(app: Flask) -> None:
    host = an_organizer()
    event = an_event(host)
    ann = say_yes(a_member().id, event.id)
    facts = {
        "verdict": ReceivedVerdict.POISON,
        "detail": "fault",
        "raw": b"Subject: x\r\n\r\nHi.\r\n",
    }
    mail = a_received(ann.head.id, **facts)
    desk, path = browser_of(app, host), f"/organize/events/{event.slug}/replies"
    assert desk.get(path).says("It could not be read, and was set aside.")
    assert desk.submit().says("The mail was read again")
    db.session.rollback()
    row = db.session.get_one(ReceivedMail, mail.id, populate_existing=True)
    assert (row.verdict, row.words) == (ReceivedVerdict.TOLD_HOSTS, "Hi.")
    a_received(ann.head.id, **{**facts, "detail": "too_large", "raw": None})
    assert not desk.get(path).says("Read it again"), "nothing is left to be read"
    other = an_event(host, title="Another")
    with pytest.raises(NotFound):
        get_reply(other.id, mail.id)


def test_an_answer_that_nobody_vouches_for_is_marked_where_a_mail_server_could(app: Flask) -> None:
    event = an_event(host := an_organizer())
    head = say_yes(a_member().id, event.id).head
    a_received(head.id, verdict=ReceivedVerdict.APPLIED, trust="none")
    desk, path = browser_of(app, host), f"/organize/events/{event.slug}/replies"
    marked = "Whether the mail came from their mailbox is not known."
    assert not desk.get(path).says(marked)
    known = app.extensions["community_settings"]
    named = known.model_copy(update={"authserv_id": "mx.example.org"})
    app.extensions["community_settings"] = named
    try:
        assert desk.get(path).says(marked)
    finally:
        app.extensions["community_settings"] = known


def test_pages_go_by_key_and_mails_are_let_go_of(app: Flask) -> None:
    event = an_event()
    ann = say_yes(a_member().id, event.id)
    for number in range(3):
        a_received(ann.head.id, words=f"{number}")
    first = list_replies(event.id, size=2)
    rest = list_replies(event.id, size=2, after=first.after or "")
    assert [mail.words for mail, *_ in first.rows + rest.rows] == ["2", "1", "0"]
    assert rest.after is None

    def kept() -> list[bool]:
        db.session.rollback()
        found = sa.select(ReceivedMail.raw.is_not(None)).order_by(ReceivedMail.id)
        return list(db.session.scalars(found))

    with time_machine.travel(now() + timedelta(days=29)):
        assert (forget_received(), kept()) == (0, [True] * 3)
    with time_machine.travel(now() + timedelta(days=31)):
        assert (forget_received(), kept()) == (3, [False] * 3), "words stay until it is over"
    with time_machine.travel(now() + timedelta(days=62)):
        assert (forget_received(), kept()) == (3, [])


def test_who_says_maybe_stands_so_in_the_list(app: Flask) -> None:
    host = an_organizer()
    event = an_event(host)
    head = say_yes(a_member("Ann Lee").id, event.id).head
    desk, path = browser_of(app, host), f"/organize/events/{event.slug}/attendees"
    assert "Ann Lee" not in desk.get(f"{path}?maybe=yes").html
    before = desk.get(path).html.count("Maybe, says their calendar")  # in the filter
    stamp = (now() + timedelta(seconds=5)).replace(microsecond=0)
    answer_by_calendar(head.id, CalendarAnswer(Partstat.TENTATIVE, None, stamp, now()))
    assert desk.get(path).html.count("Maybe, says their calendar") == before + 1
    assert "Ann Lee" in desk.get(f"{path}?maybe=yes").html
    assert desk.get(f"{path}/{head.rsvp_id}").says("Calendar: maybe")


def test_words_are_new_until_a_host_has_read_them(app: Flask) -> None:
    host = an_organizer()
    event = an_event(host)
    ann = say_yes(a_member("Ann Lee").id, event.id)
    ids = [a_received(ann.head.id, words=words).id for words in ("First", "Second")]
    a_held(ann.head.id, Partstat.TENTATIVE, as_="ann@office.example")
    desk = browser_of(app, host)
    address = f"/organize/events/{event.slug}"
    assert desk.get(address).says("2 replies in words are new.")
    page = desk.get(f"{address}/replies")
    assert page.html.count(">New<") == 2
    form = page.form(at="/read")
    assert form.action == f"{address}/replies/{ids[1]}/read"
    late = a_received(ann.head.id, words="Third")
    assert desk.post(form.action, form.values).says("Marked as read.")
    assert desk.get(address).says("One reply in words is new.")
    assert desk.get(f"{address}/replies").form(at="/read").action.endswith(f"/{late.id}/read")
    last = desk.get(f"{address}/replies").form(at="/read")
    desk.post(last.action, last.values)
    assert not desk.get(address).says("in words")
    noted = sa.select(AuditEntry.details).where(AuditEntry.action == "RepliesReviewed")
    noted = noted.order_by(AuditEntry.id)
    assert [one["up_to"] for one in db.session.scalars(noted)] == [ids[1], late.id]


def test_what_came_to_another_event_cannot_be_marked(app: Flask) -> None:
    host, other = an_organizer(), an_organizer()
    mine, theirs = an_event(host), an_event(other)
    ann = say_yes(a_member("Ann Lee").id, theirs.id)
    mail = a_received(ann.head.id, words="First")
    desk = browser_of(app, host)
    token = desk.get(f"/organize/events/{mine.slug}").forms[-1].values
    for event in (mine, theirs):
        address = f"/organize/events/{event.slug}/replies/{mail.id}/read"
        assert desk.post(address, token).status == 404
    with pytest.raises(NotFound):
        read_replies(host.id, theirs.id, mail.id)
    db.session.rollback()
    assert db.session.get_one(ReceivedMail, mail.id).read_at is None
