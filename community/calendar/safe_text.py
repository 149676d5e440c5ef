"""The one place where text is made safe for calendar files and address cards, before icalendar
escapes and folds it.
"""

from urllib.parse import quote

from community.core.text import clean_line, clean_text, shorten

# Readers drop it or show it, each as it likes.
_BYTE_ORDER_MARK = "\ufeff"


def safe_line(text: str, longest: int) -> str:
    """One printable line of so many characters at most."""
    return shorten(clean_line(text.replace(_BYTE_ORDER_MARK, "")), longest)


def safe_text(text: str, longest: int) -> str:
    """Printable text of several lines, of so many characters at most."""
    return shorten(clean_text(text.replace(_BYTE_ORDER_MARK, "")), longest)


def safe_uri(text: str) -> str:
    """Characters that a URI may hold (RFC 3986); every other one percent-encoded."""
    return quote(clean_line(text), safe="%:/?#[]@!$&'()*+,;=-._~", errors="replace")
