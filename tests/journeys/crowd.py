"""Many signed-in people who press the same button, over plain sockets."""

import asyncio
import re
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from community.core.clock import now
from community.core.db import db, transactional
from community.core.tokens import digest
from community.membership.joining import person_at
from community.membership.models import AuthSession, Membership
from community.membership.sessions import LIFETIME
from tests.factories.events import an_event
from tests.factories.people import an_organizer
from tests.journeys.running import Running

T = TypeVar("T")


@dataclass(frozen=True)
class OpenForm:
    """An RSVP form as one person's browser holds it."""

    cookie: str
    csrf: str


def a_crowd(program: Running, *, people: int, seats: int) -> tuple[str, dict[str, str]]:
    """An event with so many seats, and so many signed-in members: cookie by address."""
    with program.app.app_context():
        event = an_event(owner=an_organizer(), capacity=seats)
        serializer = program.app.session_interface.get_signing_serializer(  # type: ignore[attr-defined]  # Flask's default interface has it
            program.app
        )
        tokens = _members(people)
        cookies = {a: f"session={serializer.dumps({'token': t})}" for a, t in tokens.items()}
        return event.slug, cookies


@transactional
def _members(people: int) -> dict[str, str]:
    tokens = {}
    for number in range(people):
        address = f"guest{number}@example.org"
        person = person_at(address, name=f"Guest {number}")
        person.membership = Membership.ACTIVE
        tokens[address] = f"token-{number}-{'x' * 32}"
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


async def open_form(port: int, cookie: str, slug: str) -> OpenForm:
    """Load the form's own page."""
    status, page = await _ask(
        port,
        f"GET /events/{slug}/rsvp HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Cookie: {cookie}\r\nConnection: close\r\n\r\n",
    )
    assert status == 200, page[:500]
    csrf = re.search(r'name="?csrf_token"?[^>]*value="([^"]+)"', page)
    assert csrf, page
    fresh = re.search(r"^set-cookie: (session=[^;]+)", page, re.MULTILINE | re.IGNORECASE)
    return OpenForm(fresh[1] if fresh else cookie, csrf[1])


async def press(port: int, form: OpenForm, slug: str) -> int:
    """Press "I am coming"; the status of the answer."""
    body = f"csrf_token={form.csrf}&action=going&guests=0"
    status, _ = await _ask(
        port,
        f"POST /events/{slug}/rsvp HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Cookie: {form.cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}",
    )
    return status


async def _ask(port: int, request: str) -> tuple[int, str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request.encode())
        await writer.drain()
        answer = (await asyncio.wait_for(reader.read(), 120)).decode("utf-8", "replace")
    finally:
        writer.close()
    return int(answer.split(" ", 2)[1]), answer
