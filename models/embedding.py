"""Embeddings of whole records by a frozen encoder: what probes and the collapse check look at."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from models.data._records import Records, Split
from models.encoder import Encoder
from models.recipe import Recipe

_WINDOWS_AT_ONCE = 128


class Examined:
    """An encoder that is no longer trained, and the records it is examined on.

    `paired` is what places records and texts in one space (an objective of objectives/_paired.py);
    None where a run has no texts.
    """

    def __init__(
        self,
        encoder: Encoder,
        records: Records,
        recipe: Recipe,
        *,
        device: torch.device,
        paired: Any = None,
        report: Callable[[int, int], None] = lambda done, total: None,
    ) -> None:
        self.encoder = encoder.eval()
        self.paired = paired.eval() if paired is not None else None
        self.records = records
        self.recipe = recipe
        self.device = device
        self.report = report
        self._known: dict[Split, npt.NDArray[np.float32]] = {}

    def embeddings(self, split: Split) -> npt.NDArray[np.float32]:
        """Return (R, D) for every row of the split, labelled or not, in the order of its rows."""
        if split not in self._known:
            rows = self.records.indices(split)
            self._known[split] = self.mean_over_windows(rows, self.encoder.embed)
        return self._known[split]

    @torch.inference_mode()
    def mean_over_windows(
        self, rows: npt.NDArray[np.int64], answer: Callable[[Tensor], Tensor]
    ) -> npt.NDArray[np.float32]:
        """Average what `answer` makes of windows (B, C, T), (B, K), over each record's: (R, K)."""
        starts = window_starts(self.records.n_times, self.recipe.n_times)
        n_at_once = max(_WINDOWS_AT_ONCE // len(starts), 1)
        found = []
        for first in range(0, len(rows), n_at_once):
            some = rows[first : first + n_at_once]
            windows = self.records.windows_mv(
                np.repeat(some, len(starts)).tolist(),
                starts * len(some),
                n_times=self.recipe.n_times,
                n_leads=self.recipe.n_leads,
            )
            answers = answer(torch.from_numpy(windows).to(self.device))
            found.append(answers.view(len(some), len(starts), -1).mean(dim=1).cpu().numpy())
            self.report(first + len(some), len(rows))
        return np.concatenate(found)


def window_starts(n_times: int, window: int) -> list[int]:
    """Return where windows begin that cover a record from its start without overlap.

    >>> window_starts(1000, 250)
    [0, 250, 500, 750]
    >>> window_starts(1000, 300)
    [0, 300, 600]
    """
    return list(range(0, n_times - window + 1, window))
