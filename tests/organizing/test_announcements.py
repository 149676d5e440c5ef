"""Messages of hosts: to whom, when, what is stopped, and that nobody gets one twice."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.core.errors import NotFound, Refused
from community.core.walltime import to_local
from community.events.models import Event
from community.events.publishing import cancel_event
from community.mail.broadcasts import expand_due
from community.mail.delivery import deliver_due
from community.mail.models import MailState, OutboxMail, SuppressionReason
from community.mail.suppressions import suppress
from community.mail.transport import Spool
from community.membership.mail_wishes import set_mail_wishes, unsubscribe
from community.membership.wish_models import MailCategory
from community.ops import worker
from community.organizing import announcement_batches
from community.organizing.announcement_models import AnnouncementState, Recipient
from community.organizing.announcement_queries import count_unwilling
from community.organizing.announcements import (
    delete_announcement,
    draft_announcement,
    edit_announcement,
    retry_failed,
    send_announcement,
    send_test,
    start_due,
    stop_announcement,
)
from community.organizing.models import AuditEntry
from community.organizing.segments import Segment
from community.privacy.erasing import erase_person
from community.privacy.merging import merge
from community.rsvp.hand import remove_attendee
from community.rsvp.party import Guest
from community.rsvp.respond import say_no, say_yes
from tests.factories.announcements import (
    GOING,
    a_message,
    a_sent_message,
    an_event_with_going,
    as_stored,
    became,
    how_far,
)
from tests.factories.events import an_event, evening
from tests.factories.invitations import answer_of, invited, owner_of
from tests.factories.mails import letter, outbox, post
from tests.factories.people import a_member, an_admin, an_organizer


def readers(kind: str = "announcement") -> list[str]:
    return [mail.recipient for mail in outbox(kind)]


def test_whoever_is_meant_gets_it_in_their_own_words_and_nobody_else(app: Flask) -> None:
    event = an_event(guests_allowed=2)
    ada = a_member("Ada Lovelace", "ada@example.org")
    say_yes(ada.id, event.id, guests=[Guest("Bo"), Guest("Cy")])
    left = say_yes(a_member().id, event.id)
    say_no(left.person_id, event.id)
    say_yes(a_member().id, an_event().id)
    body = "Dear {first_name} of {name}: {event}, {when}, {where}, {seats} seats, {guests}. {{x}"
    one = a_sent_message(event, subject="For {name}", body=body)
    assert as_stored(one).state == AnnouncementState.SENDING
    post()
    assert as_stored(one).state == AnnouncementState.SENT
    (mail,) = outbox("announcement")
    got = letter(mail.body)
    assert (got.recipient, got.subject) == ("ada@example.org", "For Ada Lovelace")
    assert "Dear Ada of Ada Lovelace: Boston Leadership Dinner," in got.text
    assert "6:00 PM to 9:00 PM (New York time), Glass House, 450 Kendall Street" in got.text
    assert "3 seats, Bo, Cy. {x}" in got.text
    assert got.calendar is None
    assert how_far(one).groups == {"sent": 1}


def test_the_link_to_the_own_page_is_a_link_and_what_comes_back_is_for_the_hosts(
    app: Flask,
) -> None:
    event = an_event_with_going(1)
    a_sent_message(event, body="Look at {own_page} or [here]({own_page}).")
    post()
    mail = outbox("announcement")[0]
    got = letter(mail.body)
    address = f"http://community.test/rsvp/{mail.facts['rsvp_token']}"
    assert f'<a href="{address}" rel="nofollow noopener">here</a>' in got.html
    assert got.html.count(f'href="{address}"') == 3  # and the button
    assert f"Look at {address} or" in got.text
    assert b"Reply-To: <rsvp+" in (mail.body or b"") or b"Reply-To: rsvp+" in (mail.body or b"")


def test_a_street_is_told_to_those_who_go_alone(app: Flask) -> None:
    event = an_event(address_private=True, capacity=1, online_link="https://meet.example/room")
    for _ in range(2):
        say_yes(a_member().id, event.id)
    both = Segment(statuses=("going", "waitlisted"))
    a_sent_message(event, both, body="It is at {where}.")
    post()
    going, waiting = (letter(mail.body).text for mail in outbox("announcement"))
    assert "450 Kendall Street" in going
    assert "https://meet.example/room" in going
    assert "It is at Cambridge." in waiting
    for secret in ("Kendall", "Glass House", "meet.example"):
        assert secret not in waiting


def test_who_gets_it_is_frozen_when_sending_begins(app: Flask) -> None:
    event = an_event_with_going(1)
    one = a_message(event)
    early = say_yes(a_member().id, event.id)  # after it was written, before it is sent
    send_announcement(owner_of(event), event.id, one.id)
    late = say_yes(a_member().id, event.id)
    post()
    assert early.person_id in became(one)
    assert late.person_id not in became(one)
    assert how_far(one).groups == {"sent": 2}


def test_whoever_goes_away_before_their_mail_is_made_is_passed_over_with_the_reason(
    app: Flask,
) -> None:
    event = an_event()
    left, removed, erased, stays = (say_yes(a_member().id, event.id) for _ in range(4))
    one = a_sent_message(event)
    say_no(left.person_id, event.id)
    remove_attendee(owner_of(event), event.id, removed.id)
    erase_person(erased.person_id)
    post()
    assert became(one) == {
        left.person_id: ("passed_over", "left"),
        removed.person_id: ("passed_over", "left"),
        erased.person_id: ("passed_over", "erased"),
        stays.person_id: ("made", ""),
    }


def test_whoever_goes_away_after_it_was_made_and_before_it_left_gets_none(app: Flask) -> None:
    event = an_event()
    rsvp = say_yes(a_member().id, event.id)
    one = a_sent_message(event)
    expand_due()
    say_no(rsvp.person_id, event.id)
    post()
    assert [mail.state for mail in outbox("announcement")] == [MailState.STOPPED]
    assert how_far(one).groups == {"passed_over": 1}


def test_a_message_to_those_who_do_not_come_can_be_stopped_and_one_to_guests_cannot(
    app: Flask,
) -> None:
    event = an_event()
    going, declined = (say_yes(a_member().id, event.id) for _ in range(2))
    say_no(declined.person_id, event.id)
    both = Segment(statuses=("going", "withdrawn"))
    a_sent_message(event, both)
    post()
    (mail,) = outbox("announcement_optional")
    assert b"List-Unsubscribe-Post" in (mail.body or b"")
    assert b"List-Unsubscribe" not in (outbox("announcement")[0].body or b"")
    unsubscribe(mail.facts["unsubscribe_token"])
    set_mail_wishes(going.person_id, {MailCategory.MESSAGES: False})
    assert count_unwilling(event, both) == 1
    again = a_sent_message(event, both)
    post()
    assert became(again)[declined.person_id] == ("passed_over", "unwanted")
    assert became(again)[going.person_id] == ("made", "")


def test_an_address_that_bounced_gets_nothing_and_one_that_complained_no_news(app: Flask) -> None:
    event = an_event()
    bounced, complained, declined = (a_member() for _ in range(3))
    for person in (bounced, complained, declined):
        say_yes(person.id, event.id)
    say_no(declined.id, event.id)
    suppress(bounced.address, SuppressionReason.BOUNCED)
    suppress(complained.address, SuppressionReason.COMPLAINED)
    suppress(declined.address, SuppressionReason.COMPLAINED)
    all_of_them = Segment(statuses=("going", "withdrawn"))
    assert count_unwilling(event, all_of_them) == 2
    one = a_sent_message(event, all_of_them)
    post()
    assert became(one) == {
        bounced.id: ("passed_over", "suppressed"),
        complained.id: ("made", ""),
        declined.id: ("passed_over", "suppressed"),
    }


def test_two_records_that_become_one_half_way_get_one_mail(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcement_batches, "BATCH", 1)
    event = an_event()
    one_record, other = a_member(), a_member()
    for person in (one_record, other):
        say_yes(person.id, event.id)
    one = a_sent_message(event)
    merge(an_admin().id, one_record.id, other.id)
    post()
    assert len(readers()) == 1
    assert list(became(one)) == [one_record.id]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ({"subject": " "}, "subject_missing"),
        ({"body": "\n"}, "body_missing"),
        ({"body": "Dear {nome}"}, "placeholder_unknown"),
        ({"subject": "Dear {name"}, "placeholder_open"),
        ({"segment": Segment()}, "readers_missing"),
        ({"segment": Segment(statuses=("declined",))}, "nobody_to_write_to"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_kept(
    app: Flask, words: dict[str, str], code: str
) -> None:
    event = an_event_with_going(1)
    with pytest.raises(Refused, match=code):
        a_message(event, **words)
    assert db.session.scalar(sa.text("SELECT count(*) FROM announcements")) == 0


def test_nobody_writes_about_a_draft_or_somebody_else_s_event(app: Flask) -> None:
    draft, event = an_event(published=False), an_event_with_going(1)
    with pytest.raises(Refused, match="event_is_draft"):
        a_message(draft)
    one, stranger = a_message(event), an_organizer()
    with pytest.raises(NotFound):
        draft_announcement(stranger.id, event.id, GOING, subject="x", body="x")
    for act in (send_announcement, send_test, stop_announcement, retry_failed, delete_announcement):
        with pytest.raises(NotFound):
            act(stranger.id, event.id, one.id)
    own = an_event(stranger)
    with pytest.raises(NotFound):
        send_announcement(stranger.id, own.id, one.id)  # an id of another event


def test_only_a_draft_is_changed_or_thrown_away(app: Flask) -> None:
    event = an_event_with_going(1)
    one, me = a_message(event), owner_of(event)
    edit_announcement(me, event.id, one.id, GOING, subject="Other", body="Words")
    assert as_stored(one).subject == "Other"
    send_announcement(me, event.id, one.id)
    with pytest.raises(Refused, match="on_its_way"):
        edit_announcement(me, event.id, one.id, GOING, subject="Third", body="Words")
    with pytest.raises(Refused, match="on_its_way"):
        delete_announcement(me, event.id, one.id)
    other = a_message(event)
    delete_announcement(me, event.id, other.id)
    with pytest.raises(NotFound):
        send_announcement(me, event.id, other.id)


def test_sending_twice_is_sending_once(app: Flask) -> None:
    event = an_event_with_going(2)
    one = a_sent_message(event)
    post()
    send_announcement(owner_of(event), event.id, one.id)
    post()
    assert len(readers()) == 2


def test_a_test_goes_to_its_writer_alone_and_says_that_it_is_one(app: Flask) -> None:
    event = an_event_with_going(2)
    one = a_message(event, subject="For {first_name}", body="{seats} seat at {own_page}")
    send_test(owner_of(event), event.id, one.id)
    post()
    assert readers() == []
    (mail,) = outbox("announcement_test")
    assert mail.person_id == owner_of(event)
    got = letter(mail.body)
    assert got.subject == "[Test] For Organizer"
    assert "1 seat at http://community.test/rsvp/their-own-page" in got.text
    assert as_stored(one).state == AnnouncementState.DRAFT


def at(event: Event, hours: float) -> object:
    return to_local(now() + timedelta(hours=hours), event.timezone).replace(microsecond=0)


def test_it_is_sent_at_its_time_and_taken_back_before_it(app: Flask) -> None:
    event = an_event_with_going(1)
    one, me = a_message(event), owner_of(event)
    send_announcement(me, event.id, one.id, at=at(event, 2))  # type: ignore[arg-type]  # a datetime
    assert start_due() == 0
    assert stop_announcement(me, event.id, one.id) == 0
    assert as_stored(one).state == AnnouncementState.DRAFT
    send_announcement(me, event.id, one.id, at=at(event, 2))  # type: ignore[arg-type]  # a datetime
    with time_machine.travel(now() + timedelta(hours=2, seconds=1)):
        worker.work_once(app)
        worker.work_once(app)
    assert len(readers()) == 1
    assert as_stored(one).state == AnnouncementState.SENT


@pytest.mark.parametrize(("hours", "code"), [(-1, "send_in_past"), (24 * 400, "send_too_late")])
def test_a_time_that_is_over_or_far_away_is_refused(app: Flask, hours: int, code: str) -> None:
    event = an_event_with_going(1)
    one = a_message(event)
    with pytest.raises(Refused, match=code):
        send_announcement(owner_of(event), event.id, one.id, at=at(event, hours))  # type: ignore[arg-type]  # a datetime
    assert as_stored(one).state == AnnouncementState.DRAFT


def test_what_waits_for_its_time_is_not_sent_when_the_event_is_off(app: Flask) -> None:
    event = an_event_with_going(1)
    one, me = a_message(event), owner_of(event)
    send_announcement(me, event.id, one.id, at=at(event, 2))  # type: ignore[arg-type]  # a datetime
    cancel_event(me, event.id)
    with time_machine.travel(now() + timedelta(hours=3)):
        worker.work_once(app)
    assert as_stored(one).state == AnnouncementState.STOPPED
    assert readers() == []
    stops = sa.select(AuditEntry.action).where(AuditEntry.action == "AnnouncementStopped")
    assert db.session.scalars(stops).all() == ["AnnouncementStopped"]
    sorry = a_sent_message(event, subject="Sorry")  # of an event that is off it can be written
    post()
    assert how_far(sorry).groups == {"sent": 1}


def test_of_an_event_that_is_off_nothing_waits_for_its_time(app: Flask) -> None:
    event = an_event_with_going(1)
    one, me = a_message(event), owner_of(event)
    cancel_event(me, event.id)
    with pytest.raises(Refused, match="send_now_it_is_off"):
        send_announcement(me, event.id, one.id, at=at(event, 2))  # type: ignore[arg-type]  # a datetime
    assert as_stored(one).state == AnnouncementState.DRAFT


def test_calling_the_event_off_stops_what_has_not_left(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcement_batches, "BATCH", 2)
    event = an_event_with_going(2)
    one = a_sent_message(event)
    expand_due()
    two = a_sent_message(event)
    cancel_event(owner_of(event), event.id)
    post()
    assert how_far(one).groups == how_far(two).groups == {"passed_over": 2}


def test_stopping_says_how_many_had_left_and_no_other_leaves(app: Flask) -> None:
    event = an_event_with_going(5)
    post()
    one = a_sent_message(event)
    expand_due()
    deliver_due(Spool(app.extensions["community_settings"].spool_folder), lease="a", most=2)
    assert stop_announcement(owner_of(event), event.id, one.id) == 3
    assert stop_announcement(owner_of(event), event.id, one.id) == 0
    post()
    found = how_far(one)
    assert (found.sent, found.open, found.groups["passed_over"]) == (2, 0, 3)
    with pytest.raises(Refused, match="nothing_to_retry"):
        retry_failed(owner_of(event), event.id, one.id)


def test_stopping_before_any_mail_is_made_leaves_all_unwritten(app: Flask) -> None:
    event = an_event_with_going(3)
    one = a_sent_message(event)
    assert stop_announcement(owner_of(event), event.id, one.id) == 3
    post()
    assert readers() == []


def test_a_mail_that_a_worker_has_in_hand_is_asked_about_once_more(app: Flask) -> None:
    event = an_event_with_going(1)
    one = a_sent_message(event)
    expand_due()
    db.session.execute(sa.update(OutboxMail).values(state=MailState.SENDING, lease="b"))
    db.session.commit()
    stop_announcement(owner_of(event), event.id, one.id)
    post_with_lease = Spool(app.extensions["community_settings"].spool_folder)
    deliver_due(post_with_lease, lease="b")
    assert [mail.state for mail in outbox("announcement")] == [MailState.STOPPED]


def test_failed_mails_are_shown_with_the_reason_and_tried_again(app: Flask) -> None:
    event = an_event_with_going(2)
    one = a_sent_message(event)
    expand_due()
    failed = sa.update(OutboxMail).where(OutboxMail.kind == "announcement")
    db.session.execute(failed.values(state=MailState.FAILED, last_error="550 no such user"))
    db.session.commit()
    assert how_far(one).groups == {"failed": 2}
    assert retry_failed(owner_of(event), event.id, one.id) == 2
    post()
    assert how_far(one).groups == {"sent": 2}
    with pytest.raises(Refused, match="nothing_to_retry"):
        retry_failed(owner_of(event), event.id, one.id)


def test_nothing_is_made_twice_when_a_batch_is_lost_and_made_again(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mails of a batch and the notes that they are made are saved together, or not at all."""
    monkeypatch.setattr(announcement_batches, "BATCH", 2)
    event = an_event_with_going(5)
    one = a_sent_message(event)
    commits = 0

    def die_in_the_second(_session: object) -> None:
        nonlocal commits
        commits += 1
        if commits == 2:
            raise RuntimeError("power cut")

    sa.event.listen(db.session, "before_commit", die_in_the_second)
    with pytest.raises(RuntimeError):
        expand_due()
    sa.event.remove(db.session, "before_commit", die_in_the_second)
    assert how_far(one).groups == {"queued": 2, "waiting": 3}
    post()
    assert sorted(readers()) == sorted(set(readers()))
    assert how_far(one).groups == {"sent": 5}


