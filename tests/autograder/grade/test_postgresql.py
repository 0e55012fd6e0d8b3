"""The gradebook may be any database that SQLAlchemy knows. Here it is a PostgreSQL server, which the test starts."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine, text

from .class_of_ten import ROWS, grade, make, marks

pytestmark = pytest.mark.slow

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
USER = "postgres"  # Debian's package makes it; the server refuses to run as root


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Of an empty database on 127.0.0.1."""
    if not PROGRAMS:
        if os.environ.get("REQUIRE_POSTGRESQL") == "1":
            pytest.fail("REQUIRE_POSTGRESQL=1, but there is none: apt-get install postgresql", pytrace=False)
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    user: dict[str, Any] = {"user": USER, "group": USER, "extra_groups": []} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory(prefix="postgresql-") as folder:
        if user:
            shutil.chown(folder, USER, USER)
        run = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **user}
        data = f"{folder}/data"
        init = [PROGRAMS[-1] / "initdb", "-D", data, "-U", "course", "-A", "trust", "-N", "-E", "UTF8"]
        subprocess.run(init, check=True, **run)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        options = ["-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", "", "-F"]
        with subprocess.Popen([PROGRAMS[-1] / "postgres", *options], **run) as server:
            try:
                found = f"postgresql+psycopg://course@127.0.0.1:{port}/postgres"
                wait(found)
                yield found
            finally:
                server.send_signal(signal.SIGINT)  # ends it at once; SIGTERM would wait for those who are connected


def wait(url: str) -> None:
    """Until the server answers."""
    ends = time.monotonic() + 60
    while True:
        try:
            with create_engine(url, poolclass=NullPool).connect() as connection:
                connection.execute(text("select 1"))
            return
        except Exception:
            if time.monotonic() > ends:
                raise
            time.sleep(0.2)


def rows(url: str) -> list[tuple[Any, ...]]:
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return [tuple(row) for row in connection.execute(text(ROWS))]


def steady(found: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Without dates, which each database gives in its own form, and in one order: each sorts names in its own."""
    return sorted((*row[:4], bool(row[4]), row[5], bool(row[6]), row[7]) for row in found)


def test_a_class_is_graded_as_with_the_usual_gradebook(url: str, tmp_path: Path) -> None:
    usual, server = make(tmp_path / "usual").root, make(tmp_path / "server", url).root
    for root in (usual, server):
        done = grade(root, "--jobs", "2")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "hw: 10 graded" in done.stdout
    assert not (server / "gradebook.db").exists()
    assert steady(rows(url)) == steady(marks(usual))
    assert len(rows(url)) == 30
    assert "0 marks of 0 of 10 students change" in grade(server, "--dry-run", command="regrade").stdout
    done = grade(server, command="feedback")
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(list(server.glob("feedback/*/hw/p.html"))) == 10
