"""How far our own mail server vouches for the sender of an answer (RFC 8601).

Only what our server says counts: it adds its field on top, whoever sent the mail may have written
others below.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from community.core.addresses import domain_of

_LONGEST = 4_000
_GOOGLE = "calendar-notification@google.com"
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|[();]|[^"();]+|"')
_RESULT = re.compile(r"\s*([a-z0-9-]+)\s*(?:/\s*\d+\s*)?=\s*([a-z]+)", re.IGNORECASE)
_PROPERTY = re.compile(r'\b([a-z]+)\s*\.\s*([a-z0-9_-]+)\s*=\s*("[^"]*"|[^\s;"]+)', re.IGNORECASE)
# OpenDMARC and Google tell the policy in a comment, Exchange what it made of it.
_STRICT = re.compile(r"\b(?:p|sp|policy)=(?:quarantine|reject)\b")
_STRICT_ACTION = re.compile(r"\baction=(?:quarantine|o?reject)\b|\bpolicy\.[\w-]+=(?:quar|reject)")
_LAX = re.compile(r"\bp=none\b")


class Trust(StrEnum):
    """What is known of the sender, the best first."""

    PASS = "pass"  # noqa: S105 - a verdict: the attendee's own domain vouches for the attendee
    GOOGLE = "google"  # Google says that its user answered
    NONE = "none"  # nobody vouches: only the secret address speaks for the answer
    FAIL_SOFT = "fail_soft"  # not from where it claims; the domain asks for nothing
    FAIL = "fail"  # not from where it claims; the domain asks not to accept such mail


@dataclass(frozen=True)
class _Result:
    method: str
    value: str
    properties: dict[str, str]
    is_strict: bool


def trust(results: Sequence[str], *, authserv_id: str | None, attendee: str, sender: str) -> Trust:
    """How far ``results`` (topmost Authentication-Results first) speak for this answer.

    ``authserv_id`` names our own mail server; without it nothing is believed. ``attendee`` is the
    normal address that the calendar says it speaks for, ``sender`` the one of From, ``""`` if
    there is none. The domain of many people can vouch for one of them only as the sender: somebody
    else at the same provider is not the attendee.
    """
    ours = _ours(results, authserv_id)
    failed = [each for each in ours if each.method == "dmarc" and each.value == "fail"]
    if failed:
        return Trust.FAIL if any(each.is_strict for each in failed) else Trust.FAIL_SOFT
    signers = {domain for each in ours if (domain := _signer(each))}
    if sender == _GOOGLE and "google.com" in signers:
        return Trust.GOOGLE
    vouching = signers | {domain for each in ours if (domain := _dmarc_domain(each))}
    if sender == attendee and any(_covers(domain, domain_of(attendee)) for domain in vouching):
        return Trust.PASS
    return Trust.NONE


def _ours(results: Sequence[str], authserv_id: str | None) -> list[_Result]:
    """What the topmost field of our own server says."""
    if not authserv_id:
        return []
    for value in results:
        name, *statements = _statements(value[:_LONGEST])
        words = name[0].split()  # a version may follow the name
        if words and words[0].strip('"').lower() == authserv_id.strip().lower():
            return [found for each in statements if (found := _result(*each)) is not None]
    return []


def _statements(value: str) -> Iterator[tuple[str, str]]:
    """The texts between the semicolons, and beside each the comments that stood in it."""
    said, comments, depth = "", "", 0
    for piece in _PIECE.findall(value):
        if piece in "()":
            depth = max(depth + (1 if piece == "(" else -1), 0)
            comments += " "
        elif depth:
            comments += piece
        elif piece == ";":
            yield said, comments
            said, comments = "", ""
        else:
            said += piece
    yield said, comments


def _result(said: str, comments: str) -> _Result | None:
    found = _RESULT.match(said)
    if found is None:
        return None
    properties: dict[str, str] = {}
    for kind, name, value in _PROPERTY.findall(said):
        properties.setdefault(f"{kind}.{name}".lower(), value.strip('"').lower())
    plain = re.sub(r'"[^"]*"', "", said).lower()
    comment = comments.lower()
    strict = _STRICT.search(comment) is not None and not _LAX.search(comment)
    strict = strict or _STRICT_ACTION.search(plain) is not None
    return _Result(found[1].lower(), found[2].lower(), properties, strict)


def _signer(result: _Result) -> str:
    """The domain whose DKIM signature is right."""
    if result.method != "dkim" or result.value != "pass":
        return ""
    identity = result.properties.get("header.i", "").rpartition("@")[2]
    return result.properties.get("header.d", identity)


def _dmarc_domain(result: _Result) -> str:
    if result.method != "dmarc" or result.value != "pass":
        return ""
    return result.properties.get("header.from", "").rpartition("@")[2]


def _covers(domain: str, of_attendee: str) -> bool:
    """Whether who holds ``domain`` holds the attendee's too: it is the same, or one above.

    One below is not enough: below many domains strangers have theirs.
    """
    return "." in domain and f".{of_attendee}".endswith(f".{domain}")
