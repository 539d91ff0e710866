"""`python -m models data add | list | verify | download`: what is done with data sets. No torch."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from models.data import DATASETS, DataError, DataReference, _cache, parse_reference
from models.data._records import SPLITS, Records, Report, describe_left_out
from models.listing import listing

_DONE, _WRONG = 0, 1
_NAMED = 8  # reasons, and records for each, that are shown; --json names all
_DEFAULT_CACHE = Path("var") / "cache"  # where Replicheck's worker looks, started in its folder
_DEFAULT_HZ = 240  # a recipe's default


def add_parsers(commands: Any) -> None:
    """Add `data` and its four commands to the command line."""
    data = commands.add_parser("data", help="prepare, list, verify and download data sets")
    kinds = data.add_subparsers(required=True, metavar="command")

    add = _parser(kinds, "add", _add, "read a data set once and keep it prepared in a cache")
    _add_reference(add)
    add.add_argument("--cache", type=Path, default=_DEFAULT_CACHE)

    present = _parser(kinds, "list", _list, "data sets there are, and caches that are there")
    present.add_argument("--cache", type=Path, default=_DEFAULT_CACHE)

    verify = _parser(kinds, "verify", _verify, "read every file of a data set and name the damaged")
    _add_reference(verify)

    fetch = _parser(kinds, "download", _download, "fetch a public data set from PhysioNet")
    fetch.add_argument("name", help="what to fetch; `data list` names what there is")
    fetch.add_argument("folder", type=Path, metavar="DIR", help="where to; resumed if begun before")
    fetch.add_argument("--base-url", help="a mirror's folder with SHA256SUMS.txt; http(s) only")
    fetch.add_argument("--connections", type=int, choices=range(1, 17), default=4, metavar="N")


def _parser(kinds: Any, name: str, carry_out: Any, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = kinds.add_parser(name, help=text, description=text)
    parser.set_defaults(carry_out=carry_out)
    parser.add_argument("--json", action="store_true")
    return parser


def _add_reference(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("reference", metavar="NAME:DIR", help="such as ptb_xl:/data/ptb-xl")
    parser.add_argument("--sampling-hz", type=int, default=_DEFAULT_HZ, metavar="HZ")
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="one of the recipe's dataset_options; may be repeated",
    )


def _add(asked: argparse.Namespace) -> int:
    reference, options = _reference(asked), _options(asked.option)
    _check_cache(asked.cache)
    records = DATASETS.load(reference.name).load(
        reference.folder,
        options,
        sampling_hz=asked.sampling_hz,
        cache=asked.cache,
        report=_progress(_say),
    )
    facts = {"reference": str(reference), "cache": str(asked.cache), **_facts(records)}
    _show(facts, asked.json)
    return _DONE


def _check_cache(cache: Path) -> None:
    """Said before hours of reading, and before anything is made."""
    there = next(path for path in (cache, *cache.absolute().parents) if path.exists())
    if not there.is_dir():
        raise DataError(f"The cache folder {cache} cannot be made: {there} is a file.")
    if not os.access(there, os.W_OK):
        raise DataError(f"The cache folder {cache} cannot be made: {there} may not be written to.")


def _verify(asked: argparse.Namespace) -> int:
    from models.verify_data import verify

    facts = verify(
        _reference(asked),
        _options(asked.option),
        sampling_hz=asked.sampling_hz,
        say=_say,
        report=_progress(_say),
    )
    _show(facts, asked.json)
    return _WRONG if facts["wrong"] else _DONE


def _list(asked: argparse.Namespace) -> int:
    from models.download.sources import sources

    datasets, downloads, caches = listing()["datasets"], sources(), _caches(asked.cache)
    abandoned = [str(path) for path in _cache.abandoned(asked.cache)]
    if asked.json:
        facts = {
            "datasets": datasets,
            "downloads": [asdict(each) for each in downloads.values()],
            "caches": caches,
            "abandoned": abandoned,
        }
        print(json.dumps(facts, indent=1))
        return _DONE
    for entry in datasets:
        print(f"{entry['name']:<16} {entry['description']}")
    print("\nto download:")
    for source in downloads.values():
        print(f"  {source.name:<22} {source.title}, about {source.about_mb:,} MB")
    print(f"\n{_prepared_in(asked.cache, caches)}")
    for cached in caches:
        state = "" if cached["is_whole"] else "  NOT WHOLE: it is made anew when needed"
        print(
            f"  {cached['entry']}: {cached['n_records']:,} records at {cached['sampling_hz']} Hz, "
            f"{cached['mb']:,} MB{state}"
        )
    for path in abandoned:
        print(f"  {path}: left half made by a process that is gone; the next `add` removes it")
    return _DONE


def _prepared_in(cache: Path, caches: Sequence[Mapping[str, Any]]) -> str:
    if caches:
        return f"prepared in {cache}:"
    if cache.is_dir():
        return f"nothing prepared in {cache}"
    is_what = "is a file, no folder" if cache.exists() else "is not there"
    return f"nothing prepared: the folder {cache} {is_what}; --cache names another"


def _caches(cache: Path) -> list[dict[str, Any]]:
    found = []
    folders = (path for path in cache.glob("*hz-*") if path.is_dir())
    for entry in sorted(folders, key=lambda path: path.name):
        whole = _cache.opened(entry)
        index: Mapping[str, Any] = whole[0] if whole else {}
        found.append(
            {
                "entry": entry.name,
                "dataset": index.get("name"),
                "sampling_hz": index.get("sampling_hz"),
                "digest": index.get("digest"),
                "n_records": len(index.get("record_ids", [])),
                "n_left_out": len(index.get("left_out", [])),
                "mb": round(sum(path.stat().st_size for path in entry.iterdir()) / 1e6, 1),
                "is_whole": whole is not None,
            }
        )
    return found


def _download(asked: argparse.Namespace) -> int:
    from models.download.fetch import DownloadError
    from models.download.folder import Conditions, download
    from models.download.sources import UnknownSourceError, source

    try:
        wanted = source(asked.name).at(asked.base_url)
    except UnknownSourceError as error:
        raise DataError(str(error)) from None
    folder = str(asked.folder)
    _say(f"{wanted.title} from {wanted.url} ({wanted.licence})")
    try:
        progress = download(
            wanted, asked.folder, Conditions(n_connections=asked.connections, say=_say)
        )
    except DownloadError as error:
        _say(f"{error}. What came is kept; the same command goes on.")
        return _WRONG
    facts = {
        "name": wanted.name,
        "folder": folder,
        "reference": wanted.read_as.replace("DIR", folder),
        **asdict(progress),
    }
    _show(facts, asked.json)
    return _WRONG if progress.refused else _DONE


def _reference(asked: argparse.Namespace) -> DataReference:
    if asked.sampling_hz < 50:
        raise DataError(f"--sampling-hz must be at least 50, found {asked.sampling_hz}.")
    reference = parse_reference(asked.reference)
    if reference.folder is None:
        return reference
    try:
        return replace(reference, folder=reference.folder.expanduser())
    except RuntimeError:  # of ~somebody, whom this machine does not know
        raise DataError(f"Nobody here has the home folder of {reference.folder}.") from None


def _options(texts: list[str]) -> dict[str, Any]:
    """Read NAME=VALUE; a value that is no number is text."""
    options: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise DataError(f"--option {text!r}: write NAME=VALUE, as in min_count=10.")
        for kind in (int, float, str):
            try:
                options[name] = kind(value)
                break
            except ValueError:
                continue
    return options


def _facts(records: Records) -> dict[str, Any]:
    counts = records.targets.sum(axis=0, dtype=np.int64)
    return {
        "digest": records.digest,
        "sampling_hz": records.sampling_hz,
        "n_times": records.n_times,
        "n_records": {split: len(records.indices(split)) for split in SPLITS},
        "n_labelled": {split: len(records.indices(split, is_labelled=True)) for split in SPLITS},
        "n_patients": len(set(records.patient_ids)),
        "n_reports": sum(bool(text) for text in records.reports),
        "labels": dict(zip(records.label_names, counts.tolist(), strict=True)),
        **describe_left_out(records.left_out),
    }


def _show(facts: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(facts, indent=1))
        return
    for name, value in facts.items():
        if name in ("left_out", "left_out_reasons"):
            continue
        if isinstance(value, Mapping):
            value = ", ".join(f"{key} {count}" for key, count in value.items()) or "none"
        elif isinstance(value, list):
            value = "; ".join(str(each) for each in value) or "nothing"
        print(f"{name}: {value}")
    reasons = facts.get("left_out_reasons", {})
    for reason, count in list(reasons.items())[:_NAMED]:
        names = [one["record_id"] for one in facts["left_out"] if one["reason"] == reason]
        more = ", …" if count > _NAMED else ""
        print(f"  left out {count:,}: {reason} ({', '.join(names[:_NAMED])}{more})")
    if len(reasons) > _NAMED:
        print(f"  and {len(reasons) - _NAMED:,} more reasons; --json has them all")


def _progress(say: Callable[[str], None]) -> Report:
    """Say how far reading is, at most a hundred times."""
    said = [-1]

    def report(done: int, total: int) -> None:
        share = 100 * done // max(total, 1)
        if share != said[0]:
            said[0] = share
            say(f"read {done:,} of {total:,} records")

    return report


def _say(line: str) -> None:
    print(f"models: {line}", file=sys.stderr)
