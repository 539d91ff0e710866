"""Which of many sentences are worth a close look for another one."""

import sys
from array import array
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from verifier.sentences import in_order, words_of

N_CANDIDATES = 5  # looked at closely, from each of the two searches
N_FIRST = 20  # compared to learn how alike the likeliest are at least
N_SORTS = 32  # of letters; several share one, which only makes bounds wider
N_KEPT = 2**17  # sentences whose reading is kept, some 0.6 kB each
ROUNDING = 1e-6

Places = NDArray[np.intp]


class _Reading(NamedTuple):
    text: str  # its words in the order of the alphabet
    keys: tuple[str, ...]  # of its words with meaning


class Known(Mapping[str, str]):
    """Sentences by id, each read once; more may be added."""

    def __init__(self, sentences: Mapping[str, str]) -> None:
        self._sentences: dict[str, str] = {}
        self._ids: list[str] = []
        self._texts: list[str] = []
        self._holding: dict[str, array[int]] = {}  # places of the sentences that have a word
        self._letters = np.zeros((N_SORTS, 64), np.int32)  # by sort and place, with room to grow
        self._lengths = np.zeros(64, np.int32)
        for id, sentence in sentences.items():
            self.add(id, sentence)

    def __getitem__(self, id: str) -> str:
        return self._sentences[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._sentences)

    def __len__(self) -> int:
        return len(self._sentences)

    def add(self, id: str, sentence: str) -> None:
        """One more sentence; an id that is there keeps its own."""
        if id in self._sentences:
            return
        read, place = _read(sentence), len(self._ids)
        if place == self._letters.shape[1]:
            self._letters = np.concatenate([self._letters, np.zeros_like(self._letters)], axis=1)
            self._lengths = np.concatenate([self._lengths, np.zeros_like(self._lengths)])
        self._letters[:, place], self._lengths[place] = _letters_of(read.text), len(read.text)
        for key in read.keys:
            self._holding.setdefault(key, array("i")).append(place)
        self._sentences[id] = sentence
        self._ids.append(id)
        self._texts.append(read.text)

    def nearest(self, statement: str) -> list[str]:
        """Ids worth a close look: by likeness, and by words in common, for texts that were cut.

        Equally near ones come in the order in which they were added.
        """
        if not self._ids:
            return []
        read = _read(statement)
        sharing = _largest(self._n_shared(read), N_FIRST)
        alike = self._alike(read, sharing)
        return [self._ids[place] for place in dict.fromkeys([*alike, *sharing[:N_CANDIDATES]])]

    def _n_shared(self, read: _Reading) -> NDArray[np.intp]:
        """How many words each has in common with a text."""
        none = [array("i")]
        holding = [self._holding[key] for key in read.keys if key in self._holding] or none
        places = np.concatenate([np.frombuffer(each, np.intc) for each in holding])
        return np.bincount(places, minlength=len(self._ids))

    def _alike(self, read: _Reading, first: Places) -> list[int]:
        """Places of those with the longest sequence of letters in common, for their length.

        The sequence holds no more letters of a sort than either text, which rules out most once
        the `first` are compared.
        """
        n = len(self._ids)
        if len(first) == n:
            return [place for _, place in self._compared(read, np.arange(n))]
        letters = _letters_of(read.text)[:, None]
        shared = np.minimum(self._letters[:, :n], letters).sum(axis=0, dtype=np.int32)
        both = self._lengths[:n] + len(read.text)
        bounds = 200.0 * shared / np.maximum(both, 1)
        bounds[both == 0] = 100.0
        least = min(score for score, _ in self._compared(read, first))
        left = np.flatnonzero(bounds >= least - ROUNDING)
        return [place for _, place in self._compared(read, left)]

    def _compared(self, read: _Reading, places: Places) -> list[tuple[float, int]]:
        """The likeliest of some places with their likeness, 0 to 100."""
        texts = [self._texts[place] for place in places.tolist()]
        found = process.extract(read.text, texts, scorer=fuzz.ratio, limit=N_CANDIDATES)
        return [(score, int(places[at])) for _, score, at in found]


def _largest(values: NDArray[np.intp], n: int) -> Places:
    """Places of the n largest, falling; of equal ones the first comes first."""
    if len(values) <= n:
        return np.argsort(-values, kind="stable")
    least = np.partition(values, -n)[-n]
    places = np.flatnonzero(values >= least)
    return places[np.argsort(-values[places], kind="stable")][:n]


def _letters_of(text: str) -> NDArray[np.int32]:
    sorts = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32) % N_SORTS
    return np.bincount(sorts, minlength=N_SORTS).astype(np.int32)


@lru_cache(maxsize=N_KEPT)
def _read(sentence: str) -> _Reading:
    keys = tuple(sys.intern(word.key) for word in words_of(sentence))
    return _Reading(in_order(sentence), keys)
