"""Reads every hostile mail in a process of its own, which has one second of CPU, and 100 MB.

``python -m tests.inbound.limited`` prints what each took, or how it died; then the controls.
"""

import os
import resource
import signal
from collections.abc import Callable
from contextlib import suppress
from email import message_from_bytes, policy
from pathlib import Path

from community.calendar.replies import Unreadable, parse
from community.inbound.reading import read
from tests.inbound.hostile import DEAR, POISON

SECONDS, OCTETS = 1, 100 * 10**6
_PAGE = os.sysconf("SC_PAGE_SIZE")


def careful(data: bytes) -> None:
    """What the program does with a mail that comes in."""
    received = read(data)
    if received.calendar is not None:
        with suppress(Unreadable):
            parse(received.calendar, received.method)


def careless(data: bytes) -> None:
    """The control: the library as one would use it, without limits."""
    message = message_from_bytes(data, policy=policy.default)
    for name in ("from", "subject"):
        str(message[name])
    for each in message.walk():
        each.get_content_type()


def greedy(data: bytes) -> None:
    """The other control: as much memory again and again as the mail is long."""
    assert [bytearray(data) for _ in range(400)]


CONTROLS = (
    (careless, "an honest answer"),
    (careless, "20,000 senders"),
    (greedy, "too large"),
)


def limited(handle: Callable[[bytes], None], data: bytes) -> str:
    """Time and memory that it took, or how it died."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ours)
        os._exit(_handle(handle, data, theirs))
    os.close(theirs)
    with os.fdopen(ours) as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return f"died of {signal.Signals(os.WTERMSIG(status)).name}"
    return said


def _handle(handle: Callable[[bytes], None], data: bytes, pipe: int) -> int:
    used = int(Path("/proc/self/statm").read_text().split()[0]) * _PAGE
    resource.setrlimit(resource.RLIMIT_AS, (used + OCTETS, used + OCTETS))
    spent = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        handle(data)
    except BaseException as error:  # the child must never come back as a second parent
        os.write(pipe, f"raised {type(error).__name__}".encode())
        return 1
    after = resource.getrusage(resource.RUSAGE_SELF)
    seconds, mebibytes = after[0] + after[1] - spent, (after.ru_maxrss - before) / 1024
    os.write(pipe, f"{seconds:.3f} s {mebibytes:.1f} MiB".encode())
    return 0


def main() -> None:
    mails = {name: mail for name, (mail, _) in POISON.items()}
    mails |= {name: make() for name, make in DEAR.items()}
    for name, data in mails.items():
        print(f"{name}: {limited(careful, data)}", flush=True)
    for control, name in CONTROLS:
        print(f"{control.__name__}, {name}: {limited(control, mails[name])}", flush=True)


if __name__ == "__main__":
    main()
