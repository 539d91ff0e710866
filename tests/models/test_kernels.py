"""Each kernel beside the formula in double, as torch writes it."""

import importlib.util

import pytest
import torch

from models import kernels
from models.kernels import _ready
from models.objectives import cpc
from models.randomness import seeded

CPU = torch.device("cpu")
KINDS = [torch.float32, torch.bfloat16]
ROUNDING = {torch.float32: 2e-6, torch.bfloat16: 2**-8}  # of a number, rounded once

if not kernels.are_ready():
    pytest.skip("numba or torch's OpenMP is not at hand", allow_module_level=True)

from models.kernels import contrast  # noqa: E402


@pytest.fixture(params=[1, 2], ids=["one thread", "two threads"])
def n_threads(request):
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


@pytest.fixture
def torchs_own(monkeypatch):
    """Run something as where there is no numba."""

    def run(work):
        with monkeypatch.context() as patch:
            patch.setattr(kernels, "are_ready", lambda: False)
            patch.setattr(kernels, "are_for", lambda *_: False)
            return work()

    return run


def test_kernels_are_for_rows_of_16_or_32_bits_on_a_cpu():
    assert kernels.are_for(torch.zeros(2, 3), torch.zeros(4, dtype=torch.bfloat16))
    assert not kernels.are_for(torch.zeros(2, 3, dtype=torch.float64))
    assert not kernels.are_for(torch.zeros(2, 3), torch.zeros(2, 3).mT)
    assert not kernels.are_for(torch.zeros(2, 3, device="meta"))


@pytest.mark.parametrize("reason", ["no numba", "no OpenMP", "nowhere to write"])
def test_without_what_they_need_there_are_no_kernels_and_a_run_says_so(monkeypatch, reason):
    assert kernels.made_by("cpu").startswith("numba ")
    assert kernels.made_by("cuda") == "torch"
    if reason == "no numba":
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    elif reason == "no OpenMP":
        monkeypatch.setattr(_ready, "pool", lambda: None)
    else:
        monkeypatch.setattr(_ready, "place_of_compiled", lambda: None)
    _ready.are_ready.cache_clear()
    try:
        assert not kernels.are_for(torch.zeros(2, 3))
        assert kernels.made_by("cpu") == "torch"
    finally:
        _ready.are_ready.cache_clear()


def test_what_was_compiled_is_kept_apart_for_each_version_of_the_kernels(monkeypatch, tmp_path):
    folder = tmp_path / "code"
    folder.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "kept"))
    monkeypatch.setattr(_ready, "__file__", str(folder / "_ready.py"))
    (folder / "_numbers.py").write_text("first")
    first = _ready.place_of_compiled.__wrapped__()
    (folder / "_numbers.py").write_text("second")
    second = _ready.place_of_compiled.__wrapped__()
    assert first.is_dir()
    assert first != second
    assert first.parent == second.parent == tmp_path / "kept" / "replicheck"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "_numbers.py"))  # no folder
    assert _ready.place_of_compiled.__wrapped__() is None


def test_counts_are_those_of_a_histogram(n_threads):
    places = torch.randint(37, (3, 11, 50), generator=seeded(0))
    found = contrast.counted(places.to(torch.int16), 37)
    expected = torch.stack([row.bincount(minlength=37) for row in places.flatten(0, 1)])
    assert torch.equal(found.long(), expected.view(3, 11, 37))


@pytest.mark.parametrize("dtype", KINDS)
def test_weights_are_the_gradient_of_the_cross_entropy_of_the_right_tokens(dtype, n_threads):
    generator = seeded(0)
    counts = cpc.negatives((5, 33, 24), horizon=4, generator=generator, device=CPU)
    scores = (torch.randn(5, 33, 37, generator=generator) * 20).to(dtype)
    scores[counts == 0] += 500  # who is not asked about may score what it likes
    exact = scores.double().requires_grad_()
    totals = (exact + counts.double().log()).logsumexp(dim=2)
    expected = (totals - exact.diagonal(offset=4, dim1=1, dim2=2)).sum()
    (gradient,) = torch.autograd.grad(expected, exact)
    loss = contrast.to_weights(scores, counts, horizon=4)
    torch.testing.assert_close(loss.double(), expected, rtol=1e-5, atol=0)
    torch.testing.assert_close(scores.double(), gradient, rtol=ROUNDING[dtype], atol=1e-6)


@pytest.mark.parametrize("dtype", KINDS)
def test_a_score_that_is_no_number_makes_a_loss_that_is_none(dtype):
    counts = torch.ones(1, 33, 37, dtype=torch.int16)
    for place in (0, 16, 36):  # in a vector, and among what is left over
        scores = torch.zeros(1, 33, 37, dtype=dtype)
        scores[0, 5, place] = torch.nan
        assert contrast.to_weights(scores, counts, horizon=4).isnan()
        assert scores[0, 5].isnan().all()
        assert scores[0, 6].isfinite().all()


@pytest.mark.parametrize("dtype", KINDS)
def test_cpc_with_and_without_kernels_agrees(dtype, torchs_own):
    drawn = [torch.randn(6, 40, 8, generator=seeded(n)).to(dtype) for n in range(2)]

    def judged():
        given = [each.clone().requires_grad_() for each in drawn]
        counts = cpc.negatives((6, 33, 24), horizon=7, generator=seeded(2), device=CPU)
        loss = cpc.info_nce(*given, counts, horizon=7)
        return loss, *torch.autograd.grad(loss, given)

    for ours, theirs in zip(judged(), torchs_own(judged), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=3 * ROUNDING[dtype], atol=0.01)
