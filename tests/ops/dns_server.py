"""A small name server on loopback that answers from a zone of the test's own."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.zone


@contextmanager
def answering(text: str) -> Iterator[str]:
    """``ADDRESS:PORT`` of a server of this zone file, whose origin is the root."""
    zone = dns.zone.from_text(text, origin=".", relativize=False, check_origin=False)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=_serve, args=(server, zone), daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        server.sendto(b"", server.getsockname())
        thread.join(5)


def _serve(server: socket.socket, zone: dns.zone.Zone) -> None:
    with suppress(OSError):
        while True:
            data, asker = server.recvfrom(4096)
            if not data:
                return
            server.sendto(_answer(data, zone), asker)


def _answer(data: bytes, zone: dns.zone.Zone) -> bytes:
    query = dns.message.from_wire(data)
    answer = dns.message.make_response(query)
    answer.flags |= dns.flags.RA
    question = query.question[0]
    if question.name.labels[0] == b"broken":
        answer.set_rcode(dns.rcode.SERVFAIL)
        return answer.to_wire()
    node = zone.get_node(question.name)
    if node is None and not any(name.is_subdomain(question.name) for name in zone.nodes):
        answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer.to_wire()
    found = zone.get_rrset(question.name, question.rdtype) if node else None
    if found is not None:
        answer.answer.append(found)
    return answer.to_wire()
