"""Commands about mails that came in for attendees."""

import click

from community.inbound.receive import replay
from community.ops.plain_errors import plainly


@click.argument("mail_id", type=click.IntRange(min=1))
@plainly
def replay_mail(mail_id: int) -> None:
    """Handle a received mail again, of which nothing has come so far; its number is MAIL_ID."""
    outcome = replay(mail_id)
    click.echo(f"{outcome.verdict.value} {outcome.detail}".rstrip())
