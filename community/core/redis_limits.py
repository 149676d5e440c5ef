"""Limits counted in Redis or Valkey, for machines that would otherwise queue for the database."""

import logging
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, cast

from community.core.tokens import sign

if TYPE_CHECKING:
    from redis import Redis

log = logging.getLogger(__name__)

_TIMEOUT = 0.5  # seconds; a request must not wait longer for a server that does not answer
_REST = 5.0  # seconds in which a server that failed is not asked again
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_MILLISECOND = timedelta(milliseconds=1)
# The window is by the program's clock, as in the database; the server's own only tidies up, and
# a minute late, so that clocks that differ a little end no window early.
_SLACK = timedelta(minutes=1)
# A script runs as one step, whoever else asks: reading and writing apart would let two pass.
_SCRIPT = """
local moment, most = tonumber(ARGV[1]), tonumber(ARGV[2])
local used, ends = unpack(redis.call('HMGET', KEYS[1], 'used', 'ends'))
if not ends or tonumber(ends) <= moment then
  used, ends = 0, ARGV[3]
  redis.call('HSET', KEYS[1], 'used', 0, 'ends', ends)
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
if tonumber(used) >= most then return {0, ends} end
redis.call('HINCRBY', KEYS[1], 'used', 1)
return {1, ends}
"""

_asked_again_at: dict[str, float] = {}


@cache
def connection(url: str) -> "Redis":
    """The server behind ``REDIS_URL``; each process connects when it first asks something."""
    from redis import Redis  # noqa: PLC0415 - a third of a second that few installations need
    from redis.backoff import NoBackoff  # noqa: PLC0415 - see above
    from redis.retry import Retry  # noqa: PLC0415 - see above

    # Asking again after a lost answer would use up two turns.
    once = Retry(NoBackoff(), 0)
    return Redis.from_url(url, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT, retry=once)


def take_turn(
    url: str, kind: str, key: str, *, most: int, moment: datetime, within: timedelta
) -> tuple[bool, datetime] | None:
    """Whether a turn was left, and when the window ends; None when the server cannot be asked.

    What stands there is signed with SECRET_KEY: it names nobody, and communities may share a
    server.
    """
    if _asked_again_at.get(url, 0.0) > time.monotonic():
        return None
    from redis.exceptions import RedisError  # noqa: PLC0415 - see above

    name = f"community:limit:{sign('limit', kind, key)}"
    facts = (_ticks(moment), most, _ticks(moment + within), (within + _SLACK) // _MILLISECOND)
    try:
        answer = connection(url).eval(_SCRIPT, 1, name, *map(str, facts))
        left, ends = cast("tuple[int, bytes]", answer)
    except (RedisError, OSError) as error:
        _asked_again_at[url] = time.monotonic() + _REST
        log.warning("limits are counted in the database, because Redis failed: %s", error)
        return None
    return left == 1, _EPOCH + int(ends) * _TICK


def ask_again(url: str) -> None:
    """Do not spare a server any longer that failed a moment ago."""
    _asked_again_at.pop(url, None)


def fault(url: str) -> str:
    """What is wrong with the server in a line for the operator; ``""`` when it can count."""
    from redis.exceptions import RedisError  # noqa: PLC0415 - see above

    try:
        connection(url).eval("return redis.call('PING')", 0)
    except (RedisError, OSError) as error:
        return str(error)
    return ""


def _ticks(moment: datetime) -> int:
    return (moment - _EPOCH) // _TICK
