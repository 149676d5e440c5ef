"""Places in web and worker where a process kills itself with -9, once for each time it is told.

Whoever passes a place looks whether a file of that name lies in ``fail/`` of the instance folder,
takes it away, notes who died there with which mail, and is gone. So a place that is armed kills one
process, and the program itself knows nothing of all this: the seams are wrapped from outside.
"""

import os
import signal
import smtplib
import threading
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import has_request_context, request
from sqlalchemy.orm import Session

from community.mail import delivery, transport
from community.ops import worker
from community.rsvp import respond

WEB = (
    "web: before the seat is taken",
    "web: after the seat is taken",
    "web: before the commit",
    "web: after the commit",
)
# The mail has left when its last dot has; all deaths until the mark is saved make a copy.
WINDOW = (
    "worker: after the last dot",
    "worker: after the 250",
    "worker: before the mark is saved",
)
WORKER = (
    "worker: before the lease",
    "worker: before the lease is saved",
    "worker: after the lease",
    "worker: before the bytes are saved",
    "worker: after the bytes",
    "worker: before connecting",
    "worker: after connecting",
    "worker: after EHLO",
    "worker: after MAIL",
    "worker: after RCPT",
    "worker: after DATA",
    "worker: half of the mail",
    *WINDOW,
    "worker: after the mark",
)
POINTS = (*WEB, *WORKER)

_here = threading.local()
_folder = Path(os.environ.get("COMMUNITY_INSTANCE_PATH", ".")) / "fail"


def arm(instance: Path, point: str) -> Path:
    """Have the next who passes there die; the file is gone when somebody did."""
    assert point in POINTS
    folder = instance / "fail"
    folder.mkdir(exist_ok=True)
    file = folder / point
    file.touch()
    return file


def deaths(instance: Path) -> list[tuple[str, str, float]]:
    """Who died so far: where, with which mail (its Message-ID), and when."""
    file = instance / "fail" / "deaths"
    lines = file.read_text().splitlines() if file.exists() else []
    return [(where, mail, float(at)) for where, mail, at in (line.split("\t") for line in lines)]


def worker_of(instance: Path) -> int:
    """The process id of the worker that was started last."""
    return int((instance / "fail" / "worker").read_text())


def pass_by(point: str) -> None:
    try:
        (_folder / point).unlink()
    except OSError:
        return
    line = f"{point}\t{getattr(_here, 'mail', '')}\t{time.time()}\n"
    with (_folder / "deaths").open("a") as file:
        file.write(line)
    os.kill(os.getpid(), signal.SIGKILL)


def install() -> None:
    """Wrap the seams, before web and worker are forked."""
    respond.take_seats = _around("web: before the seat is taken", respond.take_seats)
    respond.take_seats = _around(None, respond.take_seats, "web: after the seat is taken")
    delivery.lease_due = _step("the lease", delivery.lease_due)
    delivery._store = _step("the bytes", delivery._store)
    delivery._note_sent = _step("the mark", delivery._note_sent)
    worker.run = _with_pid(worker.run)
    sa.event.listen(sa.Engine, "commit", _before_commit)
    sa.event.listen(Session, "after_commit", _after_commit)
    _install_in_smtplib()


def _around(
    before: str | None, function: Callable[..., Any], after: str | None = None
) -> Callable[..., Any]:
    @wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        if before:
            pass_by(before)
        result = function(*args, **kwargs)
        if after:
            pass_by(after)
        return result

    return run


def _step(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A use-case of the worker: killed before, right before its commit, and after it."""

    @wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        if name == "the lease":
            pass_by("worker: before the lease")
        _here.step = name
        try:
            result = function(*args, **kwargs)
        finally:
            _here.step = ""
        if result:
            pass_by(f"worker: after {name}")
        return result

    return run


def _before_commit(_connection: sa.Connection) -> None:
    if has_request_context():
        if request.method == "POST":
            pass_by("web: before the commit")
    elif step := getattr(_here, "step", ""):
        ending = "are saved" if step == "the bytes" else "is saved"
        pass_by(f"worker: before {step} {ending}")


def _after_commit(_session: Session) -> None:
    if has_request_context() and request.method == "POST":
        pass_by("web: after the commit")


def _install_in_smtplib() -> None:
    send, docmd, getreply = smtplib.SMTP.send, smtplib.SMTP.docmd, smtplib.SMTP.getreply
    transport.Smtp.send = _with_mail(transport.Smtp.send)  # type: ignore[method-assign]  # wrapped
    smtplib.SMTP.connect = _around(  # type: ignore[method-assign]  # wrapped
        "worker: before connecting", smtplib.SMTP.connect, "worker: after connecting"
    )
    smtplib.SMTP.ehlo = _around(None, smtplib.SMTP.ehlo, "worker: after EHLO")  # type: ignore[method-assign]  # wrapped

    def command(self: Any, line: str, args: str = "") -> Any:
        answer = docmd(self, line, args)
        verb = line.partition(" ")[0]
        if verb in {"MAIL", "RCPT", "DATA"}:
            pass_by(f"worker: after {verb}")
        self.in_body = verb == "DATA" and answer[0] == 354
        return answer

    def write(self: Any, data: Any) -> None:
        if not getattr(self, "in_body", False):
            send(self, data)
            return
        half = len(data) // 2
        send(self, data[:half])
        pass_by("worker: half of the mail")
        send(self, data[half:])
        if data.endswith(b"\r\n.\r\n"):
            pass_by("worker: after the last dot")

    def read(self: Any) -> Any:
        answer = getreply(self)
        if getattr(self, "in_body", False):
            self.in_body = False
            pass_by("worker: after the 250")
        return answer

    smtplib.SMTP.docmd, smtplib.SMTP.send, smtplib.SMTP.getreply = command, write, read  # type: ignore[method-assign, assignment]  # wrapped


def _with_mail(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def run(*args: Any, message_id: str, **kwargs: Any) -> Any:
        _here.mail = message_id
        return function(*args, message_id=message_id, **kwargs)

    return run


def _with_pid(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def run(*args: Any) -> Any:
        _folder.mkdir(exist_ok=True)
        whole = _folder / f"worker.{os.getpid()}"
        whole.write_text(str(os.getpid()))
        whole.rename(_folder / "worker")
        return function(*args)

    return run
