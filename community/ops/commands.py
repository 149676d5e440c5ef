"""The command line: what operators type, each command one call into the program."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from community.core.addresses import normal_address
from community.core.errors import NotFound
from community.events.queries import find_event
from community.mail import outbox
from community.mail.models import MailState
from community.membership.joining import grant_role
from community.membership.models import Person, Role
from community.membership.queries import find_owner
from community.membership.viewer import VISITOR
from community.ops import (
    backup_commands,
    demo,
    examining,
    mail_commands,
    people_import,
    received_mails,
    running,
)
from community.ops.calendar_commands import calendar
from community.ops.plain_errors import plainly
from community.organizing import exporting
from community.organizing.export_kinds import Kind
from community.organizing.export_rows import Attending
from community.organizing.segments import Segment
from community.privacy.erasing import erase_person
from community.privacy.exporting import take_out

# The others are for somebody: their calendar, and what members let them read.
COMMAND_KINDS = [Kind.CSV.value, Kind.XLSX.value, Kind.JSON.value]

people = AppGroup("people", help="People and their roles.")
events = AppGroup("events", help="Events.")
demo_data = AppGroup("demo", help="An example community to look at.")
mail = AppGroup("mail", help="The outbox.")


def register(app: Flask) -> None:
    """Attach every command to ``flask``."""
    for group in (people, events, demo_data, mail, calendar):
        app.cli.add_command(group)
    mail_commands.add_to(mail)
    mail.command("replay")(received_mails.replay_mail)
    mail.command("release")(backup_commands.release)
    app.cli.command("backup")(backup_commands.back_up_to)
    app.cli.command("restore")(backup_commands.restore_from)
    people.command("import")(people_import.bring_in)
    app.cli.command("doctor")(examining.examine)
    app.cli.command("worker")(running.work)
    app.cli.command("serve", with_appcontext=False)(running.serve_both)


@people.command("grant")
@click.argument("email")
@click.argument("role", type=click.Choice([Role.ORGANIZER.value, Role.ADMIN.value]))
@plainly
def grant(email: str, role: str) -> None:
    """Make the person with that address an organizer or an admin.

    The person is created if need be, and may sign in at once.
    """
    person = grant_role(email, Role(role))
    click.echo(f"{person.name} <{person.address}> is {role} now.")


@people.command("erase")
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do it; without this nothing happens.")
@plainly
def erase(email: str, yes: bool) -> None:
    """Erase everything about the person with that address, for good.

    Their coming seats are given on; a last mail tells them what was erased and what is kept.
    """
    person = _owner(email)
    if not yes:
        raise click.ClickException("This cannot be taken back. Say --yes if you mean it.")
    erase_person(person.id)
    click.echo("Erased.")


@people.command("export")
@click.argument("email")
@click.option("--output", type=click.Path(dir_okay=False), required=True, help="A file, or - .")
@plainly
def export_person(email: str, output: str) -> None:
    """Write everything held about the person with that address into a zip, for them alone."""
    _write_out(output, [take_out(_owner(email).id)])


@events.command("export")
@click.argument("slug")
@click.option(
    "--format", "kind", type=click.Choice(COMMAND_KINDS), default="csv", show_default=True
)
@click.option("--output", type=click.Path(dir_okay=False), default="-", help="A file, or - .")
@plainly
def export_attendees(slug: str, kind: str, output: str) -> None:
    """Write the attendee list of an event, as its page offers it."""
    event = find_event(slug)
    if event is None:
        raise NotFound(f"event {slug}")
    attending = Attending(event)
    exporting.note_export(None, event.id, Kind(kind), Segment(), len(attending))
    _write_out(output, exporting.pieces_of(Kind(kind), attending, VISITOR))


@demo_data.command("load")
@click.option("--if-empty", is_flag=True, help="Do nothing when there is anybody already.")
@plainly
def load_demo(if_empty: bool) -> None:
    """Fill in an example community: people, events, answers.

    Only in development, with the mail spool and a local BASE_URL. Twice is once.
    """
    if if_empty and not demo.is_empty():
        click.echo("There are people already; nothing was added.")
        return
    click.echo(demo.load() or "The example community is there already.")


@mail.command("list")
@click.option("--state", type=click.Choice([state.value for state in MailState]))
@plainly
def list_mails(state: str | None) -> None:
    """Show the newest 200 mails of the outbox: id, state, kind, recipient, tries, last error."""
    for row in outbox.list_mails(MailState(state) if state else None):
        facts = (row.id, row.state.value, row.kind, row.recipient, row.attempts, row.last_error)
        click.echo("\t".join(map(str, facts)).rstrip())


@mail.command("retry")
@click.argument("ids", nargs=-1, type=click.IntRange(min=1))
@plainly
def retry_mails(ids: tuple[int, ...]) -> None:
    """Try failed mails again: those of the given ids, or all."""
    count = outbox.retry_mails(ids)
    click.echo(f"{count} mail{'' if count == 1 else 's'} will be tried again.")


def _owner(email: str) -> Person:
    person = find_owner(normal_address(email))
    if person is None:
        raise NotFound(f"person {email}")
    return person


def _write_out(output: str, pieces: Iterable[bytes]) -> None:
    if output == "-":
        for piece in pieces:
            click.echo(piece, nl=False)
        return
    _write_privately(Path(output), pieces)


def _write_privately(file: Path, pieces: Iterable[bytes]) -> None:
    """Write a file that its owner alone can read, whole or not at all."""
    with _beside(file) as draft, os.fdopen(draft, "wb") as out:
        for piece in pieces:
            out.write(piece)


@contextmanager
def _beside(file: Path) -> Iterator[int]:
    draft = file.with_name(f".{file.name}.part")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        yield handle
        draft.replace(file)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
