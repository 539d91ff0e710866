"""Structured state space model S4 (Gu et al. 2022, arXiv:2111.00396), by its own kernel.

State matrices are normal plus low rank: A = Λ - P P* in the basis that diagonalises HiPPO-LegS'
normal part. The kernel is read off its generating function at the roots of unity by Cauchy sums
and Woodbury's identity (section 3.3, Algorithm 1), after bilinear sampling. Signs as in
arXiv:2202.09729: the low-rank part is subtracted with Q = P and Re Λ < 0, so A stays stable.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.backbones._state_space import Layer, Stack, check_layers, check_state
from models.recipe import Options


class Backbone(Stack):
    """Layers of S4; bidirectional ones read the window both ways, causal ones forwards only.

    `n_state` counts real numbers, kept as half as many conjugate pairs. With `is_tied` all
    features of a layer share Λ, P and B, as in the ECG code; each has its step and readout.
    `kernel_length` is the number of tokens for which the truncated readout is learnt.
    """

    def __init__(
        self,
        width: int,
        *,
        is_causal: bool = False,
        n_layers: int = 4,
        n_state: int = 8,
        dropout: float = 0.2,
        is_tied: bool = True,
        kernel_length: int = 300,
    ) -> None:
        check_layers("s4", n_layers)
        n_directions = 1 if is_causal else 2
        layers = []
        for _ in range(n_layers):
            kernel = Kernel(
                width,
                n_state=n_state,
                n_directions=n_directions,
                is_tied=is_tied,
                length=kernel_length,
            )
            layers.append(Layer(width, kernel, dropout=dropout))
        super().__init__(layers, is_causal=is_causal)


class Kernel(nn.Module):
    """Impulse response of D one-input one-output systems, in each direction.

    Continuous dynamics x' = A x + B u, y = 2 Re(C x) over one of each conjugate pair, sampled by
    the bilinear rule with a step of each feature's own. What is learnt is the truncated readout
    C (I - Ā^length), as in section 3.3; the response at later times follows from it exactly.
    """

    def __init__(
        self, width: int, *, n_state: int, n_directions: int, is_tied: bool, length: int
    ) -> None:
        super().__init__()
        check_state("s4", n_state)
        if length < 2:
            raise ValueError(f"s4's kernel_length must be at least 2 tokens, found {length}.")
        self.length = length
        legs = legs_pairs(n_state)
        n_copies = 1 if is_tied else width
        low, high = math.log(0.001), math.log(0.1)
        self.log_step = nn.Parameter((torch.rand(width) * (high - low) + low).double())
        self.log_decay = nn.Parameter(_copies(torch.log(-legs.rates.real), n_copies))
        self.frequency = nn.Parameter(_copies(legs.rates.imag, n_copies))
        self.low_rank = nn.Parameter(_copies(torch.view_as_real(legs.low_rank), n_copies))  # P
        self.entry = nn.Parameter(_copies(torch.view_as_real(legs.entry), n_copies))  # B
        drawn = torch.randn(n_directions, width, n_state // 2, 2) * math.sqrt(0.5)
        self.readout = nn.Parameter(drawn.double())
        with torch.no_grad():  # a high power of Ā, made before anything is rounded
            whole = torch.view_as_complex(self.readout)
            self.readout.sub_(torch.view_as_real(_after(whole, self._power(length))))
        self.float()

    def forward(self, n_tokens: int) -> Tensor:
        """Return (directions, D, n_tokens)."""
        length, readout = self.length, torch.view_as_complex(self.readout)
        while length < n_tokens:  # C (I - Ā^2L) = C (I - Ā^L) (I + Ā^L)
            readout = readout + _after(readout, self._power(length))
            length *= 2
        spectrum = self._spectrum(length, readout)
        return torch.fft.irfft(spectrum, n=length)[..., :n_tokens]

    def _spectrum(self, length: int, readout: Tensor) -> Tensor:
        """Generating function at the roots of unity, (directions, D, length // 2 + 1).

        With z the root, a = 2 (1 - z) and b = step (1 + z), the paper's resolvent times
        2 / (1 + z) is a sum over 1 / (a - b Λ); nothing is divided by 1 + z, which may be 0.
        """
        rates, low_rank, entry = self.system()
        step = torch.exp(self.log_step)
        root = _roots(length, self.log_step)
        left, right = 2 * (1 - root), step[:, None] * (1 + root)  # a (F), b (D, F)
        weights = [
            readout * entry,  # (directions, D, pairs)
            readout * low_rank,
            (low_rank.conj() * entry).expand(1, *readout.shape[1:]),
            low_rank.abs().square().to(readout.dtype).expand(1, *readout.shape[1:]),
        ]
        sums = cauchy(torch.cat(weights), rates, left, right)  # (2 directions + 2, D, F)
        n = len(readout)
        direct, ahead, behind, inner = sums[:n], sums[n : 2 * n], sums[-2], sums[-1]
        found = direct - right * ahead * behind / (1 + right * inner)
        return 2 * step[:, None] * found

    def system(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return Λ, P and B of one of each conjugate pair, each (D or 1, pairs)."""
        rates = torch.complex(-torch.exp(self.log_decay), self.frequency)
        return rates, torch.view_as_complex(self.low_rank), torch.view_as_complex(self.entry)

    def discrete(self) -> tuple[Tensor, Tensor]:
        """Return Ā (D, n_state, n_state) and B̄ (D, n_state) over pairs and their conjugates."""
        rates, low_rank, entry = (torch.cat([each, each.conj()], dim=-1) for each in self.system())
        matrix = torch.diag_embed(rates) - low_rank[:, :, None] * low_rank.conj()[:, None, :]
        half = torch.exp(self.log_step)[:, None, None] / 2 * matrix
        one = torch.eye(half.shape[-1], dtype=half.dtype, device=half.device)
        step = torch.exp(self.log_step)[:, None]
        sampled = torch.linalg.solve(one - half, one + half)
        return sampled, torch.linalg.solve(one - half, step * entry)

    def _power(self, exponent: int) -> Tensor:
        return torch.linalg.matrix_power(self.discrete()[0], exponent)


def cauchy(weights: Tensor, rates: Tensor, left: Tensor, right: Tensor) -> Tensor:
    """Sum v / (a - b Λ) + v* / (a - b Λ*) over pairs: v (k, D, pairs), a (F), b (D, F).

    Both terms share a denominator, so that real weights times its inverse are all there is to sum.
    """
    rate = rates.real[..., None]
    size = rates.abs().square()[..., None]
    product = (left * right)[:, None, :]
    denominator = left.square() - 2 * rate * product + size * right.square()[:, None, :]
    inverse = denominator.reciprocal()  # (D, pairs, F)
    plain, turned = 2 * weights.real, 2 * (weights * rates.conj()).real
    rows = torch.cat([plain, turned]).transpose(0, 1)  # (D, 2 k, pairs)
    parts = torch.view_as_real(inverse).flatten(-2)  # (D, pairs, 2 F)
    found = (rows @ parts).view(*rows.shape[:2], -1, 2)
    sums = torch.view_as_complex(found).transpose(0, 1)
    n = len(weights)
    return left * sums[:n] - right * sums[n:]


def size_option(width: int, options: Options) -> tuple[str, list[int]]:
    return "n_state", list(range(2, 66, 2))


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """A system in the basis of its normal part: one of each conjugate pair, (pairs,) complex."""

    rates: Tensor  # Λ
    low_rank: Tensor  # P
    entry: Tensor  # B


def legs_matrix(n_state: int) -> tuple[Tensor, Tensor]:
    """HiPPO-LegS' A (n_state, n_state) and B (n_state), equation 2 of arXiv:2111.00396."""
    order = torch.arange(n_state, dtype=torch.float64)
    scale = torch.sqrt(2 * order + 1)
    matrix = -torch.tril(scale[:, None] * scale, diagonal=-1) - torch.diag(order + 1)
    return matrix, scale


def legs_pairs(n_state: int) -> Pairs:
    """HiPPO-LegS as normal plus low rank (Theorem 1): A + P P^T = -1/2 + a skew matrix."""
    matrix, entry = legs_matrix(n_state)
    low_rank = torch.sqrt(torch.arange(n_state, dtype=torch.float64) + 0.5)
    skew = matrix + torch.outer(low_rank, low_rank) + 0.5 * torch.eye(n_state)
    frequency, basis = torch.linalg.eigh(-1j * skew)
    upper = frequency > 0  # the other half are the conjugates
    to_basis = basis[:, upper].mH
    # Eigenvectors are known up to a phase; the one that makes B real and positive is as good.
    found = to_basis @ entry.to(to_basis.dtype)
    phase = (found.conj() / found.abs())[:, None]
    to_basis = phase * to_basis
    rates = torch.complex(torch.full_like(frequency[upper], -0.5), frequency[upper])
    return Pairs(
        rates=rates,
        low_rank=to_basis @ low_rank.to(to_basis.dtype),
        entry=to_basis @ entry.to(to_basis.dtype),
    )


def _roots(length: int, like: Tensor) -> Tensor:
    """Conjugates of the first half of the roots of unity, where a real FFT looks."""
    angle = torch.arange(length // 2 + 1, dtype=torch.float64) * (-2 * math.pi / length)
    root = torch.polar(torch.ones_like(angle), angle)
    return root.to(device=like.device, dtype=like.dtype.to_complex())


def _after(readout: Tensor, matrix: Tensor) -> Tensor:
    """Readout times matrix, both over pairs and conjugates; returns the pairs' half."""
    both = torch.cat([readout, readout.conj()], dim=-1)
    return torch.einsum("qdn,dnm->qdm", both, matrix)[..., : readout.shape[-1]]


def _copies(values: Tensor, n_copies: int) -> Tensor:
    return values.expand(n_copies, *values.shape).clone()
