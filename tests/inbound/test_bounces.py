"""A bounce has an effect only with our return path and our Message-ID, and then just one."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from community.calendar.received_models import ReceivedSource
from community.core.current import settings
from community.core.db import db, transactional
from community.inbound import bounces
from community.inbound.bounces import read_report, receive
from community.inbound.bounds import LARGEST
from community.inbound.selftest import take_answer
from community.mail.bounces import Verdict
from community.mail.delivery import deliver_due
from community.mail.models import Bounce, MailState, OutboxMail, SuppressionReason
from community.mail.return_path import return_path
from community.mail.suppressions import find_suppression, lift_suppression
from tests.evidence import Evidence
from tests.factories.at_once import at_once
from tests.factories.bounces import a_report, bounces_come_back
from tests.factories.mails import outbox, post, queued, states
from tests.mail.moody import moody

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
SHOWN = "a bounce without our return path and Message-ID does nothing, a true one counts once"
ANN, BOB = "ann@example.org", "bob@example.org"


@pytest.fixture(autouse=True)
def _bounces_come_back(app: Flask) -> Iterator[None]:
    with bounces_come_back(app):
        yield


def a_sent_mail(to: str = ANN) -> OutboxMail:
    mail_id = queued(to).id
    post()
    (mail,) = [mail for mail in outbox() if mail.id == mail_id]
    assert mail.state == MailState.SENT
    return mail


def come_back(mail: OutboxMail, **facts: object) -> Verdict:
    return receive(return_path(mail.id), a_report(mail, **facts))


def traces() -> tuple[list[tuple[str, str]], int, object]:
    """All that a bounce may change."""
    db.session.rollback()
    count = db.session.scalar(sa.select(sa.func.count()).select_from(Bounce)) or 0
    return states(), count, find_suppression(ANN)


def test_a_hard_bounce_fails_the_mail_and_says_why() -> None:
    mail = a_sent_mail()
    assert come_back(mail, status="5.2.2", said="smtp; 552 5.2.2 mailbox full") == Verdict.SCORED
    (row,) = outbox()
    assert row.state == MailState.FAILED
    assert row.last_error == "bounced 5.2.2: 552 5.2.2 mailbox full"
    assert find_suppression(ANN) is None


@pytest.mark.parametrize("status", ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"])
def test_an_address_that_does_not_exist_is_left_alone_after_one(status: str) -> None:
    assert come_back(a_sent_mail(), status=status) == Verdict.SUPPRESSED
    found = find_suppression(ANN)
    assert found is not None
    assert found.reason == SuppressionReason.BOUNCED
    assert found.details.startswith(f"bounced {status}: 550 5.1.1")


@pytest.mark.parametrize("status", ["5.0.0", "5.2.1", "5.2.2", "5.7.1", "5.1.7", "5.1.8"])
def test_anything_else_counts_once_and_suppresses_nothing_by_itself(status: str) -> None:
    assert come_back(a_sent_mail(), status=status) == Verdict.SCORED
    assert find_suppression(ANN) is None


def test_three_days_within_a_month_are_enough() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        verdicts = []
        for _ in range(3):
            verdicts.append(come_back(a_sent_mail(), status="5.2.2"))
            clock.shift(timedelta(days=10))
    assert verdicts == [Verdict.SCORED, Verdict.SCORED, Verdict.SUPPRESSED]


def test_three_in_more_than_a_month_are_not() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        verdicts = []
        for _ in range(4):
            verdicts.append(come_back(a_sent_mail(), status="5.2.2"))
            clock.shift(timedelta(days=16))
    assert set(verdicts) == {Verdict.SCORED}


def test_a_day_counts_once_however_many_mails_bounce() -> None:
    mails = [a_sent_mail() for _ in range(5)]
    verdicts = [come_back(mail, status="5.2.2") for mail in mails]
    assert verdicts == [Verdict.SCORED, *[Verdict.FAILED] * 4]
    assert {mail.state for mail in outbox()} == {MailState.FAILED}
    assert find_suppression(ANN) is None


def test_a_day_counts_once_also_when_they_come_at_the_same_moment(app: Flask) -> None:
    mails = [a_sent_mail() for _ in range(5)]
    reports = [(return_path(mail.id), a_report(mail, status="5.2.2")) for mail in mails]
    verdicts = at_once(app, [lambda one=one: receive(*one) for one in reports])
    assert sorted(verdicts) == [*[Verdict.FAILED] * 4, Verdict.SCORED]


def test_addresses_are_counted_each_on_its_own() -> None:
    assert come_back(a_sent_mail(ANN)) == Verdict.SUPPRESSED
    assert come_back(a_sent_mail(BOB), status="5.2.2") == Verdict.SCORED


def test_what_was_lifted_begins_anew() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(3):
            come_back(a_sent_mail(), status="5.2.2")
            clock.shift(timedelta(days=1))
        lift_suppression(ANN)
        assert come_back(a_sent_mail(), status="5.2.2") == Verdict.SCORED


@pytest.mark.parametrize(
    "facts",
    [
        {"action": "delayed", "status": "4.4.1"},
        {"action": "failed", "status": "4.4.7"},
        {"action": "delayed", "status": "5.1.1"},
    ],
)
def test_what_may_still_arrive_is_noted_and_nothing_more(facts: dict[str, str]) -> None:
    mail = a_sent_mail()
    assert come_back(mail, **facts) == Verdict.NOTED
    assert traces() == ([("sign_in_unknown", "sent")], 1, None)
    assert come_back(mail, **facts) == Verdict.IGNORED
    assert come_back(mail) == Verdict.SUPPRESSED  # in the end it could not be delivered


def test_the_headers_alone_are_enough_of_the_mail() -> None:
    assert come_back(a_sent_mail(), original="text/rfc822-headers") == Verdict.SUPPRESSED


def test_a_status_with_a_comment_and_odd_case_is_read() -> None:
    mail = a_sent_mail()
    assert come_back(mail, action="Failed", status="5.1.1 (no such user)") == Verdict.SUPPRESSED


def test_a_bounce_that_overtakes_the_note_that_the_mail_has_left_counts(app: Flask) -> None:
    queued()

    def bounce() -> None:
        with app.app_context():
            (mail,) = outbox()
            assert mail.state == MailState.SENDING
            come_back(mail)

    with moody(when_taken=bounce) as server:
        deliver_due(server.way_in(), lease="w")
    assert [mail.state for mail in outbox()] == [MailState.FAILED]


def another(mail: OutboxMail) -> OutboxMail:
    return next(row for row in outbox() if row.id != mail.id)


def twice(data: bytes, part: bytes) -> bytes:
    """The report with one of its parts a second time."""
    pieces = data.split(b"--B")
    again = [piece for piece in pieces if part in piece]
    return b"--B".join([*pieces[:-1], *again, pieces[-1]])


FAILED = "Action: failed\nStatus: 5.0.0\n"
# Each makes of a true report of ``mail`` one that must do nothing: recipient and bytes.
Forgery = Callable[[OutboxMail], tuple[str, bytes]]
FORGERIES: dict[str, Forgery] = {
    "no token": lambda m: ("bounces@community.test", a_report(m)),
    "an id without a signature": lambda m: (f"bounces+{m.id}@community.test", a_report(m)),
    "a made-up signature": lambda m: (f"bounces+{m.id}-{'0' * 32}@community.test", a_report(m)),
    "the token of another mail": lambda m: (return_path(another(m).id), a_report(m)),
    "its token and another's Message-ID": lambda m: (
        return_path(m.id),
        a_report(m, message_id=f"<{another(m).message_id}>"),
    ),
    "another domain": lambda m: (return_path(m.id).replace("community", "evil"), a_report(m)),
    "a mail that does not exist": lambda m: (return_path(999_999_999), a_report(m)),
    "a Message-ID that is made up": lambda m: (
        return_path(m.id),
        a_report(m, message_id="<1@community.test>"),
    ),
    "a Message-ID without brackets": lambda m: (
        return_path(m.id),
        a_report(m, message_id=m.message_id),
    ),
    "no Message-ID": lambda m: (
        return_path(m.id),
        a_report(m).replace(b"Message-ID:", b"X-Message-ID:"),
    ),
    "two Message-IDs": lambda m: (
        return_path(m.id),
        a_report(m, more_headers="Message-ID: <1@community.test>\n"),
    ),
    "the Message-ID in its body": lambda m: (
        return_path(m.id),
        a_report(m, message_id="<1@x.test>", more_headers=f"\nMessage-ID: <{m.message_id}>\n"),
    ),
    "the Message-ID among its own headers": lambda m: (
        return_path(m.id),
        f"Message-ID: <{m.message_id}>\r\n".encode() + a_report(m, message_id="<1@x.test>"),
    ),
    "two mails returned": lambda m: (
        return_path(m.id),
        twice(a_report(m), b"Undelivered Message"),
    ),
    "two reports": lambda m: (return_path(m.id), twice(a_report(m), b"Delivery report")),
    "two recipients": lambda m: (
        return_path(m.id),
        a_report(
            m, more_fields="\nFinal-Recipient: rfc822; x@x.test\nAction: failed\nStatus: 5.0.0\n"
        ),
    ),
    "a mail that is no report": lambda m: (return_path(m.id), a_report(m, top="multipart/mixed")),
    "a report on something else": lambda m: (
        return_path(m.id),
        a_report(m, report_type="disposition-notification"),
    ),
    "an answer from on holiday": lambda m: (
        return_path(m.id),
        f"Subject: away\r\nIn-Reply-To: <{m.message_id}>\r\n\r\n5.1.1\r\n".encode(),
    ),
    "a delivery that went well": lambda m: (
        return_path(m.id),
        a_report(m, action="delivered", status="2.0.0"),
    ),
    "a relay": lambda m: (return_path(m.id), a_report(m, action="relayed", status="5.1.1")),
    "no action": lambda m: (return_path(m.id), a_report(m).replace(b"Action:", b"X-Action:")),
    "no status": lambda m: (return_path(m.id), a_report(m).replace(b"Status:", b"X-Status:")),
    "a status that is none": lambda m: (return_path(m.id), a_report(m, status="550")),
    "a status of another class": lambda m: (return_path(m.id), a_report(m, status="6.1.1")),
    "a report that is too large": lambda m: (return_path(m.id), a_report(m) + b" " * LARGEST),
    "a report that is cut off": lambda m: (return_path(m.id), a_report(m)[:600]),
    "nothing": lambda m: (return_path(m.id), b""),
}


@pytest.mark.proof
@pytest.mark.parametrize("forgery", FORGERIES)
def test_nothing_comes_of(forgery: str, evidence: Evidence) -> None:
    mail = a_sent_mail(ANN)
    a_sent_mail(BOB)
    before = traces()
    assert receive(*FORGERIES[forgery](mail)) == Verdict.IGNORED
    assert traces() == before
    assert come_back(mail) == Verdict.SUPPRESSED  # the control: the true one counts
    evidence("S14", SHOWN, count=f"{len(FORGERIES)} forgeries, replays, one score a day")


def test_the_table_is_long_enough() -> None:
    assert len(FORGERIES) >= 20


@pytest.mark.proof
def test_without_the_signature_a_forgery_would_count(
    monkeypatch: pytest.MonkeyPatch, evidence: Evidence
) -> None:
    """The control of the signed return path."""
    mail = a_sent_mail()
    monkeypatch.setattr(bounces, "returned_mail", lambda _recipient: mail.id)
    assert receive("bounces@community.test", a_report(mail)) == Verdict.SUPPRESSED
    evidence("S14", SHOWN, control="signature unread: a forgery suppresses the address")


def test_the_same_report_again_changes_nothing_however_late() -> None:
    mail = a_sent_mail()
    with time_machine.travel(NOON, tick=False) as clock:
        assert come_back(mail, status="5.2.2") == Verdict.SCORED
        for _ in range(5):
            clock.shift(timedelta(days=1))
            assert come_back(mail, status="5.2.2") == Verdict.IGNORED
            assert come_back(mail, status="5.1.1") == Verdict.IGNORED
    assert find_suppression(ANN) is None


def test_a_mail_that_never_left_is_not_marked(app: Flask) -> None:
    mail = queued()
    _hold(mail.id)
    come_back(mail)
    assert [row.state for row in outbox()] == [MailState.HELD]


@transactional
def _hold(mail_id: int) -> None:
    db.session.get_one(OutboxMail, mail_id).state = MailState.HELD


REPORT = b"Content-Type: multipart/report; report-type=delivery-status; "
HOSTILE = {
    "bytes of all kinds": bytes(range(256)) * 100,
    "deep nesting": b"".join(
        REPORT + b'boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(5000)
    ),
    "mails in mails": b"Content-Type: message/rfc822\r\n\r\n" * 15_000,
    "a wide mail": REPORT + b"boundary=b\r\n\r\n" + b"--b\r\n\r\n" * 60_000,
    "lines in open parts": b"".join(
        REPORT + b'boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(300)
    )
    + b"x\n" * 250_000,
    "many headers": b"a: b\r\n" * 80_000,
    "one long header": REPORT + b"a=b; " * 100_000,
    "an unknown charset": b"Content-Type: multipart/report; report-type*=nope''%ff; boundary=b\r\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes_are_no_report_and_cost_little(name: str) -> None:
    began = time.thread_time()
    assert read_report(HOSTILE[name][:LARGEST]) is None
    assert time.thread_time() - began < 1


@pytest.mark.parametrize("name", HOSTILE)
def test_they_cost_as_little_as_answers_to_a_test_invite_whose_key_is_nobodys(name: str) -> None:
    data, address = HOSTILE[name][:LARGEST], settings().rsvp_address.replace("@", "+0key@")
    began = time.thread_time()
    said = take_answer(address, data, source=ReceivedSource.PIPE)
    assert said in {"no_answer", "unreadable"}
    assert time.thread_time() - began < 1


def test_what_a_server_says_is_kept_as_one_printable_line() -> None:
    mail = a_sent_mail()
    come_back(mail, status="5.2.2", said="smtp; 550 \x1b[31m\x00no\x07\n\twith more " + "x" * 900)
    (row,) = outbox()
    assert row.last_error.isprintable()
    assert len(row.last_error) <= 300


def test_text_beyond_ascii_breaks_nothing() -> None:
    for said in ("smtp; 550 não existe", "smtp; \udcff\udcfe"):
        come_back(a_sent_mail(), status="5.2.2", said=said)
    assert {mail.state for mail in outbox()} == {MailState.FAILED}
