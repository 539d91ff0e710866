"""Measuring ourselves: bench, and how often the engine is wrong: calibrate."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from verifier import figures
from verifier.bench import dashboard, faults, laws, literature, statistics
from verifier.calibration import calibrate as simulate_claims
from verifier.claim import InputError
from verifier.commands._console import DONE, FAILED, say, show
from verifier.protocol import preset_named
from verifier.simulation import RECORDS_A_PATIENT, World, measured_spreads
from verifier.workspace import home_folder, open_workspace

ENGINE = ("statistics", "laws")  # what of the engine has a bench
USUAL_TEST = 4096  # synthetic test records where the preset says nothing


def bench(asked: argparse.Namespace) -> int:
    if asked.subject == "dashboard":
        return _bench_dashboard(asked)
    if asked.subject == "faults":
        counted = faults.measure(asked.rounds, seed=asked.seed, say=say)
        show(asked, counted, lambda: faults.words(counted))
        return FAILED if counted["troubles"] else DONE
    if asked.subject in ENGINE:
        return _bench_engine(asked)
    paths = literature.Paths.given(asked.scifact, asked.corpus, asked.gold, asked.papers)
    found = literature.measure(paths, home_folder() / "cache")
    show(asked, found, lambda: literature.words(found))
    return DONE


def _bench_dashboard(asked: argparse.Namespace) -> int:
    """Exit status 1 where a goal is missed; the figures say which."""
    folder = Path(asked.folder) if asked.folder else home_folder() / "bench-dashboard"
    if asked.visits < 1:
        raise InputError(f"--visits must be 1 or more, found {asked.visits}.")
    plan = dashboard.Plan(n_visits=asked.visits, n_searches=3 * asked.visits)
    found = dashboard.measure(folder.absolute(), plan, say=say)
    show(asked, found, lambda: dashboard.words(found))
    return FAILED if found["missed"] else DONE


def _bench_engine(asked: argparse.Namespace) -> int:
    if asked.subject == "statistics":
        found = statistics.measure()
    else:
        found = laws.measure(Path(asked.points))
    show(asked, found, lambda: [f"{key}: {value}" for key, value in found.items()])
    return DONE


def calibrate(asked: argparse.Namespace) -> int:
    """Simulated claims with planted truth through the engine itself."""
    world = world_of(asked.preset, asked.spreads)
    say(
        f"judging about {asked.claims} simulated claims with {world.n_seeds} seeds and "
        f"{world.n_patients:,} test patients each"
    )

    def report(done: int, total: int) -> None:
        if done % max(total // 10, 1) == 0:
            say(f"{done} of {total} claims judged")

    found = {
        "preset": asked.preset,
        "spreads": asked.spreads,
        **simulate_claims(asked.claims, world, report=report),
    }
    path = figures.keep(open_workspace().home, found)
    say(f"kept in {path}, where the dashboard's calibration page reads it")
    show(asked, found, lambda: words(found))
    return DONE


def world_of(preset: str, spreads: str = "synthetic") -> World:
    """Seeds and test patients of a preset, scores that spread as on a data set."""
    chosen = preset_named(preset)
    n_test = int(chosen.changes.get("dataset_options.n_test", USUAL_TEST))
    return World(
        n_seeds=chosen.n_seeds,
        n_patients=round(n_test / RECORDS_A_PATIENT),
        spreads=measured_spreads(spreads),
    )


RATES = {
    "wrong_decisive": "wrong",
    "wrong_decisive_when_looking": "wrong, looking",
    "right_decisive_at_2_delta": "right at 2 delta",
    "coverage": "coverage",
}


def words(found: Mapping[str, Any]) -> list[str]:
    """The rates as a table, check by check."""
    checks = list(found["wrong_decisive"])
    lines = [f"{'check':<12}" + "".join(f"{name:>18}" for name in RATES.values())]
    for check in checks:
        rates = [found[key][check] for key in RATES]
        shown = ["—" if rate is None else f"{rate:.1%}" for rate in rates]
        lines.append(f"{check:<12}" + "".join(f"{rate:>18}" for rate in shown))
    lines.append(f"expected calibration error {found['expected_calibration_error']:.3f}")
    lines.append(
        f"{found['claims']} claims in {found['seconds']:g} s, "
        f"{found['processor_seconds']:g} s of processors"
    )
    return lines
