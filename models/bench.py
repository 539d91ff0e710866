"""How fast training and feeding are, each beside something else measured in the same process.

A rate by itself says little about code: machines differ, and are shared. So a step of training
stands beside the same step with a plainly written backbone of about equal size (`_plain`; stem,
objective, optimiser and batch are the same) and beside a large matrix product, and building a
cache beside a loop over `wfdb.rdrecord`.

`share_of_matmul` is all counted operations of a step over its time, as a share of the product's
rate in that number format: 1 is what the arithmetic allows.
"""

import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from models import _plain
from models.backbones import BACKBONES
from models.build import build_encoder, build_objective
from models.data import _cache, ptb_xl
from models.data._records import LEADS, Records
from models.data._wfdb_record import quiet_wfdb
from models.encoder import Encoder
from models.multiply_adds import Operations
from models.precision import working
from models.randomness import seeded
from models.recipe import Recipe
from models.train import draw_batch, start

Clock = Callable[[], float]
_DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One training to measure: four layers behind the paper's stem, windows of 12 x 600."""

    backbone: str
    width: int
    batch_size: int
    dtype: str = "fp32"
    objective: str = "cpc"

    def recipe(self) -> Recipe:
        paper = Recipe.bundled("paper_cpc").with_changes(
            {"objective": self.objective, "backbone": self.backbone, "stem.width": self.width}
        )
        n_parameters = 4 * (2 * self.width**2 + 14 * self.width)  # four layers of S4
        return paper.with_changes(
            {
                "batch_size": self.batch_size,
                "precision": self.dtype,
                "parameter_budget": n_parameters,
                **_OPTIONS.get(self.backbone, {}),
            }
        )


_OPTIONS: dict[str, dict[str, Any]] = {
    "s4": {"backbone_options.n_layers": 4},
    "s4d": {"backbone_options.n_layers": 4},
    "transformer": {"backbone_options.n_layers": 1, "backbone_options.n_heads": 4},
    "net1d": {"backbone_options.n_layers": 4},
}
CASES = (
    *(Case(backbone=name, width=64, batch_size=64) for name in BACKBONES),
    Case(backbone="s4", width=64, batch_size=64, dtype="bf16"),
    Case(backbone="s4", width=512, batch_size=16),
    Case(backbone="s4", width=512, batch_size=16, dtype="bf16"),
)


