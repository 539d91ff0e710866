import pytest
import torch
from torch import nn
from torch.nn import functional as F

from models.pointwise import linear
from models.randomness import lend, seeded
from models.stem import Stem, norm_and_relu


@pytest.mark.parametrize("is_training", [True, False])
@pytest.mark.parametrize(
    ("dtype", "off"), [(torch.float32, 1e-5), (torch.bfloat16, 1e-2)], ids=["fp32", "bf16"]
)
def test_norm_and_relu_is_torchs_own_with_its_gradients_and_running_statistics(
    is_training, dtype, off
):
    """In bfloat16 beside the same numbers taken as float32: statistics stay float32."""
    generator = seeded(0)
    mine, theirs = nn.BatchNorm1d(3), nn.BatchNorm1d(3)
    with torch.no_grad():
        for each in (mine, theirs):
            each.weight.copy_(torch.tensor([0.5, -1.0, 2.0]))
            each.bias.copy_(torch.tensor([0.1, 0.2, -0.3]))
            each.train(is_training)
    signal = (3 + 2 * torch.randn(3, 50, generator=generator)).to(dtype)
    weights = torch.randn(3, 50, generator=generator).to(dtype)
    ours, other = signal.clone().requires_grad_(), signal.float().requires_grad_()
    found = norm_and_relu(ours, mine)
    expected = F.relu(theirs(other.T)).T
    assert found.dtype == dtype or not is_training
    torch.testing.assert_close(found.float(), expected, atol=off, rtol=off)
    (found * weights).sum().backward()
    (expected * weights.float()).sum().backward()
    close = {"atol": max(off, 2e-4), "rtol": 10 * off}
    torch.testing.assert_close(ours.grad.float(), other.grad, **close)
    for name, parameter in mine.named_parameters():
        torch.testing.assert_close(
            parameter.grad, dict(theirs.named_parameters())[name].grad, **close
        )
    for name, kept in mine.named_buffers():
        torch.testing.assert_close(kept, dict(theirs.named_buffers())[name])


@pytest.mark.parametrize("is_causal", [True, False])
def test_the_stem_is_its_convolutions_norms_and_relu(is_causal):
    with lend(seeded(1)):
        stem = Stem(12, 6, inner_width=8, kernels=(5, 3), strides=(2, 1), is_causal=is_causal)
    windows = torch.randn(4, 12, 51, generator=seeded(2))
    signal = windows
    for convolution, norm in zip(stem.convolutions, stem.norms, strict=True):
        reach = convolution.kernel_size[0] - 1
        padding = (reach, 0) if is_causal else (reach // 2, reach // 2)
        found = convolution(F.pad(signal, padding))
        signal = F.relu(F.batch_norm(found, None, None, norm.weight, norm.bias, training=True))
    torch.testing.assert_close(stem(windows), signal.transpose(1, 2), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("has_bias", [True, False])
def test_a_linear_layer_is_the_same_in_either_order_of_memory(has_bias):
    with lend(seeded(3)):
        layer = nn.Linear(5, 7, bias=has_bias)
    tokens = torch.randn(2, 4, 5, generator=seeded(4))
    by_feature = tokens.permute(2, 0, 1).contiguous().permute(1, 2, 0)
    found = linear(by_feature, layer)
    torch.testing.assert_close(found, layer(tokens))
    assert found.permute(2, 0, 1).is_contiguous()
    torch.testing.assert_close(linear(tokens, layer), layer(tokens))
