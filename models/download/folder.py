"""A whole data set: PhysioNet's list of checksums, then every file of it that is wanted."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urljoin

import requests
from requests.adapters import HTTPAdapter

from models.download import checksums
from models.download.fetch import (
    DownloadError,
    Fetcher,
    RefusedFileError,
    check_room,
    check_url,
)
from models.download.sources import Source

_REPORT_EVERY_S = 2.0
_READ_S = 60.0


@dataclass(kw_only=True)
class Progress:
    """How far a download has come; counted by several threads."""

    n_files: int = 0
    n_present: int = 0  # there before, with the right checksum
    n_fetched: int = 0
    n_bytes: int = 0
    refused: dict[str, str] = field(default_factory=dict)  # path: why it could not be had


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """What a download is carried out with: what is no part of the data set."""

    n_connections: int = 4
    say: Callable[[str], None] = field(default=lambda line: None)
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    read_s: float = _READ_S


def download(source: Source, folder: Path, conditions: Conditions) -> Progress:
    """Fetch what is missing; a file that is there with the right checksum is left alone."""
    base = check_url(source.url.rstrip("/") + "/")
    folder.mkdir(parents=True, exist_ok=True)
    progress, lock = Progress(), threading.Lock()

    def count(n_bytes: int) -> None:
        with lock:
            progress.n_bytes += n_bytes

    with requests.Session() as session:
        for scheme in ("http://", "https://"):
            session.mount(scheme, HTTPAdapter(pool_maxsize=conditions.n_connections))
        fetcher = Fetcher(
            session=session, sleep=conditions.sleep, on_bytes=count, read_s=conditions.read_s
        )
        wanted = _wanted(fetcher.text(urljoin(base, checksums.NAME)), source, folder)
        progress.n_files = len(wanted)
        missing = _missing(wanted, folder, conditions)
        progress.n_present = len(wanted) - len(missing)
        if missing:
            share = len(missing) / len(wanted)
            check_room(folder, round(source.about_mb * 1e6 * share))
        _fetch_all(fetcher, base, folder, missing, progress, conditions)
    return progress


def _wanted(listed: str, source: Source, folder: Path) -> dict[str, str]:
    try:
        sums = checksums.parse(listed)
    except checksums.ChecksumListError as error:
        raise DownloadError(f"{source.url}: {error}") from None
    wanted = {
        path: sha256
        for path, sha256 in sums.items()
        if any(
            path == name or (name.endswith("/") and path.startswith(name)) for name in source.only
        )
    }
    if not wanted:
        raise DownloadError(
            f"{checksums.NAME} at {source.url} names {len(sums)} files, and none of "
            f"{', '.join(source.only)}."
        )
    (folder / checksums.NAME).write_text(listed, encoding="utf-8")
    return wanted


def _missing(wanted: dict[str, str], folder: Path, conditions: Conditions) -> dict[str, str]:
    there = [path for path in wanted if (folder / path).is_file()]
    if there:
        conditions.say(f"checking {len(there):,} files that are there")
    whole = {path for path in there if checksums.of_file(folder / path) == wanted[path]}
    return {path: sha256 for path, sha256 in wanted.items() if path not in whole}


def _fetch_all(
    fetcher: Fetcher,
    base: str,
    folder: Path,
    missing: dict[str, str],
    progress: Progress,
    conditions: Conditions,
) -> None:
    began = conditions.clock()

    def say() -> None:
        conditions.say(_line(progress, conditions.clock() - began))

    with _every(_REPORT_EVERY_S, say), ThreadPoolExecutor(conditions.n_connections) as pool:
        running = {
            pool.submit(
                fetcher.file, urljoin(base, quote(path)), folder / path, sha256=sha256
            ): path
            for path, sha256 in missing.items()
        }
        try:
            for done in as_completed(running):
                try:
                    done.result()
                    progress.n_fetched += 1
                except RefusedFileError as error:
                    progress.refused[running[done]] = str(error)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    say()


@contextmanager
def _every(seconds: float, say: Callable[[], None]) -> Iterator[None]:
    """Say something now and then while the work goes on; one large file is work too."""
    is_over = threading.Event()

    def repeat() -> None:
        while not is_over.wait(seconds):
            say()

    thread = threading.Thread(target=repeat, name="download-progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _line(progress: Progress, seconds: float) -> str:
    n_there = progress.n_present + progress.n_fetched
    rate = progress.n_bytes / 1e6 / max(seconds, 1e-3)
    refused = f", {len(progress.refused):,} refused" if progress.refused else ""
    return (
        f"{n_there:,} of {progress.n_files:,} files, {progress.n_bytes / 1e6:,.1f} MB fetched, "
        f"{rate:.1f} MB/s{refused}"
    )
