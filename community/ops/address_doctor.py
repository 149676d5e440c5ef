"""Whether links lead here, visitors are told apart, and the zones are of today."""

import os
from collections.abc import Iterator
from importlib.metadata import version
from urllib.parse import urlsplit

from community.core.clock import now
from community.core.current import settings
from community.ops.findings import Finding

ABOUT = "addresses"


def addresses() -> Iterator[Finding]:
    """``BASE_URL``, from which every link in a mail is made."""
    base_url = settings().base_url
    text, advice = f"links lead to {base_url}", ""
    parts = urlsplit(base_url)
    port = os.environ.get("PORT", "")
    if parts.path:
        advice = "Set COMMUNITY_BASE_URL without a path: the program answers at the root alone."
    elif settings().is_development and parts.scheme == "https":
        text += ", and this is no production: anybody at this machine reads all mails"
        advice = "Set COMMUNITY_ENV=production."
    elif settings().is_development:
        if settings().is_local and port and str(parts.port or 80) != port:
            text += f", and the program listens on {port}"
            advice = "Set COMMUNITY_BASE_URL or PORT, so that they name the same port."
    elif parts.scheme != "https":
        advice = "Set COMMUNITY_BASE_URL to an https:// address: cookies need it in production."
    elif settings().is_local:
        text += ", this machine itself"
        advice = "Set COMMUNITY_BASE_URL to the address that your members open."
    yield Finding(ABOUT, text, advice)


def proxies() -> Iterator[Finding]:
    """HTTPS ends at a proxy, and without our trust all visitors have its address."""
    trusted = settings().trusted_proxies
    if settings().is_development or trusted:
        yield Finding("proxies", f"{trusted} in front of the program are trusted")
        return
    text = "no proxy is trusted: visitors have one address and share each other's limits"
    yield Finding("proxies", text, "Set COMMUNITY_TRUSTED_PROXIES=1, for the one that ends HTTPS.")


def zones() -> Iterator[Finding]:
    """Countries change their clocks at short notice; a year-old list is wrong somewhere."""
    pinned = version("tzdata")
    text = f"time zones of {pinned}"
    is_old = int(pinned.partition(".")[0]) < now().year - 1
    yield Finding("zones", text, "Update the program: git pull, make db." if is_old else "")
