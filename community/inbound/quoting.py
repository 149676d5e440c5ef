"""What somebody wrote, without the mail that they answer: an invitation has links in it that are
theirs alone, and hosts want to read one sentence.
"""

import html
import re

from community.core.text import clean_text, shorten

LONGEST = 4_000  # characters that are kept
_LOOKED_AT, _LINES, _LINE = 256 * 1024, 1_000, 300

_DASHES = re.compile(r"\s*-{4,}.{2,120}?-{4,}\s*")
_RULE = re.compile(r"\s*[_=\u2500-]{10,}\s*")
_FROM = re.compile(
    r"\W*(?:from|von|de|da|van|från|fra|od|lähettäjä|feladó|от|发件人|寄件者|差出人|보낸 사람)"
    r"\W*[:\uff1a]",
    re.IGNORECASE,
)
_FIELD = re.compile(r"\W*[^\W\d][^:\uff1a\n]{0,20}[:\uff1a](?!//)")
_WROTE = re.compile(
    r"(?:wrote|schrieb|a écrit|escribió|ha scritto|escreveu|schreef|skrev|kirjoitti|napisał|pisze"
    r"|napsal|írta|yazdı|έγραψε|a scris|пишет|написал|написав|写道|寫道|のメール|님이 작성)",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(r"-- ?")
_BY_DEVICE = re.compile(
    r"\W*(?:sent from (?:my|mail|outlook|yahoo|proton|samsung)|sent with |get outlook for"
    r"|von meinem .{1,40} gesendet|gesendet (?:von|mit) |diese nachricht wurde von mein"
    r"|envoyé (?:de|depuis) |enviado (?:desde|do|a partir) |inviato da |verstuurd vanaf "
    r"|verzonden (?:vanaf|via) |skickat från |sendt fra |lähetetty |wysłane z "
    r"|outlook (?:für|for) (?:ios|android|mac)"
    r"|télécharger outlook|iphoneから送信|发自我的)",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"\W*(?:begin forwarded message|anfang der weitergeleiteten|début du message|inicio del mensaje"
    r"|inizio messaggio|início da mensagem).{0,40}:?\s*",
    re.IGNORECASE,
)

_TAG = re.compile(r"<[^<>]*>|[^<]+|<")
_TAG_NAME = re.compile(r"</?([a-z][a-z0-9]*)", re.IGNORECASE)
# Where Gmail, Outlook, Yahoo, Thunderbird, Proton, Tuta and Zoho begin to repeat the older mail.
_OLDER_MAIL = re.compile(
    r"gmail_quote|gmail_attr|gmail_extra|divRplyFwdMsg|appendonsend|yahoo_quoted|moz-cite-prefix"
    r"|moz-forward|protonmail_quote|tutanota_quote|zmail_extra|OutlookMessageHeader"
    r"|mail-editor-reference-message|x_divRplyFwdMsg|reply-intro|quoted?-(?:text|message)",
    re.IGNORECASE,
)
_UNSEEN = {"style", "script", "title", "template"}
_LINE_ENDS = {
    "br", "p", "div", "tr", "li", "ul", "ol", "table", "hr", "pre", "section", "article",
    "h1", "h2", "h3", "h4", "h5", "h6",
}  # fmt: skip


def written_above(text: str) -> str:
    """What stands above the older mail in plain text; below or between it, if nothing is above.

    At most 4,000 characters, printable, ``\\n`` as the only line end.
    """
    lines = text[:_LOOKED_AT].replace("\r\n", "\n").replace("\r", "\n").split("\n")[:_LINES]
    end = next((n for n in range(len(lines)) if _older_mail_begins(lines, n)), len(lines))
    above = _tidy(lines[:end])
    return above or _tidy(_answers_below(lines[end:]))


def text_of_html(source: str) -> str:
    """The lines that a page of HTML shows, up to where the older mail begins in it.

    Made for mails, not for browsers: it is never shown as HTML again.
    """
    page = _Page()
    for token in _TAG.findall(_without_comments(source[:_LOOKED_AT])):
        page.take(token)
        if page.is_over:
            break
    return "".join(page.shown)


def _tidy(lines: list[str]) -> str:
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines))
    # Cut first: putting marks in order takes its time when there are thousands of them.
    return shorten(clean_text(text.strip()[: 2 * LONGEST]), LONGEST)


