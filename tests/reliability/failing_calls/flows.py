"""The nine things that people do most, each as one press that can be pressed again."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from flask import Flask

from community.calendar.invites import organizer_address
from community.calendar.received_models import ReceivedMail, ReceivedVerdict
from community.core.db import db
from community.events.models import Event
from community.inbound.receive import receive, replay
from community.membership.joining import ask_to_join
from community.membership.models import PendingKind, Person
from community.ops.backup import back_up
from community.ops.backup_file import BackupFile
from community.rsvp.models import Rsvp
from community.rsvp.queries import find_rsvp
from community.rsvp.respond import say_yes
from tests.factories.announcements import a_message, an_event_with_going
from tests.factories.events import a_topic, an_event
from tests.factories.mails import post
from tests.factories.people import a_member, an_organizer, follow
from tests.factories.proofs import mailed_token
from tests.inbound.answering import a_reply
from tests.rsvp.invariants import (
    every_state_has_a_reason,
    everything_holds,
    nobody_eligible_waits,
    seats_add_up,
    tickets_and_parties_are_whole,
)
from tests.web.browser_without_js import Browser, FreshClient
from tests.web.visitors import browser_of


def _nothing() -> None:
    pass


def _holding(event: Event, *gone: Person) -> Callable[[], None]:
    """What holds of an event's answers; ids, for objects do not outlive a session."""
    event_id, ids = event.id, {person.id for person in gone}
    return lambda: everything_holds(event_id, ids)


def _seats_hold(event_id: int) -> None:
    """The same, but for the mails: whose calendar says no knows it already."""
    seats_add_up(event_id)
    nobody_eligible_waits(event_id)
    every_state_has_a_reason(event_id)
    tickets_and_parties_are_whole(event_id)


@dataclass(frozen=True)
class Flow:
    """``act`` says whether it was acknowledged. ``after`` holds whatever came of it.

    ``files_in`` is the folder whose files can fail, if there is one; ``sweep`` empties it before a
    try. ``first`` are tables that are written by a use-case of their own, before the one that acts.
    """

    act: Callable[[], bool]
    after: Callable[[], None]
    files_in: Path | None = None
    sweep: Callable[[], None] = _nothing
    first: frozenset[str] = frozenset()


class Press:
    """The button of a form that a browser shows, as often as somebody presses it."""

    def __init__(self, app: Flask, browser: Browser, at: str, press: str = "", **typed: str):
        form = browser.page.form(*typed, at=at)
        name, value = browser._pressed(form, press)
        self._values = {**form.values, **typed, **({name: value} if name else {})}
        self._path = urljoin(browser.page.path, form.action)
        self._origin = browser._origin()
        self._cookies = [(name, browser.cookie(name)) for name in ("session", "browser")]
        self._app = app
        self._pressed = False

    def __call__(self) -> bool:
        client = FreshClient(self._app, self._app.response_class, use_cookies=True)
        for name, value in self._cookies:
            if value:
                client.set_cookie(name, value)
        answer = client.post(self._path, data=self._values, headers=self._origin)
        assert answer.status_code in {303, 500, 503} or self._pressed, answer.status
        self._pressed = True
        return answer.status_code == 303


def rsvp(app: Flask) -> Flow:
    """Somebody takes a seat."""
    event, person = an_event(capacity=2), a_member()
    browser = browser_of(app, person)
    browser.get(f"/events/{event.slug}")
    return Flow(Press(app, browser, "/rsvp", "going"), _holding(event))


def withdrawal(app: Flask) -> Flow:
    """Somebody gives a seat back, and whoever waits gets it."""
    event, first = an_event(capacity=1), a_member()
    say_yes(first.id, event.id)
    say_yes(a_member().id, event.id)
    browser = browser_of(app, first)
    browser.get(f"/events/{event.slug}")
    return Flow(Press(app, browser, "/rsvp", "withdraw"), _holding(event))


