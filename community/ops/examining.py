"""``flask doctor``: what was found, what to do, and which DNS records the settings need."""

import click

from community.core.current import settings
from community.ops import doctor
from community.ops.dns_lookup import Lookup
from community.ops.dns_records import examine_dns, records
from community.ops.findings import Finding
from community.ops.plain_errors import plainly


@click.option("--dns", is_flag=True, help="Look the DNS records up, too.")
@click.option("--nameserver", default="", help="Whom to ask instead: ADDRESS or ADDRESS:PORT.")
@click.option("--dkim-selector", "selectors", multiple=True, help="The name of a DKIM key.")
@plainly
def examine(dns: bool, nameserver: str, selectors: tuple[str, ...]) -> None:
    """Check database, migrations, mail, addresses, clock, permissions; say what to do.

    Prints the DNS records that the settings need; with --dns it looks them up.
    """
    found = doctor.examine()
    if dns:
        found += _looked_up(nameserver, selectors)
    for finding in found:
        click.echo(f"{'ok  ' if finding.is_well else 'MEND'}  {finding.about}: {finding.text}")
        if finding.advice:
            click.echo(f"      {finding.advice}")
    if hints := records(settings(), selectors):
        click.echo("\nDNS records that these settings need (--dns looks them up):")
        for record in hints:
            click.echo(f"  {record}\n      {record.why}")
    faults = sum(not finding.is_well for finding in found)
    if faults:
        raise click.ClickException(f"{faults} of {len(found)} checks need you")


def _looked_up(nameserver: str, selectors: tuple[str, ...]) -> list[Finding]:
    try:
        lookup = Lookup(nameserver)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    return list(examine_dns(settings(), lookup, selectors))
