"""``flask backup``, ``flask restore``, and what to do with the mails that a restore holds."""

from pathlib import Path

import click

from community.mail import holding
from community.ops.backup import CannotBackUp, back_up
from community.ops.backup_file import DamagedBackup
from community.ops.plain_errors import plainly
from community.ops.restore import CannotRestore, Restored, restore
from community.organizing.after_restore import Settled, give_up_held

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.argument("file", type=_FILE)
@plainly
def back_up_to(file: Path) -> None:
    """Write database, uploads, secret key and settings into one new file, while all goes on.

    Whoever has the file has everything: it is readable by you alone, and holds the secret key.
    """
    try:
        manifest = back_up(file.absolute())
    except CannotBackUp as error:
        raise click.ClickException(str(error)) from error
    rows = sum(one["rows"] for one in manifest["tables"])
    click.echo(f"{file}: {rows} rows as of {manifest['made_at']}, {_size(file)}.")


@click.argument("file", type=_FILE)
@click.option("--replace", is_flag=True, help="Give up the community that is here.")
@plainly
def restore_from(file: Path, replace: bool) -> None:
    """Put a backup back into an empty database, of the same kind or the other one.

    Stop web and worker first. Mails that had not left are held: see flask mail release.
    """
    try:
        done = restore(file, replace=replace)
    except (CannotRestore, DamagedBackup) as error:
        raise click.ClickException(f"{file}: {error}") from error
    _tell(done)


@click.argument("ids", nargs=-1, type=click.IntRange(min=1))
@click.option("--discard", is_flag=True, help="They have left already: give them up.")
@plainly
def release(ids: tuple[int, ...], discard: bool) -> None:
    """Let go what a restore holds: the mails of the given ids, or everything."""
    count = give_up_held(ids) if discard else holding.release_held(ids)
    what = "given up" if discard else "released"
    click.echo(f"{count} mail{'' if count == 1 else 's'} {what}.")


def _tell(done: Restored) -> None:
    click.echo(f"{done.rows} rows are back as of {done.made_at}.")
    for note in done.notes:
        click.echo(note)
    _tell_of(done.messages)
    if not done.held:
        click.echo("No mail was waiting.")
        return
    click.echo("Held, because they may have left after the backup:")
    for kind, count in done.held.items():
        click.echo(f"  {count}\t{kind}")
    click.echo("Look: flask mail list --state held. Let go: flask mail release. Or --discard.")


def _tell_of(messages: Settled) -> None:
    if messages.drafts:
        click.echo(
            f"Scheduled messages of hosts that are drafts again: {messages.drafts}. Those that"
            " were not sent after the backup, their hosts must schedule again."
        )
    if messages.skipped:
        click.echo(
            f"Reminders of events whose time is over: {messages.skipped}. None is sent again."
        )


def _size(file: Path) -> str:
    size = file.stat().st_size
    return f"{size / 1024:.0f} KB" if size < 1024 * 1024 else f"{size / 1024 / 1024:.1f} MB"
