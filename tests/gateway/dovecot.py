"""A real Dovecot of a test's own on loopback, where the machine has one."""

import base64
import grp
import imaplib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.ops.program import free_port

PROGRAM = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def _version() -> str:
    if PROGRAM is None:
        return ""
    return subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True).stdout


# 2.4 reads another form of settings.
PRESENT = _version().startswith("2.3.")
ABSENT = "Dovecot 2.3 is not on this machine (packages dovecot-imapd and dovecot-lmtpd)"

# Characters that a careless client gets wrong, in a quoted string and in a URL.
PASSWORD = 'se"c\\r e/t@:ü'

# As docs/calendar.md has it, but for folders, ports and everybody else who has a mailbox.
_SETTINGS = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
mail_location = maildir:~/Maildir
first_valid_uid = 1
namespace inbox {{
  inbox = yes
  mailbox Handled {{
    autoexpunge = 30d
  }}
}}
passdb {{
  driver = passwd-file
  args = username_format=%n {folder}/users
}}
userdb {{
  driver = passwd-file
  args = username_format=%n {folder}/users
}}
passdb {{
  driver = static
  args = password={{PLAIN.b64}}{password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/homes/%n
}}
recipient_delimiter = +
lmtp_save_to_detail_mailbox = no
protocol lmtp {{
  auth_username_format = %n
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service lmtp {{
  unix_listener lmtp {{
    mode = 0666
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
{more}
"""


@dataclass(frozen=True)
class Dovecot:
    """A running server; every user exists and has the same password.

    rsvp and bounces share one mailbox, all others have their own.
    """

    folder: Path
    port: int
    tls_port: int
    password: str

    @property
    def lmtp(self) -> Path:
        """The socket that takes mails, as Postfix hands them over."""
        return self.folder / "run" / "lmtp"

    @property
    def authority(self) -> Path:
        """The certificate that vouches for the server's name ``localhost``."""
        return self.folder / "authority.pem"

    @contextmanager
    def client(self, user: str) -> Iterator[imaplib.IMAP4]:
        """Somebody else who looks into the mailbox."""
        imap = imaplib.IMAP4("127.0.0.1", self.port)
        if "AUTH=PLAIN" in imap.capabilities:
            imap.authenticate("PLAIN", lambda _: f"\0{user}\0{self.password}".encode())
        else:
            imap.login(user, self.password)
        try:
            yield imap
        finally:
            imap.logout()

    def put(self, user: str, *mails: bytes, folder: str = "INBOX") -> None:
        """Lay mails into a mailbox."""
        with self.client(user) as imap:
            for data in mails:
                answer, said = imap.append(folder, "", "", data)
                assert answer == "OK", said

    def mails(self, user: str, folder: str = "INBOX") -> list[tuple[str, bytes]]:
        """Flags and bytes of what is in a folder; [] when there is none."""
        with self.client(user) as imap:
            answer, count = imap.select(f'"{folder}"', readonly=True)
            if answer != "OK" or count == [b"0"]:
                return []
            found = imap.fetch("1:*", "(FLAGS BODY.PEEK[])")[1]
        pairs = [piece for piece in found if isinstance(piece, tuple)]
        return [(_marks(head), data) for head, data in pairs]


def _marks(head: bytes) -> str:
    marks = [mark.decode() for mark in imaplib.ParseFlags(head)]
    return " ".join(mark for mark in marks if mark != r"\Recent")


@contextmanager
def dovecot(more: str = "", password: str = PASSWORD) -> Iterator[Dovecot]:
    """A server that is up when the block begins and gone when it ends; ``more`` settings win."""
    assert PROGRAM is not None
    # A short path, for sockets; open to the user that mails belong to, who is not root.
    folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
    folder.chmod(0o755)
    server = Dovecot(folder, free_port(), free_port(), password)
    _certify(folder)
    uid, gid = _owner()
    (folder / "homes").mkdir()
    os.chown(folder / "homes", uid, gid)
    secret = base64.b64encode(password.encode()).decode()
    home = f"{uid}:{gid}::{folder}/homes/community::"
    users = f"rsvp:{{PLAIN.b64}}{secret}:{home}\nbounces:!:{home}\n"
    (folder / "users").write_text(users)
    text = _SETTINGS.format(
        folder=folder,
        uid=uid,
        gid=gid,
        port=server.port,
        tls_port=server.tls_port,
        password=secret,
        more=more,
    )
    (folder / "dovecot.conf").write_text(text + _own_users())
    process = subprocess.Popen([PROGRAM, "-F", "-c", folder / "dovecot.conf"])
    try:
        _wait_for(server, process)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


def _owner() -> tuple[int, int]:
    """Whom the mails belong to: root must not own any."""
    if os.geteuid():
        return os.geteuid(), os.getegid()
    user = pwd.getpwnam("nobody")
    return user.pw_uid, user.pw_gid


def _own_users() -> str:
    """Without root every part of the server runs as whoever starts it."""
    if not os.geteuid():
        return ""
    user, group = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
    return f"""
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
"""


def _certify(folder: Path) -> None:
    """An authority of our own, and a certificate of the server's name."""
    authority = ["-keyout", "authority.key", "-out", "authority.pem", "-subj", "/CN=authority"]
    _openssl(folder, "req", "-x509", *_KEY, *authority)
    request = ["-keyout", "key.pem", "-out", "request.pem", "-subj", "/CN=localhost"]
    _openssl(folder, "req", *_KEY, *request)
    (folder / "names").write_text("subjectAltName=DNS:localhost")
    signing = ["-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial"]
    signed = ["-in", "request.pem", "-out", "cert.pem", "-extfile", "names"]
    _openssl(folder, "x509", "-req", *signing, *signed)


_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def _openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, capture_output=True, check=True)


def _wait_for(server: Dovecot, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 15
    while time.monotonic() < until and process.poll() is None:
        try:
            with server.client("ann"):
                return
        except OSError:
            time.sleep(0.05)
    log = server.folder / "log"
    raise AssertionError(log.read_text() if log.exists() else "Dovecot did not start")
