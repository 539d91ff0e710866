"""A folder is a registry: the interchangeable modules of one package, found by looking."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType


class Catalog:
    """The interchangeable modules of one package, e.g. every file in models/objectives/.

    Listing names imports none of them, so a dashboard can offer choices without loading
    torch. Files whose name begins with an underscore are helpers, not entries.
    """

    def __init__(self, package: str) -> None:
        self.package = package

    def names(self) -> list[str]:
        folders = _folders(self.package)
        return list(_listed(folders, tuple(Path(folder).stat().st_mtime_ns for folder in folders)))

    def load(self, name: str) -> ModuleType:
        """Import one entry; an unknown name is a LookupError that offers the nearest one."""
        return import_module(f"{self.package}.{self.check(name)}")

    def check(self, name: str) -> str:
        """Return `name` if there is such an entry, without importing it."""
        known = self.names()
        if name not in known:
            hint = did_you_mean(name, known)
            raise LookupError(
                f"No {name!r} in {self.package}.{hint} Known: {', '.join(known) or 'none'}."
            )
        return name

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())


@lru_cache(maxsize=64)
def _folders(package: str) -> tuple[str, ...]:
    spec = find_spec(package)
    return tuple(spec.submodule_search_locations or ()) if spec else ()


@lru_cache(maxsize=64)
def _listed(folders: tuple[str, ...], changed: tuple[int, ...]) -> tuple[str, ...]:
    """The entries of folders as they are since they last changed: recipes ask by the hundred."""
    del changed
    found = (module.name for module in iter_modules(folders))
    return tuple(sorted(name for name in found if not name.startswith("_")))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of an error about an unknown name: what was likely meant, or nothing.

    >>> did_you_mean("jeppa", ["cpc", "jepa"]), did_you_mean("x", ["cpc"])
    (" Did you mean 'jepa'?", '')
    """
    close = get_close_matches(name, list(known), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""
