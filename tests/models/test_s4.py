import math

import numpy as np
import pytest
import torch

from models import _plain
from models.backbones import BACKBONES, _state_space, s4
from models.backbones._inverse import inverted
from models.backbones._state_space import blocks_of, convolve, response, toeplitz
from models.build import build_encoder
from models.randomness import lend, seeded
from models.recipe import Recipe


def kernel(width=3, *, n_state=8, is_tied=True, length=40, n_directions=1):
    with lend(seeded(1)):
        made = s4.Kernel(
            width, n_state=n_state, n_directions=n_directions, is_tied=is_tied, length=length
        )
    with torch.no_grad():  # away from the start, where features share more than they need to
        for each in (made.log_decay, made.frequency, made.low_rank, made.entry):
            each += 0.1 * torch.randn(each.shape, generator=seeded(2))
    return made.double()


def dense(made, feature):
    """A and B of one feature over pairs and conjugates, and its step, from the parameters alone."""
    row = min(feature, len(made.frequency) - 1)
    rates = -made.log_decay[row].exp() + 1j * made.frequency[row]
    columns = [made.low_rank[row, :, 0] + 1j * made.low_rank[row, :, 1]]
    columns.append(made.entry[row, :, 0] + 1j * made.entry[row, :, 1])
    low_rank, entry = (torch.cat([each, each.conj()]).detach().numpy() for each in columns)
    diagonal = torch.cat([rates, rates.conj()]).detach().numpy()
    matrix = np.diag(diagonal) - np.outer(low_rank, low_rank.conj())
    return matrix, entry, float(made.log_step[feature].exp().detach())


def bilinear(matrix, entry, step):
    """(I - A/2 step)^-1 (I + A/2 step) and (I - A/2 step)^-1 B step."""
    one = np.eye(len(matrix))
    back = np.linalg.inv(one - step / 2 * matrix)
    return back @ (one + step / 2 * matrix), back @ entry * step


def whole_readout(made, feature, direction=0):
    """C of the untruncated system: the truncated one times (I - Ā^length)^-1."""
    sampled, _ = bilinear(*dense(made, feature))
    half = torch.view_as_complex(made.readout[direction, feature]).detach().numpy()
    truncated = np.concatenate([half, half.conj()])
    return truncated @ np.linalg.inv(
        np.eye(len(sampled)) - np.linalg.matrix_power(sampled, made.length)
    )


@pytest.mark.parametrize("n_state", [2, 8, 64])
def test_legs_is_its_formula(n_state):
    matrix, entry = s4.legs_matrix(n_state)
    for n in range(n_state):
        assert float(entry[n]) == pytest.approx(math.sqrt(2 * n + 1))
        for k in range(n_state):
            root = -math.sqrt(2 * n + 1) * math.sqrt(2 * k + 1)
            expected = root if n > k else -(n + 1) if n == k else 0
            assert float(matrix[n, k]) == pytest.approx(expected)


@pytest.mark.parametrize("n_state", [2, 8, 64])
def test_the_pairs_are_legs_in_another_basis(n_state):
    """Same transfer function C (s - A)^-1 B for C = B^T and C = P^T, whatever the basis."""
    matrix, entry = (each.numpy() for each in s4.legs_matrix(n_state))
    low_rank = np.sqrt(np.arange(n_state) + 0.5)
    pairs = s4.legs_pairs(n_state)
    rates, p, b = (
        torch.cat([each, each.conj()]).numpy()
        for each in (pairs.rates, pairs.low_rank, pairs.entry)
    )
    turned = np.diag(rates) - np.outer(p, p.conj())
    for frequency in (0.3j, 2 + 5j, 40j):
        for here, there in ((entry, b), (low_rank, p)):
            expected = here @ np.linalg.solve(frequency * np.eye(n_state) - matrix, entry)
            found = there.conj() @ np.linalg.solve(frequency * np.eye(n_state) - turned, b)
            assert found == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("is_tied", [True, False])
@pytest.mark.parametrize("n_tokens", [40, 23, 41, 130])
def test_the_kernel_is_the_response_of_the_bilinear_recurrence(is_tied, n_tokens):
    """Also beyond the length it was made for, odd and even, and at the root where 1 + z is 0."""
    made = kernel(is_tied=is_tied)
    found = response(made(), n_tokens).detach().numpy()
    for feature in range(3):
        sampled, into = bilinear(*dense(made, feature))
        readout = whole_readout(made, feature)
        state, expected = into, []
        for _ in range(n_tokens):
            expected.append(readout @ state)
            state = sampled @ state
        assert np.abs(np.imag(expected)).max() < 1e-12
        np.testing.assert_allclose(found[0, feature], np.real(expected), atol=1e-12)


