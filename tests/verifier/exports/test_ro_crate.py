import json
import subprocess
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from rocrate.rocrate import ROCrate

from verifier import importers
from verifier.dossier import Dossier
from verifier.exports import ro_crate
from verifier.importers._text import clean


@pytest.fixture(scope="module")
def unpacked(rendered: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("crate")
    with zipfile.ZipFile(BytesIO(rendered["ro_crate"])) as packed:
        packed.extractall(folder)
    return folder


def test_another_reader_of_crates_finds_every_file_and_every_run(
    unpacked: Path, dossier: Dossier
) -> None:
    crate = ROCrate(unpacked)
    there = {p.relative_to(unpacked).as_posix() for p in unpacked.rglob("*") if p.is_file()}
    described = {str(entity.id) for entity in crate.data_entities}
    assert described == there - {"ro-crate-metadata.json", "sha256sums.txt"}
    actions = {str(e.id): e for e in crate.contextual_entities if e.type == "CreateAction"}
    trained = [run for run in dossier.runs if run.kind == "training"]
    assert set(actions) == {f"#run-{run.id}" for run in trained}
    for run in trained:
        (recipe,) = actions[f"#run-{run.id}"]["object"]
        assert json.loads((unpacked / recipe.id).read_text()) == run.task


def test_the_metadata_holds_what_the_specification_requires(dossier: Dossier) -> None:
    documents = {
        key: replace(document, authors=("Ada Lovelace", "Jean-Luc de la Cruz"))
        for key, document in dossier.documents.items()
    }
    data = ro_crate.render(replace(dossier, documents=documents))
    with zipfile.ZipFile(BytesIO(data)) as packed:
        graph = json.loads(packed.read("ro-crate-metadata.json"))["@graph"]
    known = {entity["@id"]: entity for entity in graph}
    assert len(known) == len(graph)
    root = known["./"]
    assert {"name", "description", "datePublished", "license"} <= set(root)
    assert {"name", "description"} <= set(known[root["license"]["@id"]])
    assert known["ro-crate-metadata.json"]["conformsTo"] == {"@id": ro_crate.CRATE}
    assert known[root["conformsTo"]["@id"]]["version"] == "0.5"
    for entity in graph:  # flattened: an entity within an entity is its @id alone
        for value in entity.values():
            parts = value if isinstance(value, list) else [value]
            assert all(set(part) == {"@id"} for part in parts if isinstance(part, dict))
    papers = [entity for entity in graph if entity["@type"] == "ScholarlyArticle"]
    for paper in papers:
        assert [known[one["@id"]]["name"] for one in paper["author"]] == [
            "Ada Lovelace",
            "Jean-Luc de la Cruz",
        ]
    assert papers


def test_the_checksums_are_those_of_the_files(unpacked: Path) -> None:
    checked = subprocess.run(
        ["sha256sum", "--check", "--quiet", ro_crate.CHECKSUMS],
        cwd=unpacked,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_failed_run_says_so_and_has_no_result(dossier: Dossier) -> None:
    run = next(run for run in dossier.runs if run.kind == "training")
    failed = replace(run, state="failed", error="out of memory", result=None)
    data = ro_crate.render(replace(dossier, runs=(failed,)))
    with zipfile.ZipFile(BytesIO(data)) as packed:
        graph = json.loads(packed.read("ro-crate-metadata.json"))["@graph"]
        results = [name for name in packed.namelist() if name.endswith("result.json")]
    (action,) = [entity for entity in graph if entity["@type"] == "CreateAction"]
    assert action["actionStatus"].endswith("FailedActionStatus")
    assert action["error"] == "out of memory"
    assert "result" not in action
    assert results == []


def test_every_command_of_the_report_is_in_its_instructions(
    unpacked: Path, dossier: Dossier
) -> None:
    told = (unpacked / "README.md").read_text()
    asked = [s for claim in dossier.claims for s in (claim.literature, claim.experiment)]
    commands = {s.assessment.command for s in asked if s is not None} - {""}
    assert commands
    assert all(command in told for command in commands)


def test_its_instructions_bring_back_every_claim_with_what_the_report_said(
    unpacked: Path, dossier: Dossier
) -> None:
    assert "verifier import report.json" in (unpacked / "README.md").read_text()
    told = json.loads((unpacked / "report.json").read_text())
    told["references"] = []  # one of them here is what no importer lets in
    read = importers.read(json.dumps(told).encode(), name="report.json")
    found = {c.statement: (c.verified, c.confidence) for c in read.claims}
    for claim in dossier.claims:
        newest = claim.summary.mentions[-1] if claim.summary.mentions else None
        said = (newest.verified, newest.confidence) if newest else (None, None)
        assert found[clean(claim.summary.claim.statement)] == said


def test_of_a_paper_only_what_was_quoted_is_in_the_crate(dossier: Dossier) -> None:
    unquoted = "A sentence that nobody quoted."
    documents = {
        key: replace(document, text=f"{document.text} {unquoted}")
        for key, document in dossier.documents.items()
    }
    assert documents
    data = ro_crate.render(replace(dossier, documents=documents))
    with zipfile.ZipFile(BytesIO(data)) as packed:
        assert all(unquoted not in packed.read(name).decode() for name in packed.namelist())
