"""Products of weights with tokens, and the gated norm that holds one, beside them in double."""

import pytest
import torch
from torch.nn import functional as F

from models import kernels
from models.build import build_encoder
from models.multiply_adds import Operations
from models.pointwise import times
from models.products import Products
from models.randomness import seeded
from models.recipe import Recipe
from tests.models.rounding import KINDS, ROUNDING, off_by

if not kernels.are_ready():
    pytest.skip("numba or torch's OpenMP is not at hand", allow_module_level=True)

from models.kernels import product
from models.kernels.gated_norm import gated_norm


def skip_unless_ours(dtype):
    if not product._can_do(dtype):
        pytest.skip(f"this processor multiplies {dtype} in torch's way")


def given_to(shape, dtype):
    """Weights, tokens and a gradient."""
    n_rows, n_inner, n_columns = shape
    generator = seeded(0)
    shapes = [(n_rows, n_inner), (n_inner, n_columns), (n_rows, n_columns)]
    return [torch.randn(*each, generator=generator).to(dtype) for each in shapes]


@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize(
    "shape", [(8, 2, 32), (8, 2, 1), (40, 24, 1003), (16, 36, 4800), (128, 64, 7713)]
)
def test_a_product_and_its_gradients_are_those_in_double(shape, dtype, n_threads):
    skip_unless_ours(dtype)
    weight, rows, gradient = given_to(shape, dtype)
    assert product.is_for(weight, rows)
    ours = [each.clone().requires_grad_() for each in (weight, rows)]
    found = product.product(*ours)
    found.backward(gradient)
    assert found.dtype == dtype
    assert off_by(found, weight.double() @ rows.double()) < ROUNDING[dtype]
    assert off_by(ours[0].grad, gradient.double() @ rows.double().mT) < ROUNDING[dtype]
    assert off_by(ours[1].grad, weight.double().mT @ gradient.double()) < ROUNDING[dtype]


@pytest.mark.parametrize("dtype", KINDS)
def test_a_product_has_the_same_bits_on_one_thread_and_on_two(dtype):
    skip_unless_ours(dtype)
    weight, rows, _ = given_to((40, 24, 1056), dtype)
    found = []
    for n_threads in (1, 2):
        torch.set_num_threads(n_threads)
        found.append(product._product(weight, rows))
    torch.set_num_threads(1)
    assert torch.equal(*found)


def test_columns_that_are_no_number_spoil_no_others():
    weight, rows, _ = given_to((16, 4, 96), torch.float32)
    rows[2, 33] = torch.nan
    found = product._product(weight, rows)
    assert found.isnan().any(dim=0).nonzero().flatten().tolist() == [33]


@pytest.mark.parametrize("shape", [(12, 4, 32), (8, 3, 32)])
def test_products_that_fill_no_registers_go_torchs_way(shape):
    weight, rows, _ = given_to(shape, torch.float32)
    assert not product.is_for(weight, rows)
    torch.testing.assert_close(times(weight, rows), weight @ rows)


def test_whoever_counts_products_or_notes_them_sees_all_of_them():
    weight, rows, gradient = given_to((16, 4, 96), torch.float32)
    ours = [each.requires_grad_() for each in (weight, rows)]
    with Operations() as counted:
        times(*ours).backward(gradient)
    assert counted.total == 3 * 2 * 16 * 4 * 96
    with Products() as noted:
        times(*ours).backward(gradient)
    assert len(noted) == 3


def test_a_product_under_autocast_is_made_in_its_format_and_gives_gradients_in_theirs():
    weight, rows, gradient = given_to((16, 4, 96), torch.float32)
    ours = [each.requires_grad_() for each in (weight, rows)]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = times(*ours)
    assert found.dtype == torch.bfloat16
    found.backward(gradient.bfloat16())
    assert [each.grad.dtype for each in ours] == 2 * [torch.float32]


