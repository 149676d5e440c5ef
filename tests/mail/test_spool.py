"""The spool keeps each mail once, whole, private and on the disk, or says that it could not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from community.mail.reading import find_mail, list_mails
from community.mail.transport import Smtp, Spool, TemporaryFailure, transport_from_url

DATA = b"Subject: x\r\n\r\nhello\r\n"


def send(folder: Path, data: bytes = DATA, message_id: str = "<1@example.org>") -> None:
    Spool(folder).send("bounce@example.org", "ana@example.org", data, message_id=message_id)


def test_a_mail_becomes_one_file_with_exactly_its_bytes(tmp_path: Path) -> None:
    send(tmp_path / "mail")
    (file,) = (tmp_path / "mail").iterdir()
    assert file.suffix == ".eml"
    assert file.read_bytes() == DATA


def test_sending_again_leaves_one_file(tmp_path: Path) -> None:
    for message_id in ["<1@example.org>", "1@example.org", "<1@example.org>"]:
        send(tmp_path, message_id=message_id)
    assert len(list(tmp_path.iterdir())) == 1
    send(tmp_path, message_id="<2@example.org>")
    assert len(list(tmp_path.iterdir())) == 2


def test_the_name_of_the_file_is_an_id_whatever_the_message_id_holds(tmp_path: Path) -> None:
    send(tmp_path / "mail", message_id="<../../x/\x00@example.org>")
    (file,) = (tmp_path / "mail").iterdir()
    assert find_mail(tmp_path / "mail", file.stem) is not None
    assert [path.name for path in tmp_path.iterdir()] == ["mail"]


@pytest.mark.parametrize("mask", [0o000, 0o022])
def test_only_we_may_read_the_mails(tmp_path: Path, mask: int) -> None:
    folder = tmp_path / "mail"
    folder.mkdir()
    folder.chmod(0o755)
    old = os.umask(mask)
    try:
        send(folder)
        send(tmp_path / "new")
    finally:
        os.umask(old)
    for place in (folder, tmp_path / "new"):
        assert place.stat().st_mode & 0o777 == 0o700
        assert [f.stat().st_mode & 0o777 for f in place.iterdir()] == [0o600]


def test_a_folder_that_cannot_be_made_is_a_temporary_failure(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file, not a folder")
    with pytest.raises(TemporaryFailure, match="cannot write the mail to the spool: File exists"):
        send(tmp_path / "mail")
    with pytest.raises(TemporaryFailure, match="Not a directory"):
        send(tmp_path / "mail" / "below")


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from community.mail.transport import Spool, TemporaryFailure

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    Spool(Path(sys.argv[1])).send("", "a@x.test", b"x" * 100_000, message_id="<1@example.org>")
except TemporaryFailure as failure:
    sys.exit(failure.reason)
"""


def test_a_disk_that_fills_up_leaves_the_old_file_and_no_half_of_the_new(tmp_path: Path) -> None:
    send(tmp_path)
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path)]
    # Coverage would meet the limit, too, and say so.
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("COV_", "COVERAGE"))}
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert (ended.returncode, ended.stderr.strip()) == (
        1,
        "cannot write the mail to the spool: File too large",
    )
    (file,) = tmp_path.iterdir()
    assert file.read_bytes() == DATA


CRASH = """
import os, sys
from pathlib import Path
from community.mail.transport import Spool

os.fsync = lambda handle: os._exit(9)  # the power goes before the bytes are on the disk
Spool(Path(sys.argv[1])).send("", "a@x.test", b"half", message_id="<1@example.org>")
"""


def test_a_crash_in_the_middle_leaves_no_mail_and_the_next_attempt_works(tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", CRASH, str(tmp_path)], check=False)
    assert ended.returncode == 9
    assert list_mails(tmp_path) == []
    send(tmp_path)
    assert len(list_mails(tmp_path)) == 1


def test_no_url_means_the_spool(tmp_path: Path) -> None:
    transport = transport_from_url("", tmp_path)
    assert isinstance(transport, Spool)
    assert transport.folder == tmp_path
    transport.close()


@pytest.mark.parametrize(
    ("url", "host", "port", "starttls", "tls"),
    [
        ("smtp://mail.example.org", "mail.example.org", 25, False, False),
        ("smtp://mail.example.org:2525/", "mail.example.org", 2525, False, False),
        ("smtp://mail.example.org?starttls=1", "mail.example.org", 587, True, False),
        ("smtp://u:p@mail.example.org:588?starttls=1", "mail.example.org", 588, True, False),
        ("smtp://u:p@mail.example.org?starttls=0", "mail.example.org", 25, False, False),
        ("smtp://u:p@localhost:1025", "localhost", 1025, False, False),
        ("smtps://u:p@mail.example.org", "mail.example.org", 465, False, True),
        ("smtp://[::1]:25", "::1", 25, False, False),
        ("smtps://mail.example.org?ehlo=web.example.org", "mail.example.org", 465, False, True),
    ],
)
def test_a_url_names_the_server(
    tmp_path: Path, url: str, host: str, port: int, starttls: bool, tls: bool
) -> None:
    smtp = transport_from_url(url, tmp_path)
    assert isinstance(smtp, Smtp)
    assert (smtp.host, smtp.port, smtp.starttls, smtp.tls) == (host, port, starttls, tls)
    assert ("ehlo" in url) == (smtp.ehlo_name == "web.example.org")


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.org",
        "http://mail.example.org",
        "smtp:mail.example.org",
        "smtp://",
        "smtp://:25",
        "smtp://mail.example.org:twentyfive",
        "smtp://mail.example.org:99999",
        "smtp://u:secret/word@mail.example.org?starttls=1",
        "smtp://u:secret#word@mail.example.org?starttls=1",
        "smtp://u:secret?word@mail.example.org",
        "smtp://u:secretwörd@mail.example.org?starttls=1",
        "smtp://u:secret%ff@mail.example.org?starttls=1",
        "smtp://u:secret%0d%0a@mail.example.org?starttls=1",
        "smtp://u@mail.example.org?starttls=1",
        "smtp://:secret@mail.example.org?starttls=1",
        "smtp://u:secret@mail.example.org",
        "smtp://mail.example.org/inbox",
        "smtp://mail.example.org?tls=1",
        "smtp://mail.example.org?starttls=yes",
        "smtps://mail.example.org?starttls=1",
        "smtp://[::1",
    ],
)
def test_a_bad_url_is_refused_with_a_sentence_that_keeps_the_secret(
    tmp_path: Path, url: str
) -> None:
    with pytest.raises(ValueError) as refusal:
        transport_from_url(url, tmp_path)
    sentence = str(refusal.value)
    assert sentence.startswith("MAIL_URL ")
    assert sentence.endswith(".")
    assert "secret" not in sentence
