"""Questions to the DNS, each answered within seconds or not at all."""

from typing import Any
from urllib.parse import urlsplit

import dns.exception
import dns.resolver

_SECONDS = 5.0


class LookupFailed(Exception):
    """Nobody answered; the message says why."""


class Lookup:
    """Asks the machine's own name servers, or the one given as ``ADDRESS`` or ``ADDRESS:PORT``.

    Raises ValueError for one that cannot be asked.
    """

    def __init__(self, nameserver: str = "") -> None:
        if not nameserver:
            try:
                self._resolver = dns.resolver.Resolver()
            except dns.exception.DNSException as error:
                raise ValueError(f"this machine names no name server: {error}") from error
        else:
            self._resolver = dns.resolver.Resolver(configure=False)
            address, port = _split(nameserver)
            self._resolver.nameservers = [address]
            self._resolver.port = port
        self._resolver.lifetime = _SECONDS

    def mail_servers(self, domain: str) -> list[str] | None:
        """Where mails to a domain go (MX), the preferred first; None: there is no such domain."""
        found = self._ask(domain, "MX")
        if found is None:
            return None
        ordered = sorted((rdata.preference, rdata.exchange.to_text().lower()) for rdata in found)
        return [host for _, host in ordered]

    def texts(self, name: str) -> list[str]:
        """The TXT records of a name, each joined to one text."""
        found = self._ask(name, "TXT") or []
        return [b"".join(rdata.strings).decode("utf-8", "replace") for rdata in found]

    def _ask(self, name: str, kind: str) -> list[Any] | None:
        try:
            answer = self._resolver.resolve(f"{name}.", kind, raise_on_no_answer=False)
        except dns.resolver.NXDOMAIN:
            return None
        except dns.exception.DNSException as error:
            raise LookupFailed(str(error).split("\n", 1)[0]) from error
        return list(answer.rrset or [])


def _split(nameserver: str) -> tuple[str, int]:
    """Address and port of ``192.0.2.1``, ``192.0.2.1:5353`` or ``[2001:db8::1]:5353``."""
    parts = urlsplit(
        f"//{nameserver}" if nameserver.count(":") < 2 else f"//{_bracketed(nameserver)}"
    )
    if not parts.hostname:
        raise ValueError(f"{nameserver!r} is no address of a name server")
    return parts.hostname, parts.port or 53


def _bracketed(address: str) -> str:
    return address if address.startswith("[") else f"[{address}]"
