"""What can be fetched, as sources.toml states it."""

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

from models.catalog import did_you_mean

_TABLE = Path(__file__).with_name("sources.toml")


class UnknownSourceError(LookupError):
    """Nothing of that name can be fetched; the message offers what can."""


@dataclass(frozen=True, kw_only=True)
class Source:
    name: str
    title: str
    url: str  # of the folder with SHA256SUMS.txt
    only: tuple[str, ...]  # files, and folders ending in a slash, below that
    about_mb: int  # 0 where nobody knows
    licence: str
    read_as: str  # how --data refers to what was fetched into DIR

    def at(self, url: str | None) -> "Source":
        """Return the same files at a mirror; of its size nothing is known."""
        return self if url is None else replace(self, url=url, about_mb=0)


def sources() -> dict[str, Source]:
    table = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    return {
        name: Source(name=name, **{**facts, "only": tuple(facts["only"])})
        for name, facts in table.items()
    }


def source(name: str) -> Source:
    known = sources()
    if name not in known:
        hint = did_you_mean(name, known)
        raise UnknownSourceError(
            f"Nothing called {name!r} to fetch.{hint} Known: {', '.join(known)}."
        )
    return known[name]
