"""What is installed, which device, which judges and sources are there, and what is missing."""

import os
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from verifier.cards import ask_torch
from verifier.executors import ExecutorError
from verifier.exports import EXPORTS
from verifier.judges import JUDGES
from verifier.sources import SOURCES
from verifier.web import Door, Refused, Unreachable
from verifier.workspace import VERSION, Workspace

REQUIREMENTS = Path(__file__).parents[1] / "requirements.txt"
DEVICE_QUESTION = "import torch; print('cuda' if torch.cuda.is_available() else 'cpu')"
PROBE_URLS = {
    "arxiv": "https://export.arxiv.org/api/query?max_results=0",
    "crossref": "https://api.crossref.org/works?rows=0",
    "europe_pmc": "https://www.ebi.ac.uk/europepmc/webservices/rest/fields?format=json",
    "openalex": "https://api.openalex.org/",
    "semantic_scholar": "https://api.semanticscholar.org/graph/v1/paper/ARXIV:2005.14165",
}


def examine(workspace: Workspace, door: Door) -> dict[str, Any]:
    """One dictionary of plain values; whatever is missing is listed under "missing"."""
    packages = _packages()
    wrong = [
        f"{name} {found or 'is not installed'}; requirements.txt asks for {asked}"
        for name, (asked, found) in packages.items()
        if asked != found and not (found or "").startswith(f"{asked}+")
    ]
    sources = {name: _reach(name, door) for name in SOURCES}
    unreachable = [
        f"{n}: {said}"
        for n, said in sources.items()
        if said != "reachable" and not said.startswith("switched off")
    ]
    workers = workspace.queue.workers()
    return {
        "replicheck": VERSION,
        "python": platform.python_version(),
        "packages": {name: found for name, (_, found) in packages.items()},
        "device": _device(),
        "cores": os.cpu_count(),
        "home": str(workspace.home),
        "database": workspace.database.reader.url.render_as_string(hide_password=True),
        "claims": workspace.archive.claims(limit=0).n_found,
        "documents": len(workspace.archive.documents()),
        "runs": workspace.queue.counts(),
        "workers": [f"{w.id} ({w.slots} slots)" for w in workers],
        "judges": {name: _judge(name) for name in JUDGES},
        "sources": sources,
        "exports": list(EXPORTS),
        "missing": wrong + unreachable,
    }


def in_words(found: Mapping[str, Any]) -> list[str]:
    """What was found, for a person: one thing a line, what is missing last.

    >>> in_words({"runs": {"failed": 1}, "workers": [], "judges": {"rules": "Rules 5"}})
    ['runs: 1 failed', 'workers: none', 'judges:', '  rules: Rules 5']
    """
    lines = []
    for name, said in found.items():
        match name, said:
            case "runs", _:
                lines.append(f"runs: {', '.join(f'{n} {s}' for s, n in said.items()) or 'none'}")
            case "packages", _:
                listed = (f"{package} {version or 'missing'}" for package, version in said.items())
                lines.append(f"packages: {', '.join(listed)}")
            case "missing", _:
                lines += (
                    ["missing:", *(f"  {one}" for one in said)] if said else ["missing: nothing"]
                )
            case _, Mapping():
                lines += [f"{name}:", *(f"  {key}: {value}" for key, value in said.items())]
            case _, list():
                lines.append(f"{name}: {', '.join(said) or 'none'}")
            case _:
                lines.append(f"{name}: {said}")
    return lines


def _packages() -> dict[str, tuple[str, str | None]]:
    """Pinned and installed version of each requirement."""
    found = {}
    for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines():
        pinned = line.partition("#")[0].strip()
        if "==" in pinned:
            named, _, asked = pinned.partition("==")
            name = named.partition("[")[0]  # streamlit[auth] is streamlit and more
            found[name] = (asked, _installed(name))
    return found


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _device() -> str:
    try:
        return ask_torch(DEVICE_QUESTION)
    except ExecutorError as error:
        return f"unknown: {error}"


def _judge(name: str) -> str:
    judge = JUDGES.load(name)
    is_available, why = judge.available()
    return f"{judge.LABEL} {judge.VERSION}" if is_available else f"not available: {why}"


def _reach(name: str, door: Door) -> str:
    lacking = SOURCES.load(name).needs(os.environ)
    if lacking:
        return f"switched off: set {', '.join(lacking)}"
    if name not in PROBE_URLS:
        return "not tried"
    try:
        door.get(PROBE_URLS[name])
    except (Unreachable, Refused) as error:
        return str(error)
    return "reachable"
