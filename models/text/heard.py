"""What judges say of claims they never saw, for whoever calibrates how they are heard.

Two files of JSON lines:

asked    JSON lines: claim, document (numbers of SciFact's), sentences (places in the abstract)
heard    the same with `logits` (3) of the whole and `by_sentence` (3 of each)
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.text.judge import Answer, Judge, Pieces, Question, answers
from models.text.scifact import NEITHER, SUPPORTED, Abstract, CitingClaim

AT_ONCE = 128


@dataclass(frozen=True, slots=True)
class Asked:
    claim: int
    document: int
    sentences: tuple[int, ...]
    question: Question


@dataclass(frozen=True, slots=True)
class Said:
    asked: Asked
    answer: Answer


def asked(path: Path, claims: Sequence[CitingClaim], corpus: Mapping[int, Abstract]) -> list[Asked]:
    """Raises ValueError where a line names what is not there."""
    texts = {claim.id: claim.text for claim in claims}
    found = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        try:
            entry = json.loads(line)
            claim, document = int(entry["claim"]), int(entry["document"])
            places = tuple(map(int, entry["sentences"]))
            chosen = tuple(corpus[document].sentences[i] for i in places)
            question = Question(texts[claim], chosen, corpus[document].title)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise ValueError(f"{path}, line {number}: {type(error).__name__} {error}") from None
        found.append(Asked(claim, document, places, question))
    return found


def listen(judge: Judge, wanted: Sequence[Asked], *, device: str = "cpu") -> list[Said]:
    questions = [each.question for each in wanted]
    said = answers(judge, Pieces(), questions, device=device, at_once=AT_ONCE)
    return [Said(each, answer) for each, answer in zip(wanted, said, strict=True)]


def write(path: Path, said: Sequence[Said]) -> None:
    lines = (
        json.dumps(
            {
                "claim": each.asked.claim,
                "document": each.asked.document,
                "sentences": each.asked.sentences,
                "logits": _short(each.answer.whole),
                "by_sentence": [_short(row) for row in each.answer.sentences],
            },
            separators=(",", ":"),
        )
        for each in said
    )
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def in_short(said: Sequence[Said], claims: Sequence[CitingClaim]) -> str:
    """How well cited abstracts were read so far."""
    by_id = {claim.id: claim for claim in claims}
    right, polar, first = [], [], []
    for each in _cited(said, by_id):
        claim, answer = by_id[each.asked.claim], each.answer
        label = claim.label(each.asked.document)
        gold = claim.gold(each.asked.document)
        told = answer.whole[:2].max() > answer.whole[2]
        right.append(told == (label != NEITHER))
        if label != NEITHER:
            polar.append((answer.whole[0] > answer.whole[1]) == (label == SUPPORTED))
            telling = np.logaddexp(*answer.sentences.T[:2]) - answer.sentences[:, 2]
            first.append(each.asked.sentences[int(telling.argmax())] in gold)
    shares = (f"{np.mean(each):.3f}" if each else "-" for each in (right, polar, first))
    return "evidence or not {}, for or against {}, first sentence {}, n = {}".format(
        *shares, len(right)
    )


def _cited(said: Sequence[Said], by_id: Mapping[int, CitingClaim]) -> Iterator[Said]:
    return (s for s in said if s.asked.document in by_id[s.asked.claim].cited)


def _short(values: np.ndarray) -> list[float]:
    return [round(float(value), 3) for value in values]
