"""Data sets: where records come from. Nothing here imports torch.

Every file is one data set and offers

- `NEEDS_FOLDER`: whether its reference carries a folder, as in `ptb_xl:/data/ptb-xl`;
- `digest(folder, options, cache=None) -> str`: SHA-256 of everything that decides its records;
- `contents(folder, options, *, sampling_hz, report) -> Contents`: how to read them all once;
- `load(folder, options, *, sampling_hz, cache, report) -> Records`: its records at that rate,
  prepared once under `cache` and memory-mapped from there.

No patient is in two splits. Files that begin with an underscore are helpers.
"""

from dataclasses import dataclass
from pathlib import Path

from models.catalog import Catalog
from models.data._records import DataError

__all__ = ["DATASETS", "DataError", "DataReference", "parse_reference"]

DATASETS = Catalog(__name__)


@dataclass(frozen=True, kw_only=True)
class DataReference:
    """Which data set to use, and where on this machine it lies."""

    name: str
    folder: Path | None = None

    def __str__(self) -> str:
        return self.name if self.folder is None else f"{self.name}:{self.folder}"


def parse_reference(text: str) -> DataReference:
    """Read `synthetic` or `ptb_xl:FOLDER`; the folder itself is looked at only when loading.

    >>> parse_reference("ptb_xl:/data/ptb-xl").folder.as_posix()
    '/data/ptb-xl'
    >>> parse_reference("synthetic")
    DataReference(name='synthetic', folder=None)
    """
    name, colon, folder = text.strip().partition(":")
    try:
        dataset = DATASETS.load(name)
    except LookupError as error:
        raise DataError(f"Data reference {text!r}: {error}") from None
    if dataset.NEEDS_FOLDER and not folder:
        raise DataError(f"Data reference {text!r}: {name} needs its folder, as in {name}:FOLDER.")
    if colon and not dataset.NEEDS_FOLDER:
        raise DataError(f"Data reference {text!r}: {name} takes no folder; write {name!r}.")
    return DataReference(name=name, folder=Path(folder) if folder else None)
