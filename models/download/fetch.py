"""One file over HTTP: resumed where the last attempt broke off, checked, renamed when whole."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from models.download import checksums

_CONNECT_S, _READ_S = 10.0, 60.0
_CHUNK = 1 << 14  # what a broken connection costs at most
_ATTEMPTS = 5
_LONGEST_PAUSE_S = 30.0
_PASSING = {408, 425, 429, 500, 502, 503, 504}
_AGENT = "replicheck-models/1 (data download; python-requests)"


class DownloadError(Exception):
    """Nothing more can be fetched: no server, no room, no such address."""


class RefusedFileError(DownloadError):
    """This one file cannot be had; others may."""


class _BrokenOffError(Exception):
    """An attempt that may be repeated."""


@dataclass(frozen=True, kw_only=True)
class Fetcher:
    """Fetches files; time and progress come from outside."""

    session: requests.Session
    sleep: Callable[[float], None] = time.sleep
    on_bytes: Callable[[int], None] = field(default=lambda n_bytes: None)
    read_s: float = _READ_S

    def text(self, url: str) -> str:
        """Return a small file's text, never resumed."""
        return str(self._repeat(url, lambda: self._get(url, {}).text))

    def file(self, url: str, path: Path, *, sha256: str) -> None:
        """Bring `path` there with that checksum; `path.part` keeps what came so far."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.part")

        def attempt() -> None:
            self._continue(url, part)
            if (found := checksums.of_file(part)) != sha256:
                part.unlink()
                raise _BrokenOffError(f"has SHA-256 {found[:16]}…, stated is {sha256[:16]}…")

        self._repeat(url, attempt, lambda: _size(part))
        part.replace(path)

    def _repeat(
        self, url: str, attempt: Callable[[], Any], size: Callable[[], int] = lambda: 0
    ) -> Any:
        """Try until it succeeds, or until five attempts in a row have brought nothing."""
        n_vain, most = 0, size()
        while True:
            try:
                return attempt()
            except _BrokenOffError as error:
                failure: DownloadError = RefusedFileError(f"{url} {error}")
            except requests.exceptions.InvalidSchema:
                raise DownloadError(f"{url} leads to an address that is not http(s)") from None
            except requests.RequestException as error:
                failure = DownloadError(f"{url} cannot be reached: {type(error).__name__}: {error}")
            n_vain, most = (0, size()) if size() > most else (n_vain + 1, most)
            if n_vain == _ATTEMPTS:
                raise type(failure)(f"{failure} ({_ATTEMPTS} attempts)")
            self.sleep(min(2.0 ** max(n_vain - 1, 0), _LONGEST_PAUSE_S))

    def _get(self, url: str, headers: dict[str, str]) -> requests.Response:
        # Compressed on the way, neither sizes nor places in the file would mean anything.
        headers = {"User-Agent": _AGENT, "Accept-Encoding": "identity", **headers}
        response = self.session.get(
            check_url(url), headers=headers, stream=True, timeout=(_CONNECT_S, self.read_s)
        )
        if response.ok or response.status_code == 416:
            return response
        response.close()
        answer = f"is answered with {response.status_code} {response.reason}"
        if response.status_code in _PASSING:
            raise _BrokenOffError(answer)
        raise RefusedFileError(f"{url} {answer}")

    def _continue(self, url: str, part: Path) -> None:
        have = _size(part)
        with self._get(url, {"Range": f"bytes={have}-"} if have else {}) as response:
            if response.status_code == 416:  # nothing beyond: whole already, or too long
                if response.headers.get("Content-Range") != f"bytes */{have}":
                    part.unlink()
                    raise _BrokenOffError("is shorter than what came before")
                return
            if response.status_code != 206 or not _continues_at(response, have):
                have = 0  # the server sends it all again
            self._write(response, part, have)

    def _write(self, response: requests.Response, part: Path, have: int) -> None:
        stated = response.headers.get("Content-Length", "")
        n_missing = int(stated) if stated.isdigit() else 0
        check_room(part.parent, n_missing)
        n_written = 0
        try:
            with part.open("r+b" if have else "wb") as file:
                file.seek(have)
                for chunk in response.iter_content(_CHUNK):
                    file.write(chunk)
                    n_written += len(chunk)
                    self.on_bytes(len(chunk))
        except requests.RequestException:
            raise
        except OSError as error:
            raise DownloadError(f"cannot write {part}: {error.strerror}") from None
        if n_written < n_missing:
            raise _BrokenOffError(f"broke off after {have + n_written} bytes")


def check_url(url: str) -> str:
    """Return the address if it is one that may be asked.

    >>> check_url("file:///etc/passwd")
    Traceback (most recent call last):
    models.download.fetch.DownloadError: 'file:///etc/passwd' is no http or https address
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise DownloadError(f"{url!r} is no http or https address")
    return url


def check_room(folder: Path, n_bytes: int) -> None:
    free = shutil.disk_usage(folder).free
    if n_bytes > free:
        raise DownloadError(
            f"{folder} has {free / 1e6:,.0f} MB free, and {n_bytes / 1e6:,.0f} MB are still to come"
        )


def _size(part: Path) -> int:
    return part.stat().st_size if part.is_file() else 0


def _continues_at(response: requests.Response, have: int) -> bool:
    return response.headers.get("Content-Range", "").startswith(f"bytes {have}-")