def joining(app: Flask) -> Flow:
    """Somebody confirms the address with which they join."""
    ask_to_join(name="Ada", email="ada@example.org")
    post()  # the link in the mail that went last is the one that works
    browser = Browser(app)
    browser.get(f"/join/confirm/{mailed_token(PendingKind.JOIN, 'ada@example.org')}")
    return Flow(Press(app, browser, ""), _nothing)


def visiting(app: Flask) -> Flow:
    """A visitor confirms an answer in the browser in which it was given."""
    event = an_event(capacity=1)
    browser = Browser(app)
    browser.get(f"/events/{event.slug}/rsvp")
    browser.submit(name="Ada", email="ada@example.org")
    post()
    browser.get(f"/rsvp/confirm/{mailed_token(PendingKind.RSVP, 'ada@example.org')}")
    return Flow(Press(app, browser, ""), _holding(event))


def publishing(app: Flask) -> Flow:
    """A host publishes an event, and those who follow its topic hear of it."""
    topic, owner = a_topic(), an_organizer()
    for _ in range(3):
        follow(a_member(), topic)
    event = an_event(owner, published=False, topics=(topic.slug,))
    browser = browser_of(app, owner)
    browser.get(f"/organize/events/{event.slug}")
    return Flow(Press(app, browser, "/publish"), _nothing)


def message(app: Flask) -> Flow:
    """A host writes to those who go."""
    owner = an_organizer()
    event = an_event_with_going(3, owner=owner)
    one = a_message(event)
    browser = browser_of(app, owner)
    browser.get(f"/organize/events/{event.slug}/message/{one.id}")
    return Flow(Press(app, browser, "/send", "Send to 3 people"), _nothing)


def reply(_app: Flask) -> Flow:
    """A calendar says no, and whoever waits gets the seat."""
    event, ann = an_event(capacity=1), a_member()
    say_yes(ann.id, event.id)
    say_yes(a_member().id, event.id)
    head = _rsvp(event, ann).head
    to, data, event_id = organizer_address(head), a_reply(head, "DECLINED"), event.id

    def hand_in() -> bool:
        if receive(to, data).verdict == ReceivedVerdict.POISON:
            # A fault of ours, as it seems: an operator has it handled again.
            db.session.rollback()
            return replay(db.session.query(ReceivedMail.id).scalar()).verdict == "applied"
        return True

    # A mail is kept before it is read.
    kept = frozenset({ReceivedMail.__tablename__})
    return Flow(hand_in, lambda: _seats_hold(event_id), first=kept)


def erasure(app: Flask) -> Flow:
    """Somebody who goes somewhere has everything about them erased."""
    event, ada = an_event(capacity=1), a_member("Ada", "ada@example.org")
    say_yes(ada.id, event.id)
    say_yes(a_member().id, event.id)
    browser = browser_of(app, ada)
    browser.get("/profile/privacy/erase")
    press = Press(app, browser, "", email="ada@example.org")
    return Flow(press, _holding(event, ada))


def backup(app: Flask) -> Flow:
    """An operator makes a backup."""
    an_event_with_going(2)
    folder = Path(app.instance_path) / "backups"
    folder.mkdir(exist_ok=True)
    target = folder / "one.backup"

    def make() -> bool:
        if not target.exists():  # or it is there, and the operator is told so
            back_up(target)
        return True

    def whole_or_absent() -> None:
        assert {path.name for path in folder.iterdir()} <= {target.name}
        if target.exists():
            assert BackupFile(target).parts

    return Flow(make, whole_or_absent, folder, lambda: target.unlink(missing_ok=True))


def _rsvp(event: Event, person: Person) -> Rsvp:
    db.session.rollback()
    db.session.expire_all()
    found = find_rsvp(event.id, person.id)
    assert found is not None
    return found


FLOWS = (
    rsvp,
    withdrawal,
    joining,
    visiting,
    publishing,
    message,
    reply,
    erasure,
    backup,
)
