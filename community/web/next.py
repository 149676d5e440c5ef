"""Where a browser may be sent after signing in: to a path of this site, and nowhere else."""

import re

LONGEST = 1000

# RFC 3986 3.3 segments: what a path may hold, without the empty ones that make "//host".
_SEGMENT = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+"
_PATH = re.compile(rf"/(?:{_SEGMENT}(?:/{_SEGMENT})*/?)?")
_QUERY = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*")
# Decoded once too often on the way (some proxies do), these become "//host" or a new header.
_MISLEADING = re.compile(r"%(?:2f|5c|25|[01][0-9a-f]|7f)", re.IGNORECASE)


def own_path(text: str | None) -> str | None:
    """``text`` if it is a path of this site, with a query or none; otherwise None.

    It names no scheme, host or fragment, and holds no dot segment, backslash, control or
    anything else that some browser or proxy reads as a host.
    """
    if not text or len(text) > LONGEST:
        return None
    path, _, query = text.partition("?")
    if not _PATH.fullmatch(path) or not _QUERY.fullmatch(query) or _MISLEADING.search(path):
        return None
    if any(part.replace("%2e", ".").replace("%2E", ".") in {".", ".."} for part in path.split("/")):
        return None
    return text
