"""Somebody with a browser that knows HTML forms and cookies, and a mailbox, and nothing of ours."""

import email
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import defaultdict
from dataclasses import dataclass, field
from email.message import EmailMessage, Message
from email.policy import default
from email.utils import parseaddr
from functools import lru_cache
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from pathlib import Path


@dataclass
class Form:
    """A form as a page offers it: where it goes, and what it holds already."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._select = ""
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(facts.get("action", ""), facts.get("method", "get").lower())
            self.forms.append(self._open)
        if self._open is None:
            return
        name = facts.get("name", "")
        self._open.names.add(name)
        if tag == "input":
            self._input(self._open, name, facts)
        elif tag == "button" and name:
            self._open.buttons.append((name, facts.get("value", "")))
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in facts and self._select:
            self._open.fields.append((self._select, facts.get("value", "")))
        elif tag == "textarea":
            self._area = name
            self._open.fields.append((name, ""))

    @staticmethod
    def _input(form: Form, name: str, facts: dict[str, str]) -> None:
        kind = facts.get("type", "text")
        if kind in {"checkbox", "radio"}:
            if "checked" in facts:
                form.fields.append((name, facts.get("value", "on")))
        elif name and kind != "submit":
            form.fields.append((name, facts.get("value", "")))

    def handle_data(self, data: str) -> None:
        if self._area and self._open:
            name, text = self._open.fields[-1]
            self._open.fields[-1] = (name, (text + data).lstrip("\n"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""


@dataclass(frozen=True)
class Answer:
    """What came back, after redirects."""

    status: int
    url: str
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def words(self) -> str:
        """The page's text without its tags, single-spaced."""
        text = re.sub(r"<(script|style)\b.*?</\1>", " ", self.text, flags=re.DOTALL)
        return " ".join(re.sub(r"<[^>]+>", " ", text).split())

    def forms(self) -> list[Form]:
        parser = _Forms()
        parser.feed(self.text)
        return parser.forms


class Visitor:
    """A browser of its own, with its own cookies."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.cookies = CookieJar()
        self._open = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self.cookies)
        ).open

    def get(self, path: str) -> Answer:
        return self._send(urllib.request.Request(urllib.parse.urljoin(self.base_url, path)))

    def press(
        self, page: Answer, button: tuple[str, str] | None = None, **typed: str | list[str]
    ) -> Answer:
        """Fill in the page's form that has these fields (and button), and send it."""
        wanted = set(typed)
        form = next(
            form
            for form in page.forms()
            if wanted <= form.names
            and (button is None or button in form.buttons)
            and not form.action.endswith("/sign-out")
            and form.method == "post"
        )
        data = [(name, value) for name, value in form.fields if name not in typed]
        for name, value in typed.items():
            data += [(name, one) for one in (value if isinstance(value, list) else [value])]
        data += [button] if button else []
        if "stamp" in form.names:
            time.sleep(1.1)  # nobody fills it in faster
        url = urllib.parse.urljoin(page.url, form.action or page.url)
        body = urllib.parse.urlencode(data).encode()
        return self._send(urllib.request.Request(url, data=body, method="POST"))

    def _send(self, request: urllib.request.Request) -> Answer:
        try:
            response = self._open(request, timeout=30)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            return Answer(
                response.status, response.url, dict(response.headers.items()), response.read()
            )


@lru_cache(maxsize=4096)  # who waits for a mail reads all that came before again and again
def _read(file: Path, written: int) -> tuple[str, EmailMessage]:
    """Whom the mail in the file of that time went to, and the mail."""
    mail = email.message_from_bytes(file.read_bytes(), policy=default)
    assert isinstance(mail, EmailMessage)
    return parseaddr(str(mail["To"]))[1], mail


class Mailbox:
    """The spool folder, read as somebody reads their mail."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def by_recipient(self) -> dict[str, list[EmailMessage]]:
        """Every mail, oldest first, by the address that it went to."""
        found: dict[str, list[EmailMessage]] = defaultdict(list)
        for written, file in sorted((f.stat().st_mtime_ns, f) for f in self.folder.glob("*.eml")):
            recipient, mail = _read(file, written)
            found[recipient].append(mail)
        return found

    def mails_to(self, address: str) -> list[EmailMessage]:
        """The mails to that address, oldest first."""
        return self.by_recipient()[address]

    def wait_for(self, address: str, subject: str, *, seconds: float = 20) -> EmailMessage:
        """The newest mail to that address whose subject has those words; it must come."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            fitting = [m for m in self.mails_to(address) if subject in str(m["Subject"])]
            if fitting:
                return fitting[-1]
            time.sleep(0.05)
        subjects = [str(mail["Subject"]) for mail in self.mails_to(address)]
        raise AssertionError(f"no mail {subject!r} to {address}; there are {subjects}")


def plain_text(mail: EmailMessage) -> str:
    """The plain text of a mail."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def first_link(mail: EmailMessage, containing: str = "http") -> str:
    """The first address in the mail's plain text that has those characters."""
    links = re.findall(r"https?://\S+", plain_text(mail))
    return next(link for link in links if containing in link)


def calendar_of(mail: Message) -> bytes:
    """The bytes of the mail's calendar alternative."""
    part = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload
