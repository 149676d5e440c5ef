"""Each simulated client does trip over what real ones trip over, and over nothing else."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path

import pytest

from community.calendar.facts import Invite
from community.calendar.ics import invite
from community.mail.message import Mail, to_bytes
from tests.calendar.examples import a_cancellation, an_invite, when
from tests.clients import spoiling
from tests.clients.clients import CLIENTS, Apple, Google, Outlook, Thunderbird, told
from tests.clients.spoiling import replaced, with_calendar, with_header

ME = "zoe@example.com"
EVERYBODY = set(CLIENTS)
FIRST = an_invite()
RENAMED = an_invite(summary="Another dinner", dtstamp=datetime(2026, 6, 2, tzinfo=UTC))
MOVED = an_invite(
    sequence=3,
    dtstamp=datetime(2026, 6, 3, tzinfo=UTC),
    when=when("2026-07-17 19:00", "2026-07-17 22:00"),
)
OFF = a_cancellation(sequence=4, dtstamp=datetime(2026, 6, 4, tzinfo=UTC))


def mail(facts: Invite) -> bytes:
    """The bytes of a mail with this invite, as the program makes them."""
    return to_bytes(
        Mail(
            message_id=f"{facts.sequence}-{facts.dtstamp:%d}@example.org",
            sender_name="Boston Leaders",
            sender_address=facts.organizer_address,
            recipient_name=facts.attendee_name,
            recipient_address=facts.attendee_address,
            subject=facts.summary,
            text="Hello",
            html="<p>Hello</p>",
            date=facts.dtstamp,
            calendar=invite(facts),
            calendar_method=facts.method,
        )
    )


def seen(client: type, mails: list[bytes]) -> list[tuple[str, datetime]]:
    shown = told(client, ME, mails).shown()
    return sorted((entry.summary, entry.starts_at) for entry in shown)


def header(method: str | None) -> Callable[[bytes], bytes]:
    """The method in the header alone is another, or none."""

    def change(part: Message) -> None:
        if method is None:
            part.del_param("method")
        else:
            part.set_param("method", method)

    return lambda raw: with_header(raw, change)


def only_attached(raw: bytes) -> bytes:
    return raw.replace(b"Content-Type: text/calendar", b"Content-Type: application/x-nothing")


def file(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    return lambda raw: with_calendar(raw, change)


# the mail before, the mail with the fault, the fault, and who is wrong after both
FAULTS: dict[str, tuple[Invite, Invite, Callable[[bytes], bytes], set[type]]] = {
    "another UID": (FIRST, RENAMED, file(spoiling.other_uid), EVERYBODY),
    "a falling SEQUENCE": (FIRST, RENAMED, file(replaced(b"SEQUENCE:2", b"SEQUENCE:1")), EVERYBODY),
    "an older DTSTAMP": (
        FIRST,
        RENAMED,
        file(replaced(b"DTSTAMP:202606", b"DTSTAMP:202605")),
        EVERYBODY,
    ),
    "a new time with the old SEQUENCE": (
        FIRST,
        MOVED,
        file(replaced(b"SEQUENCE:3", b"SEQUENCE:2")),
        {Google},
    ),
    "a higher SEQUENCE with an older DTSTAMP": (
        FIRST,
        MOVED,
        file(replaced(b"DTSTAMP:202606", b"DTSTAMP:202605")),
        {Google},
    ),
    "another METHOD in the file": (FIRST, OFF, file(spoiling.switched_method), EVERYBODY),
    "another METHOD in the header": (FIRST, OFF, header("REQUEST"), {Google, Outlook}),
    "no METHOD in the header": (FIRST, RENAMED, header(None), {Google, Outlook}),
    "a cancelled REQUEST": (
        FIRST,
        OFF,
        lambda raw: header("REQUEST")(file(spoiling.switched_method)(raw)),
        EVERYBODY,
    ),
    "another organizer": (
        FIRST,
        RENAMED,
        file(replaced(b"rsvp+k3y@", b"rsvp+new@")),
        {Thunderbird},
    ),
    "somebody else's ATTENDEE": (
        FIRST,
        RENAMED,
        file(replaced(b"mailto:zoe@", b"mailto:joe@")),
        {Google, Thunderbird},
    ),
    "a PARTSTAT with a space": (FIRST, RENAMED, file(replaced(b"NEEDS-", b"NEEDS ")), {Google}),
    "LF at line ends": (FIRST, RENAMED, file(replaced(b"\r\n", b"\n")), {Outlook}),
    "no VTIMEZONE": (FIRST, MOVED, file(spoiling.without_zones), {Outlook}),
    "the file only attached": (FIRST, RENAMED, only_attached, {Google, Outlook, Thunderbird}),
}


@pytest.mark.parametrize("newer", [RENAMED, MOVED, OFF], ids=["words", "time", "off"])
def test_a_clean_message_replaces_the_older_one_in_every_client(newer: Invite) -> None:
    wanted = [] if newer is OFF else [(newer.summary, newer.when.starts_at)]
    one, other = mail(FIRST), mail(newer)
    for client in CLIENTS:
        assert seen(client, [one]) == [(FIRST.summary, FIRST.when.starts_at)]
        for way in ([one, other], [other, one], [other], [other, other, one, other]):
            assert seen(client, way) == wanted, client


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_newer_message_is_seen_in_the_clients_that_trip_over_it(fault: str) -> None:
    before, after, spoil, trips = FAULTS[fault]
    one, other = mail(before), mail(after)
    assert {c for c in CLIENTS if seen(c, [one, spoil(other)]) != seen(c, [one, other])} == trips


def test_outlook_and_gmail_invite_nobody_to_their_own_event() -> None:
    own = mail(an_invite(organizer_address=ME))
    assert {client for client in CLIENTS if not seen(client, [own])} == {Google, Outlook}
    assert seen(Apple, [own])


def test_the_clients_share_no_code_with_the_sender() -> None:
    folder = Path(__file__).parent
    for name in ("reader", "google", "outlook", "apple", "thunderbird", "clients"):
        imports = re.findall(
            r"(?m)^\s*(?:from|import) (\w+)(.*)", (folder / f"{name}.py").read_text()
        )
        assert imports
        for package, rest in imports:
            assert package not in {"community", "icalendar"}
            assert package != "tests" or rest.startswith(".clients.")
