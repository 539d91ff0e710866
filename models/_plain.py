"""Backbones as one would first write them, to measure ours beside: `bench` alone uses these.

The state space one follows the formulas of arXiv:2111.00396 term by term (matrices of every
feature its own, one complex division for each pair, Woodbury term and frequency); the others are
torch's own modules in a row.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.backbones.s4 import legs_pairs


class PlainS4(nn.Module):
    """Causal layers of S4, (B, N, D) to (B, N, D); N is fixed beforehand."""

    def __init__(self, width: int, *, n_layers: int, n_tokens: int, n_state: int = 8) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            PlainLayer(width, n_tokens=n_tokens, n_state=n_state) for _ in range(n_layers)
        )

    def forward(self, tokens: Tensor) -> Tensor:
        for layer in self.layers:
            tokens = layer(tokens)
        return tokens


class PlainLayer(nn.Module):
    def __init__(self, width: int, *, n_tokens: int, n_state: int) -> None:
        super().__init__()
        legs = legs_pairs(n_state)
        self.n_tokens = n_tokens

        def copies(values: Tensor) -> nn.Parameter:
            return nn.Parameter(values.to(torch.complex64).repeat(width, 1))

        self.rates, self.low_rank, self.entry = map(copies, (legs.rates, legs.low_rank, legs.entry))
        self.readout = nn.Parameter(torch.randn(width, n_state // 2, dtype=torch.complex64))
        span = math.log(0.1) - math.log(0.001)
        self.log_step = nn.Parameter(torch.rand(width) * span + math.log(0.001))
        self.skip = nn.Parameter(torch.randn(width))
        self.gate = nn.Conv1d(width, 2 * width, 1)
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout1d(0.2)

    def forward(self, tokens: Tensor) -> Tensor:
        with torch.autocast(tokens.device.type, enabled=False):
            signal = tokens.transpose(1, 2).float()
            size = 2 * self.n_tokens
            spectrum = torch.fft.rfft(signal, n=size) * torch.fft.rfft(self.kernel(), n=size)
            mixed = torch.fft.irfft(spectrum, n=size)[..., : self.n_tokens]
            mixed = mixed + self.skip[:, None] * signal
        mixed = F.glu(self.gate(self.dropout(F.gelu(mixed))), dim=1)
        return self.norm(tokens + mixed.transpose(1, 2))

    def kernel(self) -> Tensor:
        """Return (D, N) from the generating function at the roots of unity (Algorithm 1)."""
        step = self.log_step.exp()[:, None]
        places = torch.arange(self.n_tokens // 2 + 1, device=step.device)
        angle = places * (-2 * math.pi / self.n_tokens)
        root = torch.polar(torch.ones_like(angle), angle)
        # The root -1 has no bilinear image; a hair beside it the limit is met to all digits.
        root = torch.where((1 + root).abs() < 1e-5, root * (1 + 1e-4j), root)
        points = 2 / step * ((1 - root) / (1 + root))  # (D, F)

        def cauchy(weights: Tensor) -> Tensor:
            apart = points[:, None] - self.rates[:, :, None]
            mirrored = points[:, None] - self.rates.conj()[:, :, None]
            terms = weights[:, :, None] / apart + weights.conj()[:, :, None] / mirrored
            return terms.sum(dim=1)

        found = cauchy(self.readout * self.entry)
        ahead, behind = cauchy(self.readout * self.low_rank), self.low_rank.conj()
        inner = 1 + cauchy(behind * self.low_rank)
        found = 2 / (1 + root) * (found - ahead * cauchy(behind * self.entry) / inner)
        return torch.fft.irfft(found, n=self.n_tokens)


class PlainTransformer(nn.Module):
    """torch's encoder layers, causal, without positions."""

    def __init__(self, width: int, *, n_layers: int, n_heads: int, feedforward_width: int) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(
            width,
            n_heads,
            feedforward_width,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        self.layers = nn.TransformerEncoder(layer, n_layers, enable_nested_tensor=False)

    def forward(self, tokens: Tensor) -> Tensor:
        n_tokens = tokens.shape[1]
        mask = nn.Transformer.generate_square_subsequent_mask(n_tokens, device=tokens.device)
        return self.layers(tokens, mask=mask, is_causal=True)


class PlainNet1D(nn.Module):
    """Net1D's blocks, causal, as torch's own modules in a row; tokens keep their number and D."""

    def __init__(self, width: int, inner_width: int, *, n_layers: int, kernel: int = 17) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            PlainBlock(width, inner_width, kernel=kernel) for _ in range(n_layers)
        )
        self.norm = nn.LayerNorm(width)

    def forward(self, tokens: Tensor) -> Tensor:
        signal = tokens.transpose(1, 2)
        for layer in self.layers:
            signal = layer(signal)
        return self.norm(signal.transpose(1, 2))


class PlainBlock(nn.Module):
    def __init__(self, width: int, inner_width: int, *, kernel: int) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(
            nn.BatchNorm1d(width),
            nn.SiLU(),
            nn.Conv1d(width, inner_width, 1),
            nn.BatchNorm1d(inner_width),
            nn.SiLU(),
            nn.Dropout(0.1),
            nn.ConstantPad1d((kernel - 1, 0), 0.0),
            nn.Conv1d(inner_width, inner_width, kernel, groups=inner_width // _GROUP_WIDTH),
            nn.BatchNorm1d(inner_width),
            nn.SiLU(),
            nn.Dropout(0.1),
            nn.Conv1d(inner_width, width, 1),
        )
        self.excitation = nn.Sequential(
            nn.Linear(width, width // 2), nn.SiLU(), nn.Linear(width // 2, width), nn.Sigmoid()
        )

    def forward(self, signal: Tensor) -> Tensor:
        found = self.convolutions(signal)
        n_seen = torch.arange(1, found.shape[2] + 1, device=found.device)
        mean = found.cumsum(dim=2) / n_seen
        return signal + found * self.excitation(mean.transpose(1, 2)).transpose(1, 2)


_GROUP_WIDTH = 16


def beside(name: str, width: int, *, n_parameters: int, n_tokens: int) -> nn.Module:
    """Return the plain counterpart of a backbone, of about as many parameters.

    A layer of width D costs 2 D^2 in S4, and 4 D^2 with 2 D for each feature of the feed-forward in
    a transformer. Net1D's blocks become as wide inside as fits, in as few layers as come nearest.
    """
    if name == "transformer":
        n_layers = max(round(n_parameters / (12 * width**2)), 1)
        left = n_parameters / n_layers - 4 * width**2
        return PlainTransformer(
            width,
            n_layers=n_layers,
            n_heads=max(width // 64, 1),
            feedforward_width=max(round(left / (2 * width)), 1),
        )
    if name == "net1d":
        narrowest = _block_size(width, _GROUP_WIDTH)
        a_group = _block_size(width, 2 * _GROUP_WIDTH) - narrowest
        n_layers, n_more = min(
            ((n, more) for n in range(1, 5) for more in range(width)),
            key=lambda each: abs(each[0] * (narrowest + each[1] * a_group) - n_parameters),
        )
        return PlainNet1D(width, (1 + n_more) * _GROUP_WIDTH, n_layers=n_layers)
    n_layers = max(round(n_parameters / (2 * width**2)), 1)
    return PlainS4(width, n_layers=n_layers, n_tokens=n_tokens)


def _block_size(width: int, inner_width: int) -> int:
    with torch.device("meta"):
        return sum(each.numel() for each in PlainBlock(width, inner_width, kernel=17).parameters())
