"""The matrix products of a step alone: what the rest of it costs, and what they themselves do.

Small products do not run as fast as a large one, so not even a step that consists of nothing else
would. Replayed by themselves, and what they are given near at hand, they show how far the rest
could at most be brought down.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

_PRODUCTS = (
    torch.ops.aten.mm,
    torch.ops.aten.bmm,
    torch.ops.aten.addmm,
    torch.ops.aten.baddbmm,
)


class Products(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes every matrix product made while active, with the layout of what it was given."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._made: list[tuple[Callable[..., Tensor], list[Any]]] = []
        self._alike: dict[tuple[Any, ...], Tensor] = {}  # one for each layout: a step's would be GB

    def __len__(self) -> int:
        return len(self._made)

    def __torch_dispatch__(
        self, operator: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        product = operator.overloadpacket
        if product in _PRODUCTS:
            self._made.append((product, [self._stand_in(each) for each in args]))
        return operator(*args, **(kwargs or {}))

    def replay(self) -> None:
        """Make all of them again, of numbers that mean nothing."""
        for product, args in self._made:
            product(*args)

    def _stand_in(self, given: Any) -> Any:
        """Other numbers in the same layout."""
        if not isinstance(given, Tensor):
            return given
        layout = given.shape, given.stride(), given.dtype, given.device
        if layout not in self._alike:
            sizes = zip(given.shape, given.stride(), strict=True)
            extent = 1 + sum((n - 1) * step for n, step in sizes)
            numbers = torch.empty(extent, dtype=given.dtype, device=given.device)
            self._alike[layout] = numbers.normal_(std=1e-2).as_strided(*layout[:2])
        return self._alike[layout]
