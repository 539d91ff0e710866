"""Each kernel beside the formula in double, as torch writes it."""

import importlib.util
import os
import subprocess
import sys
import time

import numpy
import pytest
import torch
from torch.nn import functional as F

from models import kernels
from models.backbones import _state_space
from models.build import build_encoder
from models.kernels import _ready
from models.objectives import cpc
from models.randomness import lend, seeded
from models.recipe import Recipe
from tests.models.rounding import KINDS, ROUNDING, off_by

CPU = torch.device("cpu")

if not kernels.are_ready():
    pytest.skip("numba or torch's OpenMP is not at hand", allow_module_level=True)

from models.kernels import _kernel, contrast, contrast_loops  # noqa: E402
from models.kernels._compiling import compiled  # noqa: E402
from models.kernels._loops import given  # noqa: E402
from models.kernels.gelu import gelu_times  # noqa: E402
from models.stem import _NormAndRelu  # noqa: E402


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


@pytest.mark.parametrize("reason", ["no numba", "no OpenMP", "nowhere to write", "untried"])
def test_without_what_they_need_there_are_no_kernels_and_a_run_says_so(monkeypatch, reason):
    assert kernels.made_by("cpu").startswith("numba ")
    assert kernels.made_by("cuda") == "torch"
    if reason == "no numba":
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    elif reason == "no OpenMP":
        monkeypatch.setattr(_ready, "pool", lambda: None)
    elif reason == "nowhere to write":
        monkeypatch.setattr(_ready, "place_of_compiled", lambda: None)
    else:
        monkeypatch.setattr(_ready.platform, "machine", lambda: "aarch64")
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


def test_what_other_versions_compiled_goes_once_nobody_has_used_it_for_a_week(
    monkeypatch, tmp_path
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    kept, unused, not_ours = [
        tmp_path / "replicheck" / each for each in ("kernels-1", "kernels-2", "judges-3")
    ]
    for each in (kept, unused, not_ours):
        each.mkdir(parents=True)
        (each / "loops.o").write_bytes(b"code")
        os.utime(each, times=2 * (time.time() - 8 * 24 * 3600,))
    os.utime(kept)
    own = _ready.place_of_compiled.__wrapped__()
    assert sorted(tmp_path.glob("replicheck/*")) == sorted([kept, not_ours, own])


def test_a_kernel_whose_folder_another_version_cleared_is_compiled_again(monkeypatch, tmp_path):
    folder = tmp_path / "kernels-1"
    monkeypatch.setattr(_kernel, "place_of_compiled", lambda: folder)
    monkeypatch.setattr(contrast, "_COUNTED", _kernel.Kernel("contrast_loops", "counted"))
    assert contrast.counted((1, 3), 2, below=1, seed=0).tolist() == [[3, 0]]
    assert len(list(folder.iterdir())) == 1


def test_a_process_that_finds_kernels_compiled_does_without_numba(root):
    contrast.counted((1, 3), 2, below=1, seed=0)
    script = (
        "import sys\n"
        "from models.kernels import contrast\n"
        "print(contrast.counted((1, 3), 2, below=1, seed=0).tolist())\n"
        "assert 'numba' not in sys.modules\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], cwd=root, check=True, capture_output=True, timeout=300
    )
    assert found.stdout == b"[[3, 0]]\n"


def test_loops_that_need_python_when_they_run_are_refused(monkeypatch):
    def allocates(data):
        numpy.empty(given(data)[0])[0] = 1

    monkeypatch.setattr(contrast_loops, "counted", allocates)
    with pytest.raises(RuntimeError, match=r"contrast_loops\.counted calls .*NRT_"):
        compiled("contrast_loops", "counted", _kernel._machine()[0])


def test_counts_are_those_of_splitmix64_by_python(n_threads):
    seed, n_places, below = 2**61 + 5, 7, 19
    found = contrast.counted((3, 11, n_places), 20, below=below, seed=seed)
    expected = torch.zeros(33, 20)
    for row in range(33):
        for place in range(n_places):
            number, is_lower = row * 4 + place % 4, place >= 4
            bits = splitmix64(seed, number)
            expected[row, (bits & 0xFFFFFFFF if is_lower else bits >> 32) * below >> 32] += 1
    assert torch.equal(found.view(33, 20).float(), expected)


def splitmix64(seed, number):
    """Steele, Lea and Flood 2014, figure 17 with the constants of its `mix64` variant 13."""
    bits = (seed + number * 0x9E3779B97F4A7C15) % 2**64
    bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    bits = (bits ^ bits >> 27) * 0x94D049BB133111EB % 2**64
    return bits ^ bits >> 31


def test_draws_are_even_and_know_nothing_of_their_neighbours():
    counts = contrast.counted((40, 286, 128), 300, below=299, seed=1).double()[..., :299]
    expected = 128 / 299
    totals = counts.sum(dim=(0, 1))
    chi_square = float((totals / (40 * 286 * expected) - 1).square().sum() * 40 * 286 * expected)
    assert abs(chi_square - 298) < 4 * (2 * 298) ** 0.5
    apart = counts - expected
    assert float(apart.square().mean()) == pytest.approx(expected * (1 - 1 / 299), rel=5e-3)
    assert abs(float((apart[:, 1:] * apart[:, :-1]).mean())) < 4 * expected / apart.numel() ** 0.5


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
    counts = cpc.negatives((6, 33, 24), horizon=7, generator=seeded(2), device=CPU)

    def judged():
        given = [each.clone().requires_grad_() for each in drawn]
        loss = cpc.info_nce(*given, counts, horizon=7)
        return loss, *torch.autograd.grad(loss, given)

    for ours, theirs in zip(judged(), torchs_own(judged), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=3 * ROUNDING[dtype], atol=0.01)


@pytest.mark.parametrize("dtype", KINDS)
def test_gelu_with_factors_and_its_gradient_are_those_of_the_formula(dtype, n_threads):
    generator = seeded(0)
    signal = (3 * torch.randn(19, 3, 301, generator=generator)).to(dtype)
    signal[0, 0, :3] = torch.tensor([0.0, -30.0, 30.0])
    factors = (torch.rand(19, 3, generator=generator) * 2).to(dtype)
    gradient = torch.randn(signal.shape, generator=generator).to(dtype)
    exact = signal.double().requires_grad_()
    expected = F.gelu(exact) * factors.double()[:, :, None]
    expected.backward(gradient.double())
    ours = signal.clone().requires_grad_()
    found = gelu_times(ours * 1, factors)
    found.backward(gradient)
    assert found.dtype == ours.grad.dtype == dtype
    torch.testing.assert_close(found.double(), expected, rtol=ROUNDING[dtype], atol=1e-6)
    torch.testing.assert_close(ours.grad.double(), exact.grad, rtol=2 * ROUNDING[dtype], atol=2e-6)


def test_gelu_refuses_to_go_back_twice_having_overwritten_its_slope():
    found = gelu_times(torch.ones(2, 3, requires_grad=True) * 1, torch.ones(2))
    found.sum().backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="goes back once"):
        found.sum().backward()


