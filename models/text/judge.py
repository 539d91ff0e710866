"""The bundled judge: reads a claim with a document's sentences at once, its layers trained by us.

Claim, title and sentences enter MiniLM as one text, so that a sentence is understood beside its
neighbours. Out come three logits for each sentence and three for the whole, which looks at every
sentence as much as that one seems to be evidence. The word pieces and their places come from the
package, as published; the layers are kept in `judge.safetensors`: matrices as eight-bit integers
with one scale a row (the largest error is half a step, 1/254 of the row's largest weight), the rest
in half precision.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F

from models.text import minilm, rows, weights
from models.text.pairs import CLASSES

N_TOKENS = 352  # of claim, title and sentences together
CLAIM, TITLE, SENTENCE = 64, 32, 80  # tokens of each at most
LEAST = 16  # of a sentence, however many there are
BATCH = 6  # documents read in a row: the five of a claim and the study it names
FIRST, LAST = 101, 102  # the marks before a text and after each of its parts
Logits = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Question:
    """What a document says about a claim; without sentences there is nothing to read."""

    claim: str
    sentences: tuple[str, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """Logits of supported, contradicted, neither: of the whole (3,) and each sentence (S, 3)."""

    whole: Logits
    sentences: Logits


@dataclass(frozen=True, slots=True)
class Tokens:
    """One question in word pieces: ids, and for each the number of its sentence, from 1 (0: none).

    Claim and title are no sentence; what follows the claim is the second segment.
    """

    ids: npt.NDArray[np.int64]
    places: npt.NDArray[np.int64]
    n_claim: int
    n_sentences: int


@dataclass(frozen=True)
class Batch:
    """Questions padded to the longest (B, N), S sentences at most."""

    text: minilm.Batch
    places: Tensor  # (B, N), the number of the sentence or 0
    n_sentences: int


class Judge(nn.Module):
    """Questions to logits of supported, contradicted, neither: (B, 3) and (B, S, 3)."""

    def __init__(self, encoder: minilm.MiniLM) -> None:
        super().__init__()
        self.encoder = encoder
        self.of_sentence = nn.Linear(2 * minilm.WIDTH, len(CLASSES))
        self.of_whole = nn.Linear(2 * minilm.WIDTH, len(CLASSES))

    def forward(self, batch: Batch, dropout: float = 0.0) -> tuple[Tensor, Tensor]:
        with torch.no_grad():
            x = self.encoder.embedded(batch.text.ids, batch.text.segments)
        return self.above(x, batch, 0, dropout)

    def in_a_row(self, batch: Batch, reader: rows.Reader) -> tuple[Tensor, Tensor]:
        """The same where nothing is learnt, in less time; the reader is of this judge's encoder."""
        is_asked = batch.places > 0
        is_asked[:, 0] = True
        x = torch.zeros(*is_asked.shape, minilm.WIDTH, device=is_asked.device)
        x[is_asked] = reader.read(batch.text, is_asked)
        return self._told(x, batch, 0.0)

    def below(self, batch: Batch, n_layers: int) -> Tensor:
        """(B, N, D), what enters the layer of this number; nothing is learnt of it."""
        with torch.no_grad():
            x = self.encoder.embedded(batch.text.ids, batch.text.segments)
            for layer in self.encoder.layers[:n_layers]:
                x = layer(x, batch.text.mask[:, None, None, :])
        return x

    def above(
        self, x: Tensor, batch: Batch, n_layers: int, dropout: float = 0.0
    ) -> tuple[Tensor, Tensor]:
        """The rest of the way for what enters that layer."""
        for layer in self.encoder.layers[n_layers:]:
            x = layer(x, batch.text.mask[:, None, None, :], dropout)
        with torch.autocast(x.device.type, enabled=False):
            return self._told(x.float(), batch, dropout)

    def _told(self, x: Tensor, batch: Batch, dropout: float) -> tuple[Tensor, Tensor]:
        numbers = torch.arange(1, batch.n_sentences + 1, device=x.device)
        held = (batch.places[:, None, :] == numbers[:, None]).float()  # (B, S, N)
        is_there = held.any(dim=2)
        means = held @ x / held.sum(dim=2, keepdim=True).clamp_min(1.0)
        means = F.dropout(means, dropout, training=self.training)
        first = F.dropout(x[:, 0], dropout, training=self.training)
        beside = first[:, None].expand_as(means)
        sentences = self.of_sentence(torch.cat([beside, means], dim=2))
        telling = sentences[..., :2].logsumexp(dim=2) - sentences[..., 2]
        share = telling.masked_fill(~is_there, -1e4).softmax(dim=1)
        found = (share[..., None] * means).sum(dim=1)
        return self.of_whole(torch.cat([first, found], dim=1)), sentences

    def trained(self, n_kept: int = 0) -> dict[str, nn.Parameter]:
        """What training changes, by name; the lower `n_kept` layers aside."""
        below = tuple(f"encoder.layers.{i}." for i in range(n_kept))
        return {
            name: value
            for name, value in self.named_parameters()
            if name.startswith(("encoder.layers.", "of_")) and not name.startswith(below)
        }


