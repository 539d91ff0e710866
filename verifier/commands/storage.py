"""The database as files: backup, restore, dump, load, and whether it is sound: check."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from verifier import storage
from verifier.access import ANYBODY, LOCAL, Access
from verifier.commands._console import DONE, FAILED, show
from verifier.workspace import (
    Workspace,
    database_url,
    home_folder,
    is_read_only,
    open_workspace,
)

MOST_SHOWN = 20  # troubles of one kind


def back_up(asked: argparse.Namespace) -> int:
    with _opened() as workspace:
        found = storage.back_up(workspace, Path(asked.file), with_runs=asked.with_runs)
    show(asked, found, lambda: _written(found))
    return DONE


def dump(asked: argparse.Namespace) -> int:
    with _opened() as workspace:
        found = storage.write_dump(workspace, Path(asked.file))
    show(asked, found, lambda: _written(found))
    return DONE


def _written(found: Mapping[str, Any]) -> list[str]:
    rows = f", {found['rows']:,} rows" if "rows" in found else ""
    lines = [f"Wrote {found['file']} ({found['bytes']:,} bytes{rows})."]
    if runs := found.get("runs"):
        lines.append(f"Wrote {runs['file']} ({runs['folders']:,} run folders).")
    return lines


def restore(asked: argparse.Namespace) -> int:
    found = storage.restore(_place(), Path(asked.file), with_runs=asked.with_runs)
    show(asked, found, lambda: _restored(asked.file, found))
    return FAILED if found["troubles"] else DONE


def _restored(file: str, found: Mapping[str, Any]) -> list[str]:
    lines = [f"{found['database']} is what {file} holds."]
    if found["kept"]:
        lines.append(f"What was there before is kept as {found['kept']}.")
    if runs := found.get("runs"):
        lines.append(f"{runs['folders']:,} run folders are back.")
        if runs["kept"]:
            lines.append(f"Those that were there before are kept as {runs['kept']}.")
    return [*lines, *found["troubles"][:MOST_SHOWN]]


def load(asked: argparse.Namespace) -> int:
    found = storage.read_dump(_place(), Path(asked.file))
    words = [f"Loaded {found['rows']:,} rows of schema {found['schema']}."]
    show(asked, found, lambda: [*words, *found["troubles"][:MOST_SHOWN]])
    return FAILED if found["troubles"] else DONE


def check(asked: argparse.Namespace) -> int:
    """Exit status 1 where something is wrong."""
    with _opened() as workspace:
        found = storage.examine(workspace)
    is_sound = not any(found.values())
    show(asked, {"is_sound": is_sound, "wrong": found}, lambda: _examined(found))
    return DONE if is_sound else FAILED


def _examined(found: Mapping[str, Sequence[str]]) -> list[str]:
    lines = []
    for asked, wrong in found.items():
        lines.append(f"{'no ' if wrong else 'yes'}  {asked}")
        lines += [f"       {one}" for one in wrong[:MOST_SHOWN]]
        if len(wrong) > MOST_SHOWN:
            lines.append(f"       … and {len(wrong) - MOST_SHOWN} more")
    return lines


@contextmanager
def _opened() -> Iterator[Workspace]:
    workspace = open_workspace()
    try:
        yield workspace
    finally:
        workspace.database.close()


def _place() -> storage.Place:
    """Not opened: opening would make a database, or bring it up to date."""
    person = ANYBODY if is_read_only() else LOCAL
    return storage.Place(url=database_url(), home=home_folder(), access=Access(lambda: person))
