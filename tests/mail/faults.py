"""A mail server that fails in every way that one can, written byte by byte.

It keeps what it has answered for (``taken``), and says how many talked to it at a time.
"""

import asyncio
import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from community.mail.transport import Smtp

HELLO = b"250-here\r\n250-SIZE 10000000\r\n250 8BITMIME\r\n"
KIND: dict[str, bytes] = {
    "greeting": b"220 ready\r\n",
    "EHLO": HELLO,
    "HELO": b"250 here\r\n",
    "AUTH": b"235 welcome\r\n",
    "STARTTLS": b"220 go\r\n",
    "MAIL": b"250 ok\r\n",
    "RCPT": b"250 ok\r\n",
    "DATA": b"354 go on\r\n",
    ".": b"250 taken\r\n",
    "RSET": b"250 ok\r\n",
    "QUIT": b"221 bye\r\n",
}
HANG_UP, SILENCE = b"", b"\0silence"


@dataclass(frozen=True)
class Mode:
    """One way to fail: ``says`` in place of what a kind server says, and what must come of it.

    ``until_healed`` is what the mails are while it lasts. ``keeps`` says that it takes a mail
    though its sender cannot know, so that a second copy is right.
    """

    says: dict[str, bytes] = field(default_factory=dict)
    until_healed: str = "queued"
    keeps: bool = False
    listens: bool = True
    host: str = "127.0.0.1"
    starttls: bool = False
    user: str | None = None
    drips: bool = False
    drops_in_data: bool = False
    first_time_only: bool = False  # to each recipient, as greylisting does
    every_other: bool = False  # recipient
    insists_on_rset: bool = False


NO_TLS = b"250-here\r\n250 8BITMIME\r\n"
TLS = b"250-here\r\n250-STARTTLS\r\n250 8BITMIME\r\n"
MODES: dict[str, Mode] = {
    "nobody listens": Mode(listens=False),
    "the name has no address": Mode(host="nowhere.invalid"),
    "accepts and says nothing": Mode({"greeting": SILENCE}),
    "a byte now and then": Mode(until_healed="sent", drips=True),
    "4xx to EHLO": Mode({"EHLO": b"450 later\r\n", "HELO": b"450 later\r\n"}),
    "5xx to EHLO": Mode({"EHLO": b"554 no\r\n", "HELO": b"554 no\r\n"}),
    "4xx to AUTH": Mode({"EHLO": b"250 AUTH PLAIN\r\n", "AUTH": b"454 later\r\n"}, user="ana"),
    "5xx to AUTH": Mode({"EHLO": b"250 AUTH PLAIN\r\n", "AUTH": b"535 wrong\r\n"}, user="ana"),
    "4xx to MAIL": Mode({"MAIL": b"451 later\r\n"}),
    "5xx to MAIL": Mode({"MAIL": b"550 not from you\r\n"}, "failed"),
    "4xx to RCPT": Mode({"RCPT": b"450 busy\r\n"}),
    "5xx to RCPT": Mode({"RCPT": b"550 5.1.1 no such user\r\n"}, "failed"),
    "4xx to DATA": Mode({"DATA": b"451 later\r\n"}),
    "5xx to DATA": Mode({"DATA": b"554 no\r\n"}, "failed"),
    "4xx at the dot": Mode({".": b"451 later\r\n"}),
    "5xx at the dot": Mode({".": b"554 spam\r\n"}, "failed"),
    "421 in the middle": Mode({"RCPT": b"421 closing\r\n"}),
    "hangs up in the middle of a mail": Mode(drops_in_data=True),
    "hangs up after the dot": Mode({".": HANG_UP}),
    "takes it and hangs up": Mode({".": HANG_UP}, keeps=True),
    "takes it and says nothing": Mode({".": SILENCE}, keeps=True),
    "refuses some recipients": Mode({"RCPT": b"550 no\r\n"}, "some failed", every_other=True),
    "452 no room": Mode({"RCPT": b"452 4.2.2 full\r\n"}),
    "552 at the dot": Mode({".": b"552 5.2.2 quota\r\n"}, "failed"),
    "552 too large": Mode({"MAIL": b"552 5.3.4 too large\r\n"}, "failed"),
    "TLS that fails": Mode({"EHLO": TLS}, starttls=True),
    "STARTTLS stripped": Mode({"EHLO": NO_TLS}, starttls=True),
    "greylisting": Mode({"RCPT": b"451 4.7.1 come back\r\n"}, first_time_only=True),
    "lines of garbage": Mode({"MAIL": b"250-a\r\nxyz\r\n\xfe\xff\r\n"}),
    "an answer of 8-bit bytes": Mode({"RCPT": b"450 \xe4\xf6\xfc \xff\r\n"}),
    "a banner of 10 MB": Mode({"greeting": b"220-" + b"x" * 10_000_000}),
    "a banner of 10 MB in lines": Mode({"greeting": b"220-x\r\n" * 1_400_000}),
    "354 where 250 is due": Mode({"RCPT": b"354 go\r\n"}),
    "250 where 354 is due": Mode({"DATA": b"250 ok\r\n"}),
    "insists on RSET": Mode({"RCPT": b"550 no\r\n"}, "some failed", every_other=True,
                            insists_on_rset=True),
    "answers ahead": Mode({"DATA": b"354 go\r\n250 taken\r\n", ".": b"554 spam\r\n"}),
    "answers twice": Mode({"MAIL": b"250 ok\r\n250 ok\r\n"}),
}  # fmt: skip


