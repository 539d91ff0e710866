"""Claims about abstracts of papers that do not exist, in the language of our own field.

SciFact speaks of cells and patients; this is practice in how papers on models and recordings speak.
A language model drafted abstracts and claims for this project, and every claim was labelled twice,
the second time by a reader who did not know the first label; only what both agreed on is kept. No
method, number or finding in them is real: they teach a judge how to read and are never evidence.

    invented.jsonl.xz    JSON lines: title, sentences, claims [{claim, label, evidence, kind}];
                         the kind (numeric, scope …) is its drafter's and is not read. The first
                         765 claims are hard by design, and their labels uneven over kinds (40 of
                         44 settings are contradicted); the others are as people write them
    held_out/            more of them in SciFact's form, to measure on and never to train: claims
                         as hard as these, plain_ ones as people write them, and
                         language_ ones of signals with language
"""

import json
import lzma
from pathlib import Path
from typing import Any

from models.text.scifact import CONTRADICTED, NEITHER, SUPPORTED, Abstract, CitingClaim

FILE = Path(__file__).with_name("invented.jsonl.xz")
LABELS = {"supported": SUPPORTED, "contradicted": CONTRADICTED, "not_enough_info": NEITHER}


def read(path: Path = FILE) -> tuple[list[CitingClaim], dict[int, Abstract]]:
    """In SciFact's form; their numbers are negative, so that no other is meant.

    Raises:
        ValueError: a line is no such abstract; the message says which.
    """
    claims: list[CitingClaim] = []
    corpus: dict[int, Abstract] = {}
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                entry = json.loads(line)
                corpus[-number] = Abstract(
                    id=-number, title=entry["title"], sentences=tuple(entry["sentences"])
                )
                for told in entry["claims"]:
                    claims.append(_claim(-len(claims) - 1, corpus[-number], told))
            except (KeyError, TypeError, ValueError, IndexError) as error:
                words = f"{type(error).__name__} {error}"
                raise ValueError(f"{path}, line {number}: {words}") from None
    return claims, corpus


def _claim(number: int, abstract: Abstract, told: dict[str, Any]) -> CitingClaim:
    label, marked = LABELS[told["label"]], tuple(map(int, told["evidence"]))
    if (label == NEITHER) == bool(marked) or not set(marked) <= set(range(len(abstract.sentences))):
        raise ValueError(f"{told['label']} rests on sentences {list(marked)}")
    return CitingClaim(
        id=number,
        text=told["claim"],
        cited=(abstract.id,),
        labels={} if label == NEITHER else {abstract.id: label},
        rationales={} if label == NEITHER else {abstract.id: (marked,)},
    )
