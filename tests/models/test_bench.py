import itertools
import json
from dataclasses import replace

import pytest
import torch

from models import _plain, bench
from models.__main__ import main
from models.backbones import BACKBONES
from models.build import build_encoder
from models.data import ptb_xl
from models.randomness import lend, seeded

SMALL = tuple(bench.Case(backbone=name, width=16, batch_size=2) for name in ("s4", "transformer"))


def test_the_report_has_the_promised_shape_and_no_empty_number(monkeypatch, capsys):
    """Small cases and a minute of a clock that ticks once a look: nothing here is timed."""
    ticks = itertools.count()
    small = bench.bench

    def slow(how):
        ticking = replace(how, seconds=2, clock=lambda: float(next(ticks)))
        return small(ticking, cases=SMALL, n_records=10, n_windows=(64, 640))

    monkeypatch.setattr(bench, "bench", slow)
    assert main(["bench", "--json", "--threads", "1"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {"device", "kernels", "matmul_gflops", "training", "feeding", "memory_mb"}
    assert found["device"] == "cpu"
    assert set(found["matmul_gflops"]) == {"fp32", "bf16"}
    assert set(found["feeding"]) == {
        "cache_windows_per_s",
        "build_records_per_s",
        "wfdb_loop_records_per_s",
    }
    for entry in found["training"]:
        numbers = {"windows_per_s", "reference_windows_per_s", "matmul_gflops", "share_of_matmul"}
        numbers |= {"products_share"}
        facts = {"backbone", "width", "objective", "dtype", "threads", "batch_size", "is_compiled"}
        assert set(entry) == numbers | facts
        assert (entry["windows_per_s"], entry["reference_windows_per_s"]) == (2, 2)
        assert entry["threads"] == 1
    # One tick for each piece of work: rates are what one piece holds.
    assert found["matmul_gflops"]["fp32"] == pytest.approx(2 * 1536**3 / 1e9, abs=0.1)
    assert found["feeding"] == {
        "cache_windows_per_s": 64,
        "build_records_per_s": 10,
        "wfdb_loop_records_per_s": 10,
    }
    held = found["memory_mb"]
    assert set(held) == {
        "training_64_windows",
        "training_640_windows",
        "peak_with_mapped_files",
    }
    assert min(held.values()) > 0


def test_a_rate_is_of_the_best_time_and_not_of_the_mean():
    times = iter([0.0, 1.0, 5.0, 5.0, 5.5, 5.5, 9.0])
    how = bench.Bench(seconds=9.0, clock=lambda: next(times))
    assert how.rates([lambda: None]) == [pytest.approx(2)]


def test_rates_to_compare_are_measured_in_turns():
    turns = []
    ticks = itertools.count()
    how = bench.Bench(seconds=3.0, clock=lambda: float(next(ticks)))
    how.rates([lambda: turns.append("ours"), lambda: turns.append("theirs")])
    assert len(turns) > 2
    assert turns == ["ours", "theirs"] * (len(turns) // 2)


@pytest.mark.parametrize("case", bench.CASES, ids=str)
def test_arms_of_the_bench_and_their_plain_counterparts_are_alike_in_size(case):
    recipe = case.recipe()
    encoder = build_encoder(recipe, seeded(0))
    mine = encoder.backbone.n_parameters
    plain = _plain.beside(case.backbone, case.width, n_parameters=mine, n_tokens=300)
    theirs = sum(each.numel() for each in plain.parameters())
    assert theirs == pytest.approx(mine, rel=0.25)
    assert mine == pytest.approx(4 * (2 * case.width**2 + 14 * case.width), rel=0.1)


@pytest.mark.parametrize("name", BACKBONES.names())
def test_plain_counterparts_keep_tokens_and_do_not_see_later_ones(name):
    with lend(seeded(0)):
        plain = _plain.beside(name, 16, n_parameters=3000, n_tokens=40).eval()
    tokens = torch.randn(2, 40, 16, generator=seeded(1))
    changed = tokens.clone()
    changed[:, 25:] += 1
    difference = (plain(changed) - plain(tokens)).abs().amax(dim=(0, 2))
    assert difference.shape == (40,)
    assert difference[:25].max() < 1e-4
    assert difference[25:].min() > 1e-4


def test_the_records_to_read_are_whole(tmp_path):
    files = bench.write_ptb_xl(tmp_path / "data", 12)
    records = ptb_xl.load(
        tmp_path / "data", {"source_hz": 500}, sampling_hz=240, cache=tmp_path / "cache"
    )
    assert records.signals_uv.shape == (12, 12, 2400)
    assert records.left_out == ()
    assert len(files) == 12
