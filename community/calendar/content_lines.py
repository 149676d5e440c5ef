"""Components written straight as content lines (RFC 5545, 3.1), where a feed has a thousand.

The library takes ten times as long, most of it to find the type of each property. A test holds
that these are the very bytes that it writes.
"""

from collections.abc import Iterable

_LONGEST = 74  # octets without the line's end; a continued line begins with a space besides
_BEGIN_ESCAPE = b"\\^"
_ESCAPES = (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n"))


def escaped(text: str) -> str:
    """The value of a TEXT property (RFC 5545, 3.3.11)."""
    for char, written in _ESCAPES:
        text = text.replace(char, written)
    return text


def component(name: str, properties: Iterable[tuple[str, str]]) -> bytes:
    """A component of properties in the order given: name with parameters, and value as written."""
    return lines([("BEGIN", name), *properties, ("END", name)])


def lines(properties: Iterable[tuple[str, str]]) -> bytes:
    """Properties in the order given, each a line."""
    return b"".join([_folded(f"{each}:{value}") for each, value in properties])


def _folded(line: str) -> bytes:
    """The line in UTF-8, never folded within a character, nor within an escape: some readers
    look for these before they unfold.
    """
    data = line.encode()
    if len(data) <= _LONGEST:
        return data + b"\r\n"
    parts, start = [], 0
    while len(data) - start > _LONGEST:
        end = start + _LONGEST
        while data[end] & 0xC0 == 0x80:  # a byte within a character
            end -= 1
        if data[end - 1] in _BEGIN_ESCAPE:
            end -= 1
        parts.append(data[start:end])
        start = end
    parts.append(data[start:])
    return b"\r\n ".join(parts) + b"\r\n"
