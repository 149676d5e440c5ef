"""However a mail is damaged, reading it ends, raises nothing, and gives only what it promises."""

import os
import time
from collections.abc import Callable, Iterable
from datetime import UTC

import pytest

from community.calendar.replies import LONGEST_COMMENT, Reply, Unreadable, parse
from community.core.addresses import normal_address
from community.core.text import clean_line, clean_text
from community.inbound.authentication import Trust, trust
from community.inbound.quoting import LONGEST
from community.inbound.reading import Kind, Received, read
from tests.inbound.mutations import SEEDS, damaged

MUTATIONS = 100_000 if os.environ.get("PROOF") else 300


def handled(data: bytes) -> tuple[Received, Reply | None]:
    """Both steps, as the program takes them, with all that they promise."""
    received = read(data)
    assert received.kind in {Kind.CALENDAR, Kind.WORDS} or received.reason
    assert received.reason != "broken"  # the last resort; what is wrong has a word of its own
    for text in (received.subject, received.sender_name, received.message_id):
        assert clean_line(text) == text
        assert len(text) <= 200
    assert clean_text(received.words) == received.words
    assert len(received.words) <= LONGEST
    for address in {received.sender, received.reply_to} - {""}:
        assert normal_address(address) == address
    assert received.date is None or received.date.tzinfo == UTC
    results, sender = received.authentication_results, received.sender
    assert trust(results, authserv_id="x", attendee="a@b.example", sender=sender) in Trust
    try:
        reply = parse(received.calendar or data, received.method)
    except Unreadable as refused:
        if refused.code == "broken":
            raise
        return received, None
    check(reply)
    return received, reply


def check(reply: Reply) -> None:
    assert clean_line(reply.uid) == reply.uid != ""
    assert reply.sequence is None or 0 <= reply.sequence < 2**31
    assert reply.dtstamp is None or (reply.dtstamp.tzinfo, reply.dtstamp.microsecond) == (UTC, 0)
    if reply.proposed:
        assert reply.proposed[0].tzinfo == reply.proposed[1].tzinfo == UTC
    for answer in reply.answers:
        assert not answer.attendee or normal_address(answer.attendee) == answer.attendee
        assert clean_text(answer.comment) == answer.comment
        assert len(answer.comment) <= LONGEST_COMMENT


def first_fault(handle: Callable[[bytes], object], seeds: Iterable[int]) -> str | None:
    """Which damage is not survived, or takes a second; None if each is."""
    for seed in seeds:
        for data in of_seed(seed):
            began = time.process_time()
            try:
                handle(data)
            except Exception as error:
                return f"{seed}: {error!r}"
            if time.process_time() - began > 1:
                return f"{seed}: too slow"
    return None


def of_seed(seed: int) -> Iterable[bytes]:
    """A damaged mail; of each third its calendar, which base64 would keep from being damaged."""
    if seed % 3:
        yield damaged(seed)
    else:
        whole = SEEDS[seed // 3 % len(SEEDS)]
        yield damaged(seed, read(whole).calendar or whole)


@pytest.mark.proof
def test_no_damaged_mail_is_more_than_can_be_read() -> None:
    assert first_fault(handled, range(MUTATIONS)) is None


def raises_without_sequence(data: bytes) -> None:
    _, reply = handled(data)
    assert reply is None or reply.sequence is not None


def raises_on_octets(data: bytes) -> None:
    data.decode("utf-8")


def forgets_broken_headers(data: bytes) -> None:
    received = read(data)
    assert "\0" not in received.subject
    received.subject.encode("ascii")


@pytest.mark.parametrize(
    "faulty", [raises_without_sequence, raises_on_octets, forgets_broken_headers]
)
def test_a_fault_is_found(faulty: Callable[[bytes], None]) -> None:
    assert first_fault(faulty, range(300)) is not None
