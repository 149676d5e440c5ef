"""``flask calendar selftest``: an invite to the operator, and whether the answer comes back."""

import time

import click
import sqlalchemy as sa

from community.calendar.selftest import ask_for_selftest, get_selftest, mail_key
from community.calendar.selftest_models import SelfTest
from community.core.db import db
from community.mail.models import MailState, OutboxMail
from community.ops.plain_errors import plainly

_LOOK_EVERY = 0.5  # seconds
_LOST = (MailState.FAILED, MailState.STOPPED, MailState.HELD)


@click.argument("email")
@click.option(
    "--wait",
    type=click.IntRange(0, 86400),
    default=600,
    show_default=True,
    help="Seconds to wait for the answer; 0 only sends.",
)
@plainly
def send_and_wait(email: str, wait: int) -> None:
    """Send a test invite to EMAIL and say when the calendar's answer has come back.

    A worker must be running. Exit code 1 when no answer came in time.
    """
    test = ask_for_selftest(email)
    click.echo(
        "A test invite is in the outbox. Open it in your calendar or mail program and answer."
    )
    if not wait:
        return
    click.echo(f"Waiting for the answer, at most {wait} s …")
    until = time.monotonic() + wait
    has_left = False
    while time.monotonic() < until:
        db.session.rollback()
        mail = _mail_of(test)
        if mail.state in _LOST:
            raise click.ClickException(f"the mail did not leave: {mail.last_error or mail.state}")
        if mail.state == MailState.SENT and not has_left:
            has_left = True
            click.echo("The mail has left.")
        answered = get_selftest(test.id)
        if answered.answered_at is not None:
            _report(answered)
            return
        time.sleep(_LOOK_EVERY)
    if not has_left:
        raise click.ClickException("The mail has not left. Is `flask worker` running?")
    raise click.ClickException(
        f"No answer came within {wait} s. docs/calendar.md says what to look at."
    )


def _mail_of(test: SelfTest) -> OutboxMail:
    found = sa.select(OutboxMail).where(OutboxMail.dedupe_key == mail_key(test.id))
    return db.session.scalars(found.execution_options(populate_existing=True)).one()


def _report(test: SelfTest) -> None:
    assert test.answered_at is not None
    seconds = (test.answered_at - test.made_at).total_seconds()
    click.echo(f"The answer came back after {seconds:.0f} s, by {test.source}: {test.partstat}.")
    if test.found:
        click.echo(f"Your mail server says of its sender: {test.found}")
    else:
        click.echo("Your mail server says nothing of its sender (no Authentication-Results).")
