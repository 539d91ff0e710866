"""The convolutional stem all backbones share: four convolutions that turn leads into tokens."""

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F

from models import recipe


class Stem(nn.Module):
    """Maps windows (B, C, T) to tokens (B, N, D), T/N samples to a token.

    Each convolution has no bias (the batch normalisation after it has one) and is followed by
    ReLU. Causal stems pad on the left only: no token then knows a later sample.
    """

    def __init__(
        self,
        n_leads: int,
        width: int,
        *,
        inner_width: int = 512,
        kernels: Sequence[int] = (3, 1, 1, 1),
        strides: Sequence[int] = (2, 1, 1, 1),
        normalises_windows: bool = False,
        is_causal: bool = False,
    ) -> None:
        super().__init__()
        self.normalises_windows = normalises_windows
        self.is_causal = is_causal
        widths = [n_leads, *[inner_width] * (len(kernels) - 1), width]
        convolutions = [
            nn.Conv1d(widths[place], widths[place + 1], kernel, stride, bias=False)
            for place, (kernel, stride) in enumerate(zip(kernels, strides, strict=True))
        ]
        self.convolutions = nn.ModuleList(convolutions)
        self.kernels = [each.kernel_size[0] for each in convolutions]
        self.strides = [each.stride[0] for each in convolutions]
        self.norms = nn.ModuleList(nn.BatchNorm1d(each) for each in widths[1:])
        self.activation = nn.ReLU()

    @classmethod
    def of(cls, settings: recipe.Stem, *, n_leads: int, width: int, is_causal: bool) -> "Stem":
        return cls(
            n_leads,
            width,
            inner_width=settings.width,
            kernels=settings.kernels,
            strides=settings.strides,
            normalises_windows=settings.normalises_windows,
            is_causal=is_causal,
        )

    def forward(self, windows: Tensor) -> Tensor:
        signal = _normalised(windows) if self.normalises_windows else windows
        for kernel, convolution, norm in zip(
            self.kernels, self.convolutions, self.norms, strict=True
        ):
            left = kernel - 1 if self.is_causal else kernel // 2
            right = 0 if self.is_causal else kernel // 2
            signal = self.activation(norm(convolution(F.pad(signal, (left, right)))))
        return signal.transpose(1, 2)  # (B, N, D)


def _normalised(windows: Tensor) -> Tensor:
    deviation = windows.std(dim=2, correction=0, keepdim=True)
    # A lead that lies flat (an electrode fell off) stays at 0 instead of becoming noise.
    return (windows - windows.mean(dim=2, keepdim=True)) / deviation.clamp_min(1e-4)
