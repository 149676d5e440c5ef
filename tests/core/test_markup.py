"""Markdown becomes a few harmless elements, whatever was written."""

import re
import time

import pytest

from community.core.markup import LONGEST, safe_html

HARMLESS = re.compile(
    r"</?(?:blockquote|br|code|em|h[3-6]|hr|li|ul|p|pre|strong)>"
    r'|<ol(?: start="\d+")?>|</ol>|</a>|<a rel="nofollow noopener">'
    r'|<a href="(?:https?|mailto):[^"<>]*" rel="nofollow noopener">'
)

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox)",
    "[x](file:///etc/passwd)",
    "<javascript:alert(1)>",
    "![x](https://tracker.example/pixel.gif)",
    "![x](javascript:alert(1))",
    '[x](https://example.org/"onmouseover="alert(1))',
    '[x](https://example.org "title\\" onclick=alert(1)")',
    "[x]: javascript:alert(1)\n\n[x]",
    "`<script>alert(1)</script>`",
    "```html\n<script>alert(1)</script>\n```",
    "```<img/src=x>\nx\n```",
    "<a href='javascript:alert(1)'>x</a>",
    "<style>body{display:none}</style>",
    "<iframe src=https://evil.example></iframe>",
    "<!-- --!><script>alert(1)</script>",
    "</p><form action=https://evil.example><input name=x>",
    "<math><mtext></p><style><img src onerror=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\x00<scr\x00ipt>alert(1)</script>",
    "[![x](x)](javascript:alert(1))",
    "<https://example.org/<script>>",
    "# <u>x</u>",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_only_harmless_elements_are_left(attack: str) -> None:
    html = str(safe_html(attack))
    assert "<" not in HARMLESS.sub("", html), html


def test_the_ordinary_is_shown_as_it_is_meant() -> None:
    html = safe_html("Come **early**.\n\n- one\n- two\n\n[More](https://example.org/a?b=1&c=2)")
    assert "<strong>early</strong>" in html
    assert "<li>one</li>" in html
    link = '<a href="https://example.org/a?b=1&amp;c=2" rel="nofollow noopener">More</a>'
    assert link in html


def test_headings_begin_below_those_of_the_page_and_skip_no_level() -> None:
    assert "<h3>One</h3>" in safe_html("# One")
    assert "<h3>Six</h3>" in safe_html("###### Six")
    html = safe_html("## Two\n\n#### Four\n\n## Two again")
    assert "<h3>Two</h3>" in html
    assert "<h4>Four</h4>" in html
    assert "<h3>Two again</h3>" in html
    every = "\n\n".join(f"{'#' * level} Level" for level in range(1, 7))
    assert safe_html(every).count("<h6>") == 3


def test_a_bare_address_is_no_link_and_a_picture_is_not_loaded() -> None:
    html = safe_html("https://example.org ![a view](https://tracker.example/x.png)")
    assert "<img" not in html
    assert html.count("<a ") <= 1


@pytest.mark.parametrize(
    "text", ["[" * 20_000, "*" * 20_000, "> " * 10_000, "`" * 20_001, "a" * (2 * LONGEST)]
)
def test_hostile_text_takes_no_long_time(text: str) -> None:
    started = time.thread_time()
    assert len(safe_html(text)) < 10 * LONGEST
    assert time.thread_time() - started < 5
