"""What there is to choose from, with a line on each, without importing any of it."""

import ast
from pathlib import Path

from models.generators import GENERATORS
from models.recipe import BUNDLED, CATALOGS, bundled_names
from models.text_encoders import TEXT_ENCODERS


def listing() -> dict[str, list[dict[str, str]]]:
    """Return names and descriptions: of modules their docstring's first line, of recipes theirs."""
    found = {
        "recipes": [_entry(name, _comment(BUNDLED / f"{name}.toml")) for name in bundled_names()],
        "stems": [_entry("stem", _docstring(Path(__file__).with_name("stem.py")))],  # one for all
    }
    more = {"text_encoder": TEXT_ENCODERS, "generator": GENERATORS}
    for kind, catalog in {**CATALOGS, **more}.items():
        folder = Path(__file__).parent.joinpath(*catalog.package.split(".")[1:])
        plural = kind if kind.endswith("s") else f"{kind}s"
        found[plural] = [_entry(name, _docstring(folder / f"{name}.py")) for name in catalog]
    return found


def _entry(name: str, description: str) -> dict[str, str]:
    return {"name": name, "description": description}


def _docstring(path: Path) -> str:
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return text.partition("\n")[0]


def _comment(path: Path) -> str:
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    return first.removeprefix("#").strip() if first.startswith("#") else ""
