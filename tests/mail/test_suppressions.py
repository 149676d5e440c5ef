"""What a suppressed address still gets: codes always, answers unless it bounced, news never."""

from collections.abc import Iterator

import pytest
from flask import Flask

from community.core.errors import NotFound
from community.mail import kinds
from community.mail.delivery import deliver_due
from community.mail.kinds import Kind, Purpose, Rendered, get_kind, register
from community.mail.models import MailState, SuppressionReason
from community.mail.suppressions import (
    find_suppression,
    lift_suppression,
    list_suppressions,
    suppress,
)
from community.membership.signing_in import ask_for_code
from tests.factories.at_once import at_once
from tests.factories.mails import outbox, post, queued
from tests.factories.people import a_member
from tests.mail.moody import moody

ANN = "ann@example.org"
BOUNCED, COMPLAINED, ASKED = SuppressionReason


@pytest.fixture(autouse=True)
def _kinds_of_every_purpose(app: Flask) -> Iterator[None]:
    known = dict(kinds._kinds)
    for purpose in Purpose:
        register(Kind(f"some_{purpose.value}", lambda _mail: Rendered(b"mail"), purpose=purpose))
    yield
    kinds._kinds.clear()
    kinds._kinds.update(known)


@pytest.mark.parametrize(
    ("reason", "leaves"),
    [
        (None, {"some_proof", "some_answer", "some_news"}),
        (ASKED, {"some_proof", "some_answer"}),
        (COMPLAINED, {"some_proof", "some_answer"}),
        (BOUNCED, {"some_proof"}),
    ],
)
def test_what_still_leaves_depends_on_the_reason(
    reason: SuppressionReason | None, leaves: set[str]
) -> None:
    """Suppressed after the mails were queued: it is asked at delivery."""
    for purpose in Purpose:
        queued(ANN, kind=f"some_{purpose.value}")
    if reason:
        suppress(ANN, reason, "said so")
    with moody() as server:
        post(server.way_in())
        assert len(server.taken) == len(leaves)
    for mail in outbox():
        sent = mail.kind in leaves
        assert mail.state == (MailState.SENT if sent else MailState.STOPPED)
        assert mail.last_error == ("" if sent else f"the address is suppressed: {reason}")
        assert sent or mail.body is None


def test_a_mail_that_was_tried_before_is_stopped_at_the_next_try() -> None:
    queued(ANN, kind="some_news")
    with moody(answers={ANN: "451 later"}) as server:
        deliver_due(server.way_in(), lease="w")
    (mail,) = outbox()
    assert (mail.state, mail.body) == (MailState.QUEUED, b"mail")
    suppress(ANN, ASKED)
    _make_due()
    with moody() as server:
        post(server.way_in())
        assert server.taken == []
    assert [mail.state for mail in outbox()] == [MailState.STOPPED]


def _make_due() -> None:
    from community.mail.outbox import retry_mails

    retry_mails()


def test_other_addresses_are_written_to_as_before() -> None:
    suppress(ANN, BOUNCED)
    queued("bob@example.org", kind="some_news")
    queued("ann@example.org.test", kind="some_news")
    post()
    assert {mail.state for mail in outbox()} == {MailState.SENT}


def test_a_member_whose_address_bounced_can_still_sign_in() -> None:
    a_member(email=ANN)
    suppress(ANN, BOUNCED)
    ask_for_code(ANN, browser="hers")
    with moody() as server:
        post(server.way_in())
        assert server.recipients == [ANN]


def test_only_signing_in_and_what_an_operator_tries_pass_by_a_bounce() -> None:
    passing = {kind.name for kind in kinds.all_kinds() if kind.purpose == Purpose.PROOF}
    assert passing == {"some_proof", "sign_in", "calendar_selftest"}
    assert get_kind("new_event").purpose == Purpose.NEWS


def test_the_first_reason_stays_unless_the_address_bounces() -> None:
    suppress(ANN, ASKED, "by letter")
    suppress(ANN, COMPLAINED, "by button")
    found = find_suppression(ANN)
    assert found is not None
    assert (found.reason, found.details) == (ASKED, "by letter")
    suppress(ANN, BOUNCED, "550")
    suppress(ANN, ASKED, "again")
    found = find_suppression(ANN)
    assert found is not None
    assert (found.reason, found.details) == (BOUNCED, "550")


def test_what_was_lifted_is_gone_and_cannot_be_lifted_again() -> None:
    suppress(ANN, BOUNCED)
    lift_suppression(ANN)
    assert find_suppression(ANN) is None
    with pytest.raises(NotFound):
        lift_suppression(ANN)


def test_details_are_one_line_that_fits() -> None:
    assert "\n" not in suppress(ANN, BOUNCED, "a\r\nb" + "x" * 1000).details
    assert len(find_suppression(ANN).details) <= 300  # type: ignore[union-attr]  # just made


def test_the_list_goes_on_where_it_ended() -> None:
    for name in "dbac":
        suppress(f"{name}@example.org", ASKED)
    first = [row.address[0] for row in list_suppressions(most=3)]
    assert first == ["a", "b", "c"]
    assert [row.address[0] for row in list_suppressions(after="c@example.org")] == ["d"]


def test_many_at_once_suppress_once(app: Flask) -> None:
    answers = at_once(app, [lambda: suppress(ANN, BOUNCED).reason] * 6)
    assert answers == [BOUNCED] * 6
    assert len(list_suppressions()) == 1
