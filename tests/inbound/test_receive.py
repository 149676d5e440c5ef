"""Mails for attendees: what counts at once, what waits, what is passed on, what is set aside."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from community.calendar.invites import organizer_address
from community.calendar.received_models import CalendarAlias, ReceivedMail, ReceivedSource
from community.core.clock import now
from community.core.db import db, transactional
from community.core.errors import NotFound, Refused
from community.events.models import Event
from community.events.publishing import cancel_event
from community.inbound import calendar_reply
from community.inbound.authentication import Trust
from community.inbound.confirming import confirm_held
from community.inbound.receive import MOST_A_DAY, receive, replay, reply_key
from community.membership.models import Person
from community.organizing.models import AuditEntry
from community.privacy.merging import merge
from community.rsvp import by_calendar
from community.rsvp.inviting import Invitee, invite_people
from community.rsvp.models import Attendee, Rsvp
from community.rsvp.party import Guest
from community.rsvp.respond import say_yes
from tests.factories.at_once import at_once
from tests.factories.events import an_event
from tests.factories.mails import outbox, post
from tests.factories.people import a_member, an_admin, an_organizer
from tests.factories.received import token_of
from tests.inbound.answering import (
    BY_GOOGLE,
    DOUBTFUL,
    FORGED,
    GENUINE,
    SAYS_ITSELF,
    SERVER,
    a_reply,
    in_words,
)
from tests.rsvp.states import statuses


@pytest.fixture(autouse=True)
def _our_mail_server_has_a_name(app: Flask) -> Iterator[None]:
    known = app.extensions["community_settings"]
    app.extensions["community_settings"] = known.model_copy(update={"authserv_id": SERVER})
    yield
    app.extensions["community_settings"] = known


def head_of(event: Event, person: Person) -> Attendee:
    db.session.rollback()
    db.session.expire_all()
    found = sa.select(Rsvp).where(Rsvp.event_id == event.id, Rsvp.person_id == person.id)
    return db.session.scalars(found).one().head


def hand_in(head: Attendee, data: bytes) -> tuple[str, str]:
    outcome = receive(organizer_address(head), data)
    return outcome.verdict.value, outcome.detail


def received() -> list[ReceivedMail]:
    db.session.rollback()
    found = sa.select(ReceivedMail).order_by(ReceivedMail.id)
    return list(db.session.scalars(found.execution_options(populate_existing=True)))


def kinds(person: Person) -> list[str]:
    return [mail.kind for mail in outbox(to=person.address)]


def test_an_answer_moves_the_rsvp_and_the_line_and_the_same_mail_twice_is_once(app: Flask) -> None:
    host, ann, bob, cy = an_organizer(), a_member(), a_member(), a_member()
    event = an_event(host, capacity=1)
    for person in (ann, bob):
        say_yes(person.id, event.id)
    invite_people(host.id, event.id, [Invitee(cy.address or "")])
    post()
    no = a_reply(head_of(event, ann), "DECLINED")
    assert hand_in(head_of(event, ann), no) == ("applied", "withdrawn")
    assert statuses(event.id) == ["withdrawn", "going", "invited"]
    assert hand_in(head_of(event, ann), no) == ("applied", "withdrawn")
    yes = a_reply(head_of(event, cy))
    assert hand_in(head_of(event, cy), yes) == ("applied", "waitlisted")
    assert kinds(ann) == ["seat_given"]
    assert kinds(bob) == ["waitlisted", "seat_given"]
    assert kinds(cy) == ["event_invitation", "waitlisted"]
    assert [mail.trust for mail in received()] == ["pass", "pass"]
    log = sa.select(AuditEntry).where(AuditEntry.action == "MailHandled")
    (first, _) = db.session.scalars(log.order_by(AuditEntry.id))
    assert (first.via, first.event_id) == ("mail", event.id)


def test_who_vouches_for_an_answer_decides_whether_it_counts_and_who_is_told(app: Flask) -> None:
    table: list[tuple[str, str, str, str, list[str]]] = [
        (GENUINE, "", "DECLINED", "applied", []),
        (BY_GOOGLE, "calendar-notification@google.com", "DECLINED", "applied", []),
        ("", "", "DECLINED", "applied", ["left_by_calendar"]),
        (SAYS_ITSELF, "", "DECLINED", "applied", ["left_by_calendar"]),
        (DOUBTFUL, "", "DECLINED", "applied", ["left_by_calendar"]),
        (FORGED, "", "DECLINED", "held", ["answer_doubted"]),
        ("", "", "TENTATIVE", "applied", []),
        (FORGED, "", "TENTATIVE", "held", ["answer_doubted"]),
        (FORGED, "", "ACCEPTED", "held", ["answer_doubted"]),
    ]
    event = an_event()
    for proof, sender, partstat, verdict, mails in table:
        ann = a_member()
        say_yes(ann.id, event.id)
        head = head_of(event, ann)
        found = hand_in(head, a_reply(head, partstat, proof=proof, sender=sender))
        case = (proof, partstat)
        assert (found[0], kinds(ann)) == (verdict, ["seat_given", *mails]), case
        left = partstat == "DECLINED" and verdict == "applied"
        assert head_of(event, ann).rsvp.status == ("withdrawn" if left else "going"), case


def test_who_answers_with_a_forwarded_invitation_is_told_to_the_invited_person(app: Flask) -> None:
    """Their own mail program answers in the invited person's name; some do so, Google says so."""
    host = an_organizer()
    event = an_event(host)
    for sender, mails in (("", []), ("stranger@other.example", ["seat_given"])):
        ann = a_member()
        invite_people(host.id, event.id, [Invitee(ann.address or "")])
        post()
        head = head_of(event, ann)
        assert hand_in(head, a_reply(head, proof="", sender=sender)) == ("applied", "going")
        assert kinds(ann) == ["event_invitation", *mails], sender