class FaultyServer:
    """Serves in a loop of its own. ``mode`` None is a kind server."""

    def __init__(self, mode: Mode | None) -> None:
        self.mode = mode
        self.port = 0
        self.taken: list[tuple[str, bytes]] = []
        self.lock = threading.Lock()
        self.seen: Counter[str] = Counter()
        self.now, self.most, self.connections = 0, 0, 0
        self.may_answer = threading.Event()
        self.stuck: Callable[[str], bool] = lambda _address: False
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None

    async def listen(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", port, limit=2**22)
        self.port = self._server.sockets[0].getsockname()[1]

    def copies(self) -> dict[str, set[str]]:
        """The hashes of what each recipient was sent."""
        found: dict[str, set[str]] = {}
        for address, data in self.taken:
            found.setdefault(address, set()).add(hashlib.sha256(data).hexdigest())
        return found

    async def _talk(self, lines: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        self.now += 1
        self.connections += 1
        self.most = max(self.most, self.now)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._converse(lines, out)
                if self._is_silent():
                    await lines.read()  # until the other side has had enough
        finally:
            self.now -= 1
            out.close()

    async def _converse(self, lines: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        recipient, wants_rset = "", False
        going = await self._say(out, "greeting")
        while going and (line := await lines.readline()):
            verb = (line.split() or [b"?"])[0].decode("latin-1").upper()
            if verb == "MAIL" and wants_rset:
                out.write(b"503 RSET first\r\n")
                continue
            if verb == "RCPT":
                recipient = line.split(b"<")[1].split(b">")[0].decode()
                await self._note(recipient)
            going = await self._say(out, verb, recipient) and verb != "QUIT"
            if self.mode is not None and self.mode.insists_on_rset:
                wants_rset = verb == "RCPT" and self._spoils(verb, recipient)
            if going and verb == "DATA" and not self._is_refused("DATA"):
                going = await self._take(lines, recipient) and await self._say(out, ".", recipient)

    async def _note(self, recipient: str) -> None:
        self.seen[recipient] += 1
        while self.stuck(recipient) and not self.may_answer.is_set():
            await asyncio.sleep(0.01)

    async def _take(self, lines: asyncio.StreamReader, recipient: str) -> bool:
        if self.mode and self.mode.drops_in_data:
            await lines.readline()
            return False
        data = await lines.readuntil(b"\r\n.\r\n")
        is_fine = self.mode is None or self.mode.keeps or not self._spoils(".", recipient)
        if is_fine:
            with self.lock:
                self.taken.append((recipient, data))
        return True

    def _is_refused(self, verb: str) -> bool:
        answer = (self.mode.says if self.mode else {}).get(verb, KIND[verb])
        return not answer.startswith(b"354")

    def _spoils(self, verb: str, recipient: str) -> bool:
        mode = self.mode
        if mode is None or verb not in mode.says:
            return False
        if mode.first_time_only:
            return self.seen[recipient] == 1
        if mode.every_other:
            return int(recipient.partition("@")[0].lstrip("p")) % 2 == 1
        return True

    async def _say(self, out: asyncio.StreamWriter, verb: str, recipient: str = "") -> bool:
        """Answer; False when there is nothing more to say."""
        spoilt = self._spoils(verb, recipient)
        assert not spoilt or self.mode is not None
        says = self.mode.says if spoilt and self.mode else KIND
        answer = says.get(verb, b"502 what?\r\n")
        if answer == SILENCE:
            return False
        for part in [answer[n : n + 1] for n in range(len(answer))] if self._drips() else [answer]:
            out.write(part)
            await out.drain()
            if self._drips():
                await asyncio.sleep(0.0005)
        if verb == "STARTTLS" and self.mode and self.mode.starttls:
            out.write(b"this is no TLS\r\n")
        return answer != HANG_UP

    def _is_silent(self) -> bool:
        return self.mode is not None and SILENCE in self.mode.says.values()

    def _drips(self) -> bool:
        return self.mode is not None and self.mode.drips

    def way_in(self, mode: Mode | None = None) -> Smtp:
        """A connection of one worker's own."""
        mode = mode or Mode()
        port = self.port if mode.listens else 1
        user = (mode.user, "secret") if mode.user else (None, None)
        waits = {"timeout": 0.3, "final_timeout": 0.3}
        if mode.drips or mode == Mode():
            waits = {"timeout": 20.0, "final_timeout": 20.0}
        return Smtp(mode.host, port, *user, starttls=mode.starttls, **waits)

    def run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self.listen())
        ready.set()
        self._loop.run_forever()
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self._loop.close()

    def end(self) -> None:
        def stop() -> None:
            assert self._server is not None
            self._server.close()
            self._loop.stop()

        self._loop.call_soon_threadsafe(stop)


@contextmanager
def faulty(mode: Mode | None) -> Iterator[FaultyServer]:
    """A server that runs for the length of the block."""
    server, ready = FaultyServer(mode), threading.Event()
    thread = threading.Thread(target=server.run, args=(ready,))
    thread.start()
    assert ready.wait(10)
    try:
        yield server
    finally:
        server.end()
        thread.join(10)
