"""The one place where text is made safe, folded, and worded for a reader."""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from gettext import NullTranslations

# C0 and C1 controls, line and paragraph separators, lone surrogates (security.md 0.1): none of
# them has a place in a name, and PostgreSQL refuses NUL.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_UNPRINTABLE_BUT_NEWLINE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]"
)
# Bidirectional overrides and isolates can make a name read as another one.
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and a sign that look like nothing
_SPACES = re.compile(r"\s+")
_BEGINS_DOMAIN = re.compile(r"(?<=\w)[.\u3002\uff0e\uff61](?=\w{2})")
_BEGINS_PATH = re.compile(r"\s*:?//+\s*|(?<=\w)@(?=\w)")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")

translations: ContextVar[NullTranslations] = ContextVar("translations")
_untranslated = NullTranslations()


def catalogue() -> NullTranslations:
    """The reader's language."""
    return translations.get(_untranslated)


def gettext(message: str, **values: object) -> str:
    """The message in the reader's language, with ``%(name)s`` filled in."""
    text = catalogue().gettext(message)
    return text % values if values else text


def ngettext(one: str, many: str, n: int, **values: object) -> str:
    """The message for ``n`` things; ``%(num)s`` is ``n``."""
    text = catalogue().ngettext(one, many, n)
    return text % {"num": n, **values}


@contextmanager
def speaking(language: NullTranslations) -> Iterator[None]:
    """Word everything inside the block by ``language``."""
    token = translations.set(language)
    try:
        yield
    finally:
        translations.reset(token)


def clean_line(text: str) -> str:
    """One printable line: NFC, no controls, no direction overrides, single spaces.

    Empty when nothing in it can be seen.
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()  # the same, and lists of a million names are mostly that
    text = unicodedata.normalize("NFC", _BIDI.sub("", text))
    line = _SPACES.sub(" ", _UNPRINTABLE.sub(" ", text)).strip()
    return line if any(map(_is_seen, line)) else ""


def _is_seen(character: str) -> bool:
    """Whether a reader sees something: a name of joiners, marks and fillers alone is none."""
    return character not in _BLANK and unicodedata.category(character) not in {"Cf", "Mn", "Zs"}


def clean_text(text: str) -> str:
    """Printable text of several lines: NFC, ``\\n`` as the only line end, no other control."""
    text = _BIDI.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = unicodedata.normalize("NFC", text).replace("\t", "    ")
    return _UNPRINTABLE_BUT_NEWLINE.sub(" ", text).strip()


def header_text(text: str) -> str:
    """Text that may enter a mail header.

    Beside controls it takes the ``=?`` of an encoded word apart: CPython before 3.11.10 decodes
    it and writes the CR LF inside as a new header (CVE-2024-6923).
    """
    return clean_line(text).replace("=?", "= ?")


def without_links(name: str) -> str:
    """The name, with nothing in it of which a mail program makes a link: ``a.example`` is
    ``a. example``. Who names somebody in a mail to a stranger must not lead them elsewhere.
    """
    return _BEGINS_PATH.sub(" ", _BEGINS_DOMAIN.sub(". ", name)).strip()


def fold(text: str) -> str:
    """For comparing and searching: compatibility-folded, accents gone, lower case."""
    if text.isascii():
        return _SPACES.sub(" ", text.lower()).strip()
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return _SPACES.sub(" ", "".join(c for c in decomposed if not unicodedata.combining(c))).strip()


def alike_key(text: str) -> str:
    """The same for names that a reader takes for one: beside :func:`fold`, marks that nobody sees
    are gone and hyphens are spaces. 200 characters at most.
    """
    seen = "".join(c for c in fold(text) if unicodedata.category(c) != "Cf")
    spaced = "".join(" " if unicodedata.category(c) in {"Pd", "Pc"} else c for c in seen)
    return _SPACES.sub(" ", spaced).strip()[:200].strip()


def slugify(text: str, *, longest: int = 80) -> str:
    """Lower-case ASCII words joined by hyphens; ``""`` when nothing is left."""
    ascii_text = fold(text).encode("ascii", "ignore").decode()
    return _NOT_SLUG.sub("-", ascii_text).strip("-")[:longest].strip("-")


def shorten(text: str, longest: int) -> str:
    """The text, cut at a word with an ellipsis when it is longer than ``longest`` characters."""
    if len(text) <= longest:
        return text
    head = text[: longest - 1]
    cut = head.rfind(" ")
    return (head[:cut] if cut > longest // 2 else head).rstrip() + "…"
