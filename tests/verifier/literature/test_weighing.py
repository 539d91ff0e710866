import json

import numpy as np
import pytest

from models.text import weights
from verifier.claim import Claim
from verifier.document import Document
from verifier.encoder import Question, Reading
from verifier.literature.weighing import (
    N_SENTENCES,
    Examiner,
    Held,
    examiner_of,
    nearest,
    weighed_evidence,
)
from verifier.verdict import Finding, Kind


class Words:
    """Embeddings of their own: texts are near if they share words."""

    def embed(self, texts):
        rows = np.zeros((len(texts), 64), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().split():
                row[sum(map(ord, word)) % 64] += 1
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def document(number: int, text: str, key: str = "") -> Document:
    return Document(key=key or f"arxiv:{number}", title="", text=text, source="file", id=number)


ECG = document(1, "We greet the reader. CG-DMER outperforms MERL and ST-MEM. It went well.")
WHALES = document(2, "Whales sing in the ocean. Their songs travel far.")
EMPTY = document(3, "")


def claim(statement: str, study: str | None = None) -> Claim:
    return Claim(id="c", statement=statement, kind=Kind.DESCRIPTIVE, origin="imported", study=study)


@pytest.fixture
def examiner() -> Examiner:
    return Examiner([Held.of(one) for one in (ECG, WHALES, EMPTY)], Words(), None)


def test_the_document_that_says_it_is_found_and_its_sentence_carries_the_stance(examiner):
    best = weighed_evidence(claim("CG-DMER outperforms MERL."), examiner)[0]
    assert best.stance is Finding.SUPPORTED
    assert ECG.text[best.start : best.end] == best.quote == "CG-DMER outperforms MERL and ST-MEM."
    assert best.probability is not None


def test_the_opposite_of_what_is_said_is_contradicted(examiner):
    best = weighed_evidence(claim("MERL outperforms CG-DMER."), examiner)[0]
    assert best.stance is Finding.CONTRADICTED


def test_a_claim_about_something_else_is_left_open(examiner):
    found = weighed_evidence(claim("Lithium treats gout in adult cats."), examiner)
    assert not [one for one in found if one.stance is not None]


def test_the_named_study_comes_first_even_where_a_search_would_not_find_it(examiner):
    said = claim("CG-DMER outperforms MERL.", study="2")
    found = weighed_evidence(said, examiner)
    is_primary = [one.is_primary for one in found]
    assert is_primary == sorted(is_primary, reverse=True)


class Telling:
    """A judge that says the same of everything, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[Question]] = []

    def __call__(self, questions):
        self.asked.append(list(questions))
        same = [1.0, 0.0, 0.0]
        return [Reading(np.array(same), np.tile(same, (len(q.sentences), 1))) for q in questions]


def test_the_judge_is_asked_once_for_all_documents_with_their_sentences_in_order():
    judge = Telling()
    examiner = Examiner([Held.of(ECG), Held.of(WHALES)], Words(), judge)
    examiner.weigh("Whales sing.", [0, 1])
    (asked,) = judge.asked
    assert [q.claim for q in asked] == ["Whales sing."] * 2
    assert asked[1].sentences == ("Whales sing in the ocean.", "Their songs travel far.")


def test_of_a_long_text_the_nearest_sentences_are_read_in_their_order():
    cosines = np.array([0.9, 0.1, 0.8, *np.full(10, 0.2), 0.7])
    assert nearest(cosines) == (0, 2, *range(3, 3 + N_SENTENCES - 3), 13)


def test_nothing_to_read_needs_no_language_model(tmp_path):
    assert examiner_of([], tmp_path) is None


@pytest.mark.skipif(bool(weights.missing()), reason=weights.missing() or "there")
def test_no_claim_of_the_report_is_decided_wrongly_by_the_abstracts_of_the_field(shared, tmp_path):
    """What the abstracts settle, labelled by hand: of the bundled claims they support 1 to 4."""
    from verifier.protocol import bundled

    lines = (shared / "literature/arxiv.jsonl").read_text("utf-8").splitlines()
    papers = [document(n, one["abstract"], f"arxiv:{one['arxiv_id']}")
              for n, one in enumerate(map(json.loads, lines), 1)]  # fmt: skip
    examiner = examiner_of(papers, tmp_path)
    assert examiner is not None
    decided = {
        entry.claim.id: {one.stance for one in found if one.stance is not None}
        for entry in bundled().values()
        if (found := weighed_evidence(entry.claim, examiner))
    }
    assert {name for name, said in decided.items() if said} == {"C01", "C02", "C03", "C04"}
    assert all(said <= {Finding.SUPPORTED} for said in decided.values())
    (second,) = [e for e in weighed_evidence(bundled()["C02"].claim, examiner) if e.stance]
    assert "up to 11M input samples" in second.quote
