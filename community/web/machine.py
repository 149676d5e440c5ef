"""Whether whoever asks sits at the very machine that answers: what developers may see is theirs."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import request

from community.core.current import settings


def is_at_this_machine() -> bool:
    """Whether the browser runs here, and was not led here by another site's name (DNS rebinding).

    Behind a proxy every connection is local, so that a proxy switches this off unless trusted.
    """
    forwarded = any(name in request.headers for name in ("Forwarded", "X-Forwarded-For"))
    if forwarded and not settings().trusted_proxies:
        return False
    try:
        here = ip_address(request.remote_addr or "").is_loopback
        named = urlsplit(f"//{request.host}").hostname
    except ValueError:
        return False
    return here and named in {
        "localhost",
        "127.0.0.1",
        "::1",
        urlsplit(settings().base_url).hostname,
    }
