"""Commands about addresses that must not be written to, and for mails that come in."""

import sys

import click
from flask.cli import AppGroup

from community.calendar.received_models import ReceivedSource
from community.core.addresses import normal_address
from community.core.current import settings
from community.inbound import bounds, polling
from community.inbound.mailbox import MailboxFailure, account_from_url
from community.inbound.receive import receive
from community.mail import suppressions
from community.mail.models import SuppressionReason
from community.ops.plain_errors import plainly

TRY_LATER = 75  # EX_TEMPFAIL of sysexits.h: a mail server keeps the mail and comes again

suppress = AppGroup("suppress", help="Addresses that must not be written to.")


@suppress.command("list")
@click.option("--after", default="", help="Show those behind this address.")
@plainly
def list_suppressed(after: str) -> None:
    """Show 200 addresses in alphabetical order: address, reason, since when, details."""
    for row in suppressions.list_suppressions(after=after):
        facts = (row.address, row.reason.value, row.at.isoformat(timespec="seconds"), row.details)
        click.echo("\t".join(facts).rstrip())


@suppress.command("add")
@click.argument("address")
@click.option(
    "--reason",
    type=click.Choice([reason.value for reason in SuppressionReason]),
    default=SuppressionReason.ASKED.value,
    show_default=True,
)
@plainly
def add(address: str, reason: str) -> None:
    """Send no more news to an address; nothing but sign-in codes if it bounced."""
    row = suppressions.suppress(normal_address(address), SuppressionReason(reason))
    click.echo(f"{row.address} is suppressed: {row.reason.value}.")


@suppress.command("remove")
@click.argument("address")
@plainly
def remove(address: str) -> None:
    """Write to an address again, and forget what it bounced."""
    normal = normal_address(address)
    suppressions.lift_suppression(normal)
    click.echo(f"{normal} is written to again.")


@click.option("--recipient", required=True, help="The address in the mail's envelope.")
@plainly
def receive_one(recipient: str) -> None:
    """Take a mail from standard input, as a mail server hands it over, and act on it.

    That is answers by calendar, words to the hosts, and reports about mails that could not be
    delivered. What is of no use is dropped with exit code 0; 75 asks the mail server to come again.
    """
    # One octet more tells that it is too long; the rest is read, or the server meets a closed pipe.
    data = sys.stdin.buffer.read(bounds.LARGEST + 1)
    while sys.stdin.buffer.read(bounds.LARGEST):
        pass
    try:
        click.echo(receive(recipient, data, source=ReceivedSource.PIPE).verdict)
    except polling.OUTAGES:
        click.echo("the database cannot be used", err=True)
        sys.exit(TRY_LATER)


@plainly
def fetch() -> None:
    """Look into the mailbox of IMAP_URL now, deal with what waits there, and say with how many."""
    if not settings().imap_url:
        raise click.ClickException("COMMUNITY_IMAP_URL is not set.")
    try:
        account = account_from_url(settings().imap_url)
        count = 0
        while found := polling.poll(account):
            count += found
    except (ValueError, MailboxFailure) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{count} mail{'' if count == 1 else 's'} dealt with.")


def add_to(mail: AppGroup) -> None:
    """Attach these commands to ``flask mail``."""
    mail.add_command(suppress)
    mail.command("receive")(receive_one)
    mail.command("fetch")(fetch)
