"""The command that finds events which new rules of their time zone have moved."""

import click

from community.events.rezoning import MovedByZone, follow_zone, moved_by_zones
from community.ops.plain_errors import plainly


@click.option("--send", is_flag=True, help="Put them right and have everybody told.")
@plainly
def list_moved(send: bool) -> None:
    """List events to come that new rules of their time zone have moved; an event keeps its hour.

    Run it after every update of the program. A line has slug, zone, wall time, and the start in
    UTC as it was and as it is. --send derives the instants anew and sends the invites again.
    """
    found = list(moved_by_zones())
    for moved in found:
        click.echo(_line(moved))
    sent = sum(follow_zone(moved.event_id) for moved in found) if send else 0
    stuck = sum(not moved.is_possible for moved in found)
    if stuck:
        said = f"{stuck} would end before it begins, because the clocks skip that hour"
        raise click.ClickException(f"{said}: edit it on its page")
    if send:
        click.echo(f"{sent} put right; the worker sends the invites.")
    else:
        click.echo(f"{len(found)} moved.{' --send puts that right.' if found else ''}")


def _line(moved: MovedByZone) -> str:
    starts = f"{moved.starts_local:%Y-%m-%dT%H:%M}"
    was, becomes = (f"{span[0]:%Y-%m-%dT%H:%MZ}" for span in (moved.was, moved.now))
    return "\t".join((moved.slug, moved.timezone, starts, was, becomes))
