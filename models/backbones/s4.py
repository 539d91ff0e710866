"""Structured state space model S4 (Gu et al. 2022, arXiv:2111.00396), by its own kernel.

State matrices are normal plus low rank: A = Λ - P P* in the basis that diagonalises HiPPO-LegS'
normal part, sampled by the bilinear rule. Signs as in arXiv:2202.09729: the low-rank part is
subtracted with Q = P and Re Λ < 0, so A stays stable.

The paper reads the kernel off its generating function at the roots of unity (section 3.3). With a
state as small as 8, powers of the sampled matrix by doubling are the same numbers for less; being a
contraction in this basis, it loses no digits thereby. The tests keep Algorithm 1 beside it.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.backbones._state_space import (
    Layer,
    Powers,
    Sampled,
    Stack,
    check_layers,
    check_state,
    rotations,
)
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
            power = torch.linalg.matrix_power(self.discrete()[0], length)
            real, imaginary = self.readout.unbind(-1)
            passed = torch.einsum("qdn,dnm->qdm", torch.cat([real, -imaginary], dim=-1), power)
            real, imaginary = passed.chunk(2, dim=-1)
            self.readout.sub_(torch.stack([real, -imaginary], dim=-1))
        self.float()

    def forward(self) -> Sampled:
        """Return the sampled system in real numbers: of each pair the real and imaginary part."""
        matrix, entry = self.discrete()
        readout = self.readout.unbind(-1)
        return Sampled(
            powers=Powers(matrix),
            entry=entry,
            readout=torch.cat([2 * readout[0], -2 * readout[1]], dim=-1),  # 2 Re (C x)
            truncated_at=self.length,
        )

    def system(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return Λ, P and B of one of each conjugate pair, each (D or 1, pairs)."""
        rates = torch.complex(-torch.exp(self.log_decay), self.frequency)
        return rates, torch.view_as_complex(self.low_rank), torch.view_as_complex(self.entry)

    def discrete(self) -> tuple[Tensor, Tensor]:
        """Return Ā (D, n_state, n_state) and B̄ (D, n_state) by the bilinear rule.

        With M = I - Δ/2 A these are 2 M^-1 - I and M^-1 B Δ. In real numbers A is Λ - 2 p p^T with
        p = (Re P, Im P), so M is inverted by Woodbury's identity from one division for each pair.
        """
        half = torch.exp(self.log_step)[:, None] / 2
        rates, low_rank, entry = self.system()
        inverse = 1 / (1 - half * rates)  # of I - Δ/2 Λ, (D, pairs)
        ahead = _real(inverse * low_rank)  # (I - Δ/2 Λ)^-1 p, (D, n_state)
        behind = _real(inverse.conj() * low_rank)  # its transpose
        inner = 1 + 2 * half * (_real(low_rank) * ahead).sum(dim=-1, keepdim=True)
        both = 2 * half / inner * ahead
        diagonal = rotations(inverse)
        whole = diagonal - both[:, :, None] * behind[:, None, :]
        one = torch.eye(whole.shape[-1], dtype=whole.dtype, device=whole.device)
        into = _real(inverse * entry) - both * (behind * _real(entry)).sum(dim=-1, keepdim=True)
        return 2 * whole - one, 2 * half * into


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


def _real(numbers: Tensor) -> Tensor:
    """Write pairs as (real parts, imaginary parts) along the last dimension."""
    return torch.cat([numbers.real, numbers.imag], dim=-1)


def _copies(values: Tensor, n_copies: int) -> Tensor:
    return values.expand(n_copies, *values.shape).clone()