@pytest.mark.parametrize("dtype", KINDS)
def test_what_is_no_number_stays_so_through_gelu_and_spoils_nothing_beside_it(dtype):
    for place in (3, 300):  # in a vector, and among what is left over
        signal = torch.zeros(2, 301, dtype=dtype)
        signal[1, place] = torch.nan
        assert gelu_times(signal, torch.ones(2, dtype=dtype)).isnan().sum() == 1


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_layer_of_s4_with_and_without_kernels_agrees(precision, torchs_own):
    recipe = Recipe.bundled("tiny").with_changes({"backbone_options.dropout": 0.2})

    def made():
        backbone = build_encoder(recipe, seeded(0)).backbone.train()
        tokens = torch.randn(4, 30, recipe.width, generator=seeded(1)).requires_grad_()
        is_half = precision == "bf16"
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=is_half), lend(seeded(3)):
            found = backbone(tokens.bfloat16() if is_half else tokens)
        (found * torch.randn(found.shape, generator=seeded(2))).sum().backward()
        return [found, tokens.grad, *[each.grad for each in backbone.parameters()]]

    ours, theirs = made(), torchs_own(made)
    limit = 1e-4 if precision == "fp32" else 0.05
    for mine, its in zip(ours, theirs, strict=True):
        assert off_by(mine, its.double()) < limit


@pytest.mark.parametrize("dtype", KINDS)
def test_norm_and_relu_and_their_gradients_are_those_of_the_formula(dtype, n_threads):
    generator = seeded(0)
    signal = (torch.randn(21, 1003, generator=generator) * 3 + 1).to(dtype)
    gradient = torch.randn(21, 1003, generator=generator).to(dtype)
    given = [signal, *torch.randn(2, 21, generator=generator)]
    exact = [each.double().requires_grad_() for each in given]
    signal, scale, shift = exact
    expected = F.batch_norm(signal[None], None, None, scale, shift, training=True)[0].relu()
    expected.backward(gradient.double())
    ours = [each.clone().requires_grad_() for each in given]
    found, mean, variance = _NormAndRelu.apply(*ours, 1e-5)
    found.backward(gradient)
    assert found.dtype == dtype
    torch.testing.assert_close(found.double(), expected, rtol=ROUNDING[dtype], atol=1e-5)
    torch.testing.assert_close(mean.double(), signal.mean(dim=1), rtol=1e-6, atol=1e-6)
    spread = signal.var(dim=1, correction=0)
    torch.testing.assert_close(variance.double(), spread, rtol=1e-6, atol=0)
    for mine, theirs in zip(ours, exact, strict=True):
        assert off_by(mine.grad, theirs.grad) < ROUNDING[mine.dtype]


