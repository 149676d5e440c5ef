"""A line in the log for each request, and the number by which a person can name theirs to us."""

import logging
import os
import re
import time
from typing import NamedTuple

import structlog
from flask import Flask, Response, g, request

from community.config import Settings
from community.core import latencies
from community.core.current import settings

log = logging.getLogger(__name__)

# What proxies make: UUIDs and hexadecimal numbers. Words could be somebody's name.
_SANE = re.compile(r"[0-9a-fA-F-]{16,64}")
# Asked every few seconds by a load balancer.
_QUIET = frozenset({"health.alive", "health.ready"})
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})


class View(NamedTuple):
    """Who answered. The rule and not the path: an address may hold a token, and a slug tells of
    an event.
    """

    endpoint: str
    rule: str


def register(app: Flask) -> None:
    """See every request first and last."""
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_forget)


def request_id() -> str:
    """The number of the request that is answered at the moment."""
    if "request_id" not in g:
        g.request_id = new_id(request.headers.get("X-Request-ID", ""), settings())
    return str(g.request_id)


def new_id(sent: str, configured: Settings) -> str:
    """A request's number: the one that a proxy of ours sent, if it did."""
    # Anybody can send the header; one that a visitor chose would stand in others' lines.
    given = bool(configured.trusted_proxies) and _SANE.fullmatch(sent)
    return sent if given else os.urandom(8).hex()


def _begin() -> None:
    g.begun = time.perf_counter()
    structlog.contextvars.bind_contextvars(request_id=request_id())


def _end(response: Response) -> Response:
    response.headers["X-Request-ID"] = request_id()
    seconds = time.perf_counter() - g.get("begun", 0.0)
    tell(present_view(), request.method, response.status_code, seconds, request_id())
    return response


def present_view() -> View:
    """Who answers the request of the moment."""
    return View(request.endpoint or "-", request.url_rule.rule if request.url_rule else "-")


def tell(view: View, method: str, status: int, seconds: float, number: str) -> None:
    """Count a request and write its line."""
    latencies.observe(view.endpoint, status, seconds)
    level = _level(view.endpoint, status)
    if log.isEnabledFor(level):
        facts = {
            "request_id": number,
            "method": method if method in _METHODS else "-",
            "route": view.rule,
            "status": status,
            "duration_ms": round(seconds * 1000, 1),
        }
        log.log(level, "request", extra={"told": facts})


def _level(endpoint: str, status: int) -> int:
    if status >= 500:
        return logging.WARNING
    return logging.DEBUG if endpoint in _QUIET else logging.INFO


def _forget(_error: BaseException | None) -> None:
    structlog.contextvars.unbind_contextvars("request_id")
