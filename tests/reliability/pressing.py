"""Browsers that open a page and press a button without pause, and all that they were answered."""

import asyncio
import os
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from tests.journeys.crowd import open_form
from tests.journeys.running import Running

_PAUSE = 0.02 if os.environ.get("PROOF") else 0.15
Moment: TypeAlias = tuple[float, int]  # when, and which status


@dataclass
class Pressing:
    """What came back.

    ``acknowledged`` counts answers by address. ``last`` is the newest of each that was not refused
    since: a server that dies while it commits may have saved what it did not acknowledge.
    """

    program: Running
    slug: str
    pages: list[Moment] = field(default_factory=list)
    presses: list[Moment] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    acknowledged: Counter[str] = field(default_factory=Counter)
    last: dict[str, str] = field(default_factory=dict)
    ended: threading.Event = field(default_factory=threading.Event)

    def statuses(self) -> dict[str, set[int]]:
        return {
            "pages": {status for _at, status in self.pages},
            "presses": {status for _at, status in self.presses},
        }

    def wait_for_more(self, more: int) -> float:
        """Until so many more were acknowledged; the seconds that it took."""
        began, enough = time.monotonic(), self.acknowledged.total() + more
        while self.acknowledged.total() < enough:
            assert time.monotonic() < began + 90, f"nobody is answered: {self.faults[-3:]}"
            time.sleep(0.01)
        return time.monotonic() - began

    def wait_for_refusal(self) -> None:
        """Until somebody was told to try again."""
        until, seen = time.monotonic() + 60, len(self.presses)
        while all(status != 503 for _at, status in self.presses[seen:]):
            assert time.monotonic() < until, "nobody noticed"
            time.sleep(0.01)

    async def _press(self, address: str, cookie: str) -> None:
        form = await open_form(self.program.port, cookie, self.slug)
        word = "going"
        while not self.ended.is_set():
            body = f"csrf_token={form.csrf}&action={word}&guests=0"
            status = await self._ask(f"POST /events/{self.slug}/rsvp", form.cookie, body)
            self.presses.append((time.monotonic(), status))
            if status == 303:
                self.acknowledged[address] += 1
                self.last[address] = word
                word = "withdraw" if word == "going" else "going"
            else:
                self.last.pop(address, None)
            status = await self._ask(f"GET /events/{self.slug}", form.cookie)
            self.pages.append((time.monotonic(), status))
            await asyncio.sleep(_PAUSE)

    async def _ask(self, what: str, cookie: str, body: str = "") -> int:
        """The status, 0 for a connection that broke; a 503 must say when to come again."""
        port = self.program.port
        typed = "Content-Type: application/x-www-form-urlencoded\r\n" if body else ""
        request = (
            f"{what} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n{typed}"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}"
        )
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request.encode())
            answer = (await asyncio.wait_for(reader.read(), 60)).decode("utf-8", "replace")
            writer.close()
            status = int(answer.split(" ", 2)[1])
        except (OSError, IndexError, ValueError, TimeoutError) as error:
            self.faults.append(f"{what}: {error!r}")
            return 0
        head = answer.partition("\r\n\r\n")[0]
        if status == 503 and not re.search(
            r"^retry-after: \d+", head, re.MULTILINE | re.IGNORECASE
        ):
            self.faults.append(f"{what}: 503 without Retry-After")
        return status

    async def _all(self, cookies: dict[str, str]) -> None:
        await asyncio.gather(*(self._press(*one) for one in cookies.items()))


@contextmanager
def pressing(program: Running, slug: str, cookies: dict[str, str]) -> Iterator[Pressing]:
    """One browser for each cookie, pressing until the block is left."""
    load = Pressing(program, slug)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(lambda: asyncio.run(load._all(cookies)))
        try:
            yield load
        finally:
            load.ended.set()
            running.result()
