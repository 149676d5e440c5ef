"""Commands about addresses that must not be written to, and for mails that come in."""

import sys

import click
import sqlalchemy as sa
from flask.cli import AppGroup

from community.core.addresses import normal_address
from community.core.db import DatabaseBusy
from community.inbound import bounces
from community.inbound.receive import receive as receive_mail
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
def receive(recipient: str) -> None:
    """Take a mail from standard input, as a mail server hands it over, and act on it.

    That is answers by calendar, words to the hosts, and reports about mails that could not be
    delivered. What is of no use is dropped with exit code 0; 75 asks the mail server to come again.
    """
    data = sys.stdin.buffer.read(bounces.LARGEST + 1)
    try:
        click.echo(receive_mail(recipient, data).verdict.value)
    except (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError, DatabaseBusy):
        click.echo("the database cannot be used", err=True)
        sys.exit(TRY_LATER)


def add_to(mail: AppGroup) -> None:
    """Attach these commands to ``flask mail``."""
    mail.add_command(suppress)
    mail.command("receive")(receive)
