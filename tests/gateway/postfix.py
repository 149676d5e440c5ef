"""A real Postfix of a test's own on loopback, where the machine has one and root starts it."""

import os
import pwd
import shutil
import smtplib
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.ops.program import free_port

_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"
PROGRAM = shutil.which("postfix", path=_PATH)
PRESENT = PROGRAM is not None and not os.geteuid()
ABSENT = "Postfix is not on this machine (package postfix), or it is not root who asks"

USER = "nobody"

# As docs/calendar.md has it, but for folders, ports and names.
_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
import_environment = MAIL_CONFIG
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.test
mydestination =
mynetworks = 127.0.0.1/32
alias_maps =
minimal_backoff_time = 2s
maximal_backoff_time = 2s
queue_run_delay = 1s
recipient_delimiter = +
relay_domains = pipe.test
relay_recipient_maps = inline:{{ rsvp@pipe.test=x, bounces@pipe.test=x }}
transport_maps = inline:{{ pipe.test=community:, rsvp@both.test=community: }}
virtual_mailbox_domains = imap.test, both.test
virtual_mailbox_maps = inline:{{ rsvp@imap.test=x, bounces@imap.test=x, rsvp@both.test=x,
    ann@imap.test=x, bob@imap.test=x }}
virtual_transport = lmtp:unix:{lmtp}
smtpd_relay_restrictions = reject_unauth_destination
default_transport = error:nothing leaves this machine
"""
_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
showq unix n - n - - showq
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
flush unix n - n 1000? 0 flush
postlog unix-dgram n - n - 1 postlogd
community unix - n n - 4 pipe flags=R user={user} argv=/bin/sh {{ {script} }} ${{recipient}}
"""


@dataclass(frozen=True)
class Postfix:
    """A running server, whose pipe runs ``script`` as ``USER``; a test writes the script."""

    folder: Path
    port: int

    @property
    def script(self) -> Path:
        """Where the pipe's script is; without one mails wait in the queue."""
        return self.folder / "receive"

    def send(self, recipient: str, data: bytes, *, sender: str = "") -> None:
        """Hand a mail in by SMTP, as another mail server would."""
        with smtplib.SMTP("127.0.0.1", self.port, timeout=10) as smtp:
            smtp.sendmail(sender, [recipient], data)

    def waiting(self) -> str:
        """The mails in its queue, with why they wait."""
        done = subprocess.run(
            ["postqueue", "-c", self.folder, "-p"],
            capture_output=True,
            text=True,
            check=True,
            env={"PATH": _PATH},
        )
        return done.stdout

    @property
    def log(self) -> str:
        """All that it has logged."""
        return (self.folder / "log").read_text()


@contextmanager
def postfix(lmtp: Path) -> Iterator[Postfix]:
    """A server that is up when the block begins and gone when it ends.

    Mails to pipe.test go to its script, those to imap.test to the socket ``lmtp``; of both.test one
    address goes to the script.
    """
    assert PROGRAM is not None
    folder = Path(tempfile.mkdtemp(prefix="postfix-"))
    folder.chmod(0o755)
    server = Postfix(folder, free_port())
    (folder / "main.cf").write_text(_MAIN.format(folder=folder, lmtp=lmtp))
    (folder / "master.cf").write_text(
        _MASTER.format(port=server.port, user=USER, script=server.script)
    )
    for name in ("queue", "data"):
        (folder / name).mkdir()
    os.chown(folder / "data", pwd.getpwnam("postfix").pw_uid, -1)
    process = subprocess.Popen(
        [PROGRAM, "-c", folder, "start-fg"],
        env={"PATH": _PATH},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_for(server, process)
        yield server
    finally:
        subprocess.run([PROGRAM, "-c", folder, "stop"], check=False, capture_output=True)
        process.wait(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(server: Postfix, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until and process.poll() is None:
        try:
            with smtplib.SMTP("127.0.0.1", server.port, timeout=5):
                return
        except OSError:
            time.sleep(0.05)
    log = server.folder / "log"
    raise AssertionError(log.read_text() if log.exists() else "Postfix did not start")
