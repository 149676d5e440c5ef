"""Reminders: to whom, how often, and to nobody who has answered meanwhile."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db
from community.core.errors import NotFound, Refused
from community.events.drafts import edit_event
from community.events.models import Event
from community.events.publishing import cancel_event
from community.mail.broadcasts import expand_due
from community.mail.models import SuppressionReason
from community.mail.suppressions import suppress
from community.rsvp import reminding
from community.rsvp.reminding import count_undecided, list_undecided, remind
from community.rsvp.respond import say_no, say_yes
from tests.factories.at_once import at_once
from tests.factories.events import a_draft, an_event, evening
from tests.factories.invitations import ANN, answer_of, in_days, invited, owner_of
from tests.factories.mails import entry, letter, outbox, post, states
from tests.factories.people import a_member, an_organizer


def an_event_with(*addresses: str) -> Event:
    """An event to which these are invited, and whose invitations have left."""
    event = an_event()
    for address in addresses:
        invited(event, address, name=address.partition("@")[0])
    post()
    return event


def reminded(event: Event) -> list[str]:
    return [mail.recipient for mail in outbox("invitation_reminder")]


def test_all_who_have_not_answered_are_reminded_and_nobody_else(app: Flask) -> None:
    event = an_event_with("a@x.org", "b@x.org", "c@x.org", "d@x.org")
    say_yes(answer_of(event, "b@x.org").person_id, event.id)
    say_no(answer_of(event, "c@x.org").person_id, event.id)
    say_yes(a_member().id, event.id)
    assert remind(owner_of(event), event.id, word="The cook must know.") == 2
    post()
    assert reminded(event) == ["a@x.org", "d@x.org"]
    assert "The cook must know." in letter(outbox("invitation_reminder")[0].body).text


def test_chosen_ones_are_reminded_and_an_answer_to_another_event_is_not(app: Flask) -> None:
    event, other = an_event_with("a@x.org", "b@x.org"), an_event_with("c@x.org")
    chosen = [answer_of(event, "b@x.org").id, answer_of(other, "c@x.org").id]
    assert remind(owner_of(event), event.id, chosen=chosen) == 1
    post()
    assert reminded(event) == ["b@x.org"]


def test_nobody_is_reminded_twice_in_a_day_and_everybody_again_after_it(app: Flask) -> None:
    event = an_event_with("a@x.org", "b@x.org")
    remind(owner_of(event), event.id, chosen=[answer_of(event, "a@x.org").id])
    post()
    assert count_undecided(event.id) == reminding.Undecided(2, 1, 0)
    assert remind(owner_of(event), event.id) == 1
    post()
    with pytest.raises(Refused, match="nobody_to_remind"):
        remind(owner_of(event), event.id)
    assert reminded(event) == ["a@x.org", "b@x.org"]
    with time_machine.travel(now() + timedelta(hours=24, seconds=1)):
        assert remind(owner_of(event), event.id) == 2


def test_two_organizers_at_the_same_moment_remind_everybody_once(app: Flask) -> None:
    event = an_event_with(*[f"p{n}@x.org" for n in range(6)])
    owner, event_id = owner_of(event), event.id
    at_once(app, [lambda: remind(owner, event_id)] * 3)
    at_once(app, [expand_due] * 2)
    assert sorted(reminded(event)) == [f"p{n}@x.org" for n in range(6)]


def test_without_the_look_at_the_last_time_they_would_be_reminded_twice(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the two tests above."""
    event = an_event_with("a@x.org")
    monkeypatch.setattr(reminding, "PAUSE", timedelta(seconds=-1))
    for _ in range(2):
        remind(owner_of(event), event.id)
        post()
    assert reminded(event) == ["a@x.org", "a@x.org"]


def test_who_answers_before_the_reminder_leaves_gets_none(app: Flask) -> None:
    event = an_event_with(ANN)
    remind(owner_of(event), event.id)
    expand_due()
    say_yes(answer_of(event).person_id, event.id)
    post()
    assert ("invitation_reminder", "superseded") in states(to=ANN)


