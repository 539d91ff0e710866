"""What all commands share: progress on stderr, the result alone on stdout."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from models.whole_file import replacing
from verifier.claim import InputError

Command = Callable[[argparse.Namespace], int]

DONE, FAILED = 0, 1


def say(words: str) -> None:
    """Progress goes to stderr, so that stdout holds the result alone."""
    print(words, file=sys.stderr, flush=True)


def show(asked: argparse.Namespace, found: Any, words: Callable[[], Sequence[str]]) -> None:
    if asked.json:
        print(json.dumps(found, indent=1, ensure_ascii=False))
    else:
        print("\n".join(words()))


def read_file(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}.") from None


def write_file(asked: argparse.Namespace, data: bytes) -> int:
    """To the file that `--output` names, in the format that `--format` does; "-" is stdout.

    A file is there whole or as it was before; what is no plain file, such as /dev/stdout, is
    written to as it is.
    """
    if asked.output == "-":
        sys.stdout.buffer.write(data)
        return DONE
    target = Path(asked.output)
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(data)
        else:
            with replacing(target.resolve()) as half_made:
                half_made.write_bytes(data)
    except OSError as error:
        raise InputError(f"{asked.output} cannot be written: {error.strerror}.") from None
    result = {"file": asked.output, "format": asked.format, "bytes": len(data)}
    show(asked, result, lambda: [f"Wrote {asked.output} ({len(data):,} bytes)."])
    return DONE
