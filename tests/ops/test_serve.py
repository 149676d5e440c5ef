"""``flask serve`` as a real process: its children come back, and nothing is left behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.ops.program import (
    ROOT,
    Served,
    children,
    descendants,
    environment,
    finished,
    flask,
    free_port,
    is_running,
    serving,
    soon,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="reads the family tree from /proc"),
]


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One instance for all tests of this file: it is prepared once."""
    return tmp_path_factory.mktemp("served")


@pytest.fixture
def served(instance: Path) -> Iterator[Served]:
    with serving(instance) as program:
        yield program


def test_a_killed_web_process_and_its_children_are_replaced(served: Served) -> None:
    old = [served.web, *descendants(served.web)]
    assert len(old) == 3  # the keeper and two that answer
    os.kill(old[0], signal.SIGKILL)
    assert soon(lambda: not any(map(is_running, old)))
    assert soon(served.answers)
    assert soon(lambda: len(descendants(served.process.pid)) == 4)


def test_one_killed_answering_process_is_replaced_while_the_others_go_on(served: Served) -> None:
    one, other = children(served.web)
    os.kill(one, signal.SIGKILL)
    assert soon(lambda: len(children(served.web)) == 2)
    assert other in children(served.web)
    assert one not in children(served.web)
    assert served.answers()


def test_a_killed_worker_is_replaced(served: Served) -> None:
    old = served.worker
    os.kill(old, signal.SIGKILL)
    assert soon(lambda: len(children(served.process.pid)) == 2)
    assert old not in children(served.process.pid)
    assert served.answers()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_stops_everything_and_says_where_it_was(
    served: Served, number: signal.Signals
) -> None:
    family = descendants(served.process.pid)
    said = served.said()
    started = time.monotonic()
    served.process.send_signal(number)
    assert served.process.wait(15) == 0
    assert time.monotonic() - started < 10
    assert not any(map(is_running, family))
    assert served.said() == said  # no traceback, no complaint
    assert f"http://localhost:{served.port}" in said
    assert "organizer@example.org" in said
    assert f"http://localhost:{served.port}/dev/mail" in said


def test_a_visitor_who_never_finishes_asking_does_not_hold_up_the_end(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port)) as slow:
        slow.sendall(b"POST /join HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nab")
        time.sleep(0.3)
        served.process.terminate()
        assert served.process.wait(30) == 0  # eight seconds, and whatever else is going on here


def test_a_killed_supervisor_takes_everything_with_it(served: Served) -> None:
    family = descendants(served.process.pid)
    served.process.kill()
    assert soon(lambda: not any(map(is_running, family)))


def test_nothing_survives_when_supervisor_and_web_keeper_are_killed_together(
    served: Served,
) -> None:
    family = descendants(served.process.pid)
    web = served.web
    served.process.kill()
    os.kill(web, signal.SIGKILL)
    assert soon(lambda: not any(map(is_running, family)))


def test_attached_it_ends_with_the_shell_or_make_that_started_it(instance: Path) -> None:
    port = free_port()
    line = f"'{sys.executable}' -m flask --app wsgi serve --prepare --attached --port {port}; true"
    shell = subprocess.Popen(["sh", "-c", line], cwd=ROOT, env=environment(instance))
    served = Served(shell, port, instance / "none")
    assert soon(served.answers, 60)
    family = descendants(shell.pid)
    assert len(family) == 5
    shell.kill()
    shell.wait()
    assert soon(lambda: not any(map(is_running, family)))


def test_a_second_program_on_the_same_port_says_so_in_one_line(
    served: Served, instance: Path
) -> None:
    second = flask("serve", "--port", str(served.port), instance=instance)
    code, _, err = finished(second)
    assert code == 1
    assert len(err.splitlines()) == 1
    assert f"127.0.0.1:{served.port}" in err
    assert served.answers()


def test_four_hundred_visitors_at_once_are_all_answered(served: Served) -> None:
    with ThreadPoolExecutor(400) as crowd:
        statuses = list(crowd.map(lambda _: served.get("/healthz"), range(400)))
    assert statuses == [200] * 400


def test_it_refuses_to_start_on_a_database_without_tables(tmp_path: Path) -> None:
    port = str(free_port())
    code, _, err = finished(flask("serve", "--port", port, instance=tmp_path / "new"))
    assert code == 1
    assert "flask db upgrade" in err


def test_it_refuses_to_start_with_a_mail_server_that_cannot_be_meant(tmp_path: Path) -> None:
    words = ("serve", "--prepare", "--port", str(free_port()))
    code, _, err = finished(flask(*words, instance=tmp_path, mail_url="http://mail.example.org"))
    assert (code, len(err.splitlines())) == (1, 1)
    assert "MAIL_URL" in err