def test_the_same_mail_at_the_same_moment_has_one_effect(app: Flask) -> None:
    event, ann, bob = an_event(capacity=1), a_member(), a_member()
    for person in (ann, bob):
        say_yes(person.id, event.id)
    head = head_of(event, ann)
    no, address = a_reply(head, "DECLINED", proof=""), organizer_address(head)
    outcomes = at_once(app, [lambda: receive(address, no).verdict.value] * 3)
    assert outcomes == ["applied"] * 3
    assert statuses(event.id) == ["withdrawn", "going"]
    assert kinds(ann) == ["seat_given", "left_by_calendar"]
    assert kinds(bob) == ["waitlisted", "seat_given"]


def test_the_key_is_found_however_the_address_is_written(app: Flask) -> None:
    key = "abcdefghijklmnopqrstuvwx23"
    for address in (
        f"rsvp+{key}@localhost",
        f"RSVP+{key.upper()}@LocalHost",
        f"rsvp-{key}@localhost",
        f"<rsvp%2B{key}@localhost>",
    ):
        assert reply_key(address) == key, address
    for address in (
        "",
        "rsvp@localhost",
        f"rsvp+{key}@elsewhere.example",
        f"rsvp+{key}x@localhost",
    ):
        assert reply_key(address) is None, address


def test_what_does_not_count(app: Flask) -> None:
    """Each beside the state that it must leave as it is; nothing is sent to anybody but us."""
    host, ann = an_organizer(), a_member()
    event = an_event(host)
    invite_people(host.id, event.id, [Invitee(ann.address or "")])
    post()
    head, before = head_of(event, ann), len(outbox())
    table = {
        ("refused", "another_uid"): a_reply(head, uid="somebody-elses"),
        ("dropped", "method"): a_reply(head, method="CANCEL"),
        ("dropped", "recurrence"): a_reply(head, extra="RECURRENCE-ID:20270716T223000Z"),
        ("filed", "no_answer"): a_reply(head, "DELEGATED"),
        ("unchanged", "invited"): a_reply(head, "NEEDS-ACTION"),
    }
    for expected, data in table.items():
        assert hand_in(head, data) == expected
    outcome = receive("rsvp+abcdefghijklmnopqrstuvwx23@localhost", a_reply(head))
    assert (outcome.verdict.value, outcome.detail) == ("dropped", "unknown_address")
    assert statuses(event.id) == ["invited"]
    assert len(outbox()) == before
    assert hand_in(head, a_reply(head)) == ("applied", "going"), "the control"


def test_a_forged_answer_waits_until_the_person_says_that_it_was_them(app: Flask) -> None:
    event, ann = an_event(), a_member()
    say_yes(ann.id, event.id)
    post()
    head = head_of(event, ann)
    assert hand_in(head, a_reply(head, "DECLINED", proof=FORGED)) == ("held", "forged")
    assert statuses(event.id) == ["going"]
    assert kinds(ann) == ["seat_given", "answer_doubted"]
    token = token_of(received()[0])
    confirm_held(token)
    assert statuses(event.id) == ["withdrawn"]
    with pytest.raises(Refused, match="link_dead"):
        confirm_held(token)


def test_another_address_of_theirs_is_asked_about_once_and_then_known(app: Flask) -> None:
    event, ann = an_event(), a_member()
    say_yes(ann.id, event.id)
    post()
    head, office = head_of(event, ann), "ann@office.example"
    no = a_reply(head, "DECLINED", attendee=office)
    assert hand_in(head, no) == ("held", "another_address")
    assert statuses(event.id) == ["going"], "whoever was sent the invitation on changes nothing"
    (asked,) = outbox("answer_doubted")
    assert (asked.recipient, asked.facts["answered_as"]) == (ann.address, office)
    confirm_held(token_of(received()[0]))
    assert statuses(event.id) == ["withdrawn"]
    assert [one.address for one in db.session.scalars(sa.select(CalendarAlias))] == [office]
    later = a_reply(head, attendee=office, at=now() + timedelta(minutes=2))
    assert hand_in(head, later) == ("applied", "going")


