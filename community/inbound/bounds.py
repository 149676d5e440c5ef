"""What a mail may measure: asked of the bytes, before any parser sees them.

The parser of the standard library is not made for mails that mean harm: it nests as deep as they
say, asks each line of each open part, and reads long parameters in quadratic time.
"""

import re

LARGEST = 512 * 1024  # octets; no answer is longer
MOST_PARTS = 400
MOST_LINES = 20_000
MOST_CONTAINERS = 20  # multipart and message entities, so nesting is no deeper
LONGEST_FIELD = 2_000  # octets of one Content-… field, its continuation lines included

# The parser ends lines at CR, LF and CRLF alike.
_FIELD = re.compile(
    rb"(?:\A|(?<=[\r\n]))content-[a-z-]+:([^\r\n]*(?:(?:\r\n|\r|\n)[ \t][^\r\n]*)*)", re.IGNORECASE
)
_CONTAINER = re.compile(rb"[\x00-\x20]*(?:multipart|message)/", re.IGNORECASE)


def find_breach(data: bytes) -> str:
    """The first bound that the mail breaks, as a short code; ``""`` when it keeps them all."""
    return _breach_of_counts(data) or _breach_of_fields(data)


def _breach_of_counts(data: bytes) -> str:
    if len(data) > LARGEST:
        return "too_large"
    if data.count(b"\n--") + data.count(b"\r--") > MOST_PARTS:
        return "too_many_parts"
    lines = data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n")
    return "too_many_lines" if lines > MOST_LINES else ""


def _breach_of_fields(data: bytes) -> str:
    fields = _FIELD.findall(data)
    if any(len(field) > LONGEST_FIELD for field in fields):
        return "header_too_long"
    containers = sum(_CONTAINER.match(field) is not None for field in fields)
    return "nested" if containers > MOST_CONTAINERS else ""
