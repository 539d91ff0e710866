"""The only door to the language models: a child process that holds torch, so that we need not.

The child is started when it is first asked and ends when its input is closed, or with us. What was
embedded once is kept on disk, by the text's digest.
"""

import atexit
import base64
import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.text import weights

WIDTH = 384
DIGEST = 32  # bytes
AT_ONCE = 512  # texts in one request
ROOT = Path(__file__).parents[1]

Vectors = NDArray[np.float32]


class Question(NamedTuple):
    """What the bundled judge is asked: what these sentences of a document say about a claim."""

    claim: str
    title: str
    sentences: tuple[str, ...]


class Reading(NamedTuple):
    """Logits of supported, contradicted, neither: of the whole (3,) and each sentence (S, 3)."""

    whole: NDArray[np.float64]
    sentences: NDArray[np.float64]


class EncoderError(RuntimeError):
    """The child ended or refused; the message is its last word."""


class Encoder:
    """Texts to vectors, and claims beside documents to what the judges think of them."""

    def __init__(self, n_threads: int = 1) -> None:
        self.n_threads = n_threads
        self._child: subprocess.Popen[str] | None = None
        self._one_at_a_time = Lock()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(texts, 384), each of length 1."""
        found = [np.zeros((0, WIDTH), np.float32)]
        for start in range(0, len(texts), AT_ONCE):
            said = self._ask({"embed": list(texts[start : start + AT_ONCE])})
            raw = base64.b64decode(said["vectors"])
            found.append(np.frombuffer(raw, np.float32).reshape(-1, WIDTH))
        return np.concatenate(found)

    def judge(self, questions: Sequence[Question]) -> list[Reading]:
        """What the bundled judge reads; a question has at least one sentence."""
        found: list[Reading] = []
        for start in range(0, len(questions), AT_ONCE):
            said = self._ask({"judge": [list(q) for q in questions[start : start + AT_ONCE]]})
            found += [
                Reading(np.array(whole), np.array(sentences))
                for whole, sentences in zip(said["logits"], said["sentences"], strict=True)
            ]
        return found

    def entail(self, pairs: Sequence[tuple[str, str]], folder: Path) -> NDArray[np.float64]:
        """(pairs, 3) by the NLI model in a folder; pairs are (claim, passage)."""
        found = [np.zeros((0, 3))]
        for start in range(0, len(pairs), AT_ONCE):
            part = [list(pair) for pair in pairs[start : start + AT_ONCE]]
            found.append(np.array(self._ask({"nli": part, "folder": str(folder)})["logits"]))
        return np.concatenate(found)

    def close(self) -> None:
        if self._child is not None:
            self._child.communicate()  # closes its input, which ends it
            self._child = None

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        with self._one_at_a_time:
            into, out = self._pipes()
            try:
                into.write(json.dumps(request) + "\n")
                into.flush()
                line = out.readline()
            except BrokenPipeError:
                line = ""
            if not line:
                self.close()
                raise EncoderError("The language model's process ended; see its words above.")
            said: dict[str, Any] = json.loads(line)
            if "error" in said:
                raise EncoderError(said["error"])
            return said

    def _pipes(self) -> tuple[IO[str], IO[str]]:
        if self._child is None or self._child.poll() is not None:
            command = [sys.executable, "-m", "models.text", "serve"]
            self._child = subprocess.Popen(
                [*command, "--threads", str(self.n_threads)],
                cwd=ROOT,
                env={**os.environ, "TOKENIZERS_PARALLELISM": "false", "OMP_WAIT_POLICY": "PASSIVE"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
            )
        if self._child.stdin is None or self._child.stdout is None:
            raise EncoderError("The language model's process has no pipes.")
        return self._child.stdin, self._child.stdout


@cache
def shared() -> Encoder:
    """The one child of this process, ended with it."""
    found = Encoder(min(2, os.cpu_count() or 1))
    atexit.register(found.close)
    return found


class Embedder:
    """Embeddings of texts, computed once and kept in a folder; only new texts cost time.

    `digests` and `vectors` grow together; what a crash left of one beyond the other is cut off by
    the next write. Half precision is enough: three digits of a cosine.
    """

    def __init__(self, folder: Path, encoder: Encoder | None = None) -> None:
        name = sha256(weights.EMBEDDING.encode()).hexdigest()[:8]
        self.folder = folder / f"embeddings-{name}"
        self.encoder = encoder or shared()
        self._place: dict[bytes, int] = {}
        self._n = 0  # texts of the folder that are known here
        self._rows = np.zeros((0, WIDTH), np.float16)  # theirs, and room for more

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(texts, 384), each of length 1."""
        digests = [sha256(text.encode()).digest() for text in texts]
        if any(digest not in self._place for digest in digests):
            self._read()
        new = {d: t for d, t in zip(digests, texts, strict=True) if d not in self._place}
        for start in range(0, len(new), AT_ONCE):
            part = list(new.items())[start : start + AT_ONCE]
            self._append([d for d, _ in part], self.encoder.embed([t for _, t in part]))
        if not digests:
            return np.zeros((0, WIDTH), np.float32)
        return self._rows[[self._place[digest] for digest in digests]].astype(np.float32)

    def forget(self, texts: Iterable[str]) -> int:
        """Overwrite with zeros what is kept of these texts; how many were kept.

        Nothing moves, so a process that reads meanwhile takes no text's vector for another's.
        """
        wanted = {sha256(text.encode()).digest() for text in texts}
        if not (self.folder / "digests").exists():
            return 0
        with (
            (self.folder / "digests").open("r+b") as keys,
            (self.folder / "vectors").open("r+b") as rows,
        ):
            fcntl.flock(keys, fcntl.LOCK_EX)
            held = keys.read(self._n_whole() * DIGEST)
            places = [
                i
                for i in range(len(held) // DIGEST)
                if held[i * DIGEST : (i + 1) * DIGEST] in wanted
            ]
            for place in places:
                keys.seek(place * DIGEST)
                keys.write(bytes(DIGEST))  # the digest first: without it the vector is nobody's
                keys.flush()
                rows.seek(place * WIDTH * 2)
                rows.write(bytes(WIDTH * 2))
        self._place = {d: i for d, i in self._place.items() if d not in wanted}
        return len(places)

    def _append(self, digests: Sequence[bytes], vectors: Vectors) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (
            (self.folder / "digests").open("ab") as keys,
            (self.folder / "vectors").open("ab") as rows,
        ):
            fcntl.flock(keys, fcntl.LOCK_EX)
            n = self._n_whole()
            keys.truncate(n * DIGEST)
            rows.truncate(n * WIDTH * 2)
            rows.write(vectors.astype(np.float16).tobytes())
            rows.flush()
            keys.write(b"".join(digests))
        self._read()

    def _read(self) -> None:
        """Take in what the folder holds beyond what is known of it."""
        if not (self.folder / "digests").exists():
            return
        n = self._n_whole()
        if n < self._n:  # another folder stands in its place
            self._place, self._n = {}, 0
        with (self.folder / "digests").open("rb") as keys:
            keys.seek(self._n * DIGEST)
            held = keys.read((n - self._n) * DIGEST)
        places = range(self._n, n)
        if n > len(self._rows):
            room = np.empty((n + n // 8, WIDTH), np.float16)
            room[: self._n] = self._rows[: self._n]
            self._rows = room
        self._rows[self._n : n] = np.fromfile(
            self.folder / "vectors", np.float16, len(places) * WIDTH, offset=self._n * WIDTH * 2
        ).reshape(-1, WIDTH)
        for i, place in enumerate(places):
            self._place[held[i * DIGEST : (i + 1) * DIGEST]] = place
        self._n = n

    def _n_whole(self) -> int:
        """How many texts both files hold whole."""
        n_keys = (self.folder / "digests").stat().st_size // DIGEST
        return min(n_keys, (self.folder / "vectors").stat().st_size // (WIDTH * 2))
