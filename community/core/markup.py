"""Markdown that people wrote, as HTML that is safe to show to other people."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

LONGEST = 50_000  # characters; longer text than any form lets through is cut

# CommonMark without raw HTML, and without images: a picture from elsewhere would tell its host
# who reads the page.
_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False, "maxNesting": 20})
_markdown.disable("image")

_TAGS = {
    "a", "blockquote", "br", "code", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre",
    "strong", "ul",
}  # fmt: skip
_SCHEMES = {"http", "https", "mailto"}


# Where a value stands while the Markdown around it is parsed: characters of private use, to which
# Markdown gives no meaning, and what becomes of them in an address.
_MARK = re.compile("\ue000([0-9]{1,6})\ue001")
_MARK_IN_ADDRESS = re.compile("%EE%80%80([0-9]{1,6})%EE%80%81")
_NO_MARKS = str.maketrans({"\ue000": None, "\ue001": None})


@dataclass(frozen=True)
class Value:
    """A text that is put into Markdown and is none itself, whatever stands in it.

    ``is_link`` says that it is an address of our own, which may be followed.
    """

    text: str
    is_link: bool = False


def safe_html(markdown: str) -> Markup:
    """The text as HTML of a few harmless elements, ready for a template.

    Headings begin at ``h3``, below the page's own. Links lead to ``http``, ``https`` and
    ``mailto`` alone and carry ``rel="nofollow noopener"``. Cleaned once more after rendering, so
    that a fault in the Markdown library alone lets nothing through.
    """
    return _rendered(_markdown.parse(markdown[:LONGEST]))


def filled_html(parts: Sequence[str | Value]) -> Markup:
    """The same of Markdown with values in it, which are put in when the Markdown is parsed: a name
    that looks like a link, a heading or a tag stays the text that it is.
    """
    return _rendered(filled_tokens(parts))


def filled_tokens(parts: Sequence[str | Value]) -> list[Token]:
    """What the Markdown is made of, with the values in it; see :mod:`community.core.plain_markup`
    for its other form.
    """
    values = [part for part in parts if isinstance(part, Value)]
    numbers = iter(range(len(values)))
    source = "".join(
        f"\ue000{next(numbers)}\ue001" if isinstance(part, Value) else part.translate(_NO_MARKS)
        for part in parts
    )
    tokens = _markdown.parse(source[:LONGEST])
    for token in tokens:
        if token.children is None:
            token.content = _plain(token.content, values)
        else:
            token.children = list(_filled(token.children, values))
    return tokens


def _filled(tokens: Sequence[Token], values: Sequence[Value]) -> Iterator[Token]:
    depth = 0
    for token in tokens:
        depth += (token.type == "link_open") - (token.type == "link_close")
        if token.type == "link_open":
            token.attrs["href"] = _address(str(token.attrs.get("href", "")), values)
        if token.type != "text":
            token.content = _plain(token.content, values)
            yield token
            continue
        for number, piece in enumerate(_MARK.split(token.content)):
            value = _value(values, piece) if number % 2 else Value(piece)
            yield from _linked(value.text) if value.is_link and not depth else [_text(value.text)]


def _plain(text: str, values: Sequence[Value]) -> str:
    return _MARK.sub(lambda found: _value(values, found[1]).text, text)


def _address(address: str, values: Sequence[Value]) -> str:
    """The target of a link: one of our addresses whole, or values as a part that stays one."""
    whole = _MARK_IN_ADDRESS.fullmatch(address)
    if whole and _value(values, whole[1]).is_link:
        return _value(values, whole[1]).text
    return _MARK_IN_ADDRESS.sub(
        lambda found: quote(_value(values, found[1]).text, safe=""), address
    )


def _value(values: Sequence[Value], number: str) -> Value:
    """The value of a mark. One that a writer made of character entities leads to nothing."""
    return values[int(number)] if int(number) < len(values) else Value("")


def _linked(address: str) -> Iterator[Token]:
    yield Token("link_open", "a", 1, attrs={"href": address})
    yield _text(address)
    yield Token("link_close", "a", -1)


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _rendered(tokens: list[Token]) -> Markup:
    headings = [token for token in tokens if token.type in {"heading_open", "heading_close"}]
    # Whichever levels the writer used, readers of the outline get h3, h4 … without a gap.
    levels = sorted({token.tag for token in headings})
    for token in headings:
        token.tag = f"h{min(6, 3 + levels.index(token.tag))}"
    html = _markdown.renderer.render(tokens, _markdown.options, {})
    return Markup(  # noqa: S704 - nh3 has just cleaned it
        nh3.clean(
            html,
            tags=_TAGS,
            attributes={"*": set(), "a": {"href"}, "ol": {"start"}},
            url_schemes=_SCHEMES,
            url_relative="deny",  # the same text is mailed, where it would lead nowhere
            link_rel="nofollow noopener",
            strip_comments=True,
        )
    )
