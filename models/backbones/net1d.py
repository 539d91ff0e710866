"""Residual convolutions in groups, with squeeze and excitation: Net1D on the stem's tokens.

The block is Net1D's (Hong et al. 2020, arXiv:2008.04063, after ResNeXt, arXiv:1611.05431, and
squeeze-and-excitation, arXiv:1709.01507). The published network shortens and widens the signal
stage by stage; here N and D stay, because objectives need one token for each piece of the window.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.recipe import Options


class Backbone(nn.Module):
    """Pre-activation bottleneck blocks; `ratio` is the bottleneck's width over D."""

    def __init__(
        self,
        width: int,
        *,
        is_causal: bool = False,
        n_layers: int = 10,
        kernel: int = 17,
        ratio: float = 1.0,
        group_width: int = 16,
        squeeze: int = 2,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        if n_layers < 1:
            raise ValueError(f"net1d needs at least 1 layer, found n_layers={n_layers}.")
        if kernel % 2 == 0:
            raise ValueError(f"net1d's kernel must be odd to keep tokens in place, found {kernel}.")
        inner_width = round(width * ratio)
        if inner_width < 1 or inner_width % group_width:
            raise ValueError(
                f"net1d's inner width {inner_width} (width {width} x ratio {ratio:g}) is not a "
                f"multiple of group_width {group_width}."
            )
        self.is_causal = is_causal
        self.layers = nn.ModuleList(
            Layer(
                width,
                inner_width,
                kernel=kernel,
                n_groups=inner_width // group_width,
                squeeze=squeeze,
                dropout=dropout,
                is_causal=is_causal,
            )
            for _ in range(n_layers)
        )
        self.norm = nn.LayerNorm(width)

    @property
    def n_parameters(self) -> int:
        return sum(each.numel() for each in self.parameters())

    def layer_outputs(self, tokens: Tensor) -> list[Tensor]:
        outputs = []
        signal = tokens.transpose(1, 2)
        for layer in self.layers:
            signal = layer(signal)
            outputs.append(signal.transpose(1, 2))
        return [*outputs[:-1], self.norm(outputs[-1])]

    def forward(self, tokens: Tensor) -> Tensor:
        return self.layer_outputs(tokens)[-1]


def size_option(width: int, options: Options) -> tuple[str, list[float]]:
    """Ratios that make the inner width 1, 2, 3 … groups wide."""
    group_width = int(options.get("group_width", 16))
    return "ratio", [n * group_width / width for n in range(1, 16 * width // group_width + 1)]


class Layer(nn.Module):
    """One bottleneck block, (B, D, N) to (B, D, N)."""

    def __init__(
        self,
        width: int,
        inner_width: int,
        *,
        kernel: int,
        n_groups: int,
        squeeze: int,
        dropout: float,
        is_causal: bool,
    ) -> None:
        super().__init__()
        self.padding = (kernel - 1, 0) if is_causal else (kernel // 2, kernel // 2)
        self.is_causal = is_causal
        self.norms = nn.ModuleList(
            nn.BatchNorm1d(each) for each in (width, inner_width, inner_width)
        )
        self.narrow = nn.Conv1d(width, inner_width, 1)
        self.spread = nn.Conv1d(inner_width, inner_width, kernel, groups=n_groups)
        self.widen = nn.Conv1d(inner_width, width, 1)
        self.dropout = nn.Dropout(dropout)
        self.squeeze = nn.Linear(width, max(width // squeeze, 1))
        self.excite = nn.Linear(max(width // squeeze, 1), width)

    def forward(self, signal: Tensor) -> Tensor:
        found = self.narrow(F.silu(self.norms[0](signal)))
        found = self.dropout(F.silu(self.norms[1](found)))
        found = self._spread(found)
        found = self.widen(self.dropout(F.silu(self.norms[2](found))))
        summary = self.excite(F.silu(self.squeeze(self._summary(found))))  # (B, N or 1, D)
        return signal + found * torch.sigmoid(summary).transpose(1, 2)

    def _spread(self, found: Tensor) -> Tensor:
        padded = F.pad(found, self.padding)
        if found.is_cuda:
            return self.spread(padded)
        # As pictures one high, features side by side: in groups a CPU then goes back twice as fast.
        order = torch.channels_last
        picture = padded[:, :, None].contiguous(memory_format=order)
        weight = self.spread.weight[:, :, None].contiguous(memory_format=order)
        made = F.conv2d(picture, weight, self.spread.bias, groups=self.spread.groups)
        return made[:, :, 0]

    def _summary(self, found: Tensor) -> Tensor:
        """Mean over the window, or, where later tokens must stay unknown, over the past alone."""
        if not self.is_causal:
            return found.mean(dim=2)[:, None, :]
        n_tokens = found.shape[2]
        past = torch.ones(n_tokens, n_tokens).to(self.squeeze.weight).tril()
        return (past / past.sum(dim=1, keepdim=True)) @ found.transpose(1, 2)
