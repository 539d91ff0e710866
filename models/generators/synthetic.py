"""The synthetic records, any number of them, their windows made on the device as they are drawn.

Patients, findings, beats, electrodes and wander are those of `models/data/synthetic.py`, from the
same few hundred numbers of each record, which NumPy draws on the host. Whatever has a value at
every sample is made on the device, and of the window alone. The muscle noise is drawn by counting
there, so record 7 is the same ECG as the prepared one but for that noise. It is the same in any
batch and on any device, to one microvolt, the unit of both, where a value lies between two of them.
"""

from collections.abc import Collection
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from models.data import _heart, _variation
from models.data._records import LEADS, LEADS_USED
from models.data.synthetic import LARGEST_UV, LEAD_MATRIX, RECORD_S, Hearts, hearts_of
from models.generators._noise import white_noise
from models.recipe import Recipe
from models.update import Batch


class Source:
    """Training records 0 to `n_generated` of the recipe's `dataset_options`, with replacement."""

    def __init__(self, recipe: Recipe, device: torch.device) -> None:
        self.recipe = recipe
        self.device = device
        self.seed = int(recipe.dataset_options.get("seed", 0))
        self.n_records = int(recipe.dataset_options["n_generated"])
        self._leads = list(LEADS_USED[recipe.n_leads])

    def batch(self, generator: Generator, *, needs: Collection[str] = ()) -> Batch:
        """Draw as `draw_batch` does from prepared records; texts are empty unless needed."""
        recipe, n = self.recipe, self.recipe.batch_size
        numbers = torch.randint(self.n_records, (n,), generator=generator)
        latest = round(RECORD_S * recipe.sampling_hz) - recipe.n_times
        starts = torch.randint(latest + 1, (n,), generator=generator)
        hearts, keys = self._hearts(numbers.tolist())
        return Batch(
            windows=self._windows_mv(hearts, keys, starts),
            targets=torch.from_numpy(hearts.targets()),
            texts=tuple(hearts.reports()) if "texts" in needs else ("",) * n,
        )

    def windows_mv(self, numbers: list[int], starts: Tensor) -> Tensor:
        """Return a window (C, T) of each record, from its start (B,), in millivolts: (B, C, T)."""
        return self._windows_mv(*self._hearts(numbers), starts)

    def _hearts(self, numbers: list[int]) -> tuple[Hearts, Tensor]:
        hearts, generators = hearts_of([("train", number) for number in numbers], seed=self.seed)
        keys = np.stack([own.integers(2**32, size=2, dtype=np.int64) for own in generators])
        return hearts, self._there(keys)

    @torch.no_grad()
    def _windows_mv(self, hearts: Hearts, keys: Tensor, starts: Tensor) -> Tensor:
        sampling_hz = self.recipe.sampling_hz
        person, moment = hearts.person, hearts.moment
        at = self._there(starts)[:, None] + torch.arange(self.recipe.n_times, device=self.device)
        times_s = at.to(torch.float32) / sampling_hz
        signals = self._beating(hearts, at, times_s)
        signals *= self._there(_variation.electrodes(person, moment))[:, :, None]
        muscle = self._there(_variation.muscle_mv(moment, sampling_hz))[:, None, None]
        signals += white_noise(keys, at, n_leads=len(LEADS)) * muscle
        for wave in _variation.hum(moment, sampling_hz):
            rate_hz, phase = self._there(wave.rate_hz)[:, None], self._there(wave.phase)
            turns = rate_hz * times_s + phase
            sine = torch.sin(2 * torch.pi * turns)[:, None, :]
            signals += self._there(wave.size_mv)[:, :, None] * sine
        microvolts = torch.round(signals[:, self._leads] * 1000).clamp(-LARGEST_UV, LARGEST_UV)
        return microvolts * 1e-3

    def _beating(self, hearts: Hearts, at: Tensor, times_s: Tensor) -> Tensor:
        """What the leads see of the dipole, as `_heart.seen_by_leads` says, at some places only."""
        person, moment = hearts.person, hearts.moment
        beats = _variation.beats(person, moment)
        waves = _variation.waves(person, moment, hearts.findings)
        beats_s = self._there(beats)
        passed = torch.searchsorted(
            self._there(_heart.first_samples(beats, self.recipe.sampling_hz)), at, right=True
        )
        centre_s = self._there(waves.centre_s)[:, :, None]
        width_s = self._there(waves.width_s)[:, :, None]
        shape = torch.zeros((), device=self.device)
        for beat in (passed - 1, passed.clamp(max=beats.shape[1] - 1)):
            since = times_s - beats_s.gather(1, beat)
            shape = shape + torch.exp(-0.5 * ((since[:, None, :] - centre_s) / width_s).square())
        return torch.matmul(self._there(LEAD_MATRIX @ waves.dipole_mv), shape)

    def _there(self, values: Any) -> Tensor:
        return torch.as_tensor(values).to(self.device)
