"""Texts in the language of some template: they stand where they were typed, letter by letter."""

import html
import os

import jinja2
import pytest
from flask import Flask

from community.core.db import db, transactional
from community.core.errors import Refused
from community.events.models import Event
from community.mail.rendering import word
from community.organizing.placeholders import NAMES, filled_text, parse
from tests.evidence import Evidence
from tests.factories.events import an_event
from tests.mail.test_rendering import facts
from tests.web.browser_without_js import Browser

PROOF = bool(os.environ.get("PROOF"))
SHOWN = "texts in the language of a template are put in as they stand"
# One for each app: rendering asks no database.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True, scope="session")
FORMAT = [
    "{event.__init__.__code__.co_consts}",
    "{event.__class__.__mro__[1].__subclasses__()}",
    "{0.__globals__[SECRET_KEY]}",
    "{name.__class__}",
    "{name!r:>100000}",
    "{self.__init__.__globals__}",
    "{settings.secret_key}",
    "{config}",
    "{}",
    "{0}",
    "{name}",
    "{first_name}",
    "{recipient_name}",
    "{community}",
]
PERCENT = ["%(recipient_name)s", "%(secret_key)s", "%s%s%s%s", "%n", "%d", "100 %", "%(num)s", "%%"]
JINJA = [
    "{{ 7*7 }}",
    "{{7*'7'}}",
    "{{ config.items() }}",
    "{{ self.__init__.__globals__.__builtins__ }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ request.application.__globals__ }}",
    "{{ url_for.__globals__['current_app'].config }}",
    "{{ recipient_name }}",
    "{% for x in range(9) %}x{% endfor %}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{# gone #}",
    "{{ cycler.__init__.__globals__.os.getcwd() }}",
    "{{ lipsum.__globals__ }}",
    "{%raw%}{{x}}{%endraw%}",
]
OTHER = [
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
    "${{<%[%'\"}}%\\.",
    "*{7*7}",
    "@(7*7)",
    "$(id)",
    "`id`",
    "[[${7*7}]]",
    "<#assign x=7*7>${x}",
    "&lt;b&gt;",
    "<!--#exec cmd='id'-->",
]
PAYLOADS = [*FORMAT, *PERCENT, *JINJA, *OTHER]


@pytest.mark.proof
def test_a_title_and_a_name_in_a_mail_are_what_was_typed(app: Flask, evidence: Evidence) -> None:
    for text in PAYLOADS:
        said = word("seat_given", **facts(event_title=text, recipient_name=text, guests=[text]))
        assert text in said.subject, text
        assert said.text.count(text) >= 2, text
        assert html.unescape(said.html).count(text) >= 2, text
    assert len(PAYLOADS) >= 40
    evidence("S12b", SHOWN, count=f"{len(PAYLOADS)} texts in mails, pages and messages")


@pytest.mark.parametrize("text", PAYLOADS)
def test_in_a_message_to_many_they_stay_or_are_refused_by_name(app: Flask, text: str) -> None:
    known = {name: f"<value of {name}>" for name in NAMES}
    try:
        said = filled_text(parse(text), known)
    except Refused as refused:
        code = refused.code
        assert text.startswith("{") or "{" in text
        assert code.startswith("placeholder_"), code
        return
    if text.strip("{ }") in NAMES and not text.startswith("{{"):
        assert said == known[text.strip("{}")]
    else:
        assert said == text.replace("{{", "{")


def test_on_pages_they_stand_as_they_were_typed(app: Flask) -> None:
    event = an_event()
    for text in PAYLOADS if PROOF else PAYLOADS[::5]:
        _name(event.id, text)
        page = Browser(app).get(f"/events/{event.slug}")
        assert page.status == 200, text
        title = page.html.split("<h1")[1]
        assert text in html.unescape(title.partition(">")[2].partition("</h1>")[0]), text


@transactional
def _name(event_id: int, text: str) -> None:
    event = db.session.get_one(Event, event_id)
    event.title, event.version = text, event.version + 1


class _Open:
    secret_key = "canary-key"


@pytest.mark.proof
def test_control_a_careless_template_gives_away_what_it_knows(
    app: Flask, evidence: Evidence
) -> None:
    assert "canary-key" in "{settings.secret_key}".format(settings=_Open)  # noqa: UP032 - the fault
    computed = [text for text in JINJA if _careless(text) != text]
    assert len(computed) >= 8
    evidence("S12b", SHOWN, control=f"str.format and Jinja run {len(computed) + 1} of them")


def _careless(text: str) -> str:
    try:
        return str(jinja2.Environment(autoescape=True).from_string(text).render(recipient_name="x"))
    except (jinja2.TemplateError, TypeError):
        return "it was parsed"
