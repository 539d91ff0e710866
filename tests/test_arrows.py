"""The arrows of the architecture, as the imports really are."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_NOT_IMPORT = {
    "models": {"db", "verifier", "app_pages", "app", "streamlit", "sqlalchemy", "altair"},
    "db": {"models", "verifier", "app_pages", "app", "streamlit", "torch", "pandas"},
    "verifier": {"app_pages", "app", "streamlit", "torch"},
    "app_pages": {"db", "torch", "sqlalchemy", "wfdb"},
}

# inside the verifier, from the ground up; a module imports from its own floor and those below it
FLOORS = [
    {
        "verdict",
        "claim",
        "document",
        "kept",
        "web",
        "markup",
        "plural",
        "encoder",
        "vocabulary",
        "sentences",
        "nearest",
        "matching",
    }
    | {"access", "llm"},
    {"protocol", "certainty", "conformity", "statistics", "judges", "sources", "executors"}
    | {"cards", "looks", "charts", "fragility", "nuisances", "ecg_paper", "ecgs", "data_sets"}
    | {"machines"},
    {"archive", "checks", "importers", "runs", "planning", "concluding", "scoring"},
    {"queue", "people", "measuring", "sensitivity", "literature", "bibliography", "reach"}
    | {"removals", "wellformed"},
    {"candidates", "stress", "until_decided", "figures", "outcomes"},
    {
        "leases",
        "experiment",
        "gathering",
        "reading",
        "searching",
        "fetching",
        "calibration",
        "simulation",
    },
    {"verifications", "inquiries"},
    {"workspace"},
    {"measures", "dossier", "intake", "removing", "attempt", "verify", "storage"},
    {"trained"},
    {"scaling"},
    {"ledger", "laws"},
    {"forecast", "comparison"},
    {"extracting"},
    {"quality_by_model"},
    {"inquiring"},
    {"reviewers"},
    {"quality", "citations"},
    {"exports", "worker", "doctor", "bench"},
    {"commands", "serve"},
    {"__main__"},
]
PURE = [
    "ecg_paper",
    "verdict",
    "claim",
    "document",
    "markup",
    "conformity",
    "certainty",
    "concluding",
    "fragility",
    "machines",
    "matching",
    "nearest",
    "sentences",
    "nuisances",
    "plural",
    "measuring",
    "reach",
    "scoring",
    "sensitivity",
    "stress",
]
PURE_FOLDERS = ["citations", "checks", "statistics", "importers", "exports", "reviewers"]
IMPURE = {"os", "socket", "requests", "subprocess", "time", "sqlalchemy", "urllib", "random", "db"}
DOORS_TO_DB = {"archive", "people", "queue", "verifications", "workspace", "__main__"} | {
    "leases",
    "inquiries",
    "bibliography",
    "candidates",
    "removals",
    "storage",
    "bench",  # fills a database in bulk
}
DOORS_TO_NETWORK = {"web", "sources"}


@cache
def imports_of(path: Path) -> set[str]:
    """Full names of the modules a file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def tops(names: set[str]) -> set[str]:
    return {name.split(".")[0] for name in names}


def python_files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def part_of(path: Path) -> str:
    return path.relative_to(ROOT / "verifier").parts[0].removesuffix(".py")


def floor_of(part: str) -> int | None:
    return next((level for level, floor in enumerate(FLOORS) if part in floor), None)


@pytest.mark.parametrize("package", MAY_NOT_IMPORT)
def test_imports_point_downwards(package):
    for path in python_files(package):
        forbidden = tops(imports_of(path)) & MAY_NOT_IMPORT[package]
        assert not forbidden, f"{path.relative_to(ROOT)} may not import {', '.join(forbidden)}"


def test_every_part_of_the_verifier_has_a_floor():
    parts = {part_of(path) for path in python_files("verifier")} - {"__init__"}
    missing = sorted(part for part in parts if floor_of(part) is None)
    assert not missing, f"Give {', '.join(missing)} a floor in this test and in the architecture."


def test_inside_the_verifier_an_import_only_goes_down():
    for path in python_files("verifier"):
        part = part_of(path)
        for name in imports_of(path):
            words = name.split(".")
            if words[0] != "verifier" or len(words) < 2 or words[1] == part:
                continue
            below, own = floor_of(words[1]), floor_of(part)
            if below is None or own is None:
                continue  # a name of verifier/__init__, not a module
            assert below <= own, f"{path.relative_to(ROOT)} imports {name}, which is above it"


@pytest.mark.parametrize("name", PURE + PURE_FOLDERS)
def test_pure_parts_touch_neither_clock_nor_disk_nor_network(name):
    single = ROOT / "verifier" / f"{name}.py"
    files = [single] if single.exists() else python_files(f"verifier/{name}")
    assert files
    for path in files:
        forbidden = tops(imports_of(path)) & IMPURE
        assert not forbidden, f"{path.relative_to(ROOT)} is pure, yet imports {forbidden}"


def test_only_the_doors_open_the_database():
    for path in python_files("verifier"):
        if "db" in tops(imports_of(path)):
            assert part_of(path) in DOORS_TO_DB, f"{path.relative_to(ROOT)} goes around the archive"


def test_only_the_door_goes_to_the_network():
    for path in python_files("verifier"):
        if tops(imports_of(path)) & {"requests", "urllib3", "httpx", "socket"}:
            # worker asks for this host's name; serve and bench knock at their own dashboard,
            # executors at the lab's own cluster
            is_local = part_of(path) in {"worker", "serve", "bench", "executors"}
            assert is_local or part_of(path) in DOORS_TO_NETWORK, path.relative_to(ROOT)


def test_opening_the_verifier_loads_no_torch_and_no_streamlit():
    question = (
        "import sys, verifier.__main__, verifier.worker;"
        "print([m for m in ('torch', 'streamlit', 'matplotlib') if m in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", question], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"
