"""Gzip for files and feeds. Never for pages: a page that holds a secret must not be squeezed."""

import gzip

from flask import Response, request

SMALLEST = 1000  # bytes that are not worth the trouble


def squeezed(response: Response) -> Response:
    """The response, gzipped when it is large and the browser takes that (RFC 9110 12.5.3).

    Call it before the ETag is set: each form has an ETag of its own.
    """
    response.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"] <= 0 or len(response.get_data()) < SMALLEST:
        return response
    # mtime=0: the same content is the same bytes, and so has the same ETag.
    response.set_data(gzip.compress(response.get_data(), 6, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    return response