@pytest.mark.parametrize(
    ("able", "dtype", "expected"),
    [
        ({"avx512f": True}, torch.float32, True),
        ({"avx2": True}, torch.float32, False),
        ({"avx512f": True, "avx512bf16": True}, torch.bfloat16, True),
        ({"avx512f": True, "avx512bf16": False}, torch.bfloat16, False),
        ({"avx512f": True, "avx512bf16": True, "amx-bf16": True}, torch.bfloat16, False),
    ],
    ids=["float32", "no AVX-512", "pairs", "no pairs", "AMX is faster"],
)
def test_products_are_made_here_where_the_processor_can_and_torch_has_nothing_better(
    able, dtype, expected, monkeypatch
):
    monkeypatch.setattr(product.llvm, "get_host_cpu_features", lambda: able)
    assert product._can_do.__wrapped__(dtype) is expected


# Columns that fill no registers, and some that do: of the latter the product is made within.
N_COLUMNS = [1003, 1056]


def gate_of(dtype, n_columns, n_features=24):
    """Signal, mixed signal, weights, bias, scale and shift; and a gradient."""
    generator = seeded(0)
    wide = n_features, n_columns
    drawn = [torch.randn(*wide, generator=generator).to(dtype) for _ in range(3)]
    weight = (torch.randn(2 * n_features, n_features, generator=generator) / 5).to(dtype)
    narrow = [torch.randn(n, generator=generator) for n in [2 * n_features] + 2 * [n_features]]
    return [*drawn[:2], weight, *narrow], drawn[2]


@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize("n_columns", N_COLUMNS)
def test_the_gated_norm_and_its_gradients_are_those_of_the_formula(dtype, n_columns, n_threads):
    given, gradient = gate_of(dtype, n_columns)
    exact = [each.double().requires_grad_() for each in given]
    signal, mixed, weight, bias, scale, shift = exact
    gated = signal + F.glu(weight @ mixed + bias[:, None], dim=0)
    expected = F.layer_norm(gated.T, (24,), scale, shift, 1e-5).T
    expected.backward(gradient.double())
    ours = [each.clone().requires_grad_() for each in given]
    found = gated_norm(*ours, 1e-5)
    found.backward(gradient)
    assert found.dtype == dtype
    # The gate and its gradient are rounded on the way.
    assert off_by(found, expected) < ROUNDING[dtype]
    for mine, theirs in zip(ours, exact, strict=True):
        assert mine.grad.dtype == mine.dtype
        assert off_by(mine.grad, theirs.grad) < ROUNDING[dtype]


@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize("n_columns", N_COLUMNS)
def test_the_gated_norm_has_the_same_bits_on_one_thread_and_on_two(dtype, n_columns):
    given, gradient = gate_of(dtype, n_columns)
    found = []
    for n_threads in (1, 2):
        torch.set_num_threads(n_threads)
        ours = [each.clone().requires_grad_() for each in given]
        made = gated_norm(*ours, 1e-5)
        made.backward(gradient)
        found.append([made, *[each.grad for each in ours]])
    torch.set_num_threads(1)
    assert all(torch.equal(one, two) for one, two in zip(*found, strict=True))


def test_the_gated_norm_refuses_to_go_back_twice_having_overwritten_what_it_kept():
    given, gradient = gate_of(torch.float32, 1003)
    found = gated_norm(*[each.requires_grad_() for each in given], 1e-5)
    found.backward(gradient, retain_graph=True)
    with pytest.raises(RuntimeError, match="goes back once"):
        found.backward(gradient)


@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize("n_columns", N_COLUMNS)
def test_a_token_that_is_no_number_spoils_its_column_alone(dtype, n_columns):
    for column in (3, n_columns - 1):  # in a vector, and among what is left over
        given, _ = gate_of(dtype, n_columns)
        given[1][20, column] = torch.nan
        found = gated_norm(*given, 1e-5)
        assert found[:, column].isnan().all()
        assert found.isnan().any(dim=0).sum() == 1


def test_tokens_in_another_format_than_products_are_gated_by_torch(monkeypatch):
    layer = build_encoder(Recipe.bundled("tiny"), seeded(0)).backbone.layers[0]
    width = len(layer.skip)
    calls = []

    def noted(*given):
        calls.append(given)
        return gated_norm(*given)

    monkeypatch.setattr("models.kernels.gated_norm.gated_norm", noted)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        mixed = torch.randn(width, 12, dtype=torch.bfloat16)
        found = layer._gated(torch.randn(width, 12), mixed)
        assert found.shape == (width, 12)
        assert not calls
        layer._gated(torch.randn(width, 12, dtype=torch.bfloat16), mixed)
        assert len(calls) == 1