def test_without_the_notes_and_the_key_of_each_mail_everybody_would_get_it_again(
    app: Flask,
) -> None:
    """The control: what was made is forgotten, as if it were saved apart from the mails."""
    event = an_event_with_going(3)
    one = a_sent_message(event)
    post()
    forget = {"state": "waiting", "mail_id": None}
    db.session.execute(sa.update(Recipient).values(forget))
    db.session.execute(sa.update(OutboxMail).values(dedupe_key=None))
    as_new = sa.text("UPDATE announcements SET state = 'sending'")
    db.session.execute(as_new)
    db.session.execute(sa.text("UPDATE broadcasts SET finished_at = NULL"))
    db.session.commit()
    post()
    assert len(readers()) == 6
    assert how_far(one).groups == {"sent": 3}


def test_invited_people_can_be_written_to_and_their_address_is_proven_by_nothing(
    app: Flask,
) -> None:
    event = an_event(starts_at=evening(10), ends_at=evening(10, 21))
    invited(event, "ann@example.org")
    one = a_sent_message(event, Segment(statuses=("invited",)))
    post()
    assert readers("announcement_optional") == ["ann@example.org"]
    assert how_far(one).groups == {"sent": 1}
    assert answer_of(event).status == "invited"


def test_whom_it_is_for_never_widens_when_words_of_it_are_erased(app: Flask) -> None:
    event = an_event_with_going(2)
    ada = a_member("Ada Lovelace")
    say_yes(ada.id, event.id)
    found = Segment(statuses=("going",), q="Ada")
    draft, waiting = a_message(event, found), a_message(event, found)
    send_announcement(owner_of(event), event.id, waiting.id, at=at(event, 2))  # type: ignore[arg-type]  # a datetime
    erase_person(ada.id)
    with pytest.raises(Refused, match="readers_missing"):
        send_announcement(owner_of(event), event.id, draft.id)
    with time_machine.travel(now() + timedelta(hours=3)):
        worker.work_once(app)
    assert as_stored(waiting).state == AnnouncementState.STOPPED
    assert readers() == []
