"""What the program says while it runs: a line for each happening, with nobody's data in it.

Code logs as everywhere, by :mod:`logging`; what it knows beside the words goes into ``extra``, and
only names in :data:`KEPT` reach a line. Two things are known of nobody here: what an exception
says of itself may quote what somebody typed, and a text may hold an address or a token. So the
first is left out but for sentences of the database's about itself, and the second is masked.
"""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import structlog
from sqlalchemy import exc
from structlog.typing import EventDict, Processor

from community.config import Settings

# Everything that a line may hold beside its words. A new name is looked at before it comes here.
KEPT = frozenset(
    {
        "event",  # the words
        "level",
        "logger",
        "timestamp",
        "request_id",
        "method",
        "route",
        "status",
        "duration_ms",
        "work",  # what a worker was at
        "work_id",
        "lease",
        "exception",
    }
)
_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_ADDRESS = re.compile(r"[^\s<>()\[\]\"@,;:/=]+@\w[\w.-]*")
# Long and of letters and digits, as keys, codes and cookies are, and words are not.
_SECRET = re.compile(r"(?=[\w.~+-]*\d)(?=[\w.~+-]*[A-Za-z])[\w.~+-]{20,}")
_USERINFO = re.compile(r"(?<=://)[^/\s@]+@")
# What these say is about a server and not about anybody's row.
_ABOUT_SERVERS = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError)
_FRAMES = 40
_encode = json.JSONEncoder(separators=(",", ":"), default=str).encode


def start(settings: Settings, *, least: str = "") -> None:
    """Have this process log; ``least`` is the lowest level that is said, else the setting."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(settings))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("community").setLevel(_LEVELS[least or settings.log_level])
    server = logging.getLogger("_granian")
    server.handlers[:] = []  # its own would print around this one
    server.propagate = True


def formatter(settings: Settings) -> logging.Formatter:
    """What makes a line of a record."""
    as_json = (settings.log_format or ("text" if settings.is_development else "json")) == "json"
    chain: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _Faults(in_full=settings.is_development and not as_json),
        keep_nobodys,
    ]
    return _Formatter(
        foreign_pre_chain=chain,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _json if as_json else _text,
        ],
        keep_exc_info=False,
    )


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Structlog's, and a short way for the one line that every request has.

    Whoever gives ``extra={"told": …}`` vouches for all that is in it.
    """

    def format(self, record: logging.LogRecord) -> str:
        told = record.__dict__.get("told")
        if told is None:
            return super().format(record)
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        event = {"event": record.msg, **told, "level": record.levelname.lower()}
        event |= {"logger": record.name, "timestamp": moment.replace("+00:00", "Z")}
        line = self.processors[-1](None, "", event)
        assert isinstance(line, str)
        return line


def masked(text: str) -> str:
    """A text without addresses, and without what could be a key, a code or a cookie."""
    text = _ADDRESS.sub("[address]", _USERINFO.sub("", text))
    return _SECRET.sub("[secret]", text)


def keep_nobodys(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Drop every name that is not known to be nobody's, and mask the words."""
    kept = {name: value for name, value in event.items() if name in KEPT or name[0] == "_"}
    kept["event"] = masked(str(kept.get("event", "")))
    return kept


class _Faults:
    """Puts what went wrong into the line: kinds and places, and no values."""

    def __init__(self, *, in_full: bool) -> None:
        self._in_full = in_full

    def __call__(self, _logger: Any, _method: str, event: EventDict) -> EventDict:
        info = event.pop("exc_info", None)
        if info is True:
            info = sys.exc_info()
        error = info[1] if isinstance(info, tuple) else info
        if isinstance(error, BaseException):
            event["exception"] = told_in_full(error) if self._in_full else told(error)
        return event


def told(error: BaseException) -> str:
    """The chain of what went wrong, the first cause first, with the places and without values."""
    parts: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        kind = f"{type(current).__module__}.{type(current).__qualname__}"
        said = _said(current)
        places = _places(current.__traceback__)
        parts.append("\n".join([*places, f"{kind}: {said}" if said else kind]))
        current = current.__cause__ or (
            None if current.__suppress_context__ else current.__context__
        )
    return "\n".join(reversed(parts))


def told_in_full(error: BaseException) -> str:
    """As Python prints it, for whoever sits before their own program."""
    import traceback  # noqa: PLC0415 - where nothing goes wrong nothing of it is needed

    return "".join(traceback.format_exception(error)).rstrip()


def _places(trace: TracebackType | None) -> list[str]:
    found = []
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append(f"  {code.co_filename}:{trace.tb_lineno} {code.co_qualname}")
        trace = trace.tb_next
    return found[-_FRAMES:]


def _said(error: BaseException) -> str:
    if isinstance(error, exc.DBAPIError) and not isinstance(error, _ABOUT_SERVERS):
        # "Key (address)=(ann@…) already exists" is what PostgreSQL would add.
        names = getattr(error.orig, "diag", None)
        facts = [getattr(error.orig, "sqlstate", None)]
        facts += [getattr(names, name, None) for name in ("table_name", "constraint_name")]
        return " ".join(fact for fact in facts if fact)
    if isinstance(error, _ABOUT_SERVERS):
        return masked(str(error).strip().split("\n", 1)[0])
    if isinstance(error, OSError):
        return error.strerror or ""
    return ""


def _json(_logger: Any, _method: str, event: EventDict) -> str:
    # Non-ASCII stays escaped: a line must not depend on the terminal's encoding.
    return _encode(event)


def _text(_logger: Any, _method: str, event: EventDict) -> str:
    moment, level = str(event.pop("timestamp"))[11:19], event.pop("level")
    words, fault = event.pop("event"), event.pop("exception", "")
    event.pop("logger", None)
    facts = [f"{name}={value}" for name, value in event.items()]
    line = " ".join([moment, f"{level:<7}", words, *facts])
    return f"{line}\n{fault}" if fault else line
