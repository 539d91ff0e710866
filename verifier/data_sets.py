"""The only door to looking after data sets: prepare, check and download them, in a child process.

The work is `python -m models data …`; what it says on the way becomes the progress of a request.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from models.data import DATASETS, DataError, parse_reference
from models.download.sources import UnknownSourceError, source, sources
from verifier.claim import InputError
from verifier.web import OFFLINE, is_offline

ROOT: Final = Path(__file__).parents[1]
PREPARE, CHECK, FETCH = "prepare", "check", "fetch"
KINDS: Final[Mapping[str, str]] = {
    PREPARE: "Prepare for training",
    CHECK: "Check every file",
    FETCH: "Download",
}
MOST_NAMED = 200  # records of a result that are kept by name


@dataclass(frozen=True, kw_only=True)
class Download:
    name: str
    title: str
    about_mb: int  # 0 where nobody knows
    licence: str


def layouts() -> list[str]:
    """Layouts of data sets that lie in a folder."""
    return [name for name in DATASETS if DATASETS.load(name).NEEDS_FOLDER]


def says(layout: str) -> str:
    """What a layout is, in a line."""
    return (DATASETS.load(layout).__doc__ or "").partition("\n")[0].rstrip(":")


def downloads() -> list[Download]:
    """What can be fetched from its publisher."""
    return [
        Download(name=s.name, title=s.title, about_mb=s.about_mb, licence=s.licence)
        for s in sources().values()
    ]


def checked_subject(kind: str, subject: str) -> str:
    """What a request is about, in its one spelling.

    Raises:
        InputError: it names no data set, or its folder is not there.
    """
    try:
        if kind == FETCH:
            return source(subject).name
        reference = parse_reference(subject)
    except (DataError, UnknownSourceError) as error:
        raise InputError(str(error)) from None
    if reference.folder is not None:
        try:
            folder = reference.folder.expanduser().absolute()
        except RuntimeError:  # of ~somebody, whom this machine does not know
            raise InputError(f"Nobody here has the home folder of {reference.folder}.") from None
        if not folder.is_dir():
            raise InputError(f"There is no folder {folder} on the machine of the dashboard.")
        return f"{reference.name}:{folder}"
    return str(reference)


def folder_for(home: Path, name: str) -> Path:
    """Where a download goes: below the home folder, never where a browser says."""
    return home / "data" / source(name).name


def carry_out(
    kind: str, subject: str, *, home: Path, cache: Path, say: Callable[[str], None]
) -> tuple[str, dict[str, Any]]:
    """Do it; returns what it came to in words, and the facts.

    `say` may raise to stop the work; what a download has fetched by then is kept.

    Raises:
        InputError: it cannot be done as asked, or failed; the message says why.
    """
    if kind == FETCH and is_offline():
        raise InputError(f"{OFFLINE}.")
    command = [sys.executable, "-m", "models", "data", *_arguments(kind, subject, home, cache)]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out:
        child = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE,
            text=True, encoding="utf-8", errors="replace",
        )  # fmt: skip
        last = _listened(child, say)
        status = child.wait()
        out.seek(0)
        printed = out.read()
    try:
        facts: dict[str, Any] = json.loads(printed)
    except ValueError:
        raise InputError(last or f"It ended with status {status} and said nothing.") from None
    return _words(kind, facts), _kept(facts)


def _listened(child: "subprocess.Popen[str]", say: Callable[[str], None]) -> str:
    """Pass on what the child says; whoever interrupts that ends the child."""
    last = ""
    assert child.stderr is not None  # it was asked for
    try:
        with child.stderr as said:
            for line in said:
                if words := line.strip().removeprefix("models: "):
                    last = words
                    say(words)
    except BaseException:
        child.terminate()
        child.wait()
        raise
    return last


def _arguments(kind: str, subject: str, home: Path, cache: Path) -> list[str]:
    if kind == FETCH:
        folder = folder_for(home, subject)
        folder.mkdir(parents=True, exist_ok=True)
        return ["download", subject, str(folder), "--json"]
    if kind == CHECK:
        return ["verify", subject, "--json"]
    return ["add", subject, "--cache", str(cache), "--json"]


def _words(kind: str, facts: Mapping[str, Any]) -> str:
    if kind == FETCH:
        refused = len(facts.get("refused") or {})
        there = facts.get("n_present", 0) + facts.get("n_fetched", 0)
        words = f"{there:,} of {facts.get('n_files', 0):,} files are there"
        return f"{words}; {refused:,} were refused" if refused else words
    counts = facts.get("n_records", {})
    told = ", ".join(f"{n:,} {split}" for split, n in counts.items())
    words = f"{sum(counts.values()):,} records ({told}) of {facts.get('n_patients', 0):,} patients"
    n_out = facts.get("n_left_out", 0)
    if n_out:
        words += f"; {n_out:,} left out"
    if kind == CHECK:
        wrong = facts.get("wrong") or []
        words += f"; {len(wrong):,} things are wrong" if wrong else "; nothing is wrong"
    return words


def _kept(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts with long lists cut, damaged records before absent ones."""
    kept = dict(facts)
    left_out = list(kept.get("left_out") or [])
    left_out.sort(key=lambda one: not str(one["reason"]).startswith("damaged"))
    kept["left_out"] = left_out[:MOST_NAMED]
    for name in ("wrong", "refused"):
        if isinstance(kept.get(name), list):
            kept[name] = kept[name][:MOST_NAMED]
    return kept


def share_done(message: str) -> float | None:
    """How far a request is, from its own words.

    >>> share_done("read 1,200 of 2,400 records"), share_done("waiting for a worker")
    (0.5, None)
    """
    words = message.replace(",", "").split()
    for before, word, after in zip(words, words[1:], words[2:], strict=False):
        if word == "of" and before.isdecimal() and after.isdecimal() and int(after):
            return min(int(before) / int(after), 1.0)
    return None