def bench(
    *,
    n_threads: int = 2,
    seconds: float = 1.0,
    cases: tuple[Case, ...] = CASES,
    n_records: int = 60,
    clock: Clock = time.perf_counter,
) -> dict[str, Any]:
    """Measure everything; `seconds` is what each measurement takes at least."""
    before = torch.get_num_threads()
    torch.set_num_threads(n_threads)
    try:
        gflops = {name: _matmul_gflops(dtype, seconds, clock) for name, dtype in _DTYPES.items()}
        training = [_training(case, gflops, n_threads, seconds, clock) for case in cases]
        with tempfile.TemporaryDirectory() as folder:
            feeding = _feeding(Path(folder), n_records, seconds, clock)
    finally:
        torch.set_num_threads(before)
    return {
        "matmul_gflops": {name: round(value, 1) for name, value in gflops.items()},
        "training": training,
        "feeding": feeding,
        "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def rate(work: Callable[[], object], seconds: float, clock: Clock) -> float:
    """How often a second the work, done once before, is done at its best of several times.

    The best is what the code can do; the mean would measure whoever else uses the machine.
    """
    began, best = clock(), float("inf")
    while True:
        start_at = clock()
        work()
        now = clock()
        best = min(best, now - start_at)
        if now - began >= seconds:
            return 1 / max(best, 1e-9)


def _matmul_gflops(dtype: torch.dtype, seconds: float, clock: Clock) -> float:
    size = 1536
    square = torch.ones(size, size, dtype=dtype)
    square @ square
    return rate(lambda: square @ square, seconds / 2, clock) * 2 * size**3 / 1e9


def _training(
    case: Case, gflops: dict[str, float], n_threads: int, seconds: float, clock: Clock
) -> dict[str, Any]:
    recipe = case.recipe()
    encoder = build_encoder(recipe, seeded(0))
    n_parameters = encoder.backbone.n_parameters
    step = _step(recipe, encoder)
    with Operations() as counter:
        step()
    found = rate(step, seconds, clock) * case.batch_size
    plain = _plainly(recipe, n_parameters)
    plain_step = _step(recipe, plain)
    plain_step()
    reference = rate(plain_step, seconds, clock) * case.batch_size
    operations = counter.total / case.batch_size
    return {
        "backbone": case.backbone,
        "width": case.width,
        "objective": case.objective,
        "dtype": case.dtype,
        "threads": n_threads,
        "windows_per_s": round(found, 1),
        "reference_windows_per_s": round(reference, 1),
        "share_of_matmul": round(found * operations / 1e9 / gflops[case.dtype], 3),
    }


def _plainly(recipe: Recipe, n_parameters: int) -> Encoder:
    encoder = build_encoder(recipe, seeded(0))
    plain: Any = _plain.beside(
        recipe.backbone, recipe.width, n_parameters=n_parameters, n_tokens=encoder.n_tokens
    )
    plain.is_causal = True
    encoder.backbone = plain
    return encoder


def _step(recipe: Recipe, encoder: Encoder) -> Callable[[], object]:
    """One update on windows that lie in memory: forwards, backwards, optimiser."""
    objective = build_objective(recipe, encoder, seeded(0)).train()
    training = start(recipe, objective)
    device = torch.device("cpu")
    windows = torch.randn(
        recipe.batch_size, recipe.n_leads, recipe.n_times, generator=training.generator
    )

    def step() -> None:
        with working(recipe, device):
            loss: Tensor = objective(windows, training.generator)
        training.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        training.optimiser.step()
        objective.after_step()

    return step


def _feeding(folder: Path, n_records: int, seconds: float, clock: Clock) -> dict[str, Any]:
    files = write_ptb_xl(folder / "ptb_xl", n_records)

    def build() -> Records:
        with tempfile.TemporaryDirectory(dir=folder) as cache:
            return ptb_xl.load(
                folder / "ptb_xl", {"source_hz": 500}, sampling_hz=240, cache=Path(cache)
            )

    def loop() -> None:
        with quiet_wfdb() as wfdb:
            for file in files:
                wfdb.rdrecord(str(file))

    recipe = Recipe.bundled("paper_cpc")
    records = _random_records(folder / "cache", recipe.sampling_hz)
    rows, generator = records.indices("train"), seeded(0)

    def draw() -> None:
        draw_batch(recipe, records, rows, generator)

    found = {}
    for name, work, n in (
        ("cache_windows_per_s", draw, recipe.batch_size),
        ("build_records_per_s", build, n_records),
        ("wfdb_loop_records_per_s", loop, n_records),
    ):
        work()
        found[name] = round(rate(work, seconds, clock) * n, 1)
    return found


def write_ptb_xl(folder: Path, n_records: int) -> list[Path]:
    """Write noise as records of 12 leads x 10 s at 500 Hz, laid out like PTB-XL."""
    place = folder / "records500" / "00000"
    place.mkdir(parents=True)
    random = np.random.default_rng(0)
    lines = ["ecg_id,patient_id,scp_codes,strat_fold,report,filename_lr,filename_hr"]
    with quiet_wfdb() as wfdb:
        for number in range(n_records):
            name = f"{number:05d}_hr"
            wfdb.wrsamp(
                name,
                fs=500,
                units=["mV"] * 12,
                sig_name=list(LEADS),
                d_signal=random.integers(-2000, 2000, size=(5000, 12), dtype=np.int64),
                fmt=["16"] * 12,
                adc_gain=[1000.0] * 12,
                baseline=[0] * 12,
                write_dir=str(place),
            )
            file = f"records500/00000/{name}"
            lines.append(f"{number},{number},\"{{'NORM': 100.0}}\",{number % 10 + 1},,,{file}")
    (folder / "ptbxl_database.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    statements = ",diagnostic,diagnostic_class\nNORM,1.0,NORM\n"
    (folder / "scp_statements.csv").write_text(statements, encoding="utf-8")
    return [place / f"{number:05d}_hr" for number in range(n_records)]


def _random_records(cache: Path, sampling_hz: int, n_records: int = 1000) -> Records:
    """Noise in a cache as any data set's, memory-mapped from the disk."""
    n_times = 10 * sampling_hz

    def fill(write: _cache.Write) -> _cache.Index:
        random = np.random.default_rng(0)
        index = _cache.Index(label_names=("NORM",))
        for row in range(n_records):
            made = random.integers(-2000, 2000, size=(1, len(LEADS), n_times), dtype=np.int16)
            write(row, made)
            index.record_ids.append(str(row))
            index.patient_ids.append(str(row))
            index.splits.append("train")
            index.reports.append("")
            index.targets.append([1])
        return index

    return _cache.open_or_build(
        cache,
        name="noise",
        digest="noise",
        sampling_hz=sampling_hz,
        describe=lambda: _cache.Contents(n_records=n_records, n_times=n_times, fill=fill),
    )
