"""The DNS records without which answers go astray and invites are taken for spam."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from community.config import Settings
from community.ops.dns_lookup import Lookup, LookupFailed
from community.ops.findings import Finding

ABOUT = "dns"
_GOOGLE = (".google.com.", ".googlemail.com.")
_NOT_GOOGLE = (
    "Google's calendars send no answer to an address that Google keeps. Let RSVP_ADDRESS be of a "
    "subdomain whose mail goes elsewhere, such as rsvp@events.example.org."
)
_LOCAL = ("localhost", "local", "test", "example", "invalid")  # never in the public DNS (RFC 6761)


@dataclass(frozen=True)
class Record:
    """One record as it stands in a zone file: ``name`` with its last dot, and what it is for."""

    name: str
    kind: str
    value: str
    why: str

    def __str__(self) -> str:
        value = f'"{self.value}"' if self.kind == "TXT" else self.value
        return f"{self.name} {self.kind} {value}"


@dataclass(frozen=True)
class Domains:
    """What the settings say: where answers go, from where mails come, where they are returned."""

    replies: str
    senders: tuple[str, ...]  # of the From lines
    envelope: str

    @classmethod
    def of(cls, settings: Settings) -> "Domains":
        """The domains that the settings name."""
        replies, sender = _domain(settings.rsvp_address), _domain(settings.mail_from)
        envelope = _domain(settings.bounce_address or settings.mail_from)
        return cls(replies, tuple(dict.fromkeys((replies, sender))), envelope)

    @property
    def receiving(self) -> tuple[str, ...]:
        """Those that mails are sent to."""
        return tuple(dict.fromkeys((self.replies, self.envelope)))


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()


def is_public(domain: str) -> bool:
    """Whether it is a name that the DNS of the world can know; an address is none."""
    last = domain.rpartition(".")[2]
    return "." in domain and last not in _LOCAL and not last.isdigit()


def records(settings: Settings, selectors: Iterable[str] = ()) -> list[Record]:
    """What to set, in the order of what matters most; [] while the addresses are nobody's."""
    domains = Domains.of(settings)
    mail_host = urlsplit(settings.mail_url).hostname or ""
    mx_host = urlsplit(settings.imap_url).hostname or ""
    mx = f"10 {mx_host if is_public(mx_host) else 'the-mail-server-of-this-domain'}."
    ours = f" a:{mail_host}" if is_public(mail_host) else ""
    found = [Record(f"{d}.", "MX", mx, "mails to it arrive") for d in domains.receiving]
    spf = f"v=spf1 mx{ours} ~all"
    found.append(Record(f"{domains.envelope}.", "TXT", spf, "SPF: who may send for it"))
    for domain in domains.senders:
        for selector in tuple(selectors) or ("SELECTOR",):
            name, key = f"{selector}._domainkey.{domain}.", "v=DKIM1; p=PUBLIC-KEY"
            found.append(Record(name, "TXT", key, "DKIM: the key of the server that signs"))
        rule = f"v=DMARC1; p=quarantine; rua=mailto:postmaster@{domain}"
        found.append(Record(f"_dmarc.{domain}.", "TXT", rule, "DMARC: what becomes of forgeries"))
    return [record for record in found if is_public(record.name.rstrip("."))]


def examine_dns(settings: Settings, lookup: Lookup, selectors: Iterable[str]) -> Iterator[Finding]:
    """What the DNS says of the domains in the settings, and what to change."""
    domains = Domains.of(settings)
    if not is_public(domains.replies):
        yield Finding(ABOUT, f"{domains.replies} is in no DNS, so that nothing is looked up")
        return
    wanted = {(record.name, record.kind): record for record in records(settings)}
    try:
        for domain in filter(is_public, domains.receiving):
            servers = lookup.mail_servers(domain)
            yield judge_mail_servers(domain, servers, wanted[f"{domain}.", "MX"])
            if domain == domains.replies and servers and is_google(servers):
                yield Finding(ABOUT, f"Google keeps the mailbox of {domain}", _NOT_GOOGLE)
        if is_public(domains.envelope):
            spf = wanted[f"{domains.envelope}.", "TXT"]
            yield judge_spf(domains.envelope, lookup.texts(domains.envelope), spf)
        for domain in filter(is_public, domains.senders):
            yield from _dkim(domain, lookup, tuple(selectors))
            rules = [rule for name in _upwards(domain) for rule in lookup.texts(f"_dmarc.{name}")]
            yield judge_dmarc(domain, rules, wanted[f"_dmarc.{domain}.", "TXT"])
    except LookupFailed as failed:
        advice = "Try again, or ask another name server: --nameserver ADDRESS"
        yield Finding(ABOUT, f"nobody answers: {failed}", advice)


