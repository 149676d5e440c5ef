"""The outbox keeps a mail together with what it tells of, and what an operator does there."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.core import changes
from community.core.clock import now
from community.core.db import db
from community.core.errors import NotFound
from community.mail import kinds
from community.mail.models import MailState, OutboxMail
from community.mail.outbox import (
    PATIENCE,
    counts_by_state,
    list_mails,
    queue_mail,
    retry_mails,
    wipe_bodies,
)
from community.membership.signing_in import ask_for_code
from community.rsvp.changes import SeatGiven
from community.rsvp.models import Rsvp
from community.rsvp.respond import say_yes
from tests.factories.events import an_event
from tests.factories.mails import outbox, post, queued
from tests.factories.people import a_member
from tests.mail.moody import moody


@pytest.fixture
def a_failing_subscriber() -> Iterator[Callable[[SeatGiven], None]]:
    """One more consequence of a seat, which comes last and breaks."""

    def fails(_change: SeatGiven) -> None:
        raise RuntimeError("the last consequence")

    changes.subscribe(SeatGiven, fails)
    yield fails
    changes._subscribers[SeatGiven].remove(fails)


def count(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_an_answer_and_its_mail_are_saved_together(app: Flask) -> None:
    person, event = a_member(), an_event()
    before = count(OutboxMail)
    say_yes(person.id, event.id)
    assert (count(Rsvp), count(OutboxMail)) == (1, before + 1)


def test_where_one_consequence_fails_there_is_neither_answer_nor_mail(
    app: Flask, a_failing_subscriber: Callable[[SeatGiven], None]
) -> None:
    person, event = a_member(), an_event()
    with pytest.raises(RuntimeError, match="the last consequence"):
        say_yes(person.id, event.id)
    assert (count(Rsvp), count(OutboxMail)) == (0, 0)
    assert event.seats_taken == 0


def test_a_mail_cannot_be_queued_outside_a_use_case(app: Flask) -> None:
    with pytest.raises(AssertionError):
        queue_mail("sign_in_unknown", to="ann@example.org", name="", facts={})
    assert count(OutboxMail) == 0


def test_a_mail_has_three_days_unless_told_otherwise(app: Flask) -> None:
    moment = now()
    assert timedelta() <= queued().deadline - (moment + PATIENCE) < timedelta(minutes=1)
    early = moment + timedelta(minutes=10)
    assert queued(deadline=early).deadline == early


def test_every_mail_has_a_message_id_of_its_own_at_the_senders_domain(app: Flask) -> None:
    ids = {queued().message_id for _ in range(5)}
    assert len(ids) == 5
    assert all(each.endswith("@localhost") for each in ids)


def test_mails_are_listed_newest_first_and_counted_by_state(app: Flask) -> None:
    first, second = queued("one@example.org"), queued("two@example.org")
    _set(second, state=MailState.FAILED)
    assert [mail.id for mail in list_mails()] == [second.id, first.id]
    assert [mail.id for mail in list_mails(MailState.FAILED)] == [second.id]
    assert [mail.id for mail in list_mails(most=1)] == [second.id]
    assert counts_by_state() == {"failed": 1, "queued": 1}


def test_a_failed_mail_is_tried_again_and_leaves_as_the_same_bytes(app: Flask) -> None:
    queued()
    with moody(answers={"ann@example.org": "550 no such user"}) as server:
        post(server.way_in())
        (mail,) = outbox()
        assert mail.state == MailState.FAILED
        first = mail.body
        server.answers.clear()
        assert retry_mails([mail.id]) == 1
        post(server.way_in())
        assert [data for _, data in server.taken] == [first]
    assert outbox()[0].state == MailState.SENT


def test_trying_again_takes_in_all_that_failed_or_wait_and_no_other(app: Flask) -> None:
    waits, failed, sent, stopped = (queued(f"p{n}@example.org") for n in range(4))
    _set(waits, due_at=now() + timedelta(minutes=30))
    _set(failed, state=MailState.FAILED)
    _set(sent, state=MailState.SENT)
    _set(stopped, state=MailState.STOPPED)
    assert retry_mails() == 2
    assert all(mail.due_at <= now() for mail in outbox())
    assert [mail.state.value for mail in outbox()] == ["queued", "queued", "sent", "stopped"]


def test_a_mail_whose_deadline_is_over_gets_a_day_and_another_keeps_its_own(app: Flask) -> None:
    over, early = queued("one@example.org"), queued("two@example.org")
    soon = now() + timedelta(hours=1)
    _set(over, state=MailState.FAILED, deadline=now() - timedelta(hours=1))
    _set(early, state=MailState.FAILED, deadline=soon)
    retry_mails()
    one, two = outbox()
    assert timedelta(hours=23) < one.deadline - now() <= timedelta(hours=24)
    assert two.deadline == soon


def test_a_code_that_has_run_out_is_not_mailed_by_trying_again(app: Flask) -> None:
    a_member(email="ann@example.org")
    ask_for_code("ann@example.org", browser="hers")
    with time_machine.travel(now() + timedelta(minutes=11)):
        post()
        (mail,) = outbox("sign_in")
        assert mail.state == MailState.FAILED
        with pytest.raises(NotFound):
            retry_mails([mail.id])


def test_trying_an_unknown_mail_again_is_refused(app: Flask) -> None:
    with pytest.raises(NotFound):
        retry_mails([4711])


def test_bytes_are_forgotten_a_day_after_sending_and_no_earlier(app: Flask) -> None:
    queued()
    post()
    assert wipe_bodies() == 0
    assert outbox()[0].body is not None
    with time_machine.travel(now() + timedelta(hours=25)):
        assert wipe_bodies() == 1
    assert outbox()[0].body is None


def test_a_mail_that_waits_keeps_its_bytes_however_old_they_are(app: Flask) -> None:
    queued()
    with moody(answers={"ann@example.org": "450 later"}) as server:
        post(server.way_in())
    with time_machine.travel(now() + timedelta(hours=60)):
        assert wipe_bodies() == 0
    assert outbox()[0].body is not None


def test_the_bytes_of_a_mail_with_a_token_are_gone_once_it_is_sent(app: Flask) -> None:
    a_member(email="ann@example.org")
    ask_for_code("ann@example.org", browser="hers")
    ask_for_code("nobody@example.org", browser="theirs")
    with moody() as server:
        post(server.way_in())
        assert sorted(server.recipients) == ["ann@example.org", "nobody@example.org"]
    secret = outbox("sign_in")[0]
    assert (secret.state, secret.body) == (MailState.SENT, None)


def test_a_failed_mail_with_a_token_loses_its_bytes_at_the_next_tidying(app: Flask) -> None:
    a_member(email="ann@example.org")
    ask_for_code("ann@example.org", browser="hers")
    with moody(answers={"ann@example.org": "550 no"}) as server:
        post(server.way_in())
    assert outbox()[0].body is not None
    assert wipe_bodies() == 1
    assert outbox()[0].body is None


def test_every_kind_that_carries_a_token_is_known_to_hold_a_secret(app: Flask) -> None:
    secret = {kind.name for kind in kinds.all_kinds() if kind.holds_secret}
    confirm = {"address_confirm", "answer_doubted", "join_confirm", "rsvp_confirm"}
    assert secret == confirm | {"invitation", "sign_in", "team_invitation"}


def _set(mail: OutboxMail, **values: object) -> None:
    db.session.execute(sa.update(OutboxMail).where(OutboxMail.id == mail.id).values(**values))
    db.session.commit()
