"""How many multiply-adds a window costs, counted while it goes through the modules."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry, shape_wrapper

from models.encoder import Encoder


def multiply_adds(encoder: Encoder) -> dict[str, int]:
    """Multiply-adds of stem and backbone for one more window of a batch, forwards.

    Matrix products, convolutions and attention are counted, and Fourier transforms of n numbers
    as 5/4 n log2 n. What is done once for a whole batch, like making a state space kernel, and
    element by element work is left out.
    """
    first: Any = encoder.stem.convolutions[0]
    windows = torch.zeros(2, first.in_channels, encoder.n_times, device=first.weight.device)
    was_training = encoder.training
    encoder.eval()
    try:
        with torch.inference_mode():
            tokens = encoder.stem(windows)
            return {
                "stem": _of_one_more(encoder.stem, windows),
                "backbone": _of_one_more(encoder.backbone, tokens),
            }
    finally:
        encoder.train(was_training)


def _of_one_more(module: Callable[[Tensor], Tensor], inputs: Tensor) -> int:
    return _counted(module, inputs) - _counted(module, inputs[:1])


def _counted(module: Callable[[Tensor], Tensor], inputs: Tensor) -> int:
    with Operations() as counted:
        module(inputs)
    return counted.total // 2  # a multiply-add is two operations


class Operations(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts arithmetic while active, by torch's own table of formulas and the ones below.

    `FlopCounterMode` has the same table, but imports torch's compiler, a fifth of a small run.
    """

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.total = 0

    def __torch_dispatch__(
        self, operator: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        formula = _FORMULAS.get(operator._overloadpacket)
        if formula is None and operator is not torch.ops.prim.device.default:
            with self:  # what consists of other operators is counted as those
                found = operator.decompose(*args, **kwargs)
            if found is not NotImplemented:
                return found
        found = operator(*args, **kwargs)
        if formula is not None:
            self.total += int(formula(*args, **kwargs, out_val=found))
        return found


def _transform(shape: list[int], dimensions: list[int], *_: Any, **__: Any) -> int:
    length = math.prod(shape[each] for each in dimensions)
    return round(_per_transform(length) * math.prod(shape) / length)


def _inverse(shape: list[int], dimensions: list[int], _: int, length: int, **__: Any) -> int:
    kept = math.prod(shape[each] for each in dimensions)
    return round(_per_transform(length) * math.prod(shape) / kept)


def _per_transform(length: int) -> float:
    """Operations of a real transform: half of the complex one's 5 n log2 n."""
    return 2.5 * length * math.log2(length)


def _attention(query: list[int], key: list[int], *_: Any, **__: Any) -> int:
    """Scores and their sum over values, masked ones included; (B, heads, N, head width)."""
    return 4 * math.prod(query) * key[-2]


_EXTRA = {  # what torch's table does not know
    torch.ops.aten._fft_r2c: _transform,
    torch.ops.aten._fft_c2r: _inverse,
    torch.ops.aten._scaled_dot_product_flash_attention_for_cpu: _attention,
}
_FORMULAS = {
    **flop_registry,
    **{each: shape_wrapper(formula) for each, formula in _EXTRA.items()},  # type: ignore[no-untyped-call]
}
