"""Is a data set on this disk what it should be? Every file is read, nothing is remembered."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from models.data import DATASETS, DataReference
from models.data._records import SPLITS, Report, describe_left_out
from models.download import checksums

_SAY_EVERY = 2000


def verify(
    reference: DataReference,
    options: Mapping[str, Any],
    *,
    sampling_hz: int,
    say: Callable[[str], None],
    report: Report,
) -> dict[str, Any]:
    """Return digest, checksums, counts, what is left out, and under `wrong` what is not right.

    Files that were never downloaded are counted, not complained of: a download may be partial.
    """
    dataset = DATASETS.load(reference.name)
    facts: dict[str, Any] = {
        "reference": str(reference),
        "digest": dataset.digest(reference.folder, options),
        "checksums": None,
    }
    wrong: list[str] = []
    if reference.folder is not None:
        facts["checksums"], wrong = compare_checksums(reference.folder, say=say)
    made = dataset.contents(reference.folder, options, sampling_hz=sampling_hz, report=report)
    index = made.fill(lambda row, signals: None)
    wrong += [f"{one.record_id}: {one.reason}" for one in index.left_out if one.is_damaged]
    if not index.record_ids:
        wrong.append("not one record can be used")
    return {
        **facts,
        "n_records": {split: index.splits.count(split) for split in SPLITS},
        "n_patients": len(set(index.patient_ids)),
        **describe_left_out(index.left_out),
        "wrong": wrong,
    }


def compare_checksums(
    folder: Path, *, say: Callable[[str], None]
) -> tuple[dict[str, Any] | None, list[str]]:
    """Compare the files there with PhysioNet's list, if one lies in the folder or above it."""
    folder = folder.resolve()
    listed = checksums.list_for(folder)
    if listed is None:
        return None, []
    try:
        sums = checksums.parse(listed.read_text(encoding="utf-8", errors="replace"))
    except checksums.ChecksumListError as error:
        return {"list": str(listed)}, [str(error)]
    below = {listed.parent / path: sha256 for path, sha256 in sums.items()}
    below = {path: sha256 for path, sha256 in below.items() if path.is_relative_to(folder)}
    there = [path for path in below if path.is_file()]
    differing = []
    for done, path in enumerate(there, start=1):
        if checksums.of_file(path) != below[path]:
            name = path.relative_to(folder).as_posix()
            differing.append(f"{name}: its SHA-256 is not the one that {checksums.NAME} states")
        if done % _SAY_EVERY == 0:
            say(f"checked {done:,} of {len(there):,} files")
    facts = {
        "list": str(listed),
        "n_listed": len(below),
        "n_equal": len(there) - len(differing),
        "n_absent": len(below) - len(there),
    }
    return facts, differing
