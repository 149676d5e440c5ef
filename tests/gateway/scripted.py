"""An IMAP server of a test's own that answers from a table: what no honest server would say."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

# What an honest server of the least abilities says; {tag} is the client's.
HONEST = {
    "": b"* OK ready\r\n",
    "CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n",
    "LOGIN": b"{tag} OK done\r\n",
    "SELECT": b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7]\r\n{tag} OK done\r\n",
    "UID SEARCH": b"* SEARCH 1\r\n{tag} OK done\r\n",
    "UID FETCH": b"* 1 FETCH (UID 1 BODY[]<0> {{2}}\r\nhi)\r\n{tag} OK done\r\n",
    "UID COPY": b"{tag} OK done\r\n",
    "UID STORE": b"{tag} OK done\r\n",
    "LOGOUT": b"* BYE\r\n{tag} OK done\r\n",
}


@contextmanager
def scripted(answers: Mapping[str, bytes] | None = None) -> Iterator[tuple[int, list[bytes]]]:
    """The port of such a server, and the lines that it was told; ``answers`` by command win.

    An empty answer says nothing, and the server waits for ever.
    """
    table, told = {**HONEST, **(answers or {})}, []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk() -> None:
            with suppress(OSError), server.accept()[0] as connection:
                connection.settimeout(10)
                connection.sendall(table[""])
                for line in connection.makefile("rb"):
                    told.append(line)
                    tag, *words = line.split()
                    command = " ".join(word.decode() for word in words[:2])
                    known = command if command in table else words[0].decode()
                    answer = table.get(known, b"{tag} BAD what\r\n")
                    said = answer.replace(b"{tag}", tag)
                    connection.sendall(said.replace(b"{{", b"{").replace(b"}}", b"}"))

        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        yield int(server.getsockname()[1]), told
        thread.join(10)
