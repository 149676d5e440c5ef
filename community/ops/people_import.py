"""``flask people import``: the same import as the page's, done here and now."""

from typing import BinaryIO

import click

from community.membership import importing
from community.membership.import_files import MIB
from community.membership.import_models import Import, ImportState, Verdict
from community.membership.import_queries import get_import, iter_rows
from community.ops.plain_errors import plainly

MOST_BYTES = 100 * MIB
_TELL_EVERY = 5000


@click.argument("file", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="Say what each row would do, and add nobody.")
@click.option("--consented", is_flag=True, help="State that all of them agreed to be members.")
@click.option("--invite", is_flag=True, help="Send each new person one mail with the join page.")
@plainly
def bring_in(file: BinaryIO, dry_run: bool, consented: bool, invite: bool) -> None:
    """Add the people of a CSV file, at most 100 MB; - reads standard input.

    The first line names the columns: name and email, and if you like organization, job_title,
    location, topics (with ; between them). Known people are completed, never changed.
    """
    name = getattr(file, "name", "-")
    one = importing.upload_list(None, file, name=str(name), most=MOST_BYTES)
    try:
        one = _finish(one, "checked")
        if dry_run:
            _show(one.id)
        elif one.new + one.known:
            importing.start_import(None, one.id, consented=consented, invite=invite)
            one = _finish(one, "added")
            _show(one.id, Verdict.WRONG)
        click.echo(_sum(one, dry_run=dry_run), err=True)
    finally:
        if get_import(one.id).state != ImportState.DONE:
            importing.give_up_import(None, one.id)


def _finish(one: Import, what: str) -> Import:
    """Do the pass to its end, together with a worker if one runs."""
    shown = 0

    def tell(rows: int) -> None:
        nonlocal shown
        if rows - shown >= _TELL_EVERY:
            shown = rows
            click.echo(f"{rows} rows {what}", err=True)

    while get_import(one.id).is_working:
        importing.work_on(one.id, tell=tell)
    return get_import(one.id)


def _show(import_id: int, verdict: Verdict | None = None) -> None:
    for row in iter_rows(import_id, verdict.value if verdict else ""):
        facts = (row.line, row.verdict.value, row.address, row.name, row.why)
        click.echo("\t".join(map(str, facts)).rstrip())


def _sum(one: Import, *, dry_run: bool) -> str:
    added = "would be added" if dry_run else "added"
    return (
        f"{one.rows} rows ({one.encoding}): {one.new} new {added}, {one.known} known, "
        f"{one.wrong} wrong, {one.twice} twice"
    )
