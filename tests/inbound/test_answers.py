"""Every answer of the table is read as it was meant."""

import pytest

from community.calendar.replies import ReplyMethod, parse
from community.inbound.reading import Kind, read
from tests.inbound import odd_answers, shapes
from tests.inbound.answers import BY_CLIENT, TOLD_BY_CLIENTS, Case

TABLE: dict[str, Case] = {
    **BY_CLIENT,
    **TOLD_BY_CLIENTS,
    **{f"attendee: {name}": case for name, case in odd_answers.ATTENDEES.items()},
    **{f"line: {name}": case for name, case in odd_answers.LINES.items()},
    **{f"file: {name}": case for name, case in odd_answers.FILES.items()},
    **{f"mail: {name}": case for name, case in odd_answers.MAILS.items()},
}


@pytest.mark.parametrize("case", TABLE.values(), ids=TABLE)
def test_an_answer_is_read_as_it_was_meant(case: Case) -> None:
    received = read(case.mail)
    assert (received.kind, received.reason) == (Kind.CALENDAR, "")
    assert (received.sender, received.reply_to) == (case.sender, case.reply_to)
    assert received.is_automatic == case.automatic
    assert received.calendar is not None
    found = parse(received.calendar, received.method)
    assert found.answers == case.answers
    assert (found.method, found.uid) == (case.method, case.uid)
    assert (found.sequence, found.dtstamp) == (case.sequence, case.dtstamp)
    assert (found.recurrence, found.proposed) == (case.recurrence, case.proposed)


def test_the_table_has_each_client_several_times() -> None:
    assert len(TABLE) >= 120
    for client in shapes.CLIENTS:
        assert sum(name.startswith(client.partition("_")[0]) for name in TABLE) >= 4, client


def test_what_is_no_answer_is_told_from_one() -> None:
    methods = {case.method for case in TABLE.values()}
    assert methods == set(ReplyMethod)
