"""Many signed-in people who press the same button, over plain sockets."""

import asyncio
import re
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from community.core.clock import now
from community.core.db import db, transactional
from community.core.tokens import digest
from community.events.queries import find_event
from community.membership.joining import person_at
from community.membership.models import AuthSession, Membership
from community.membership.queries import get_person
from community.membership.sessions import LIFETIME, open_session
from tests.factories.events import an_event
from tests.factories.people import an_organizer
from tests.journeys.running import Running
from tests.journeys.visitor import Answer

T = TypeVar("T")


@dataclass(frozen=True)
class OpenForm:
    """An RSVP form as one person's browser holds it."""

    cookie: str
    csrf: str


def a_crowd(
    program: Running, *, people: int, seats: int, marked: str = ""
) -> tuple[str, dict[str, str]]:
    """An event with so many seats, and so many signed-in members: cookie by address.

    A second crowd of the same program needs another mark.
    """
    with program.app.app_context():
        event = an_event(owner=an_organizer(), capacity=seats)
        cookies = {a: _cookie(program, t) for a, t in _members(people, marked).items()}
        return event.slug, cookies


def _cookie(program: Running, token: str) -> str:
    return f"session={_serializer(program).dumps({'token': token})}"


def _serializer(program: Running) -> Any:
    return program.app.session_interface.get_signing_serializer(  # type: ignore[attr-defined]  # Flask's default interface has it
        program.app
    )


@transactional
def _session_of(person_id: int) -> str:
    return open_session(get_person(person_id), proof="code")


@transactional
def _members(people: int, marked: str) -> dict[str, str]:
    tokens = {}
    for number in range(people):
        address = f"guest{marked}{'-' * bool(marked)}{number}@example.org"
        person = person_at(address, name=f"Guest {number}")
        person.membership = Membership.ACTIVE
        tokens[address] = f"token-{marked}-{number}-{'x' * 32}"
        db.session.add(
            AuthSession(
                person_id=person.id,
                token_hash=digest(tokens[address]),
                proof="code",
                expires_at=now() + LIFETIME,
            )
        )
    return tokens


def in_a_loop(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run it in a thread of its own: a browser that is open holds the loop of this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


async def open_form(port: int, cookie: str, slug: str, *, page: str = "") -> OpenForm:
    """Load the form's own page, or another one."""
    status, shown = await _ask(
        port,
        f"GET {page or f'/events/{slug}/rsvp'} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Cookie: {cookie}\r\nConnection: close\r\n\r\n",
    )
    assert status == 200, shown[:500]
    csrf = re.search(r'name="?csrf_token"?[^>]*value="([^"]+)"', shown)
    assert csrf, shown
    return OpenForm(_fresh(shown, cookie), csrf[1])


async def press(port: int, form: OpenForm, slug: str) -> int:
    """Press "I am coming"; the status of the answer."""
    body = f"csrf_token={form.csrf}&action=going&guests=0"
    return await send(port, form.cookie, f"/events/{slug}/rsvp", body)


async def press_and_hear(port: int, form: OpenForm, slug: str) -> tuple[int, str]:
    """The same, with the session's cookie, in which the next page's message waits."""
    body = f"csrf_token={form.csrf}&action=going&guests=0"
    status, answer = await _post(port, form.cookie, f"/events/{slug}/rsvp", body)
    return status, _fresh(answer, form.cookie)


def told(program: Running, cookie: str) -> str:
    """The message that the next page shows."""
    held = _serializer(program).loads(cookie.removeprefix("session="))
    [(_category, text)] = held["_flashes"]
    return str(text)


def cookie_of_owner(program: Running, slug: str) -> str:
    """The cookie of a browser in which whoever owns an event is signed in."""
    with program.app.app_context():
        event = find_event(slug)
        assert event is not None
        return _cookie(program, _session_of(event.hosts[0].id))


async def fill_in(
    port: int, cookie: str, page: str, at: str, typed: dict[str, str]
) -> tuple[str, str]:
    """Cookie and body that a page's form, which goes ``at`` an address, sends once filled in."""
    head = f"GET {page} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n"
    status, shown = await _ask(port, f"{head}Connection: close\r\n\r\n")
    assert status == 200, shown[:500]
    answer = Answer(status, page, {}, shown.partition("\r\n\r\n")[2].encode())
    form = next(
        one
        for one in answer.forms()
        if one.method == "post" and one.action.endswith(at) and "form_number" in one.names
    )
    return _fresh(shown, cookie), urlencode({**dict(form.fields), **typed})


def _fresh(answer: str, cookie: str) -> str:
    """The session's cookie as it is after an answer: a CSRF token lives in it."""
    found = re.search(r"^set-cookie: (session=[^;]+)", answer, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else cookie


async def send(port: int, cookie: str, path: str, body: str) -> int:
    """POST the body of a form; the status of the answer."""
    status, _ = await _post(port, cookie, path, body)
    return status


async def _post(port: int, cookie: str, path: str, body: str) -> tuple[int, str]:
    return await _ask(
        port,
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Cookie: {cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}",
    )


async def _ask(port: int, request: str) -> tuple[int, str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request.encode())
        await writer.drain()
        answer = (await asyncio.wait_for(reader.read(), 120)).decode("utf-8", "replace")
    finally:
        writer.close()
    return int(answer.split(" ", 2)[1]), answer
