"""The invented abstracts: whole, evenly labelled, no near wording of what we are measured on."""

import json
import lzma
from collections import Counter

import pytest
from rapidfuzz import fuzz, process

from models.text import invented, scifact
from models.text.scifact import CONTRADICTED, NEITHER, SUPPORTED

HELD_OUT = invented.FILE.with_name("held_out")
KINDS = ("", "plain_", "language_")  # as invented.py says
NEAR = 75  # of 100; the nearest two have 63


@pytest.fixture(scope="module")
def read():
    return invented.read()


def test_every_claim_is_about_one_abstract_and_decided_ones_have_evidence(read):
    claims, corpus = read
    for claim in claims:
        (about,) = claim.cited
        label, gold = claim.label(about), claim.gold(about)
        assert (label == NEITHER) == (not gold)
        assert gold <= set(range(len(corpus[about].sentences)))
    assert len({claim.id for claim in claims}) == len(claims)
    assert max(claim.id for claim in claims) < 0, "no number of SciFact's is meant"


def test_a_claim_does_not_give_its_label_away_by_its_length_or_a_denial(read):
    claims, _ = read
    words, denials = {}, {}
    for label in (SUPPORTED, CONTRADICTED, NEITHER):
        chosen = [claim for claim in claims if claim.label(*claim.cited) == label]
        said = [claim.text.lower().split() for claim in chosen]
        denied = [bool({"not", "no", "without"} & set(each)) for each in said]
        words[label], denials[label] = sum(map(len, said)) / len(said), sum(denied) / len(said)
    assert max(words.values()) < 1.2 * min(words.values()), words
    assert max(denials.values()) - min(denials.values()) < 0.1, denials


def test_no_claim_comes_near_one_that_the_bench_measures_on(read, shared):
    lines = (shared / "literature/gold_dev.jsonl").read_text("utf-8").splitlines()
    measured = [json.loads(line)["claim"] for line in lines]
    held_out = [
        one for kind in KINDS for one in scifact.claims(HELD_OUT / f"{kind}claims.jsonl.xz")
    ]
    ours = [claim.text for claim in (*read[0], *held_out)]
    scores = process.cdist(ours, measured, scorer=fuzz.token_sort_ratio)
    assert scores.max() < NEAR, ours[int(scores.max(axis=1).argmax())]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_held_out_is_about_abstracts_that_nothing_has_read(kind, read):
    corpus = scifact.corpus(HELD_OUT / f"{kind}corpus.jsonl.xz")
    held_out = corpus.values()
    assert {
        i for one in scifact.claims(HELD_OUT / f"{kind}claims.jsonl.xz") for i in one.cited
    } == {*corpus}
    assert not {one.title for one in held_out} & {one.title for one in read[1].values()}
    known = {sentence for one in read[1].values() for sentence in one.sentences}
    assert not known & {sentence for one in held_out for sentence in one.sentences}


def test_labels_are_of_three_kinds_and_each_is_frequent(read):
    claims, _ = read
    found = Counter(claim.label(*claim.cited) for claim in claims)
    assert min(found.values()) > len(claims) / 5


@pytest.mark.parametrize(
    ("label", "evidence", "words"),
    [
        ("supported", [], "supported rests on sentences"),
        ("not_enough_info", [0], "not_enough_info rests on sentences"),
        ("contradicted", [3], r"contradicted rests on sentences \[3\]"),
        ("perhaps", [0], "KeyError 'perhaps'"),
    ],
)
def test_a_label_without_its_sentences_is_refused(label, evidence, words, tmp_path):
    entry = {"title": "T", "sentences": ["One."]}
    entry["claims"] = [{"claim": "C.", "label": label, "evidence": evidence}]
    with lzma.open(tmp_path / "i.xz", "wt") as out:
        out.write(json.dumps(entry))
    with pytest.raises(ValueError, match=f"line 1: .*{words}"):
        invented.read(tmp_path / "i.xz")
