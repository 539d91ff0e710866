"""What the state space backbones share: the block around a system, and how its response is applied.

The block is S4's: convolution with skip, GELU, dropout, gated linear unit, residual, layer norm
after (Gu et al. 2021, arXiv:2111.00396; ECG settings of arXiv:2308.15291).

Tokens lie in memory as (D, B, N) throughout: then the convolution, the gate and the sums over
windows are matrix products without a copy between them. S is the number of a system's real states.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, cast

import torch
import torch.func
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from models import kernels
from models.backbones._inverse import solved
from models.pointwise import scaled_and_shifted


@dataclass(frozen=True, kw_only=True)
class Sampled:
    """D systems x[n] = A x[n-1] + B u[n], y[n] = C x[n] in real numbers, read in each direction."""

    powers: "Powers"  # of A, (D, S, S)
    entry: Tensor  # B, (D, S)
    readout: Tensor  # C, (directions, D, S); or C (I - A^n), if truncated at n
    truncated_at: int = 0  # tokens; 0 where it is not

    def whole(self) -> Tensor:
        """Return C."""
        if not self.truncated_at:
            return self.readout
        power = self.powers.to(self.truncated_at)
        one = torch.eye(power.shape[-1], dtype=power.dtype, device=power.device)
        return solved((one - power).mT, self.readout)


class Powers:
    """A matrix (D, S, S) to whole powers; its squares are made once for all that need them."""

    def __init__(self, matrix: Tensor) -> None:
        self._squares = [matrix]

    def squared(self, n_times: int) -> Tensor:
        """Return the matrix to the power 2^n_times."""
        while len(self._squares) <= n_times:
            self._squares.append(self._squares[-1] @ self._squares[-1])
        return self._squares[n_times]

    def to(self, exponent: int) -> Tensor:
        places = [place for place in range(exponent.bit_length()) if exponent >> place & 1]
        return reduce(torch.matmul, [self.squared(place) for place in places])


class Stack(nn.Module):
    """State space blocks in a row; the base of every backbone that consists of them."""

    def __init__(self, layers: list["Layer"], *, is_causal: bool) -> None:
        super().__init__()
        self.is_causal = is_causal
        self.layers = nn.ModuleList(layers)

    @property
    def n_parameters(self) -> int:
        return sum(each.numel() for each in self.parameters())

    def layer_outputs(self, tokens: Tensor, prepared: list["Blocks"] | None = None) -> list[Tensor]:
        outputs = []
        blocks = prepared or self.prepare(tokens.shape[1])
        for layer, its_blocks in zip(self.layers, blocks, strict=True):
            tokens = layer(tokens, its_blocks)
            outputs.append(tokens)
        return outputs

    def forward(self, tokens: Tensor, prepared: list["Blocks"] | None = None) -> Tensor:
        return self.layer_outputs(tokens, prepared)[-1]

    def prepare(self, n_tokens: int) -> list["Blocks"]:
        """Make all layers' convolutions at once: few large operations, not many small ones."""
        layers = [cast(Layer, each) for each in self.layers]
        skip = torch.cat([each.skip for each in layers])
        device = skip.device.type
        is_half = torch.is_autocast_enabled(device)
        dtype = torch.get_autocast_dtype(device) if is_half else skip.dtype
        # Poles near 1 need all of float32, whatever the products are made in.
        with torch.autocast(device, enabled=False):
            system = sampled_together([each.kernel for each in layers], len(layers[0].skip))
            blocks = blocks_of(system, n_tokens, skip=skip, dtype=dtype)
        return blocks.split(len(layers[0].skip))


