"""Texts in a row, nothing between them, read by several threads; nothing is learnt of it.

Each thread has an equal share of all tokens, wherever that cuts a text. The threads wait for each
other once a layer, when the keys and values of all texts are there; torch's own meet after every
sum. T tokens of all texts together, D and heads as in minilm.py.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import cycle, pairwise
from threading import Barrier, BrokenBarrierError, Lock
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.text.minilm import WIDTH, Batch, Layer, MiniLM, heads

LEAST = 64  # tokens that are worth a thread
STEP = 16  # tokens by which a share grows


class Reader:
    """An encoder as it is now, its sums made in `dtype`; after training take a new one."""

    def __init__(self, encoder: MiniLM, dtype: torch.dtype, n_threads: int = 1) -> None:
        self.encoder, self.dtype = encoder, dtype
        self._layers = [_Laid(cast(Layer, layer), dtype) for layer in encoder.layers]
        self._team = _Team(n_threads) if n_threads > 1 else None

    def read(self, batch: Batch, is_wanted: Tensor | None = None) -> Tensor:
        """Vectors (n, D) of the wanted tokens (B, N), or of all, text after text.

        What is not wanted is left out of the last layer: nothing reads it any more.
        """
        n = min(self._team.n_threads, int(batch.mask.sum()) // LEAST) if self._team else 1
        row = _Row.of(batch, batch.mask if is_wanted is None else is_wanted, self.dtype, max(1, n))
        if self._team is None or n < 2:
            return self._share(row, slice(0, len(row.ids)))
        size = len(row.ids) // n
        shares = [slice(size * i, size * (i + 1)) for i in range(n)]
        return torch.cat(self._team.all_of(shares, lambda share: self._share(row, share)))

    def _share(self, row: "_Row", here: slice) -> Tensor:
        """What becomes of the tokens in this part of the row."""
        try:
            with torch.inference_mode():
                x = self.encoder.embedded(row.ids[here], row.segments[here], row.places[here])
                for layer, projected in zip(self._layers, cycle(row.projected)):
                    projected[here] = layer.projected(x)
                    row.meeting.wait()
                    is_last = layer is self._layers[-1]
                    mixed = row.attended(projected, here, of_wanted=is_last)
                    x = x[row.is_wanted[here]] if is_last else x
                    n = len(x)
                    x = layer.added(_filled(x), _filled(mixed))
                return x[:n]
        except BaseException:
            row.meeting.abort()
            raise


@dataclass(frozen=True, eq=False)
class _Row:
    """Of each token (T,) what is embedded, and whether somebody wants its vector."""

    ids: Tensor
    segments: Tensor
    places: Tensor
    is_wanted: Tensor
    texts: list[tuple[int, int]]  # where each begins and ends
    projected: Tensor  # (2, T, 3 D): queries, keys, values; in turns, for who is a layer behind
    meeting: Barrier

    @staticmethod
    def of(batch: Batch, is_wanted: Tensor, dtype: torch.dtype, n_threads: int) -> "_Row":
        mask = batch.mask
        ends = mask.sum(dim=1).cumsum(dim=0).tolist()
        places = torch.arange(mask.shape[1], device=mask.device).expand_as(mask)
        parts = [batch.ids, batch.segments, places, is_wanted]
        ids, segments, places, is_wanted = (_filled(each[mask], n_threads) for each in parts)
        n = len(ids)
        return _Row(
            ids=ids,
            segments=segments,
            places=places,
            is_wanted=is_wanted,
            texts=list(pairwise([0, *ends, *([n] if n > ends[-1] else [])])),
            projected=torch.empty(2, n, 3 * WIDTH, dtype=dtype, device=mask.device),
            meeting=Barrier(n_threads),
        )

    def attended(self, projected: Tensor, here: slice, *, of_wanted: bool) -> Tensor:
        """(n, D): what the tokens of this part, or the wanted of them, find in their texts."""
        found = []
        for start, end in self.texts:
            part = slice(max(start, here.start), min(end, here.stop))
            if part.start < part.stop:
                q = projected[part, :WIDTH]
                q = q[self.is_wanted[part]] if of_wanted else q
                k, v = torch.split(projected[start:end, WIDTH:], WIDTH, dim=1)
                q, k, v = (heads(each[None]) for each in (q, k, v))
                found.append(F.scaled_dot_product_attention(q, k, v))
        return torch.cat(found, dim=2)[0].transpose(0, 1).flatten(1)


def _filled(x: Tensor, n_shares: int = 1) -> Tensor:
    """With zeros at its end, up to one of few lengths.

    A product of matrices is planned when its length is new, which takes about as long as it does.
    """
    short = -len(x) % (n_shares * STEP)
    return torch.cat([x, x.new_zeros(short, *x.shape[1:])]) if short else x


class _Laid:
    """A layer's matrices in the precision they are multiplied in, the first three as one."""

    def __init__(self, layer: Layer, dtype: torch.dtype) -> None:
        self._norms = layer.attention_norm, layer.norm
        self._project = _joined([layer.query, layer.key, layer.value], dtype)
        self._out, self._widen, self._narrow = (
            _joined([each], dtype) for each in (layer.out, layer.widen, layer.narrow)
        )

    def projected(self, x: Tensor) -> Tensor:
        """(T, D) to (T, 3 D): queries, keys, values."""
        return F.linear(x.to(self._project[0].dtype), *self._project)

    def added(self, x: Tensor, mixed: Tensor) -> Tensor:
        """What attention found, added to (T, D), then the feed-forward step."""
        x = self._norms[0](x + F.linear(mixed, *self._out))
        wide = F.gelu(F.linear(x.to(mixed.dtype), *self._widen))
        out: Tensor = self._norms[1](x + F.linear(wide, *self._narrow))
        return out


class _Team:
    """Threads that wait for each other, so each share needs one for itself, all at once."""

    def __init__(self, n_threads: int) -> None:
        self.n_threads = n_threads
        self._pool = ThreadPoolExecutor(n_threads, initializer=torch.set_num_threads, initargs=(1,))
        self._one_at_a_time = Lock()

    def all_of(self, shares: Sequence[slice], read: Callable[[slice], Tensor]) -> list[Tensor]:
        with self._one_at_a_time:
            found = [self._pool.submit(read, share) for share in shares]
            wait(found)
        failed = [error for each in found if (error := each.exception()) is not None]
        for error in sorted(failed, key=lambda each: isinstance(each, BrokenBarrierError)):
            raise error  # the cause, not that another waited for it
        return [each.result() for each in found]


def _joined(parts: list[nn.Linear], dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Weights and biases of several, one below the other; of one they are shared, not copied."""
    weights = [each.weight.detach().to(dtype) for each in parts]
    biases = [each.bias.detach().to(dtype) for each in parts]
    if len(parts) == 1:
        return weights[0], biases[0]
    return torch.cat(weights), torch.cat(biases)
