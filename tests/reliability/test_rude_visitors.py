"""Visitors who send slowly, too much, or nonsense: they are refused, and nobody else notices."""

import http.client
import os
import re
import socket
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from wsgiref.simple_server import make_server

import pytest
import sqlalchemy as sa

from community.app import create_app
from community.core.db import db
from tests.evidence import Evidence
from tests.factories.databases import migrate
from tests.factories.events import an_event
from tests.factories.people import an_organizer
from tests.journeys.running import Running, running
from tests.reliability.rude import FORM, Form, Got, ask, borne, get, refused

pytestmark = [pytest.mark.slow, pytest.mark.proof, pytest.mark.alone]

PROOF = bool(os.environ.get("PROOF"))
SLOW = [200, 1000] if PROOF else [200]
TIMES = 50 if PROOF else 4  # as many in parallel, where it is about memory
HEAD = b"POST /join HTTP/1.1\r\nHost: a\r\nContent-Type: " + FORM.encode() + b"\r\n"
SLOWLY = {
    "say nothing": b"",
    "never end the head": b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ",
    "never end a form": HEAD + b"Content-Length: 10000\r\n\r\nname=",
    "never end a large form": HEAD + b"Content-Length: 400000\r\n\r\nname=",
    "never end a chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n1000\r\nname=",
    "never read": b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n" * 5,
}
LARGE = (
    "a form of 10 MB",
    "a field of 600 kB",
    "5 MB of line ends before the first part",
    "450 kB of half boundaries",
    "100,000 fields",
    "5 MB in one chunk",
    "JSON of a million digits",
)
MOST_BACK = 2**20  # bytes of an answer: what was sent is not sent back at length
MOST_MORE = 2 * 50 * 1024  # kilobytes, of two processes that answer
ALL_ANSWERED = "ten of ten ordinary requests are answered while slow visitors hang on"
REFUSED = "hostile requests are answered with 4xx, none with 5xx"
BOUNDED = "hostile requests in parallel: memory stays bounded, others are answered"


DATABASES = ["sqlite", "postgresql"] if PROOF else ["sqlite"]


@pytest.fixture(scope="module", params=DATABASES)
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """The program as it is started, with a page to open."""
    instance = tmp_path_factory.mktemp("rude")
    url = _prepare(instance, request)
    with running(instance, database_url=url, rate_limits="off") as program:
        yield program


