"""A line in the log for each request, and the number by which a person can name theirs to us."""

import logging
import os
import re
import time

import structlog
from flask import Flask, Response, g, request

from community.core import latencies
from community.core.current import settings

log = logging.getLogger(__name__)

# What proxies make: UUIDs and hexadecimal numbers. Words could be somebody's name.
_SANE = re.compile(r"[0-9a-fA-F-]{16,64}")
# Asked every few seconds by a load balancer.
_QUIET = frozenset({"health.alive", "health.ready"})


def register(app: Flask) -> None:
    """See every request first and last."""
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_forget)


def request_id() -> str:
    """The number of the request that is answered at the moment."""
    if "request_id" not in g:
        g.request_id = _given() or os.urandom(8).hex()
    return str(g.request_id)


def _given() -> str:
    # Anybody can send the header; one that a visitor chose would stand in others' lines.
    sent = request.headers.get("X-Request-ID", "") if settings().trusted_proxies else ""
    return sent if _SANE.fullmatch(sent) else ""


def _begin() -> None:
    g.begun = time.perf_counter()
    structlog.contextvars.bind_contextvars(request_id=request_id())


def _end(response: Response) -> Response:
    response.headers["X-Request-ID"] = request_id()
    seconds = time.perf_counter() - g.get("begun", 0.0)
    latencies.observe(request.endpoint or "-", response.status_code, seconds)
    level = _level(response.status_code)
    if log.isEnabledFor(level):
        # The rule and not the path: an address may hold a token, and a slug tells of an event.
        rule = request.url_rule.rule if request.url_rule else "-"
        facts = {
            "request_id": request_id(),
            "method": request.method if request.method in _METHODS else "-",
            "route": rule,
            "status": response.status_code,
            "duration_ms": round(seconds * 1000, 1),
        }
        log.log(level, "request", extra={"told": facts})
    return response


_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})


def _level(status: int) -> int:
    if status >= 500:
        return logging.WARNING
    return logging.DEBUG if request.endpoint in _QUIET else logging.INFO


def _forget(_error: BaseException | None) -> None:
    structlog.contextvars.unbind_contextvars("request_id")