@pytest.mark.parametrize("dtype", KINDS)
def test_what_is_no_number_spoils_its_own_feature_in_the_stem_and_is_not_cut_to_0(dtype):
    for column in (3, 1002):
        signal = torch.randn(21, 1003, generator=seeded(0)).to(dtype)
        signal[5, column] = torch.nan
        found, *_ = _NormAndRelu.apply(signal, torch.ones(21), torch.zeros(21), 1e-5)
        assert found[5].isnan().all()
        assert found.isnan().any(dim=1).sum() == 1


def systems(n_features, n_directions):
    """A, B, C and skip; contractions, and powers that are far from 0 after hundreds of tokens."""
    generator = seeded(0)
    matrix = torch.randn(n_features, 8, 8, generator=generator)
    matrix *= 0.999 / torch.linalg.matrix_norm(matrix, 2)[:, None, None]
    shapes = (n_features, 8), (n_directions, n_features, 8), (n_features,)
    return [matrix, *[torch.randn(*each, generator=generator) for each in shapes]]


def blocks_of(given, n_tokens, dtype, truncated_at=0):
    matrix, entry, readout, skip = given
    powers = _state_space.Powers(matrix)
    system = _state_space.Sampled(
        powers=powers, entry=entry, readout=readout, truncated_at=truncated_at
    )
    return [*vars(_state_space.blocks_of(system, n_tokens, skip=skip, dtype=dtype)).values()]


@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize("n_directions", [1, 2])
@pytest.mark.parametrize(
    ("n_tokens", "truncated_at"), [(300, 0), (330, 7)], ids=["", "tokens missing, truncated"]
)
def test_blocks_of_a_state_space_and_their_gradients_are_torchs_in_double(
    dtype, n_directions, n_tokens, truncated_at, n_threads, torchs_own
):
    given = systems(19, n_directions)
    exact = [each.double().requires_grad_() for each in given]
    expected = torchs_own(lambda: blocks_of(exact, n_tokens, torch.float64, truncated_at))
    generator = seeded(1)
    gradients = [torch.randn(each.shape, generator=generator).to(dtype) for each in expected]
    torch.autograd.backward(expected, [each.double() for each in gradients])
    ours = [each.clone().requires_grad_() for each in given]
    found = blocks_of(ours, n_tokens, dtype, truncated_at)
    # What arrives need not lie in memory row by row.
    torch.autograd.backward(found, [each.mT.contiguous().mT for each in gradients])
    for mine, its in zip(found, expected, strict=True):
        assert mine.grad_fn.name() == "_BlocksBackward"
        assert mine.dtype == dtype
        assert off_by(mine, its) < ROUNDING[dtype]
    for mine, its in zip(ours, exact, strict=True):
        assert off_by(mine.grad, its.grad) < ROUNDING[torch.float32]


def test_blocks_have_the_same_bits_on_one_thread_and_on_two():
    found = []
    for n_threads in (1, 2):
        torch.set_num_threads(n_threads)
        given = [each.requires_grad_() for each in systems(70, 2)]
        made = blocks_of(given, 300, torch.bfloat16)
        torch.autograd.backward(made, [torch.ones_like(each) for each in made])
        found.append([*made, *[each.grad for each in given]])
    torch.set_num_threads(1)
    assert all(torch.equal(one, two) for one, two in zip(*found, strict=True))


def test_a_system_that_is_no_number_spoils_its_own_feature_alone():
    given = systems(19, 2)
    given[0][5, 2, 3] = torch.nan
    for each in blocks_of(given, 300, torch.float32):
        assert each.isnan().flatten(1).any(dim=1).nonzero().flatten().tolist() == [5]


@pytest.mark.parametrize(
    ("n_state", "n_tokens", "dtype"),
    [(6, 300, torch.float32), (8, 40, torch.float32), (8, 300, torch.float64)],
    ids=["another state", "one block", "double"],
)
def test_systems_no_kernel_is_for_go_torchs_way(n_state, n_tokens, dtype):
    given = [torch.zeros(3, n_state, n_state), torch.ones(3, n_state), torch.ones(1, 3, n_state)]
    found = blocks_of([*[each.to(dtype) for each in given], torch.ones(3)], n_tokens, dtype)
    assert torch.equal(found[0][0, :2, :2], torch.tensor([[n_state + 1, 0], [0, n_state + 1]]))
