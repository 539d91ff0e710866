import json

import pytest

from models.text import scifact
from models.text.pairs import folds


def claim(number: int, *cited: int) -> scifact.CitingClaim:
    return scifact.CitingClaim(
        id=number, text=f"claim {number}", cited=cited, labels={}, rationales={}
    )


def test_claims_that_share_an_abstract_even_through_another_are_never_parted():
    chain = [
        claim(1, 10),
        claim(2, 10, 11),
        claim(3, 11),
        *(claim(i, 100 + i) for i in range(4, 16)),
    ]
    parts = folds(chain, 3)
    held = [{c.id for c in part} & {1, 2, 3} for part in parts]
    assert sorted(map(len, held)) == [0, 0, 3]
    assert sorted(map(len, parts)) == [5, 5, 5]
    assert folds(chain[::-1], 3) == parts, "the order of the file decides nothing"


def test_labels_and_sentences_are_read_and_a_cited_abstract_without_evidence_says_neither(tmp_path):
    path = tmp_path / "claims.jsonl"
    evidence = {
        "7": [
            {"sentences": [1, 2], "label": "CONTRADICT"},
            {"sentences": [4], "label": "CONTRADICT"},
        ]
    }
    path.write_text(
        json.dumps({"id": 3, "claim": "A.", "evidence": evidence, "cited_doc_ids": [8]})
    )
    (read,) = scifact.claims(path)
    assert read.cited == (7, 8)
    assert (read.label(7), read.label(8)) == (scifact.CONTRADICTED, scifact.NEITHER)
    assert read.gold(7) == {1, 2, 4}
    assert read.gold(8) == frozenset()


@pytest.mark.parametrize("bad", ["{", "[]", '{"id": 1}'])
def test_a_bad_line_is_named(tmp_path, bad):
    path = tmp_path / "claims.jsonl"
    path.write_text('{"id": 1, "claim": "A."}\n' + bad)
    with pytest.raises(ValueError, match="line 2"):
        scifact.claims(path)
