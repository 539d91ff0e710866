import json
import re
from collections import Counter
from random import Random

import pytest

from models.text import wordings
from models.text.scifact import CONTRADICTED, NEITHER, SUPPORTED

MANY = list(wordings.examples(Random(0), 50_000))


def test_every_slot_is_filled_and_no_side_is_empty():
    for each in MANY:
        assert "{" not in each.claim + each.passage
        assert each.claim.strip()
        assert each.passage.strip()


def test_the_same_seed_makes_the_same_pairs():
    assert list(wordings.examples(Random(7), 50)) == list(wordings.examples(Random(7), 50))
    assert list(wordings.examples(Random(7), 50)) != list(wordings.examples(Random(8), 50))


def test_for_and_against_are_as_frequent():
    n = Counter(each.label for each in MANY)
    assert abs(n[SUPPORTED] - n[CONTRADICTED]) < 0.05 * len(MANY)
    assert 0.25 < n[NEITHER] / len(MANY) < 0.35


@pytest.mark.parametrize("word", ["outperforms", "inferior", "labels", "without"])
def test_a_word_of_the_claim_alone_does_not_tell_the_label(word):
    decided = [e.label for e in MANY if word in e.claim.split() and e.label != NEITHER]
    assert len(decided) > 20
    assert 0.2 < decided.count(SUPPORTED) / len(decided) < 0.8


def test_who_does_what_to_whom_decides_and_not_which_names_occur(monkeypatch):
    facts = [
        {"says": ["{A} beats {B}."], "denies": ["{B} beats {A}."], "mirrored": True},
        {"says": ["All is quiet."], "denies": ["All is loud."]},
        {"says": ["Birds sing."], "denies": ["Birds are silent."]},
    ]
    made = {**wordings._written_down(), "fact": facts}
    monkeypatch.setattr(wordings, "_written_down", lambda: made)
    labels = Counter()
    for each in wordings.examples(Random(0), 300):
        _, beats, loser = each.claim.partition(" beats ")
        if beats and " beats " in each.passage and each.label != NEITHER:
            is_same = f" beats {loser}" in each.passage
            assert each.label == (SUPPORTED if is_same else CONTRADICTED)
            labels[each.label] += 1
    assert min(labels.values()) > 20


def test_numbers_are_the_same_however_they_are_written():
    assert {wordings._large(11_000_000, Random(i)) for i in range(20)} == {
        "11M", "11 million", "11,000,000",
    }  # fmt: skip
    assert wordings._large(2_750, Random(0)) == "2,750"


def test_every_fact_has_wordings_on_both_sides_that_no_other_fact_has():
    seen = Counter(w for fact in wordings.facts() for w in {*fact["says"], *fact["denies"]})
    assert max(seen.values()) == 1
    assert all(fact["says"] and fact["denies"] for fact in wordings.facts())


def test_no_wording_repeats_a_claim_that_the_witness_is_measured_on(shared):
    """The field's labelled claims train nothing, not even in other words' clothes."""

    def runs(text: str, n: int = 5) -> set[tuple[str, ...]]:
        words = re.findall(r"[a-z0-9]+", text.lower())
        return {tuple(words[i : i + n]) for i in range(len(words) - n + 1)}

    lines = (shared / "literature/gold_dev.jsonl").read_text("utf-8").splitlines()
    held = {run for line in lines for run in runs(json.loads(line)["claim"])}
    kinds = ("says", "denies", "asks", "doubts")
    said = [w for fact in wordings.facts() for kind in kinds for w in fact.get(kind, ())]
    assert not [wording for wording in said if runs(wording) & held]