@pytest.fixture(scope="module", params=DATABASES)
def trusting(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """The same without its guard."""
    instance = tmp_path_factory.mktemp("trusting")
    url = _prepare(instance, request)
    command = [str(Path(__file__).with_name("serve_trusting.py"))]
    with running(instance, database_url=url, command=command, rate_limits="off") as program:
        yield program


def _a_database(server_url: str) -> str:
    server = sa.make_url(server_url)
    name = f"rude_{uuid.uuid4().hex}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.set(database=name).render_as_string(hide_password=False)


def _prepare(instance: Path, request: pytest.FixtureRequest) -> str:
    """An event with a page, in the database that was asked for. Says where that is."""
    url = ""
    if request.param == "postgresql":
        url = _a_database(request.getfixturevalue("postgres_url"))
    app = create_app(instance_path=instance, database_url=url)
    with app.app_context():
        migrate()
        an_event(an_organizer(), description="Come. " * 1000)
        db.session.remove()
        db.engine.dispose()
    return url


@contextmanager
def _slow(port: int, begun: bytes, count: int) -> Iterator[list[socket.socket]]:
    """So many visitors who have begun, and go on with a byte now and then."""
    with ExitStack() as stack:
        talks = []
        for _ in range(count):
            talk = stack.enter_context(socket.socket())
            talk.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            talk.settimeout(30)
            talk.connect(("127.0.0.1", port))
            talk.sendall(begun)
            talks.append(talk)
        yield talks


def _answered(port: int, talks: list[socket.socket], begun: bytes, *, seconds: float) -> int:
    """How many of ten ordinary requests are answered, while the slow ones drip on."""
    count = 0
    form = Form(port) if seconds > 5 else None
    for number in range(10):
        if begun and not begun.endswith(b"\r\n\r\n"):
            for talk in talks:
                with suppress(OSError):  # a server may have had enough of it
                    talk.send(b"a")
        if form and number % 3 == 2:
            count += ask(port, form.post(b"name=Ada"), seconds=seconds).status == 422
            continue
        talk = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
        try:
            talk.request("GET", "/healthz" if number % 3 else "/events")
            count += talk.getresponse().status == 200
        except TimeoutError:
            break  # the others would wait as long
        finally:
            talk.close()
    return count


@pytest.mark.parametrize("how", SLOWLY)
@pytest.mark.parametrize("count", SLOW)
def test_slow_visitors_keep_nobody_waiting(
    served: Running, evidence: Evidence, how: str, count: int
) -> None:
    with _slow(served.port, SLOWLY[how], count) as talks:
        assert _answered(served.port, talks, SLOWLY[how], seconds=20) == 10
    evidence(
        "R13",
        ALL_ANSWERED,
        count=f"{' and '.join(map(str, SLOW))} connections, {len(SLOWLY)} ways of being slow",
    )


def test_without_the_guard_slow_forms_keep_everybody_waiting(
    trusting: Running, evidence: Evidence
) -> None:
    begun = SLOWLY["never end a form"]
    with _slow(trusting.port, begun, 200) as talks:
        assert _answered(trusting.port, talks, begun, seconds=2) < 10
    evidence("R13", ALL_ANSWERED, control="forms handed on before they are here: none answered")


def test_a_server_of_one_thread_fails_at_that() -> None:
    server = make_server("127.0.0.1", 0, lambda _environ, begin: (begin("200 OK", []), [b""])[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    begun = SLOWLY["never end the head"]
    try:
        with _slow(server.server_port, begun, 4) as talks:
            assert _answered(server.server_port, talks, begun, seconds=1) == 0
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_nonsense_is_refused_and_is_no_fault_of_ours(served: Running, evidence: Evidence) -> None:
    form = Form(served.port)
    wrong = {}
    for what, request in refused(form).items():
        got = ask(served.port, request)
        if not 400 <= got.status < 500 or got.size > MOST_BACK:
            wrong[what] = got
    for what, request in borne(form).items():
        got = ask(served.port, request)
        if not 200 <= got.status < 500:
            wrong[what] = got
    assert wrong == {}
    evidence("R14", REFUSED, count=f"{len(refused(form))} kinds refused, {len(borne(form))} borne")


def test_a_body_that_breaks_off_is_not_taken_for_a_whole_one(served: Running) -> None:
    form = Form(served.port)
    short = form.post(b"name=Ada", says="5000")
    assert ask(served.port, short, then=b"&email=ada%40example.org").status in {0, 400}


def test_who_reads_only_when_all_is_sent_hears_why_it_was_refused(served: Running) -> None:
    """As proxies do. A connection that is closed on unread bytes is reset, answer and all."""
    request = Form(served.port).post(b"name=" + b"a" * (20 * 2**20))
    with socket.create_connection(("127.0.0.1", served.port), timeout=30) as talk:
        talk.sendall(request)
        assert talk.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_many_at_once_cost_little_memory_and_others_are_served(
    served: Running, evidence: Evidence
) -> None:
    requests = refused(Form(served.port))
    _all_at_once(served, requests, 2)  # what is needed once
    before = _memory(served)
    others = _all_at_once(served, requests, TIMES)
    assert others == {200}
    assert _memory(served) - before < MOST_MORE
    evidence("R14", BOUNDED, count=f"{len(LARGE)} kinds, {TIMES} at once: under 50 MB a process")


def test_without_limits_the_same_fill_the_memory(trusting: Running, evidence: Evidence) -> None:
    requests = refused(Form(trusting.port))
    before = _memory(trusting)
    got = [ask(trusting.port, requests["a form of 10 MB"]), *_in_parallel(trusting, requests, 6)]
    assert max(answer.size for answer in got) > MOST_BACK
    assert _memory(trusting) - before > MOST_MORE
    evidence("R14", REFUSED, control="without limits a form of 10 MB is taken, and shown again")
    evidence("R14", BOUNDED, control="without limits six forms of 10 MB take more than that")


def _all_at_once(program: Running, requests: dict[str, bytes], times: int) -> set[int]:
    """What others were answered meanwhile."""
    seen = set()
    for what in LARGE:
        with ThreadPoolExecutor(times) as crowd:
            rude = [crowd.submit(ask, program.port, requests[what]) for _ in range(times)]
            seen.add(ask(program.port, get()).status)
            got = {one.result().status for one in rude}
            # Where fifty large ones are in line, the last may be told to come again.
            assert {status for status in got if status != 503 and status // 100 != 4} == set(), what
    return seen


def _in_parallel(program: Running, requests: dict[str, bytes], times: int) -> list[Got]:
    with ThreadPoolExecutor(times) as crowd:
        one = requests["a form of 10 MB"]
        return list(crowd.map(lambda _: ask(program.port, one), range(times)))


def _memory(program: Running) -> int:
    """Kilobytes that its processes have in memory."""
    total = 0
    for process in program.children():
        with suppress(FileNotFoundError):
            found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
            total += int(found[1]) if found else 0
    return total
