"""The configuration for nginx, run as it stands but for names, ports and places."""

import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from community.app import create_app
from community.core.db import db
from tests.evidence import Evidence
from tests.factories.databases import migrate
from tests.house.tree import ROOT
from tests.journeys.running import Running, free_port, running
from tests.reliability.rude import FORM

PROGRAM = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.proof,
    pytest.mark.alone,
    pytest.mark.skipif(PROGRAM is None, reason="there is no nginx"),
]
GIVEN = (ROOT / "docs" / "deploy" / "nginx.conf").read_text()
SECRET = "s3cr3t-" + "x" * 36
OPENING = [
    f"/calendar/{SECRET}.ics",
    f"/rsvp/{SECRET}",
    f"/guest/{SECRET}",
    f"/invited/{SECRET}",
    f"/answers/{SECRET}",
    f"/kitchen/{SECRET}",
    f"/helping/{SECRET}",
    f"/unsubscribe/{SECRET}",
    f"/join/confirm/{SECRET}",
    f"/sign-in/link/{SECRET}",
    f"/profile/email/confirm/{SECRET}",
    f"/events/preview/{SECRET}",
    f"/events?q={SECRET}",
]


@dataclass(frozen=True)
class Front:
    """nginx before the program: its two ports, and the folder of its logs."""

    port: int
    plain_port: int
    folder: Path

    def ask(self, method: str, path: str, body: bytes = b"", **head: str) -> tuple[int, bytes]:
        trust = ssl.create_default_context(cafile=str(self.folder / "cert.pem"))
        talk = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=60, context=trust)
        named = {k.replace("_", "-"): v for k, v in head.items()}
        talk.request(method, path, body, {"Host": "community.example.org", **named})
        answer = talk.getresponse()
        try:
            self.headers.clear()
            self.headers.update({name.lower(): value for name, value in answer.getheaders()})
            return answer.status, answer.read()
        finally:
            talk.close()

    @property
    def headers(self) -> dict[str, str]:
        """Of the last answer."""
        return _LAST.setdefault(self.folder, {})

    def logged(self, until: str) -> str:
        """All that was logged, once a line with `until` is: nginx writes after it has answered."""
        patience = time.monotonic() + 30
        while until not in (text := self._logs()):
            assert time.monotonic() < patience, f"not logged: {until}"
            time.sleep(0.02)
        return text

    def _logs(self) -> str:
        return "".join(log.read_text() for log in self.folder.glob("log/*"))


