"""A new event is told to those who follow its topics and want to know: once, and nobody else."""

import signal
import subprocess
import sys
from collections.abc import Callable
from email import message_from_bytes, policy

import pytest
from flask import Flask

from community.config import ROOT
from community.core.clock import now
from community.core.db import transactional
from community.events.models import Event, Visibility
from community.events.publishing import cancel_event, publish_event
from community.mail import broadcasts
from community.mail.broadcasts import expand_due
from community.mail.models import MailState, SuppressionReason
from community.mail.suppressions import suppress
from community.membership.mail_wishes import as_wishes, set_mail_wishes
from community.membership.models import Membership, Person, Topic
from community.membership.queries import get_person
from community.rsvp.respond import say_no, say_yes
from tests.factories.events import a_topic, an_event
from tests.factories.mails import outbox, post
from tests.factories.people import a_member, a_person, an_organizer, follow
from tests.mail.moody import moody

ABOUT = ["data-management"]


@pytest.fixture
def topic(app: Flask) -> Topic:
    return a_topic()


def a_follower(topic: Topic, **facts: str) -> Person:
    person = a_member(**facts)
    follow(person, topic)
    return person


def told() -> list[str]:
    return [mail.recipient for mail in outbox("new_event")]


@transactional
def change(person: Person, **facts: object) -> None:
    kept = get_person(person.id)
    for name, value in facts.items():
        setattr(kept, name, value)


@pytest.mark.parametrize("visibility", [Visibility.PUBLIC, Visibility.MEMBERS])
def test_a_follower_is_told_of_a_new_event(topic: Topic, visibility: Visibility) -> None:
    ann = a_follower(topic)
    a_member()  # follows nothing
    an_event(topics=ABOUT, visibility=visibility)
    assert told() == []
    expand_due()
    assert told() == [ann.address]


def test_who_follows_two_of_its_topics_gets_one_mail_that_names_both(topic: Topic) -> None:
    ann = a_follower(topic)
    follow(ann, a_topic("Leadership", "leadership"))
    a_topic("Ethics", "ethics")
    an_event(topics=[*ABOUT, "leadership", "ethics"])
    expand_due()
    (mail,) = outbox("new_event")
    assert mail.facts["topics"] == ["Data Management", "Leadership"]


NOT_TOLD: dict[str, Callable[[Person], object]] = {
    "does not want it": lambda ann: set_mail_wishes(ann.id, as_wishes([])),
    "has no membership": lambda ann: change(ann, membership=Membership.NONE),
    "is suspended": lambda ann: change(ann, membership=Membership.SUSPENDED),
    "has left": lambda ann: change(ann, membership=Membership.ENDED),
    "is erased": lambda ann: change(ann, erased_at=now()),
    "bounced": lambda ann: suppress(ann.address, SuppressionReason.BOUNCED),
    "asked for silence": lambda ann: suppress(ann.address, SuppressionReason.ASKED),
    "complained": lambda ann: suppress(ann.address, SuppressionReason.COMPLAINED),
}


@pytest.mark.parametrize("why", NOT_TOLD)
def test_nobody_is_told_who(topic: Topic, why: str) -> None:
    ann, bob = a_follower(topic), a_follower(topic)
    NOT_TOLD[why](ann)
    an_event(topics=ABOUT)
    expand_due()
    assert told() == [bob.address]


@pytest.mark.parametrize("why", NOT_TOLD)
def test_a_mail_that_waits_is_stopped_when_its_reader(topic: Topic, why: str) -> None:
    ann = a_follower(topic)
    an_event(topics=ABOUT)
    expand_due()
    NOT_TOLD[why](ann)
    with moody() as server:
        post(server.way_in())
        assert server.taken == []
    (mail,) = outbox("new_event")
    assert mail.state == MailState.STOPPED
    assert mail.last_error
    assert mail.body is None


def test_the_same_mail_goes_when_nothing_happened_meanwhile(topic: Topic) -> None:
    """The control of the test above."""
    a_follower(topic)
    an_event(topics=ABOUT)
    with moody() as server:
        post(server.way_in())
        assert len(server.taken) == 1


def test_the_hosts_are_not_told_of_their_own_event(topic: Topic) -> None:
    owner, other = an_organizer(), an_organizer()
    follow(owner, topic)
    follow(other, topic)
    an_event(owner, topics=ABOUT)
    expand_due()
    assert told() == [other.address]


