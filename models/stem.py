"""The convolutional stem all backbones share: four convolutions that turn leads into tokens."""

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from models import kernels, recipe
from models.pointwise import scaled_and_shifted, times


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
        signal = signal.transpose(0, 1)  # (C, B, T): convolutions are then products of matrices
        for place, kernel in enumerate(self.kernels):
            columns, shape = self._columns(signal, kernel, self.strides[place])
            weight = cast(nn.Conv1d, self.convolutions[place]).weight.flatten(1)
            found = times(weight, columns)
            found = norm_and_relu(found, cast(nn.BatchNorm1d, self.norms[place]))
            signal = found.view(-1, *shape)
        return signal.permute(1, 2, 0)  # (B, N, D)

    def _columns(self, signal: Tensor, kernel: int, stride: int) -> tuple[Tensor, torch.Size]:
        """Return what each output looks at, (C x kernel, B x T), and the outputs' (B, T)."""
        if kernel == stride == 1:
            return signal.flatten(1), signal.shape[1:]
        left = kernel - 1 if self.is_causal else kernel // 2
        right = 0 if self.is_causal else kernel // 2
        pieces = F.pad(signal, (left, right)).unfold(2, kernel, stride)
        return pieces.permute(0, 3, 1, 2).flatten(2).flatten(0, 1), pieces.shape[1:3]


def norm_and_relu(signal: Tensor, norm: nn.BatchNorm1d) -> Tensor:
    """Batch normalisation and ReLU of (D, M), its features in rows, in the norm's own mode."""
    mean, variance = cast(Tensor, norm.running_mean), cast(Tensor, norm.running_var)
    if not norm.training:
        scale = norm.weight * torch.rsqrt(variance + norm.eps)
        shift = norm.bias - mean * scale
        return torch.addcmul(shift[:, None], signal, scale[:, None]).relu()
    found: Tensor
    found, seen_mean, seen_variance = _NormAndRelu.apply(  # type: ignore[no-untyped-call]
        signal, norm.weight, norm.bias, norm.eps
    )
    with torch.no_grad():
        n, share = signal.shape[1], cast(float, norm.momentum)
        mean.lerp_(seen_mean, share)
        variance.lerp_(seen_variance * (n / (n - 1)), share)
        cast(Tensor, norm.num_batches_tracked).add_(1)
    return found


class _NormAndRelu(torch.autograd.Function):
    """Statistics along rows, in few passes.

    Where there is no kernel for it, torch's own rule takes half the time of what is written here
    on a CPU in bfloat16, and twice it in float32, where it adds up in double, one by one.
    """

    @staticmethod
    def forward(
        ctx: Any, signal: Tensor, weight: Tensor, bias: Tensor, epsilon: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        ctx.epsilon = epsilon
        ctx.is_by_kernel = kernels.are_for(signal, weight, bias)
        if ctx.is_by_kernel:
            from models.kernels.norm_relu import norm_relu

            made = norm_relu(signal, weight, bias, epsilon=epsilon)
            ctx.save_for_backward(signal, weight, bias, made.mean, made.inverse)
            ctx.mark_non_differentiable(made.mean, made.variance)
            return made.found, made.mean, made.variance
        is_half = signal.dtype == torch.bfloat16
        # The compiler takes torch's statistics of bfloat16 for bfloat16 too.
        ctx.is_torchs = is_half and not (signal.is_cuda or torch.compiler.is_compiling())
        if ctx.is_torchs:
            found, mean, inverse = torch.native_batch_norm(
                signal[None], weight, bias, None, None, True, 0.0, epsilon
            )
            found, variance, kept = found[0].relu_(), inverse.pow(-2) - epsilon, signal
        else:
            mean = signal.mean(dim=1, dtype=weight.dtype)
            kept = signal - mean[:, None].to(signal.dtype)
            variance = kept.square().mean(dim=1, dtype=weight.dtype)
            inverse = torch.rsqrt(variance + epsilon)
            found = scaled_and_shifted(kept, weight * inverse, bias).relu_()
        ctx.save_for_backward(kept, found, weight, mean, inverse)
        ctx.mark_non_differentiable(mean, variance)
        return found, mean, variance

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor, *_: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        if ctx.is_by_kernel:
            from models.kernels.norm_relu import back

            return *back(gradient, *ctx.saved_tensors), None
        kept, found, weight, mean, inverse = ctx.saved_tensors
        gradient = torch.ops.aten.threshold_backward(gradient, found, 0)
        if ctx.is_torchs:
            to_signal, to_weight, to_bias = torch.ops.aten.native_batch_norm_backward(
                gradient[None], kept[None], weight, None, None, mean, inverse, True, ctx.epsilon,
                [True, True, True],
            )  # fmt: skip
            return to_signal[0], to_weight, to_bias, None
        to_bias = gradient.sum(dim=1, dtype=weight.dtype)
        to_weight = (gradient * kept).sum(dim=1, dtype=weight.dtype) * inverse
        n = gradient.shape[1]
        scale, shift = weight * inverse, to_bias / n
        lean = (to_weight * inverse / n)[:, None].to(gradient.dtype)
        centred_gradient = gradient.sub_(shift[:, None].to(gradient.dtype))
        to_signal = centred_gradient.addcmul_(kept, lean, value=-1)
        return to_signal.mul_(scale[:, None].to(gradient.dtype)), to_weight, to_bias, None


def _normalised(windows: Tensor) -> Tensor:
    deviation = windows.std(dim=2, correction=0, keepdim=True)
    # A lead that lies flat (an electrode fell off) stays at 0 instead of becoming noise.
    return (windows - windows.mean(dim=2, keepdim=True)) / deviation.clamp_min(1e-4)