def judge_mail_servers(domain: str, servers: list[str] | None, wanted: Record) -> Finding:
    """Whether mails to a domain arrive anywhere; ``servers`` None: there is no such domain."""
    if servers is None:
        return Finding(ABOUT, f"{domain} does not exist", f"Register it, and set: {wanted}")
    if not servers:
        return Finding(ABOUT, f"{domain} names no mail server", f"Set: {wanted}")
    if servers == ["."]:  # RFC 7505
        return Finding(ABOUT, f"{domain} says that it takes no mail", f"Set: {wanted}")
    return Finding(ABOUT, f"mails to {domain} go to {servers[0].rstrip('.')}")


def is_google(servers: list[str]) -> bool:
    """Whether Google takes the mails: its calendars then send no answers (see docs/calendar.md)."""
    return any(server.endswith(_GOOGLE) for server in servers)


def judge_spf(domain: str, texts: list[str], wanted: Record) -> Finding:
    """Whether one record says who may send for a domain (RFC 7208), and not everybody."""
    found = [text for text in texts if text.lower().split(" ", 1)[0] == "v=spf1"]
    if not found:
        return Finding(ABOUT, f"{domain} has no SPF record", f"Set: {wanted}")
    if len(found) > 1:
        text = f"{domain} has {len(found)} SPF records, which counts as an error"
        return Finding(ABOUT, text, "Make one of them.")
    if any(word in {"all", "+all"} for word in found[0].lower().split()):
        return Finding(ABOUT, f"{domain} lets everybody send for it", f"Set: {wanted}")
    return Finding(ABOUT, f"SPF of {domain}: {found[0]}")


def judge_dkim(domain: str, selector: str, texts: list[str]) -> Finding:
    """Whether there is a key by which signatures can be checked (RFC 6376 3.6.1)."""
    name = f"{selector}._domainkey.{domain}"
    for text in texts:
        tags = _tags(text)
        if "p" in tags and tags.get("v", "DKIM1") == "DKIM1":
            if tags["p"]:
                return Finding(ABOUT, f"DKIM of {domain}: a key at {name}")
            return Finding(ABOUT, f"the key at {name} was revoked", "Set the new key.")
    advice = f'Set: {name}. TXT "v=DKIM1; p=" and the public key of the server that signs'
    return Finding(ABOUT, f"there is no DKIM key at {name}", advice)


def judge_dmarc(domain: str, texts: list[str], wanted: Record) -> Finding:
    """Whether the domain, or the nearest above it, says what becomes of forgeries (RFC 7489)."""
    for text in texts:
        tags = _tags(text)
        if tags.get("v") == "DMARC1":
            if tags.get("p", "").lower() in {"none", "quarantine", "reject"}:
                return Finding(ABOUT, f"DMARC of {domain}: {text}")
            return Finding(ABOUT, f"the DMARC record of {domain} says nothing", f"Set: {wanted}")
    return Finding(ABOUT, f"{domain} has no DMARC record", f"Set: {wanted}")


def _dkim(domain: str, lookup: Lookup, selectors: tuple[str, ...]) -> Iterator[Finding]:
    for selector in selectors:
        yield judge_dkim(domain, selector, lookup.texts(f"{selector}._domainkey.{domain}"))
    if not selectors:
        text = f"DKIM of {domain}: not looked up, say which key with --dkim-selector NAME"
        yield Finding(ABOUT, text)


def _upwards(domain: str) -> list[str]:
    """The domain and those above it, down to two labels."""
    labels = domain.split(".")
    return [".".join(labels[at:]) for at in range(max(1, len(labels) - 1))][:8]


def _tags(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
