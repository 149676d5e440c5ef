"""The commands that stay: web and worker together, or the worker alone."""

import os

import click
from flask import Flask, current_app
from flask.cli import ScriptInfo, pass_script_info
from flask_migrate import upgrade

from community.config import Settings
from community.core import logs
from community.core.current import settings
from community.inbound.mailbox import account_from_url
from community.mail.transport import transport_from_url
from community.membership.queries import find_person
from community.ops import demo, doctor, serve, worker
from community.ops.demo_people import ADMIN, ORGANIZER
from community.ops.plain_errors import plainly
from community.ops.processes import die_with_parent


@click.option("--host", envvar="HOST", default="127.0.0.1", show_default=True)
@click.option(
    "--port", envvar="PORT", type=click.IntRange(1, 65535), default=8000, show_default=True
)
@click.option("--prepare", is_flag=True, help="First run migrations, and load demo data if empty.")
@click.option("--attached", is_flag=True, help="End when the process that started it is killed.")
@pass_script_info
def serve_both(info: ScriptInfo, host: str, port: int, prepare: bool, attached: bool) -> None:
    """Run web and worker in the foreground; each is started again when it dies.

    Ctrl-C or SIGTERM stops both.
    """
    if attached:
        die_with_parent(os.getppid())
    app = info.load_app()
    logs.start(app.extensions["community_settings"])
    try:
        serve.require_free(host, port)
    except serve.PortTaken as taken:
        raise click.ClickException(
            f"Something listens on {taken} already. Stop it, or choose another port: PORT=8001."
        ) from taken
    except OSError as error:
        raise click.ClickException(f"Cannot listen on {host}:{port}: {error.strerror}") from error
    serve.listens_on(app, port)
    with app.app_context():
        hints = _ready(prepare=prepare)
    serve.serve(app, host, port, when_up=lambda: _announce(app, host, port, hints))


@click.option("--once", is_flag=True, help="Do what is due now, and end.")
@plainly
def work(once: bool) -> None:
    """Deliver mail, tell many people, tidy up, until SIGTERM."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy's own
    logs.start(settings())
    try:
        if once:
            worker.work_once(app)
        else:
            worker.run(app)
    except ValueError as error:  # MAIL_URL or IMAP_URL cannot be used
        raise click.ClickException(str(error)) from error


@plainly
def _ready(*, prepare: bool) -> list[str]:
    """Make sure of the tables, with ``prepare`` by making them; what to tell whoever started us."""
    try:
        transport_from_url(settings().mail_url, settings().spool_folder)
        if settings().imap_url:
            account_from_url(settings().imap_url)
    except ValueError as error:  # the worker would die of it again and again
        raise click.ClickException(str(error)) from error
    if prepare:
        _prepare()
    else:
        _require_tables()
    return _hints()


def _prepare() -> None:
    if doctor.migrations_missing():
        upgrade()
    if demo.may_load() and demo.is_empty():
        demo.load()


def _require_tables() -> None:
    if doctor.migrations_missing():
        raise click.ClickException(
            "The database does not have the tables of this version. Run: flask db upgrade"
        )


def _hints() -> list[str]:
    """Who can sign in, when it is the example community that anybody may enter."""
    if not demo.may_load() or find_person(ORGANIZER) is None:
        return []
    return [f"  sign in as    {ORGANIZER} (organizer), {ADMIN} (admin), or join"]


def _announce(app: Flask, host: str, port: int, hints: list[str]) -> None:
    chosen: Settings = app.extensions["community_settings"]
    here = f"http://{_for_url(serve.reachable(host))}:{port}"
    lines = [f"{chosen.name} is up", f"  open          {chosen.base_url}"]
    if not chosen.is_local:
        lines.append(f"  listens on    {here}")
    lines += hints
    if chosen.is_development and not chosen.mail_url:
        lines.append(f"  mail is at    {chosen.base_url}/dev/mail")
    click.echo("\n".join([*lines, "  stop with     Ctrl-C"]))


def _for_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
