"""What judges are asked about the training claims, and what they say of those they never saw.

Two files of JSON lines, for whoever calibrates how a judge is heard:

asked    claim, document (SciFact's numbers, or invented.py's), sentences (places in the abstract)
heard    the same with `logits` (3) of the whole and `by_sentence` (3 of each)
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.text.judge import Answer, Question
from models.text.scifact import Abstract, CitingClaim


@dataclass(frozen=True, slots=True)
class Asked:
    claim: int
    document: int
    sentences: tuple[int, ...]

    def question(self, claim: CitingClaim, abstract: Abstract) -> Question:
        texts = tuple(abstract.sentences[i] for i in self.sentences)
        return Question(claim.text, texts, abstract.title)


def asked(path: Path) -> list[Asked]:
    """Raises ValueError where a line is no such question."""
    found = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        try:
            entry = json.loads(line)
            places = tuple(map(int, entry["sentences"]))
            found.append(Asked(int(entry["claim"]), int(entry["document"]), places))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path}, line {number}: {type(error).__name__} {error}") from None
    return found


def write(path: Path, said: Sequence[tuple[Asked, Answer]]) -> None:
    lines = (
        json.dumps(
            {
                "claim": one.claim,
                "document": one.document,
                "sentences": one.sentences,
                "logits": _short(answer.whole),
                "by_sentence": [_short(row) for row in answer.sentences],
            },
            separators=(",", ":"),
        )
        for one, answer in said
    )
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def near(every: Sequence[Asked]) -> dict[int, list[int]]:
    """By claim the abstracts that are asked about, in their order."""
    found: dict[int, dict[int, None]] = {}
    for one in every:
        found.setdefault(one.claim, {})[one.document] = None
    return {claim: list(documents) for claim, documents in found.items()}


def matching(
    every: Sequence[Asked], claims: Sequence[CitingClaim], corpus: Mapping[int, Abstract]
) -> Iterator[tuple[Asked, Question]]:
    """Raises ValueError where something is asked about what is not there."""
    by_id = {claim.id: claim for claim in claims}
    for one in every:
        try:
            yield one, one.question(by_id[one.claim], corpus[one.document])
        except (KeyError, IndexError) as error:
            raise ValueError(f"claim {one.claim}, abstract {one.document}: {error}") from None


def _short(values: np.ndarray) -> list[float]:
    return [round(float(value), 3) for value in values]