class Pieces:
    """Texts in word pieces, each cut once."""

    def __init__(self) -> None:
        self._tokenizer: Tokenizer = minilm.tokenizer(max(CLAIM, TITLE, SENTENCE))
        self._known: dict[str, list[int]] = {}

    def learn(self, texts: Sequence[str]) -> None:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        encodings = self._tokenizer.encode_batch(new, add_special_tokens=False)
        self._known |= {text: each.ids for text, each in zip(new, encodings, strict=True)}

    def tokens(self, questions: Sequence[Question]) -> list[Tokens]:
        self.learn([t for q in questions for t in (q.claim, q.title, *q.sentences)])
        return [self._tokens(question) for question in questions]

    def _tokens(self, question: Question) -> Tokens:
        claim = self._known[question.claim][:CLAIM]
        title = self._known[question.title][:TITLE]
        room = N_TOKENS - len(claim) - len(title) - 4
        sentences = [self._known[text] for text in question.sentences]
        cut = SENTENCE
        while cut > LEAST and sum(min(len(s), cut) + 1 for s in sentences) > room:
            cut -= LEAST // 2
        ids = [FIRST, *claim, LAST, *title, *([LAST] if title else [])]
        places = [0] * len(ids)
        for number, sentence in enumerate(sentences, start=1):
            ids += [*sentence[:cut], LAST]
            places += [number] * (len(ids) - len(places))
        return Tokens(
            np.array(ids[: minilm.N_POSITIONS]),
            np.array(places[: minilm.N_POSITIONS]),
            len(claim) + 2,
            len(sentences),
        )

    def forget(self) -> None:
        self._known.clear()


def batched(tokens: Sequence[Tokens]) -> Batch:
    longest = max(len(each.ids) for each in tokens)
    ids = np.zeros((len(tokens), longest), np.int64)
    places, segments = np.zeros_like(ids), np.zeros_like(ids)
    mask = np.zeros(ids.shape, bool)
    for row, each in enumerate(tokens):
        n = len(each.ids)
        ids[row, :n], places[row, :n], mask[row, :n] = each.ids, each.places, True
        segments[row, each.n_claim : n] = 1
    text = minilm.Batch(torch.from_numpy(ids), torch.from_numpy(mask), torch.from_numpy(segments))
    return Batch(text, torch.from_numpy(places), max(each.n_sentences for each in tokens))


def by_length(tokens: Sequence[Tokens], most: int) -> Iterator[list[int]]:
    """Places of questions of like length, at most `most` together: little is padding then."""
    order = sorted(range(len(tokens)), key=lambda i: len(tokens[i].ids))
    for start in range(0, len(order), most):
        yield order[start : start + most]


def answers(
    judge: Judge,
    pieces: Pieces,
    questions: Sequence[Question],
    *,
    reader: rows.Reader | None = None,
    at_once: int = BATCH,
) -> list[Answer]:
    """An answer to each question, in their order; `reader` is of the judge's encoder.

    Raises:
        ValueError: a question has no sentences.
    """
    if not all(question.sentences for question in questions):
        raise ValueError("a document without sentences was given to the judge")
    tokens = pieces.tokens(questions)
    reader = reader or rows.Reader(judge.encoder, minilm.sum_dtype())
    found: dict[int, Answer] = {}
    for places in by_length(tokens, at_once):
        with torch.inference_mode():
            whole, sentences = judge.in_a_row(batched([tokens[i] for i in places]), reader)
        for row, i in enumerate(places):
            found[i] = Answer(whole[row].numpy(), sentences[row, : tokens[i].n_sentences].numpy())
    return [found[i] for i in range(len(questions))]


def save(judge: Judge, path: Path, notes: Mapping[str, object]) -> None:
    """Write what was trained, and how."""
    packed: dict[str, Tensor] = {}
    for name, parameter in judge.trained().items():
        value = parameter.detach().cpu()
        if value.ndim == 2:
            scale = value.abs().amax(dim=1, keepdim=True).clamp_min(1e-12) / 127
            packed[name] = (value / scale).round().to(torch.int8)
            packed[f"{name}.scale"] = scale.squeeze(1).float()
        else:
            packed[name] = value.half()
    save_file(packed, path, metadata={"notes": json.dumps(notes, sort_keys=True)})


def load(path: Path = weights.JUDGE) -> Judge:
    """The judge as saved.

    Raises:
        FileNotFoundError: it was never trained, or the package with the word pieces is missing.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing; make it with {weights.TRAIN}")
    judge = Judge(minilm.load())
    places = judge.trained()
    with safe_open(path, framework="pt") as packed:
        names = set(packed.keys())
        for name, place in places.items():
            value: Tensor = packed.get_tensor(name).float()
            if f"{name}.scale" in names:
                value = value * packed.get_tensor(f"{name}.scale")[:, None]
            place.data.copy_(value)
    return judge.eval()