@pytest.mark.parametrize(("n_tokens", "length"), [(30, 30), (30, 10), (31, 8), (30, 7)])
@pytest.mark.parametrize("is_tied", [True, False])
def test_the_convolution_is_the_recurrence_in_both_directions(
    is_tied, n_tokens, length, monkeypatch
):
    """In one block, in several, and where the last is cut short."""
    monkeypatch.setattr(_state_space, "block_length", lambda *_, **__: length)
    made = kernel(is_tied=is_tied, n_directions=2)
    signal = torch.randn(2, 3, n_tokens, generator=seeded(3), dtype=torch.float64)
    found = convolve(signal.transpose(0, 1), blocks_of(made(), n_tokens))
    found = found.transpose(0, 1).detach().numpy()
    for feature in range(3):
        sampled, into = bilinear(*dense(made, feature))

        def run(inputs, direction, feature=feature, sampled=sampled, into=into):
            state, out = np.zeros(len(into), dtype=complex), []
            for each in inputs:
                state = sampled @ state + into * each
                out.append((whole_readout(made, feature, direction) @ state).real)
            return np.array(out)

        for window in range(2):
            inputs = signal[window, feature].numpy()
            # Backwards the present token is not counted again.
            backwards = np.append(run(inputs[::-1], 1)[::-1][1:], 0)
            expected = run(inputs, 0) + backwards
            np.testing.assert_allclose(found[window, feature], expected, atol=1e-10)


@pytest.mark.parametrize("length", [12, 4, 5])
@pytest.mark.parametrize("n_directions", [1, 2])
def test_the_convolutions_gradient_is_that_of_sums_over_lags(n_directions, length, monkeypatch):
    """Against autograd through the response with every lag written out, to every parameter."""
    monkeypatch.setattr(_state_space, "block_length", lambda *_, **__: length)
    made = kernel(n_directions=n_directions, length=12)
    generator = seeded(0)
    signal, weights = (
        torch.randn(3, 2, 12, generator=generator, dtype=torch.float64) for _ in range(2)
    )
    signal.requires_grad_()
    skip = torch.randn(3, generator=generator, dtype=torch.float64).requires_grad_()
    taps = response(made(), 12)
    rows = []
    for n in range(12):
        row = skip[:, None] * signal[..., n]
        for m in range(12):
            if m <= n:
                row = row + taps[0, :, n - m, None] * signal[..., m]
            elif n_directions == 2:
                row = row + taps[1, :, m - n - 1, None] * signal[..., m]
        rows.append(row)
    expected = torch.stack(rows, dim=-1)
    found = convolve(signal, blocks_of(made(), 12, skip=skip))
    torch.testing.assert_close(found, expected)
    asked = (signal, skip, *made.parameters())
    wanted = torch.autograd.grad((expected * weights).sum(), asked)
    for mine, theirs in zip(
        torch.autograd.grad((found * weights).sum(), asked), wanted, strict=True
    ):
        torch.testing.assert_close(mine, theirs)


def test_elimination_without_exchanged_rows_inverts_what_is_left_of_a_contraction():
    """As the device does it; against LAPACK, which exchanges rows, and by finite differences."""
    made = kernel(width=4, length=30)
    matrix = made.discrete()[0].detach()
    left_over = (torch.eye(8) - torch.linalg.matrix_power(matrix, 30)).requires_grad_()
    torch.testing.assert_close(inverted(left_over), torch.linalg.inv(left_over))
    assert torch.autograd.gradcheck(inverted, left_over)


@pytest.mark.parametrize("backbone", ["s4", "s4d"])
@pytest.mark.parametrize("is_tied", [True, False])
def test_layers_made_together_are_those_made_one_by_one(backbone, is_tied):
    options = {"is_tied": is_tied} if backbone == "s4" else {}
    with lend(seeded(0)):
        stack = BACKBONES.load(backbone).Backbone(6, n_layers=3, **options).eval()
    tokens = torch.randn(2, 70, 6, generator=seeded(1))
    expected = tokens
    for layer in stack.layers:
        expected = layer(expected, blocks_of(layer.kernel(), 70, skip=layer.skip))
    torch.testing.assert_close(stack(tokens), expected)


def test_lags_stand_on_diagonals():
    found = toeplitz(torch.tensor([[1.0, 2.0, 3.0, 4.0, 5.0]]), torch.float32)[0]
    assert found.tolist() == [[3, 4, 5], [2, 3, 4], [1, 2, 3]]


@pytest.mark.parametrize("n_directions", [1, 2])
def test_blocks_for_products_in_half_precision_are_exact_ones_rounded(n_directions):
    made = kernel(n_directions=n_directions).float()
    skip = torch.randn(3, generator=seeded(0))
    exact = blocks_of(made(), 300, skip=skip)
    found = blocks_of(made(), 300, skip=skip, dtype=torch.bfloat16)
    for name, of_products in vars(found).items():
        assert of_products.dtype == torch.bfloat16
        assert torch.equal(of_products, getattr(exact, name).bfloat16()), name


