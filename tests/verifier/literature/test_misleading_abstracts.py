"""Whole abstracts with claims that look like a sentence of theirs: abstracts.jsonl.

The letters of each claim say which findings are no mistake: S supported, C contradicted, I
inconclusive; the first is what it should be. "set" says when it was written (docs/literature.md,
"Misleading abstracts"); what "is_plain" is honestly said there. A star marks what the weighing
alone decided wrongly.
"""

import json
from functools import cache
from pathlib import Path

import pytest

from models.text import weights
from verifier.document import Document
from verifier.judges._objections import objection
from verifier.judges._pair import pair_of
from verifier.judges.rules import judge
from verifier.literature.passages import passages
from verifier.literature.surroundings import seen_around
from verifier.literature.weighing import decided, examiner_of
from verifier.verdict import Finding

LETTERS = {Finding.SUPPORTED: "S", Finding.CONTRADICTED: "C", Finding.INCONCLUSIVE: "I"}
LINES = Path(__file__).with_name("abstracts.jsonl").read_text("utf-8").splitlines()
ABSTRACTS = [json.loads(line) for line in LINES]
# Undone by later sentences of which nothing here sees that they may do so.
NOT_SEEN = {
    "Coupling strength increased 40 seconds before seizure onset.",
    "Short sleep was associated with a higher risk of atrial fibrillation.",
    "The radar measured systolic pressure with an error of 4 mmHg.",
    "A low omega-3 index predicted sudden death.",
    "HolterZip preserved all ectopic beats.",
    "Probiotic supplementation significantly reduced systolic blood pressure.",
}
# Whose nearest sentence nothing sees to be another matter; the model decides none of these by it.
LET_PASS = NOT_SEEN | {
    "The score was validated in an independent cohort.",
    "HeartBERT outperforms a supervised ResNet on the MIMIC-IV-ECG data set.",
    "Inference of the model takes less than one second per 10-second ECG on a phone.",
    "SimCLR improves on the proposed masked approach for low-label ECG diagnosis.",
    "CLEAR, the contrastive pretraining method with lead alignment, improves ECG classification.",
}


def paper(number: int) -> Document:
    entry = ABSTRACTS[number]
    text = " ".join(entry["sentences"])
    return Document(key=f"k{number}", title=entry["title"], text=text, source="s", id=number + 1)


def ruled(statement: str, document: Document) -> set[Finding]:
    """What plain rules decide of an abstract by its sentences, as far as it vouches for them."""
    found = {
        judge(statement, one.text).finding
        for one in passages(document)
        if not seen_around(statement, document, one)
    }
    return found - {Finding.INCONCLUSIVE}


@cache
def by_rules() -> list[tuple[str, str, set[Finding]]]:
    return [
        (letters, statement, ruled(statement, paper(number)))
        for number, entry in enumerate(ABSTRACTS)
        for letters, statement, *_ in entry["claims"]
    ]


def test_the_rules_are_misled_by_no_abstract_but_those_known():
    wrong = {
        statement
        for letters, statement, found in by_rules()
        if any(LETTERS[finding] not in letters for finding in found)
    }
    assert wrong <= NOT_SEEN


def test_what_the_rules_can_tell_of_an_abstract_they_still_do():
    right = sum({LETTERS[one] for one in found} == {letters[0]} for letters, _, found in by_rules())
    assert right >= 93


def against(entry: dict, number: int, finding: Finding) -> str:
    """Why the sentence with most of the claim's words is not to settle it so; empty if it may."""
    document, (_, statement, *_) = paper(number), entry["claims"][0]
    nearest = max(passages(document), key=lambda one: pair_of(statement, one.text).share)
    said = objection(statement, nearest.text, finding)
    return said or seen_around(statement, document, nearest)


def test_a_sentence_that_looks_like_the_claim_is_hardly_ever_let_pass():
    let_pass = {
        entry["claims"][0][1]
        for number, entry in enumerate(ABSTRACTS)
        if "side" in entry and "S" not in entry["claims"][0][0]
        if not against(entry, number, Finding.SUPPORTED)
    }
    assert let_pass <= LET_PASS


def test_of_what_a_sentence_says_plainly_most_is_let_pass():
    plain = [(number, one) for number, one in enumerate(ABSTRACTS) if one.get("is_plain")]
    findings = {letter: finding for finding, letter in LETTERS.items()}
    held = [against(one, number, findings[one["claims"][0][0]]) for number, one in plain]
    assert held.count("") >= 0.49 * len(plain)


@pytest.mark.skipif(bool(weights.missing()), reason=weights.missing() or "there")
def test_where_the_weighing_is_misled_nothing_is_shown(tmp_path):
    misled = [
        (number, letters, statement)
        for number, entry in enumerate(ABSTRACTS)
        for letters, statement, *star in entry["claims"]
        if star and statement not in NOT_SEEN
    ]
    one_of_each = {number: (number, *rest) for number, *rest in misled}
    misled = list(one_of_each.values())[::5]  # reading takes time
    numbers = [number for number, _, _ in misled]
    examiner = examiner_of([paper(number) for number in numbers], tmp_path)
    assert examiner is not None
    n_decided = 0
    for number, letters, statement in misled:
        (said,) = examiner.weigh(statement, [numbers.index(number)])
        decision = decided(statement, said, paper(number))
        if decision is None or LETTERS[decision.finding] in letters:
            continue
        n_decided += 1
        passage = said.passages[decision.by]
        assert objection(statement, passage.text, decision.finding) or seen_around(
            statement, paper(number), passage
        ), (statement, passage.text)
    assert n_decided > 0, "else there is nothing to hold back"