BEHIND = "nginx in front, configured as documented: nobody is kept waiting, no secret is logged"
_LAST: dict[Path, dict[str, str]] = {}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The program as in earnest, believing one proxy."""
    instance = tmp_path_factory.mktemp("behind")
    app = create_app(instance_path=instance)
    with app.app_context():
        migrate()
        db.engine.dispose()
    more = {"env": "production", "secret_key": "k" * 40, "trusted_proxies": "1"}
    with running(instance, **more, base_url="https://community.example.org") as started:
        yield started


@pytest.fixture(scope="module")
def front(program: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with _nginx(program, tmp_path_factory.mktemp("nginx"), GIVEN) as started:
        yield started


@contextmanager
def _nginx(program: Running, folder: Path, text: str) -> Iterator[Front]:
    front = Front(free_port(), free_port(), folder)
    folder.chmod(0o755)
    (folder / "log").mkdir()
    _certify(folder)
    changes = {
        r"(?m)^ *listen \[::\].*\n": "",
        r"listen 80;": f"listen 127.0.0.1:{front.plain_port};",
        r"listen 443 ": f"listen 127.0.0.1:{front.port} ",
        r"server 127\.0\.0\.1:8000;": f"server 127.0.0.1:{program.port};",
        r"/etc/letsencrypt/live/community.example.org/fullchain.pem": str(folder / "cert.pem"),
        r"/etc/letsencrypt/live/community.example.org/privkey.pem": str(folder / "key.pem"),
        r"/var/log/nginx/": f"{folder}/log/",
    }
    for pattern, value in changes.items():
        text, count = re.subn(pattern, value, text)
        assert count, pattern
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    user = "user root;" if os.geteuid() == 0 else ""
    whole = f"{user} daemon off; pid {folder}/pid; error_log {folder}/log/start.log;"
    whole += f" events {{ worker_connections 4096; }} http {{ {places}\n{text}\n}}"
    (folder / "nginx.conf").write_text(whole)
    assert PROGRAM
    command = [PROGRAM, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        _wait_for(front.port, process)
        yield front
    finally:
        process.terminate()
        process.wait(20)


def _certify(folder: Path) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += [
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=127.0.0.1",
        "-keyout",
        str(folder / "key.pem"),
    ]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-out", str(folder / "cert.pem")]
    subprocess.run(command, check=True, capture_output=True)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        assert process.poll() is None, "nginx refuses the configuration"
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise AssertionError("nginx does not listen")


def test_pages_come_through_with_what_guards_them(front: Front, evidence: Evidence) -> None:
    status, page = front.ask("GET", "/")
    assert status == 200
    assert b"Community Network" in page
    assert {"content-security-policy", "strict-transport-security"} <= set(front.headers)
    assert "granian" not in str(front.headers).lower()
    assert front.ask("GET", "/join")[0] == 200
    assert front.headers["set-cookie"].startswith("__Host-session=")
    assert "Secure" in front.headers["set-cookie"]
    evidence("R13", BEHIND, count="pages, forms, limits, log; 50 slow visitors")


def test_who_comes_without_encryption_is_led_to_it(front: Front) -> None:
    talk = http.client.HTTPConnection("127.0.0.1", front.plain_port, timeout=30)
    talk.request("GET", "/events?q=x", headers={"Host": "evil.example"})
    answer = talk.getresponse()
    assert answer.status == 301
    assert answer.headers["Location"] == "https://community.example.org/events?q=x"
    talk.close()


def test_what_is_inside_stays_inside(front: Front) -> None:
    assert front.ask("GET", "/metrics")[0] == 404
    assert front.ask("GET", "/readyz")[0] == 200  # from this machine
    assert "deny all" in GIVEN


def test_more_than_the_largest_form_is_refused_at_the_door(front: Front) -> None:
    status, page = front.ask("POST", "/join", b"x" * (27 * 2**20), Content_Type=FORM)
    assert status == 413
    assert b"nginx" in page
    status, page = front.ask("POST", "/join", b"x" * 2**20, Content_Type=FORM)
    assert status == 413
    assert b"larger than we take" in page


@pytest.mark.parametrize("is_kept_out", [True, False])
def test_secrets_stay_out_of_the_log(
    program: Running, tmp_path: Path, evidence: Evidence, is_kept_out: bool
) -> None:
    text = GIVEN
    if not is_kept_out:  # as nginx logs by itself
        text = text.replace("community if=$community_logged", "combined")
    with _nginx(program, tmp_path, text) as front:
        for path in OPENING:
            assert front.ask("GET", path, Referer=f"https://a.example/{SECRET}")[0] < 500
        front.ask("GET", "/about")
        assert (SECRET in front.logged(until="/about")) != is_kept_out
    if not is_kept_out:
        evidence("R13", BEHIND, control="the log that nginx writes by itself holds the secrets")


def test_every_address_with_a_token_is_kept_out_of_the_log(program: Running) -> None:
    kept_out = [re.compile(found) for found in re.findall(r'"~(\^[^"]+)" 0;', GIVEN)]
    rules = [rule.rule for rule in program.app.url_map.iter_rules() if "<token>" in rule.rule]
    assert rules
    assert [rule for rule in rules if not any(one.match(rule) for one in kept_out)] == []


@pytest.mark.parametrize("is_believed", [False, True])
def test_a_visitor_cannot_choose_the_address_that_limits_count(
    program: Running, tmp_path: Path, is_believed: bool
) -> None:
    text = GIVEN
    if is_believed:  # a mistake that is easily made
        text = text.replace("X-Forwarded-For $remote_addr", "X-Forwarded-For $http_x_forwarded_for")
    with _nginx(program, tmp_path, text) as front:
        _, page = front.ask("GET", "/sign-in")
        cookie = front.headers["set-cookie"].partition(";")[0]
        token = re.search(rb'name="?csrf_token"?[^>]*value="([^"]+)"', page)
        assert token
        seen = set()
        for number in range(65):  # the limit is sixty for one network
            body = f"csrf_token={token[1].decode()}&email=p{is_believed}{number}%40example.org"
            head = {"Cookie": cookie, "Content_Type": FORM, "Sec_Fetch_Site": "same-origin"}
            head["X_Forwarded_For"] = f"198.51.{number}.{number}"
            seen.add(front.ask("POST", "/sign-in", body.encode(), **head)[0])
    assert (429 in seen) != is_believed
    assert 303 in seen


def test_slow_visitors_wait_at_the_door(front: Front) -> None:
    trust = ssl.create_default_context(cafile=str(front.folder / "cert.pem"))
    begun = (
        f"POST /join HTTP/1.1\r\nHost: a\r\nContent-Type: {FORM}\r\nContent-Length: 9999\r\n\r\na"
    )
    talks = []
    try:
        for _ in range(50):
            raw = socket.create_connection(("127.0.0.1", front.port), timeout=30)
            talk = trust.wrap_socket(raw, server_hostname="127.0.0.1")
            talk.sendall(begun.encode())
            talks.append(talk)
        assert [front.ask("GET", "/events")[0] for _ in range(10)] == [200] * 10
    finally:
        for talk in talks:
            talk.close()