def test_gradients_of_blocks_in_half_precision_are_summed_in_float32():
    """A sum of 300 ones stops at 256 in bfloat16."""
    lags = torch.zeros(1, 599, requires_grad=True)
    toeplitz(lags, torch.bfloat16).sum().backward()
    assert lags.grad[0].tolist() == [*range(1, 301), *range(299, 0, -1)]
    hops = [torch.zeros(1, 1, 1, requires_grad=True) for _ in range(299)]
    _state_space._carried(hops, 300, torch.bfloat16).sum().backward()
    assert [hop.grad.item() for hop in hops] == [*range(299, 0, -1)]


def test_the_bilinear_rule_nears_the_matrix_exponential_as_the_step_shrinks():
    """Its error falls with the third power of the step."""
    made = kernel(width=1)
    matrix, entry, _ = dense(made, 0)
    errors = []
    for step in (0.02, 0.01):
        exact = torch.linalg.matrix_exp(torch.from_numpy(step * matrix)).numpy()
        held = np.linalg.solve(matrix, (exact - np.eye(8)) @ entry)
        sampled, into = bilinear(matrix, entry, step)
        errors.append((np.abs(sampled - exact).max(), np.abs(into - held).max() / step))
    assert errors[0][0] / errors[1][0] == pytest.approx(8, rel=0.25)
    assert errors[0][1] / errors[1][1] == pytest.approx(4, rel=0.25)
    with torch.no_grad():
        made.log_step.fill_(math.log(0.01))
    found, into_found = (each[0].detach().numpy() for each in made.discrete())
    one = np.eye(4)
    pairs = np.block(
        [[one, 1j * one], [one, -1j * one]]
    )  # from real numbers to z and its conjugate
    np.testing.assert_allclose(pairs @ found, sampled @ pairs, atol=1e-12)
    np.testing.assert_allclose(pairs @ into_found, into, atol=1e-12)


@pytest.mark.parametrize("length", [40, 41])
def test_powers_give_the_papers_kernel_from_its_generating_function(length):
    """Against Algorithm 1 of arXiv:2111.00396: Cauchy sums and Woodbury's identity."""
    made = kernel(width=5, is_tied=False, length=length).float()
    with lend(seeded(0)):
        plain = _plain.PlainLayer(5, n_tokens=length, n_state=8)
    with torch.no_grad():
        plain.readout.copy_(torch.view_as_complex(made.readout)[0])
        plain.log_step.copy_(made.log_step)
        for theirs, ours in zip(
            (plain.rates, plain.low_rank, plain.entry), made.system(), strict=True
        ):
            theirs.copy_(ours)
    expected = plain.kernel()
    torch.testing.assert_close(response(made(), length)[0], expected, rtol=1e-3, atol=2e-4)


def test_single_precision_keeps_five_digits():
    made = kernel(width=16, length=300)
    exact = response(made(), 300).detach()
    rounded = response(made.float()(), 300).detach()
    assert float((exact - rounded).abs().max() / exact.abs().max()) < 1e-5


def test_the_gradient_of_the_kernel_is_that_of_differences():
    made = kernel(width=2, n_state=4, length=6, n_directions=2)
    weights = torch.randn(2, 2, 9, generator=seeded(4), dtype=torch.float64)
    (response(made(), 9) * weights).sum().backward()
    for name, parameter in made.named_parameters():
        assert parameter.grad.abs().min() > 0, name
        flat, gradient = parameter.data.view(-1), parameter.grad.view(-1)
        for place in range(0, len(flat), 3):
            ends = []
            for shift in (1e-6, -2e-6):
                flat[place] += shift
                ends.append(float((response(made(), 9) * weights).sum().detach()))
            flat[place] += 1e-6
            expected = (ends[0] - ends[1]) / 2e-6
            assert float(gradient[place]) == pytest.approx(expected, rel=1e-4, abs=1e-8), name


@pytest.mark.parametrize(("width", "millions"), [(512, 2.14), (768, 4.79), (1024, 8.48)])
def test_four_bidirectional_layers_have_the_published_size(width, millions):
    recipe = Recipe.bundled("paper_jepa").with_changes({"backbone_options.width": width})
    assert round(build_encoder(recipe, seeded(0)).backbone.n_parameters / 1e6, 2) == millions


@pytest.mark.parametrize(
    ("options", "message"),
    [({"n_state": 7}, "found 7"), ({"length": 1}, "at least 2 tokens, found 1")],
)
def test_a_kernel_that_cannot_be_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        kernel(**options)
