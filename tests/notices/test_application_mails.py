"""Organizers hear that somebody waits: each application once, one mail an hour at most."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from community.core.clock import now
from community.core.db import db, transactional
from community.mail.broadcasts import expand_due
from community.membership.applications import approve_application
from community.membership.mail_wishes import as_wishes, set_mail_wishes, unsubscribe
from community.membership.models import Membership, Person, Role
from tests.factories.at_once import at_once
from tests.factories.joining import an_application
from tests.factories.mails import letter, outbox, post
from tests.factories.people import a_member, an_admin, an_organizer

KIND = "applications_wait"


def told(person: Person) -> list[str]:
    """The subjects of the mails that have left."""
    address = person.address
    sent = [mail for mail in outbox(KIND, to=address) if mail.sent_at is not None]
    return [letter(mail.body).subject for mail in sent]


def test_every_organizer_and_admin_is_told_and_nobody_else(app: Flask) -> None:
    organizer, admin, member = an_organizer(), an_admin(), a_member()
    an_application("Ada", "ada@example.org")
    post()
    assert len(told(organizer)) == len(told(admin)) == 1
    assert "1 application" in told(organizer)[0]
    assert not told(member)
    post()
    assert len(told(organizer)) == 1


def test_a_burst_becomes_one_mail_now_and_one_in_an_hour_that_says_how_many(app: Flask) -> None:
    organizer = an_organizer()
    start = now()
    with time_machine.travel(start, tick=False) as clock:
        an_application("A", "a@example.org")
        post()
        for name in "bcdef":
            clock.shift(timedelta(minutes=5))
            an_application(name, f"{name}@example.org")
            post()
        assert len(told(organizer)) == 1
        clock.move_to(start + timedelta(minutes=59))
        post()
        assert len(told(organizer)) == 1
        clock.move_to(start + timedelta(minutes=61))
        post()
        assert [subject.split(" wait")[0] for subject in told(organizer)] == [
            "1 application",
            "6 applications",
        ]
        an_application("G", "g@example.org")
        post()
        assert len(told(organizer)) == 2  # the hour is counted from the second mail
        clock.shift(timedelta(minutes=61))
        post()
        assert len(told(organizer)) == 3


def test_two_workers_that_tell_of_two_applications_write_one_mail(app: Flask) -> None:
    organizer = an_organizer()
    for name in "abcd":
        an_application(name, f"{name}@example.org")
    answers = at_once(app, [expand_due] * 4)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    post()
    assert len(outbox(KIND, to=organizer.address)) == 1
    assert told(organizer)[0].startswith("4 applications")


def _lower(person: Person) -> None:
    transactional(lambda: setattr(db.session.get_one(Person, person.id), "role", Role.MEMBER))()


def _suspend(person: Person) -> None:
    @transactional
    def suspend() -> None:
        db.session.get_one(Person, person.id).membership = Membership.SUSPENDED

    suspend()


NOT_TOLD = {
    "does not want it": lambda person: set_mail_wishes(person.id, as_wishes([])),
    "is no organizer any more": _lower,
    "is suspended": _suspend,
}


@pytest.mark.parametrize("why", NOT_TOLD)
def test_nobody_is_told_who(app: Flask, why: str) -> None:
    organizer = an_organizer()
    NOT_TOLD[why](organizer)
    an_application()
    post()
    assert not outbox(KIND, to=organizer.address)


@pytest.mark.parametrize("why", NOT_TOLD)
def test_a_mail_that_waits_is_stopped_when_its_reader(app: Flask, why: str) -> None:
    organizer = an_organizer()
    an_application()
    expand_due()
    NOT_TOLD[why](organizer)
    post()
    assert not told(organizer)


def test_a_mail_that_waits_is_stopped_when_everything_is_decided(app: Flask) -> None:
    organizer = an_organizer()
    application = an_application()
    expand_due()
    approve_application(organizer.id, application.id)
    post()
    assert [mail.state.value for mail in outbox(KIND)] == ["stopped"]


def test_the_link_in_the_mail_ends_them(app: Flask) -> None:
    organizer = an_organizer()
    an_application("A", "a@example.org")
    post()
    (mail,) = outbox(KIND)
    unsubscribe(mail.facts["unsubscribe_token"])
    with time_machine.travel(now() + timedelta(hours=2)):
        an_application("B", "b@example.org")
        post()
    assert len(told(organizer)) == 1