def _answers_below(lines: list[str]) -> list[str]:
    """Who writes below the quoted lines, or between them, leaves the marks on these."""
    if not any(line.lstrip().startswith(">") for line in lines):
        return []
    kept: list[str] = []
    quoted = False
    for line in lines:
        if line.lstrip().startswith(">"):
            quoted = True
        elif quoted and (_SIGNATURE.fullmatch(line) or _BY_DEVICE.match(line[:_LINE])):
            break
        elif quoted:
            kept.append(line)
    return kept


def _older_mail_begins(lines: list[str], n: int) -> bool:
    line = lines[n][:_LINE]
    if not line.strip():
        return False
    return bool(
        line.lstrip().startswith(">")
        or _SIGNATURE.fullmatch(line)
        or _DASHES.fullmatch(line)
        or _BY_DEVICE.match(line)
        or _FORWARDED.fullmatch(line)
        or _is_header(lines, n)
        or _is_attribution(lines, n)
    )


def _following(lines: list[str], n: int, count: int) -> list[str]:
    """The next so many lines that are not blank, among the next few."""
    return [line[:_LINE] for line in lines[n + 1 : n + 4 * count] if line.strip()][:count]


def _is_header(lines: list[str], n: int) -> bool:
    """``From: …``, ``Sent: …``, ``To: …`` in any of many languages, or a rule above it."""
    following = _following(lines, n, 2)
    if _RULE.fullmatch(lines[n][:_LINE]):
        return bool(following and _FROM.match(following[0]))
    fields = [_FIELD.match(line) for line in following]
    return bool(_FROM.match(lines[n]) and len(fields) == 2 and all(fields))


def _is_attribution(lines: list[str], n: int) -> bool:
    """``On Monday, Ann wrote:``, also broken over several lines."""
    joined = lines[n][:_LINE]
    for length in range(3):
        if length:
            if n + length >= len(lines) or not lines[n + length].strip():
                return False
            joined += " " + lines[n + length][:_LINE]
        if joined.rstrip().endswith((":", "\uff1a")):
            # Times and years, and whom: an ordinary sentence has not both.
            dated = any(character.isdigit() for character in joined)
            following = _following(lines, n + length, 1)
            quoted = bool(following and following[0].lstrip().startswith(">"))
            wrote = _WROTE.search(joined) is not None
            # What runs over several lines may as well be a paragraph that ends with a colon.
            return (dated or "@" in joined) and (wrote or (quoted and not length))
    return False


def _without_comments(source: str) -> str:
    kept, at = [], 0
    while (begins := source.find("<!--", at)) >= 0:
        kept.append(source[at:begins])
        ends = source.find("-->", begins)
        at = len(source) if ends < 0 else ends + 3
    return "".join([*kept, source[at:]])


class _Page:
    """Collects what is shown, tag by tag."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.is_over = False
        self._hidden_in, self._depth, self._length = "", 0, 0

    def take(self, token: str) -> None:
        """The next tag, or the text up to it."""
        named = _TAG_NAME.match(token)
        name = named[1].lower() if named else ""
        if self._hidden_in:
            self._leave(name, token)
        elif name:
            self._tag(name, token)
        else:
            text = re.sub(r"\s+", " ", html.unescape(token))
            self.shown.append(text)
            self._length += len(text)
            self.is_over = self._length > 4 * LONGEST

    def _leave(self, name: str, token: str) -> None:
        if name == self._hidden_in and not token.endswith("/>"):
            self._depth += -1 if token.startswith("</") else 1
            self._hidden_in = name if self._depth else ""

    def _tag(self, name: str, token: str) -> None:
        if name in _LINE_ENDS:
            self.shown.append("\n")
        if token.startswith("</"):
            return
        if _OLDER_MAIL.search(token):
            self.is_over = True
        elif name == "blockquote" or name in _UNSEEN:
            # Behind the mark of a quoted line the plain text's rules know what stood above it.
            self.shown.append("\n>\n" if name == "blockquote" else "")
            self._hidden_in, self._depth = name, 1