class Layer(nn.Module):
    """One state space block, (B, N, D) to (B, N, D); `kernel()` gives its `Sampled` system.

    `Stack` turns the systems of all its layers into `Blocks` and hands each layer its own.
    """

    def __init__(self, width: int, kernel: nn.Module, *, dropout: float) -> None:
        super().__init__()
        self.kernel = kernel
        self.skip = nn.Parameter(torch.randn(width))
        # A feature of a window is dropped at all times ("tied"), whatever the other windows drop.
        self.dropout = nn.Dropout(dropout)
        self.activation = nn.GELU()
        self.gate = nn.Linear(width, 2 * width)
        self.norm = nn.LayerNorm(width)

    def forward(self, tokens: Tensor, blocks: "Blocks") -> Tensor:
        signal = tokens.permute(2, 0, 1).contiguous()  # (D, B, N)
        mixed = self._activated(convolve(signal, blocks))
        found = self._gated(signal.flatten(1), mixed.flatten(1))
        return found.view_as(signal).permute(1, 2, 0)

    def _activated(self, signal: Tensor) -> Tensor:
        """Activate what a convolution made, (D, B, N), which is lost; drop features of windows."""
        if not self.training or self.dropout.p == 0:
            return self.activation(signal)
        factors = self.dropout(torch.ones_like(signal[:, :, 0]))
        if torch.is_grad_enabled() and kernels.are_for(signal):
            from models.kernels.gelu import gelu_times

            return gelu_times(signal, factors)
        # In place: the activation's gradient asks for what came in, not for what it made.
        return self.activation(signal).mul_(factors[:, :, None])

    def _gated(self, signal: Tensor, mixed: Tensor) -> Tensor:
        """Add what the gate lets through to (D, M) and normalise."""
        if signal.dtype == mixed.dtype and kernels.are_for(signal, mixed):
            from models.kernels.gated_norm import gated_norm

            weight, norm = self.gate.weight.to(mixed.dtype), self.norm
            small = self.gate.bias, norm.weight, norm.bias
            return gated_norm(signal, mixed, weight, *small, norm.eps)
        gated = torch.addmm(self.gate.bias[:, None], self.gate.weight, mixed)
        found = signal + F.glu(gated, dim=0)
        # Each column: to torch a batch of D rows, in training.
        found = F.batch_norm(found, None, None, training=True, eps=self.norm.eps)
        return scaled_and_shifted(found, self.norm.weight, self.norm.bias)


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """A convolution with N tokens, cut into blocks of c; S here counts both directions' states."""

    within: Tensor  # (D, c, c): from a block's inputs to its own outputs
    states: Tensor | None  # (D, c, S): from a block's inputs to the state it leaves; None if alone
    carry: Tensor | None  # (D, blocks x S, blocks x S): from states left to states met
    onwards: Tensor | None  # (D, S, c): from the state a block meets to its outputs

    @property
    def length(self) -> int:
        return self.within.shape[-1]

    def split(self, width: int) -> list["Blocks"]:
        """Part the features into groups of `width`."""
        parts = [
            [None] * (len(self.within) // width) if each is None else torch.split(each, width)
            for each in (self.within, self.states, self.carry, self.onwards)
        ]
        return [
            Blocks(within=cast(Tensor, within), states=states, carry=carry, onwards=onwards)
            for within, states, carry, onwards in zip(*parts, strict=True)
        ]


def sampled_together(kernels: Sequence[nn.Module], width: int) -> Sampled:
    """Sample the systems of several alike kernels of `width` features as one of them all."""
    if len(kernels) == 1:
        return cast(Sampled, kernels[0]())
    joined = {}
    for name, first in kernels[0].named_parameters():
        dim = 1 if name == "readout" else 0  # of the features; the readout's first is direction
        shape = [*first.shape]
        shape[dim] = width  # what is tied is the same for all of a layer's features
        joined[name] = torch.cat(
            [each.get_parameter(name).expand(shape) for each in kernels], dim=dim
        )
    return cast(Sampled, torch.func.functional_call(kernels[0], joined, ()))


def blocks_of(
    system: Sampled,
    n_tokens: int,
    *,
    skip: Tensor | None = None,
    dtype: torch.dtype | None = None,
) -> Blocks:
    """Turn a system into products over blocks of tokens; `skip` (D,) is added to its first tap.

    The second direction, if there is one, runs backwards and begins at the next token, so that
    the present one is counted once. Blocks are rounded to `dtype` at the end, and their gradients
    summed in the system's own.
    """
    dtype = dtype or system.readout.dtype
    n_directions, _, n_state = system.readout.shape
    is_cuda = system.readout.is_cuda
    length = block_length(n_tokens, n_state=n_directions * n_state, is_cuda=is_cuda)
    n_blocks = -(-n_tokens // length)
    if skip is None:
        skip = torch.zeros_like(system.entry[:, 0])
    given = system.powers.squared(0), system.entry, system.readout, skip
    if n_blocks > 1 and n_state == _STATE_OF_KERNELS and kernels.are_for(*given):
        from models.kernels import state_space

        made = state_space.blocks(
            *given,
            length=length,
            n_blocks=n_blocks,
            truncated_at=system.truncated_at,
            dtype=dtype,
        )
        return Blocks(**dict(zip(("within", "states", "carry", "onwards"), made, strict=True)))
    reached, read, passed = _powers(system, length)
    taps = torch.einsum("qdns,ds->qdn", read, system.entry)
    present = taps[0, :, :1] + skip[:, None]
    before = taps[1, :, :-1].flip(-1) if n_directions == 2 else torch.zeros_like(taps[0, :, 1:])
    within = toeplitz(torch.cat([before, present, taps[0, :, 1:]], dim=-1), dtype)
    if n_blocks == 1:
        return Blocks(within=within, states=None, carry=None, onwards=None)
    states, onwards = [reached.flip(-1)], [read[0]]  # (D, S, c), (D, c, S)
    hops = [system.powers.squared(0)]  # a block that follows meets the state one token later
    for _ in range(n_blocks - 2):
        hops.append(passed @ hops[-1])
    carries = [_carried(hops, n_blocks, dtype)]
    if n_directions == 2:
        states.append(reached)
        onwards.append(read[1].flip(1))
        back = [torch.eye(n_state, dtype=passed.dtype, device=passed.device).expand_as(passed)]
        for _ in range(n_blocks - 2):
            back.append(passed @ back[-1])
        carries.append(_carried(back, n_blocks, dtype).flip(1, 3))
    return Blocks(
        within=within,
        states=torch.cat(states, dim=1).mT.to(dtype),
        carry=_side_by_side(carries),
        onwards=torch.cat(onwards, dim=2).mT.to(dtype),
    )


def convolve(signal: Tensor, blocks: Blocks) -> Tensor:
    """Convolve (D, B, N): products within blocks, and a state of S numbers from one to the next."""
    n_features, n_windows, n_tokens = signal.shape
    n_blocks = -(-n_tokens // blocks.length)
    n_missing = n_blocks * blocks.length - n_tokens
    padded = F.pad(signal, (0, n_missing)) if n_missing else signal
    pieces = padded.reshape(n_features, n_windows * n_blocks, blocks.length)
    if blocks.states is None or blocks.carry is None or blocks.onwards is None:
        found = torch.bmm(pieces, blocks.within)
    else:
        left = torch.bmm(pieces, blocks.states)  # (D, B x blocks, S)
        met = torch.bmm(left.view(n_features, n_windows, -1), blocks.carry).view_as(left)
        found = torch.bmm(pieces, blocks.within).baddbmm_(met, blocks.onwards)
    found = found.view_as(padded)
    return found[..., :n_tokens] if n_missing else found


def response(system: Sampled, n_tokens: int) -> Tensor:
    """Impulse response (directions, D, n_tokens)."""
    return torch.einsum("qdns,ds->qdn", _powers(system, n_tokens)[1], system.entry)


def block_length(n_tokens: int, *, n_state: int, is_cuda: bool = False) -> int:
    """Length that costs least: products grow with it, padding and what is carried fall with it.

    On an accelerator rows have to begin at whole pieces of 16 bytes for its fast products.

    >>> [block_length(n_tokens, n_state=8) for n_tokens in (40, 125, 300, 1200)]
    [40, 125, 50, 50]
    >>> [block_length(n_tokens, n_state=8, is_cuda=True) for n_tokens in (40, 125, 300, 1200)]
    [48, 128, 64, 64]
    """
    if is_cuda:
        return _CUDA_BLOCK if n_tokens > 2 * _CUDA_BLOCK else -(-n_tokens // 16) * 16

    def cost(length: int) -> float:
        n_blocks = -(-n_tokens // length)
        if n_blocks == 1:
            return length
        is_padded = n_blocks * length > n_tokens
        carried = 2 * n_state + (n_blocks * n_state) ** 2 / n_tokens
        return length + carried + _COST_OF_CARRYING + _COST_OF_PADDING * is_padded

    return min([n_tokens, *range(_SHORTEST_BLOCK, min(n_tokens, _LONGEST_BLOCK) + 1)], key=cost)


# In tokens of block length: what the passes over memory cost beside the arithmetic.
_COST_OF_CARRYING, _COST_OF_PADDING = 80, 40
_SHORTEST_BLOCK, _LONGEST_BLOCK = 48, 256
_CUDA_BLOCK = 64
_STATE_OF_KERNELS = 8  # numbers: a vector of the processor's


def rotations(factors: Tensor) -> Tensor:
    """Multiplication by pairs (D, pairs) as matrices (D, S, S) on (real parts, imaginary parts)."""
    real, imaginary = torch.diag_embed(factors.real), torch.diag_embed(factors.imag)
    upper = torch.cat([real, -imaginary], dim=-1)
    return torch.cat([upper, torch.cat([imaginary, real], dim=-1)], dim=-2)


def _powers(system: Sampled, length: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return A^n B (D, S, length), C A^n (directions, D, length, S) and A^length, by doubling."""
    reached, read = system.entry[..., None], system.whole()[..., None, :]
    n_doubled = 0
    while reached.shape[-1] < length:
        power = system.powers.squared(n_doubled)
        reached = torch.cat([reached, power @ reached], dim=-1)
        read = torch.cat([read, read @ power], dim=-2)
        n_doubled += 1
    return reached[..., :length], read[..., :length, :], system.powers.to(length)


def _carried(hops: list[Tensor], n_blocks: int, dtype: torch.dtype) -> Tensor:
    """Spread hops (D, S, S) over 1, 2 … blocks to (D, blocks, S, blocks, S), from row to column."""
    found: Tensor = _Carried.apply(torch.stack([each.mT for each in hops], dim=2), n_blocks, dtype)  # type: ignore[no-untyped-call]
    return found


class _Carried(torch.autograd.Function):
    """Rows of hops side by side (D, S, blocks - 1, S): each block's begins with the next block."""

    @staticmethod
    def forward(ctx: Any, hops: Tensor, n_blocks: int, dtype: torch.dtype) -> Tensor:
        n_features, n_state = hops.shape[:2]
        ctx.like = hops.shape, hops.dtype
        hops = hops.to(dtype)
        found = hops.new_zeros(n_features, n_blocks, n_state, n_blocks, n_state)
        for block in range(n_blocks - 1):
            found[:, block, :, block + 1 :] = hops[:, :, : n_blocks - 1 - block]
        return found

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        shape, dtype = ctx.like
        n_blocks = gradient.shape[1]
        hops = gradient.new_zeros(shape, dtype=dtype)
        for block in range(n_blocks - 1):
            hops[:, :, : n_blocks - 1 - block] += gradient[:, block, :, block + 1 :]
        return hops, None, None


def _side_by_side(carries: list[Tensor]) -> Tensor:
    """Join directions that know nothing of each other: (D, blocks x S, blocks x S)."""
    if len(carries) == 2:
        first, second = carries
        none = torch.zeros_like(first)
        carries = [
            torch.cat([torch.cat([first, none], dim=4), torch.cat([none, second], dim=4)], dim=2)
        ]
    return carries[0].flatten(3).flatten(1, 2)


def toeplitz(lags: Tensor, dtype: torch.dtype) -> Tensor:
    """Spread lags -(c-1) … c-1 (D, 2 c - 1) to (D, c, c), whose entry j, i is that of lag i - j."""
    found: Tensor = _Toeplitz.apply(lags, dtype)  # type: ignore[no-untyped-call]
    return found


class _Toeplitz(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, lags: Tensor, dtype: torch.dtype) -> Tensor:
        length = (lags.shape[-1] + 1) // 2
        ctx.dtype = lags.dtype
        lags = lags.to(dtype)
        if lags.is_cuda:
            return lags.unfold(-1, length, 1).flip(-2)
        found = lags.new_empty(len(lags), length, length)
        for row in range(length):  # a CPU copies rows five times as fast as it flips them
            found[:, row] = lags[:, length - 1 - row : 2 * length - 1 - row]
        return found

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        length = gradient.shape[-1]
        gradient = gradient.to(ctx.dtype)
        if not gradient.is_cuda:
            lags = gradient.new_zeros(len(gradient), 2 * length - 1)
            for row in range(length):
                lags[:, length - 1 - row : 2 * length - 1 - row] += gradient[:, row]
            return lags, None
        # Rows of 2 c read as rows of 2 c - 1 stand one further right each: lags lie in columns.
        rows = F.pad(gradient.flip(-2), (0, length)).flatten(-2)[..., :-length]
        return rows.view(-1, length, 2 * length - 1).sum(dim=1), None


def check_layers(name: str, n_layers: int) -> None:
    if n_layers < 1:
        raise ValueError(f"{name} needs at least 1 layer, found n_layers={n_layers}.")


def check_state(name: str, n_state: int) -> None:
    if n_state < 2 or n_state % 2:
        raise ValueError(f"{name} needs an even n_state (conjugate pairs), found {n_state}.")
