"""Everything needed to check or repeat the report, as one RO-Crate: a zip that describes itself.

Follows RO-Crate 1.1 and, for the runs, the Process Run Crate profile 0.5: every run is a
`CreateAction` from its recipe to its result.
"""

import json
import zipfile
from collections.abc import Iterable, Mapping
from hashlib import sha256
from io import BytesIO
from typing import Any

from verifier.document import Document
from verifier.dossier import Dossier
from verifier.exports import csv as table_export
from verifier.exports import html as page_export
from verifier.exports import json as json_export
from verifier.exports import markdown as markdown_export
from verifier.queue import Run

LABEL, SUFFIX, MEDIA_TYPE = "RO-Crate, the evidence as one zip", ".crate.zip", "application/zip"

CRATE = "https://w3id.org/ro/crate/1.1"
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
METADATA = "ro-crate-metadata.json"
CHECKSUMS = "sha256sums.txt"
HOW_TO = """# How to check this again

`report.html` and `report.md` are for people, `claims.csv` and `report.json` for programs; all four
were made from the same database at the same moment. `protocols/` holds what was decided before
the first run, `runs/` the recipe and the result of every training, `{checksums}` the digests of
all files (`sha256sum --check {checksums}`).

With replicheck {version} set up (`make run`). The claims come back, with what the report said of
them, by

    python -m verifier import report.json

and each is asked again, where the documents named in `report.json` are at hand (`python -m verifier
documents add FILE`) or can be reached, by

{commands}

One run by itself, without the database: `python -m models run runs/<run>/recipe.json --out DIR`.
"""
OUTCOMES = {
    "succeeded": "http://schema.org/CompletedActionStatus",
    "failed": "http://schema.org/FailedActionStatus",
}

Entity = dict[str, Any]

LICENCE: Entity = {
    "@id": "#licence",
    "@type": "CreativeWork",
    "name": "No licence was chosen",
    "description": (
        "Whoever made this crate has not said how it may be used; ask them, or, if it is yours, "
        "put a licence here before you publish it. Quoted sentences belong to their authors."
    ),
}


def render(dossier: Dossier) -> bytes:
    """The same dossier gives the same bytes: the files carry the moment it was gathered at."""
    runs = [run for run in dossier.runs if run.kind == "training"]
    files = _files(dossier, runs)
    files[METADATA] = _plain(_metadata(dossier, files, runs))
    files[CHECKSUMS] = "".join(
        f"{sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files.items())
    ).encode()
    when = max(dossier.generated_at.timetuple()[:6], (1980, 1, 1, 0, 0, 0))  # zip knows no earlier
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files, key=lambda name: (name != METADATA, name)):
            entry = zipfile.ZipInfo(name, date_time=when)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name])
    return packed.getvalue()


def _files(dossier: Dossier, runs: Iterable[Run]) -> dict[str, bytes]:
    files = {
        "report.html": page_export.render(dossier),
        "report.md": markdown_export.render(dossier),
        "claims.csv": table_export.render(dossier),
        "report.json": json_export.render(dossier),
        "README.md": _how_to(dossier).encode(),
    }
    for claim in dossier.claims:
        if claim.protocol is not None:
            files[f"protocols/{claim.protocol.claim.id}.toml"] = claim.protocol.toml.encode()
    for run in runs:
        files[f"{_folder(run)}/recipe.json"] = _plain(run.task)
        if run.result is not None:
            files[f"{_folder(run)}/result.json"] = _plain(run.result)
    return files


def _how_to(dossier: Dossier) -> str:
    asked = (stored for claim in dossier.claims for stored in (claim.literature, claim.experiment))
    commands = dict.fromkeys(s.assessment.command for s in asked if s and s.assessment.command)
    listed = "\n".join(f"    {command}" for command in commands) or "    (nothing was verified yet)"
    return HOW_TO.format(version=dossier.version, commands=listed, checksums=CHECKSUMS)


def _folder(run: Run) -> str:
    return f"runs/{run.id:05d}-{run.fingerprint[:12]}"


def _plain(values: Any) -> bytes:
    text = json.dumps(json_export.plain(values), indent=2, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()


def _metadata(dossier: Dossier, files: Mapping[str, bytes], runs: Iterable[Run]) -> Entity:
    described = [_file(name, content) for name, content in sorted(files.items())]
    actions = [_action(run) for run in runs]
    documents = [document for _, document in sorted(dossier.documents.items())]
    names = dict.fromkeys(name for document in documents for name in document.authors)
    ids = {name: f"#author-{number}" for number, name in enumerate(names, start=1)}
    people = [{"@id": id, "@type": "Person", "name": name} for name, id in ids.items()]
    sources = [_source(document, ids) for document in documents]
    software = {
        "@id": "#replicheck",
        "@type": "SoftwareApplication",
        "name": "replicheck",
        "softwareVersion": dossier.version,
    }
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": dossier.report.title if dossier.report is not None else "All claims",
        "description": (
            f"What two witnesses, literature and experiments, say of {len(dossier.claims)} claims, "
            "with the evidence, the protocols and the runs it rests on."
        ),
        "datePublished": dossier.generated_at.isoformat(),
        "license": {"@id": LICENCE["@id"]},
        "conformsTo": {"@id": PROFILE},
        "hasPart": _references(described),
        "mentions": _references([*actions, *sources]),
    }
    profile = {
        "@id": PROFILE,
        "@type": "CreativeWork",
        "name": "Process Run Crate",
        "version": PROFILE.rsplit("/", 1)[-1],
    }
    itself = {
        "@id": METADATA,
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": {"@id": CRATE},
    }
    graph = [itself, root, profile, LICENCE, software, *described, *actions, *sources, *people]
    return {"@context": f"{CRATE}/context", "@graph": graph}


def _references(entities: Iterable[Entity]) -> list[Entity]:
    return [{"@id": entity["@id"]} for entity in entities]


FORMATS = {
    "html": "text/html",
    "md": "text/markdown",
    "csv": "text/csv",
    "json": "application/json",
    "toml": "application/toml",
}


def _file(name: str, content: bytes) -> Entity:
    return {
        "@id": name,
        "@type": "File",
        "name": name,
        "contentSize": str(len(content)),
        "encodingFormat": FORMATS[name.rsplit(".", 1)[-1]],
        "sha256": sha256(content).hexdigest(),
    }


def _action(run: Run) -> Entity:
    """One run, from its recipe to its result; what did not happen is left out."""
    action: Entity = {
        "@id": f"#run-{run.id}",
        "@type": "CreateAction",
        "name": run.label,
        "instrument": {"@id": "#replicheck"},
        "object": [{"@id": f"{_folder(run)}/recipe.json"}],
        "actionStatus": OUTCOMES.get(run.state, "http://schema.org/PotentialActionStatus"),
    }
    if run.result is not None:
        action["result"] = [{"@id": f"{_folder(run)}/result.json"}]
    if run.started_at is not None:
        action["startTime"] = run.started_at.isoformat()
    if run.finished_at is not None:
        action["endTime"] = run.finished_at.isoformat()
    if run.error:
        action["error"] = run.error
    return action


def _source(document: Document, ids: Mapping[str, str]) -> Entity:
    """A paper that was quoted. Its text is its authors' and is not in the crate.

    Authors are known by name alone: nothing tells two of one name apart.
    """
    cited: Entity = {
        "@id": document.url if document.url.startswith("http") else f"#{document.key}",
        "@type": "ScholarlyArticle",
        "name": document.title,
        "identifier": document.key,
        "author": [{"@id": ids[name]} for name in document.authors],
    }
    return cited | ({"datePublished": document.published} if document.published else {})
