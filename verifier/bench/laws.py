"""Our fits against published ones, on the public points of others' scaling studies."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from verifier.claim import InputError
from verifier.statistics.power_law import POWER, fit
from verifier.statistics.two_power_laws import outliers, two_power_laws

CHINCHILLA, OPENCLIP = "chinchilla_points.csv", "openclip_zeroshot.csv"
N_LEFT_OUT = 5  # of the highest loss, as the replication leaves out
# Besiroglu and others 2024, arXiv:2404.10102, table 1.
PUBLISHED = {"E": 1.8172, "A": 482.01, "alpha": 0.3478, "B": 2085.43, "beta": 0.3658}


def measure(folder: Path) -> dict[str, Any]:
    """Fit both tables of a folder that has them.

    Raises:
        InputError: a table is not there, or lacks a column.
    """
    chinchilla = _read(folder / CHINCHILLA, ("Model Size", "Training FLOP", "loss"))
    return {"chinchilla": _chinchilla(chinchilla), "openclip": _openclip(folder / OPENCLIP)}


def _read(path: Path, columns: tuple[str, ...]) -> list[Mapping[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows: list[Mapping[str, str]] = [dict(row) for row in csv.DictReader(file)]
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None
    missing = [column for column in columns if not rows or column not in rows[0]]
    if missing:
        raise InputError(f"{path} has no column {', '.join(missing)}.")
    return rows


def _chinchilla(rows: list[Mapping[str, str]]) -> dict[str, Any]:
    """Loss = E + A / N^alpha + B / D^beta with D = FLOP / 6 N."""
    table = np.array(
        [[float(r["Model Size"]), float(r["Training FLOP"]), float(r["loss"])] for r in rows]
    )
    n_parameters, loss = table[:, 0], table[:, 2]
    n_tokens = table[:, 1] / (6 * n_parameters)
    kept = np.argsort(loss)[: len(loss) - N_LEFT_OUT]
    found = two_power_laws(n_parameters[kept], n_tokens[kept], loss[kept])
    every = two_power_laws(n_parameters, n_tokens, loss)
    far = outliers(every, n_parameters, n_tokens, loss)
    return {
        "n_points": len(kept),
        "fitted": found.named(),
        "published": PUBLISHED,
        "of_all_points": every.named(),
        "warning": (
            f"{len(far)} of {len(loss)} points lie further from the fit than its usual error "
            f"explains, the furthest with a loss of {loss[far].max():.2f}; without the "
            f"{N_LEFT_OUT} of highest loss beta is {found.beta:.3f} instead of {every.beta:.3f}."
            if len(far)
            else ""
        ),
    }


def _openclip(path: Path) -> dict[str, Any]:
    """Exponent of the image retrieval error on MSCOCO against compute, over its lower frontier."""
    columns = ("downstream_dataset", "gmacs_total", "image_retrieval_recall@5")
    rows = _read(path, columns)
    points = np.array(
        [
            [float(r["gmacs_total"]), 1 - float(r["image_retrieval_recall@5"])]
            for r in rows
            if "coco" in r["downstream_dataset"].lower() and r["image_retrieval_recall@5"]
        ]
    )
    return {
        "n_points": len(points),
        "exponent_of_all": -fit(points[:, 0], points[:, 1], form=POWER).exponent,
        "exponent_of_frontier": -_frontier_exponent(points),
        "published": -0.08,
    }


def _frontier_exponent(points: np.ndarray[Any, np.dtype[np.float64]], n_bins: int = 12) -> float:
    """The least error in each of equal bins of log compute, as the study's authors take it."""
    logs = np.log(points[:, 0])
    edges = np.linspace(logs.min(), logs.max() + 1e-9, n_bins + 1)
    place = np.digitize(logs, edges) - 1
    best = [
        points[place == bin][np.argmin(points[place == bin, 1])]
        for bin in range(n_bins)
        if (place == bin).any()
    ]
    table = np.array(best)
    return fit(table[:, 0], table[:, 1], form=POWER).exponent