def test_nobody_is_asked_whether_it_was_them_more_than_three_times_a_day(app: Flask) -> None:
    event, ann = an_event(), a_member()
    say_yes(ann.id, event.id)
    post()
    head = head_of(event, ann)
    for number in range(5):
        no = a_reply(head, "DECLINED", attendee=f"bearer{number}@elsewhere.example")
        no = no.replace(b"DECLINED@", f"{number}@".encode())  # of its Message-ID
        assert hand_in(head, no) == ("held", "another_address")
    assert len(outbox("answer_doubted")) == 3
    assert statuses(event.id) == ["going"]


def test_without_any_one_protection_the_answer_would_have_counted(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The controls: each of these is held back or passed over by one thing alone."""
    event = an_event()
    long_ago = now() - timedelta(minutes=5)
    table: list[tuple[object, str, object, dict[str, Any]]] = [
        (calendar_reply, "is_theirs", lambda *_: True, {"attendee": "x@other.example"}),
        (calendar_reply, "trust", lambda *_, **__: Trust.NONE, {"proof": FORGED}),
        (by_calendar, "_answered_elsewhere", lambda *_: False, {"at": long_ago}),
    ]
    for module, name, nothing, facts in table:
        ann = a_member()
        say_yes(ann.id, event.id)
        head = head_of(event, ann)
        assert hand_in(head, a_reply(head, "DECLINED", **facts))[0] in {"held", "outdated"}, name
        with monkeypatch.context() as without:
            without.setattr(module, name, nothing)
            again = a_reply(head, "DECLINED", comment="Again.", **facts)
            assert hand_in(head, again) == ("applied", "withdrawn"), name


def test_who_accepts_in_vain_is_told_and_their_calendar_too(app: Flask) -> None:
    host, ann = an_organizer(), a_member()
    event = an_event(host)
    say_yes(ann.id, event.id)
    cancel_event(host.id, event.id)
    post()
    head = head_of(event, ann)
    assert hand_in(head, a_reply(head, "DECLINED")) == ("refused", "event_cancelled")
    assert hand_in(head, a_reply(head)) == ("refused", "event_cancelled")
    (told,) = outbox("answer_rejected", to=ann.address)
    assert told.facts["invite"]["method"] == "CANCEL"


def test_words_go_to_the_hosts_and_automatic_mails_to_nobody(app: Flask) -> None:
    host, ann = an_organizer(), a_member()
    event = an_event(host)
    say_yes(ann.id, event.id)
    post()
    head = head_of(event, ann)
    words = in_words(head, "May I bring my wife?")
    assert hand_in(head, words) == ("told_hosts", "words")
    away = in_words(head, "I am away.", "Auto-Submitted: auto-replied")
    assert hand_in(head, away)[0] == "filed"
    assert hand_in(head, b"Received: by another way\r\n" + words) == ("unchanged", "same_message")
    assert kinds(ann) == ["seat_given"], "nobody answers them"
    (told,) = outbox("reply_in_words")
    assert (told.recipient, told.facts["words"]) == (host.address, "May I bring my wife?")
    assert told.facts["reply_to"] == ann.address
    post()
    assert f"Reply-To: {ann.address}".encode() in (outbox("reply_in_words")[0].body or b"")


def test_words_written_back_to_a_mail_without_an_invite_arrive_too(app: Flask) -> None:
    host, ann = an_organizer(), a_member()
    event = an_event(host, requires_approval=True)
    say_yes(ann.id, event.id)
    post()
    head, (asked,) = head_of(event, ann), outbox("requested")
    assert f"Reply-To: {organizer_address(head)}".encode() in (asked.body or b"")
    assert hand_in(head, in_words(head, "When do I hear?")) == ("told_hosts", "words")


def test_hosts_are_told_when_words_under_a_name_came_from_somebody_elses_address(
    app: Flask,
) -> None:
    host, ann = an_organizer(), a_member()
    event = an_event(host)
    say_yes(ann.id, event.id)
    post()
    head = head_of(event, ann)
    theirs = in_words(head, "I am Ann.").replace(
        f"From: Somebody <{ann.address}>".encode(), b"From: Ann <mallory@elsewhere.example>"
    )
    assert hand_in(head, theirs) == ("told_hosts", "words_elsewhere")
    later = a_reply(head, "TENTATIVE", method="COUNTER", sender="mallory@elsewhere.example")
    assert hand_in(head, later) == ("told_hosts", "another_time_elsewhere")
    crashed = a_reply(head, "TENTATIVE", method="COUNTER", attendee="mallory@elsewhere.example")
    assert hand_in(head, crashed.replace(b"TENTATIVE@", b"2@"))[1] == "another_time_elsewhere"
    comment = a_reply(head, sender="mallory@elsewhere.example", comment="I am late.")
    assert hand_in(head, comment)[0] == "unchanged"
    assert hand_in(head, a_reply(head, comment="I am Ann."))[0] == "unchanged"
    post()
    said = [b"Careful: it came" in (mail.body or b"") for mail in outbox("reply_in_words")]
    assert said == [True, True, True, True, False]
    assert all(mail.facts["reply_to"] == ann.address for mail in outbox("reply_in_words"))


def test_another_time_and_a_comment_are_for_the_hosts_to_read(app: Flask) -> None:
    host, ann = an_organizer(), a_member()
    event = an_event(host)
    say_yes(ann.id, event.id)
    post()
    head = head_of(event, ann)
    other = a_reply(head, "TENTATIVE", method="COUNTER", comment="Later?")
    assert hand_in(head, other) == ("told_hosts", "another_time")
    assert head_of(event, ann).partstat.value == "ACCEPTED", "it changes nothing"
    assert hand_in(head, a_reply(head, comment="We are late."))[0] == "unchanged"
    assert [one.facts["words"] for one in outbox("reply_in_words")] == ["Later?", "We are late."]
    assert hand_in(head, a_reply(head, guests=2))[0] == "unchanged"
    assert outbox("reply_in_words")[-1].facts["words"] == "(And 2 guests.)"
    assert hand_in(head, a_reply(head, method="REFRESH")) == ("resent", "asked_for")
    assert kinds(ann)[-1] == "answer_again"


def test_poison_is_set_aside_after_one_try_and_can_be_replayed(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours, stood in for by a reader that fails: there is no other way to have one."""
    event, ann = an_event(), a_member()
    say_yes(ann.id, event.id)
    post()
    head = head_of(event, ann)
    assert hand_in(head, b"x" * 600_000)[0] == "poison"
    no = a_reply(head, "DECLINED")
    with monkeypatch.context() as broken:
        broken.setattr(calendar_reply, "parse", lambda *_: 1 / 0)
        assert hand_in(head, no) == ("poison", "fault")
    assert hand_in(head, no) == ("poison", "fault"), "handed in again it is not tried again"
    assert hand_in(head, in_words(head, "Hello?"))[0] == "told_hosts", "the next one is handled"
    outcome = replay(received()[1].id)
    assert (outcome.verdict.value, outcome.detail) == ("applied", "withdrawn")
    with pytest.raises(NotFound):
        replay(received()[1].id)


def test_a_mail_at_which_the_process_dies_is_not_tried_for_ever(app: Flask) -> None:
    """It leaves a row without a verdict behind, and its server hands the mail in again."""
    event, ann = an_event(), a_member()
    say_yes(ann.id, event.id)
    post()
    head = head_of(event, ann)
    no = a_reply(head, "DECLINED")
    hand_in(head, no)
    for tries, expected in ((2, "unchanged"), (3, "poison")):
        _forget_verdict(tries)
        assert hand_in(head, no)[0] == expected


@transactional
def _forget_verdict(tries: int) -> None:
    db.session.execute(sa.update(ReceivedMail).values(verdict=None, tries=tries))


def test_a_key_has_twenty_mails_a_day(app: Flask) -> None:
    event, ann, bob = an_event(), a_member(), a_member()
    for person in (ann, bob):
        say_yes(person.id, event.id)
    head, other = head_of(event, ann), head_of(event, bob)
    for number in range(MOST_A_DAY):
        assert hand_in(head, in_words(head, f"Hello {number}"))[0] == "told_hosts"
    assert hand_in(head, in_words(head, "Hello?")) == ("dropped", "too_many")
    assert hand_in(other, in_words(other, "Hello?"))[0] == "told_hosts"


def test_a_guest_and_a_merged_record_answer_by_their_own_keys(app: Flask) -> None:
    admin, ann, twin = an_admin(), a_member(), a_member()
    event = an_event(guests_allowed=1)
    say_yes(ann.id, event.id, guests=[Guest("Bo", address="bo@example.com")])
    post()
    guest = head_of(event, ann).rsvp.guests[0]
    yes = a_reply(guest)
    assert receive(organizer_address(guest), yes, source=ReceivedSource.IMAP).detail == "going"
    merge(admin.id, twin.id, ann.id)
    head = head_of(event, twin)
    assert hand_in(head, a_reply(head, "DECLINED")) == ("applied", "withdrawn")
