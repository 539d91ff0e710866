"""How fast training and feeding are, each beside something else measured in the same process.

A rate by itself says little about code: machines differ, and are shared. So a step of training
stands beside the same step with a plainly written backbone of about equal size (`_plain`; stem,
objective, optimiser and batch are the same) and beside a large matrix product, and building a
cache beside a loop over `wfdb.rdrecord`.

`share_of_matmul` is all counted operations of a step over its time, as a share of the product's
rate in that number format: 1 is what the arithmetic allows. `products_share` is the same of the
step's own products, but for convolutions and attention, replayed without the rest. What is compared
is measured in turns, so that whoever else uses the machine slows all of it alike.
"""

import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from models import _plain, kernels
from models.backbones import BACKBONES
from models.build import build_encoder, build_objective
from models.data import _cache, ptb_xl
from models.data._records import LEADS, Records
from models.data._wfdb_record import quiet_wfdb
from models.encoder import Encoder
from models.memory import training_mb
from models.multiply_adds import Operations
from models.products import Products
from models.randomness import seeded
from models.recipe import Recipe
from models.train import draw_batch, start
from models.update import Batch, Update

Clock = Callable[[], float]
_WARM_UPS = 6  # on CUDA the fourth update is recorded
_DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One training to measure: four layers behind the paper's stem, windows of 12 x 600."""

    backbone: str
    width: int
    batch_size: int
    dtype: str = "fp32"
    objective: str = "cpc"
    is_compiled: bool = False

    def recipe(self) -> Recipe:
        paper = Recipe.bundled("paper_cpc").with_changes(
            {"objective": self.objective, "backbone": self.backbone, "stem.width": self.width}
        )
        n_parameters = 4 * (2 * self.width**2 + 14 * self.width)  # four layers of S4
        return paper.with_changes(
            {
                "batch_size": self.batch_size,
                "precision": self.dtype,
                "is_compiled": self.is_compiled,
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
CUDA_CASES = (  # the paper's recipe, whose batches are of 64
    Case(backbone="s4", width=512, batch_size=64, dtype="bf16"),
    Case(backbone="s4", width=512, batch_size=512, dtype="bf16"),
    Case(backbone="s4", width=512, batch_size=64, dtype="bf16", is_compiled=True),
    Case(backbone="s4", width=512, batch_size=512, dtype="bf16", is_compiled=True),
    Case(backbone="s4", width=512, batch_size=64),
    *(
        Case(backbone=name, width=512, batch_size=64, dtype="bf16")
        for name in BACKBONES
        if name != "s4"
    ),
)


@dataclass(frozen=True, kw_only=True)
class Bench:
    """How to measure: `seconds` is what each measurement takes at least."""

    device: torch.device = torch.device("cpu")  # noqa: RUF009 - it does not change
    n_threads: int = 2
    seconds: float = 1.0
    clock: Clock = time.perf_counter

    @property
    def n_at_once(self) -> int:
        """Pieces of work between two looks at the clock: a look waits for an accelerator."""
        return 1 if self.device.type == "cpu" else 10

    def rates(self, works: Sequence[Callable[[], object]]) -> list[float]:
        """How often a second each piece of work is done at its best, all of them in turns.

        The best is what the code can do; the mean would measure whoever else uses the machine.
        """
        best = [float("inf")] * len(works)
        began = self.clock()
        while True:
            for place, work in enumerate(works):
                start_at = self.clock()
                for _ in range(self.n_at_once):
                    work()
                self.finish()
                now = self.clock()
                best[place] = min(best[place], (now - start_at) / self.n_at_once)
            if now - began >= self.seconds * len(works):
                return [1 / max(each, 1e-9) for each in best]

    def finish(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize()


def bench(
    how: Bench,
    *,
    cases: tuple[Case, ...] | None = None,
    n_records: int = 400,
    n_windows: tuple[int, ...] = (1_000, 100_000),
) -> dict[str, Any]:
    """Measure everything; on CUDA training by the paper's recipe, and feeding the device."""
    is_cuda = how.device.type == "cuda"
    if cases is None:
        cases = CUDA_CASES if is_cuda else CASES
    before = torch.get_num_threads()
    torch.set_num_threads(how.n_threads)
    try:
        products = {name: _product(dtype, how.device) for name, dtype in _DTYPES.items()}
        rates = how.rates([each.work for each in products.values()])
        pairs = zip(products.items(), rates, strict=True)
        gflops = {name: rate * each.operations / 1e9 for (name, each), rate in pairs}
        with tempfile.TemporaryDirectory() as folder:
            # First, while no memory lies free from before.
            memory = {f"training_{n}_windows": _memory_mb(Path(folder), n) for n in n_windows}
            # Before training: readers are forks, and a process that has grown large forks slowly.
            feeding = _feeding(Path(folder), n_records, how)
            training = [_training(case, how, Path(folder)) for case in cases]
    finally:
        torch.set_num_threads(before)
    found: dict[str, Any] = {
        "device": torch.cuda.get_device_name() if is_cuda else "cpu",
        "kernels": kernels.made_by(how.device.type),
        "matmul_gflops": {name: round(value, 1) for name, value in gflops.items()},
        "training": training,
        "feeding": feeding,
        "memory_mb": {
            **memory,
            "peak_with_mapped_files": round(
                resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            ),
        },
    }
    if is_cuda:
        found["device_memory_mb"] = round(torch.cuda.max_memory_allocated() / 2**20)
    return found


@dataclass(frozen=True, kw_only=True)
class Product:
    """A large matrix product."""

    work: Callable[[], object]
    operations: int


def _product(dtype: torch.dtype, device: torch.device) -> Product:
    size = 1536 if device.type == "cpu" else 8192
    square = torch.randn(size, size, generator=seeded(0)).to(device, dtype)
    square @ square
    return Product(work=lambda: square @ square, operations=2 * size**3)


def _training(case: Case, how: Bench, folder: Path) -> dict[str, Any]:
    recipe = case.recipe()
    encoder = build_encoder(recipe, seeded(0))
    n_parameters = encoder.backbone.n_parameters
    update = _update(recipe, encoder, how.device)
    batch = _batch(recipe, how.device)
    plain = _update(
        recipe.with_changes({"is_compiled": False}), _plainly(recipe, n_parameters), how.device
    )
    works: list[Callable[[], object]] = [lambda: update(batch), lambda: plain(batch)]
    product = _product(_DTYPES[case.dtype], how.device)
    works.append(product.work)
    products = _products(recipe, batch, how.device)
    works.append(products.replay)
    if how.device.type == "cuda":
        records = _random_records(folder / "cache", recipe.sampling_hz)
        rows = records.indices("train")
        generator = seeded(0)

        def fed() -> None:
            update(draw_batch(recipe, records, rows, generator).to(how.device))

        works.append(fed)
    for work in works:
        for _ in range(_WARM_UPS):
            work()
    ours, theirs, machine, alone, *others = how.rates(works)
    operations = _operations(recipe, batch, how.device)
    with Operations() as counted:
        products.replay()
    limit = machine * product.operations  # operations a second
    found = {
        "backbone": case.backbone,
        "width": case.width,
        "objective": case.objective,
        "dtype": case.dtype,
        "threads": how.n_threads,
        "batch_size": case.batch_size,
        "is_compiled": case.is_compiled,
        "windows_per_s": round(ours * case.batch_size, 1),
        "reference_windows_per_s": round(theirs * case.batch_size, 1),
        "matmul_gflops": round(limit / 1e9, 1),
        "share_of_matmul": round(ours * operations / limit, 3),
        "products_share": round(alone * counted.total / limit, 3),
    }
    if others:
        found["fed_windows_per_s"] = round(others[0] * case.batch_size, 1)
    return found


def _operations(recipe: Recipe, batch: Batch, device: torch.device) -> int:
    """Count those of one update that is neither compiled nor recorded."""
    update = _update(
        recipe.with_changes({"is_compiled": False}), build_encoder(recipe, seeded(0)), device
    )
    with Operations() as counter:
        update(batch)
    return counter.total


def _products(recipe: Recipe, batch: Batch, device: torch.device) -> Products:
    """Note those of one update that is neither compiled nor recorded."""
    update = _update(
        recipe.with_changes({"is_compiled": False}), build_encoder(recipe, seeded(0)), device
    )
    with Products() as made:
        update(batch)
    return made


def _plainly(recipe: Recipe, n_parameters: int) -> Encoder:
    encoder = build_encoder(recipe, seeded(0))
    plain: Any = _plain.beside(
        recipe.backbone, recipe.width, n_parameters=n_parameters, n_tokens=encoder.n_tokens
    )
    plain.is_causal = True
    encoder.backbone = plain
    return encoder


def _update(recipe: Recipe, encoder: Encoder, device: torch.device) -> Update:
    objective = build_objective(recipe, encoder, seeded(0)).to(device).train()
    return Update(recipe, start(recipe, objective), device)


def _batch(recipe: Recipe, device: torch.device) -> Batch:
    """Windows that lie where the training is."""
    shape = recipe.batch_size, recipe.n_leads, recipe.n_times
    windows = torch.randn(shape, generator=seeded(1))
    targets = torch.zeros(recipe.batch_size, 1, dtype=torch.uint8)
    return Batch(windows=windows, targets=targets, texts=()).to(device)


def _feeding(folder: Path, n_records: int, how: Bench) -> dict[str, Any]:
    recipe = Recipe.bundled("paper_cpc")
    records = _random_records(folder / "cache", recipe.sampling_hz)
    rows, generator = records.indices("train"), seeded(0)

    def draw() -> None:
        draw_batch(recipe, records, rows, generator).to(how.device)

    draw()
    found = {"cache_windows_per_s": round(how.rates([draw])[0] * recipe.batch_size, 1)}
    if how.device.type == "cuda":
        return found
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

    works = {"build_records_per_s": build, "wfdb_loop_records_per_s": loop}
    for work in works.values():
        work()
    rates = zip(works, how.rates(list(works.values())), strict=True)
    return {**found, **{name: round(rate * n_records, 1) for name, rate in rates}}


def _memory_mb(folder: Path, n_windows: int) -> int | None:
    """The most that training on a mapped cache holds for itself, one window to a record."""

    def opened() -> Records:
        return _random_records(folder / "cache", 100, n_windows, window_s=2.5)

    opened()  # what building it takes is not of the training
    found = training_mb(folder, n_windows, opened)
    return None if found is None else round(found)


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


def _random_records(
    cache: Path, sampling_hz: int, n_records: int = 1000, *, window_s: float = 10
) -> Records:
    """Noise in a cache as any data set's, memory-mapped from the disk."""
    n_times = round(window_s * sampling_hz)

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
        digest=f"noise {n_records} {n_times}",
        sampling_hz=sampling_hz,
        describe=lambda: _cache.Contents(n_records=n_records, n_times=n_times, fill=fill),
    )
