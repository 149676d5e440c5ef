"""Words for a mail: subject, plain text and HTML from the templates in ``templates/mail``."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from community.config import ROOT
from community.core import dates
from community.core.compiled_templates import CompiledTemplates
from community.core.current import settings
from community.core.links import link
from community.core.text import gettext, ngettext


@dataclass(frozen=True)
class Words:
    """A mail as its reader sees it."""

    subject: str
    text: str
    html: str


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(ROOT / "templates"),
        autoescape=select_autoescape(["html"], default=False),
        undefined=StrictUndefined,  # a fact that a mail names and does not have is a fault
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=CompiledTemplates("mail"),
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # the extension adds it
        gettext, ngettext, newstyle=True
    )
    environment.filters.update(
        day=dates.day, weekday_day=dates.weekday_day, clock=dates.clock, instant=dates.instant
    )
    environment.globals["link"] = link
    return environment


def word(kind: str, **facts: Any) -> Words:
    """Fill the three templates of a kind of mail. Raises when a fact is missing."""
    environment = _environment()
    language = settings().locale.replace("_", "-")
    context = {"community": settings().name, "language": language, **facts}

    def fill(part: str) -> str:
        return environment.get_template(f"mail/{kind}/{part}").render(context)

    return Words(
        subject=" ".join(fill("subject.txt").split()),
        text=fill("body.txt").strip() + "\n",
        html=fill("body.html"),
    )
