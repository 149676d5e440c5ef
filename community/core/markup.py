"""Markdown that people wrote, as HTML that is safe to show to other people."""

import nh3
from markdown_it import MarkdownIt
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


def safe_html(markdown: str) -> Markup:
    """The text as HTML of a few harmless elements, ready for a template.

    Headings begin at ``h3``, below the page's own. Links lead to ``http``, ``https`` and
    ``mailto`` alone and carry ``rel="nofollow noopener"``. Cleaned once more after rendering, so
    that a fault in the Markdown library alone lets nothing through.
    """
    tokens = _markdown.parse(markdown[:LONGEST])
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
