"""What counts as an e-mail address here: one strict form, so that what is stored is what is sent.

The grammar is narrower than RFC 5321 on purpose. ``smtplib`` and several header parsers read an
unusual address as another one, and two spellings of one mailbox would be two
people. Whatever does not fit is refused with a sentence that says why; nothing is ever folded
into an address that somebody else may own.
"""

import re
import smtplib
import unicodedata

import idna

from community.core.errors import Refused
from community.core.text import gettext

LONGEST = 254  # RFC 5321 4.5.3.1.3: a path of 256 octets less its angle brackets
LONGEST_LOCAL = 64  # RFC 5321 4.5.3.1.1

# Left out of RFC 5322's atext: "?" (begins an encoded word that CPython decodes in headers), "%"
# and "!" (old source routes), and "`{|}" (no mailbox needs them, careless mail filters run them).
_ATOM = r"[a-z0-9#$&'*+/=^_~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")


def normal_address(text: str) -> str:
    """The one way that this address is stored, compared and sent to: ``local@domain`` in ASCII.

    Local part: dots and atoms, lower-cased, at most 64 characters. Domain: at least two labels
    (RFC 5890 LDH, international ones as ``xn--``), lower-cased. At most 254 characters in all.
    Raises ``Refused("bad_address", reason=<sentence for the reader>)``.
    """
    text = text.strip(" \t\r\n")
    local, at, domain = text.rpartition("@")
    if not at:
        raise _refused(gettext("An e-mail address has an @ in it, like name@example.org."))
    address = f"{_normal_local(local)}@{_normal_domain(domain)}"
    if len(address) > LONGEST:
        raise _refused(gettext("This address is longer than mail can carry."))
    if not is_plain_address(address):
        raise _refused(gettext("This address cannot be written to."))
    return address


def domain_of(address: str) -> str:
    """The part after the @ of a normal address."""
    return address.rpartition("@")[2]


def is_plain_address(address: str) -> bool:
    """Whether the address reaches a header and an SMTP command as it stands.

    Laxer than :func:`normal_address` in one thing, for our own addresses: the domain may be a
    single label, as in ``no-reply@localhost``.
    """
    local, _, domain = address.rpartition("@")
    return bool(
        len(address) <= LONGEST
        and _LOCAL.fullmatch(local)
        and _HOST.fullmatch(domain)
        and smtplib.quoteaddr(address) == f"<{address}>"
    )


def _normal_local(local: str) -> str:
    if not local.isascii():
        # Not folded: full-width or accented letters may be somebody else's mailbox.
        raise _refused(gettext("The part before the @ may hold no accented or non-Latin letters."))
    local = local.lower()
    # A leading hyphen would be read as an option by programs that a mail passes through.
    if local.startswith("-") or not _LOCAL.fullmatch(local):
        raise _refused(
            gettext(
                "The part before the @ may only hold letters and digits, with . _ + - between them."
            )
        )
    if len(local) > LONGEST_LOCAL:
        raise _refused(gettext("The part before the @ is longer than 64 characters."))
    return local


def _normal_domain(domain: str) -> str:
    not_a_domain = gettext("The part after the @ is not the name of a mail domain.")
    if len(domain) > LONGEST or any(_looks_like_ascii(c) for c in domain):
        raise _refused(not_a_domain)
    labels = unicodedata.normalize("NFC", domain).lower().split(".")
    if len(labels) < 2:
        raise _refused(gettext("The part after the @ needs a dot, like example.org."))
    try:
        host = ".".join(_normal_label(label) for label in labels)
    except UnicodeError:  # idna.IDNAError is one
        raise _refused(not_a_domain) from None
    if not _HOST.fullmatch(host) or host.rpartition(".")[2].isdigit():  # no IP address
        raise _refused(not_a_domain)
    return host


def _normal_label(label: str) -> str:
    if label.isascii() and not label.startswith("xn--"):
        return label
    return idna.alabel(label).decode("ascii")


def _looks_like_ascii(character: str) -> bool:
    """Whether a character beyond ASCII is one that browsers fold into ASCII, like a wide ``ｅ``."""
    return not character.isascii() and any(
        c.isascii() for c in unicodedata.normalize("NFKC", character).lower()
    )


def _refused(reason: str) -> Refused:
    return Refused("bad_address", reason=reason)