def test_who_is_refused_a_reminder_by_the_last_look_is_not_written_to(app: Flask) -> None:
    """Also where no newer mail takes its place: the worker looks once more before it sends."""
    event = an_event_with(ANN)
    remind(owner_of(event), event.id)
    expand_due()
    answer_of(event).status = "declined"  # type: ignore[assignment]  # as if it had been so
    db.session.commit()
    post()
    assert states(to=ANN)[-1] == ("invitation_reminder", "stopped")


def test_a_reminder_is_the_same_entry_and_bumps_no_sequence(app: Flask) -> None:
    event = an_event_with(ANN)
    with time_machine.travel(now() + timedelta(days=1)):
        remind(owner_of(event), event.id)
        post()
    first = entry(letter(outbox("event_invitation")[0].body))
    again = entry(letter(outbox("invitation_reminder")[0].body))
    assert (first.uid, first.sequence) == (again.uid, again.sequence)
    assert again.dtstamp > first.dtstamp
    assert again.partstat == "NEEDS-ACTION"


def test_an_invitation_that_has_not_left_is_not_replaced_by_a_reminder(app: Flask) -> None:
    event = an_event()
    invited(event, message="Do come.")
    remind(owner_of(event), event.id)
    post()
    assert states(to=ANN) == [("event_invitation", "sent")]


def test_a_moved_event_tells_of_itself_and_an_unsent_invitation_keeps_its_word(app: Flask) -> None:
    event = an_event_with("sent@x.org")
    invited(event, message="Do come.", reserve_until=in_days(2))
    edit_event(owner_of(event), event.id, a_draft(starts_at=evening(31), ends_at=evening(31, 21)))
    post()
    assert [mail.kind for mail in outbox(to="sent@x.org")] == ["event_invitation", "event_changed"]
    last = outbox(to=ANN)[-1]
    assert (last.kind, last.facts["word"], "until" in last.facts) == (
        "event_invitation",
        "Do come.",
        True,
    )


def test_whoever_wants_no_mail_gets_none(app: Flask) -> None:
    event = an_event_with(ANN)
    suppress(ANN, SuppressionReason.COMPLAINED)
    remind(owner_of(event), event.id)
    post()
    assert states(to=ANN)[-1] == ("invitation_reminder", "stopped")


def test_nobody_is_reminded_of_what_is_off_or_by_somebody_else(app: Flask) -> None:
    event = an_event_with(ANN)
    with pytest.raises(NotFound):
        remind(an_organizer().id, event.id)
    cancel_event(owner_of(event), event.id, "")
    with pytest.raises(Refused, match="event_cancelled"):
        remind(owner_of(event), event.id)


def test_the_undecided_are_listed_in_pages(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminding, "PAGE", 2)
    event = an_event_with("a@x.org", "b@x.org", "c@x.org")
    first = list_undecided(event.id)
    assert [one.person.name for one in first.rows] == ["a", "b"]
    assert [one.person.name for one in list_undecided(event.id, first.after or "").rows] == ["c"]


def test_a_reminder_that_is_written_after_an_edit_is_the_news_of_it(app: Flask) -> None:
    event = an_event_with("a@x.org")
    first = entry(letter(outbox("event_invitation")[0].body))
    remind(owner_of(event), event.id)
    edit_event(owner_of(event), event.id, a_draft(starts_at=evening(31), ends_at=evening(32)))
    post()  # the reminders were asked for first; the broadcast of the edit finds all told
    assert states(to="a@x.org") == [("event_invitation", "sent"), ("invitation_reminder", "sent")]
    mail = letter(outbox("invitation_reminder")[0].body)
    assert entry(mail).sequence == first.sequence + 1
    assert entry(mail).start != first.start
    assert "Before: " in mail.text