@pytest.mark.parametrize("answer", [say_yes, say_no])
def test_who_has_answered_already_is_not_told(
    topic: Topic, answer: Callable[[int, int], object]
) -> None:
    ann, bob = a_follower(topic), a_follower(topic)
    event = an_event(topics=ABOUT)
    answer(ann.id, event.id)
    expand_due()
    assert told() == [bob.address]
    answer(bob.id, event.id)  # between the queue and the mail server
    post()
    assert [mail.state for mail in outbox("new_event")] == [MailState.STOPPED]


def test_an_event_of_the_invited_alone_is_no_news(topic: Topic) -> None:
    a_follower(topic)
    an_event(topics=ABOUT, visibility=Visibility.INVITED)
    assert expand_due() == 0
    assert told() == []


def test_an_event_without_a_topic_is_told_to_nobody(topic: Topic) -> None:
    a_follower(topic)
    an_event()
    assert expand_due() == 0
    assert told() == []


def test_an_event_that_is_called_off_at_once_is_no_news(topic: Topic) -> None:
    a_follower(topic)
    owner = an_organizer()
    event = an_event(owner, topics=ABOUT)
    cancel_event(owner.id, event.id)
    post()
    assert told() == []


def test_one_called_off_while_the_mails_wait_stops_them(topic: Topic) -> None:
    a_follower(topic)
    owner = an_organizer()
    event = an_event(owner, topics=ABOUT)
    expand_due()
    cancel_event(owner.id, event.id)
    post()
    assert [mail.state for mail in outbox("new_event")] == [MailState.STOPPED]


def test_publishing_twice_tells_once(topic: Topic) -> None:
    ann = a_follower(topic)
    owner = an_organizer()
    event = an_event(owner, topics=ABOUT)
    publish_event(owner.id, event.id)
    expand_due()
    tell_again(event)
    expand_due()
    assert told() == [ann.address]


@transactional
def tell_again(event: Event) -> None:
    broadcasts.queue_broadcast("new_event", {"event_id": event.id})


def test_who_comes_between_two_batches_is_met_by_a_later_one(
    topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcasts, "BATCH", 2)
    people = [a_follower(topic) for _ in range(3)]
    an_event(topics=ABOUT)
    (broadcast_id,) = broadcasts._waiting()
    assert broadcasts._expand_batch(broadcast_id)
    set_mail_wishes(people[2].id, as_wishes([]))
    late = a_follower(topic)
    expand_due()
    assert told() == [people[0].address, people[1].address, late.address]


KILLED = """
import os, signal, sys
import sqlalchemy as sa
from community.app import create_app
from community.core.db import db
from community.mail import broadcasts
broadcasts.BATCH = 2
app = create_app(instance_path=sys.argv[1], database_url=sys.argv[2])
commits = []
@sa.event.listens_for(db.session, "before_commit")
def die(session):
    commits.append(1)
    if len(commits) == 2:
        session.flush()
        os.kill(os.getpid(), signal.SIGKILL)
with app.app_context():
    broadcasts.expand_due()
"""


def test_a_worker_that_is_killed_half_way_leaves_nobody_out_and_tells_nobody_twice(
    app: Flask, topic: Topic
) -> None:
    people = [a_follower(topic) for _ in range(5)]
    an_event(topics=ABOUT)
    known = app.extensions["community_settings"]
    arguments = [sys.executable, "-c", KILLED, str(known.instance_path), known.database_url]
    ended = subprocess.run(arguments, cwd=ROOT, check=False, timeout=60, capture_output=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert told() == [person.address for person in people[:2]], "it must die in the middle"
    post()
    assert told() == [person.address for person in people]
    assert {mail.state for mail in outbox("new_event")} == {MailState.SENT}


def test_the_mail_says_how_to_stop_such_mails_in_headers_text_and_page(topic: Topic) -> None:
    a_follower(topic)
    an_event(topics=ABOUT)
    with moody() as server:
        post(server.way_in())
        data = server.taken[0][1]
    (row,) = outbox("new_event")
    url = f"http://community.test/unsubscribe/{row.facts['unsubscribe_token']}"
    mail = message_from_bytes(data, policy=policy.default)
    assert mail["List-Unsubscribe"] == f"<{url}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for part in ("plain", "html"):
        body = mail.get_body((part,))
        assert body is not None
        assert url in body.get_content()


def test_a_mail_about_ones_own_answer_offers_no_unsubscribing(app: Flask) -> None:
    say_yes(a_person().id, an_event().id)
    with moody() as server:
        post(server.way_in())
        assert b"List-Unsubscribe" not in server.taken[0][1]
