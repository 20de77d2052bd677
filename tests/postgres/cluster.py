"""A private Postgres: its files in a directory of its own, reached by a Unix socket alone."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

USER = "kanvas"
PATIENCE = 60.0


def programs() -> Path | None:
    """The folder with `initdb` and `postgres`, the newest of those that are installed."""
    places = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if places:
        return max(places, key=lambda place: int(place.parent.name))
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


class Cluster:
    """A server that can be ended and started again."""

    def __init__(self, place: Path, folder: Path) -> None:
        self._place = place
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user is not None:
            shutil.chown(folder, self._user)
        self._call("initdb", "-D", self._data, "-U", USER, "-A", "trust", "--no-sync", "-E", "UTF8")

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    def url(self, schema: str, folder: Path | None = None) -> str:
        """The address of a schema, by the server's socket or one in another folder."""
        host = quote(str(folder or self._folder), safe="")
        return f"postgresql://{USER}@/postgres?host={host}&search_path={schema}"

    @property
    def socket(self) -> Path:
        """The server's socket."""
        return self._folder / ".s.PGSQL.5432"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = (
            "-c",
            "listen_addresses=",
            "-c",
            "max_connections=40",
            "-c",
            "shared_buffers=16MB",
        )
        command = [
            str(self._place / "postgres"),
            "-D",
            self._data,
            "-k",
            str(self._folder),
            *options,
        ]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, user=self._user, cwd=self._folder, stdout=log, stderr=log
            )
        until = time.monotonic() + PATIENCE
        while subprocess.run(
            [self._place / "pg_isready", "-q", "-h", self._folder, "-U", USER], check=False
        ).returncode:
            assert self._process.poll() is None, (self._folder / "log").read_text()
            assert time.monotonic() < until
            time.sleep(0.05)

    def stop(self, how: signal.Signals) -> None:
        """End it: SIGINT drops all sessions, SIGQUIT is a crash."""
        assert self._process is not None
        self._process.send_signal(how)
        self._process.wait(PATIENCE)

    def _call(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._place / program, *arguments],
            user=self._user,
            cwd=self._folder,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            check=True,
            capture_output=True,
        )


@contextmanager
def running(place: Path) -> Iterator[Cluster]:
    """A cluster that is gone in the end. Paths of sockets have to be short."""
    folder = Path(tempfile.mkdtemp(prefix="kpg", dir="/tmp"))
    try:
        cluster = Cluster(place, folder)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop(signal.SIGQUIT)  # nothing of it is needed any more
    finally:
        shutil.rmtree(folder)
