"""The figures of the last calibration, where the dashboard finds them; the bundled ones before."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

NAME = "calibration.json"
BUNDLED = Path(__file__).with_name("calibration.json")


def keep(home: Path, found: Mapping[str, Any]) -> Path:
    """Write what a calibration found, whole or not at all."""
    path = home / NAME
    half_made = path.with_name(f".{NAME}.{os.getpid()}")
    half_made.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    half_made.replace(path)
    return path


def last(home: Path) -> tuple[Mapping[str, Any], bool]:
    """The last calibration made here, and whether it was; otherwise the bundled one."""
    path = home / NAME
    own = path if path.is_file() else None
    found: Mapping[str, Any] = json.loads((own or BUNDLED).read_text(encoding="utf-8"))
    return found, own is not None
