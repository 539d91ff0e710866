from random import Random

import pytest

from models.text import documents
from models.text.documents import Marked
from models.text.pairs import CLASSES, Example
from models.text.scifact import CONTRADICTED, NEITHER, SUPPORTED, Abstract, CitingClaim

ASPIRIN = Marked(
    "Aspirin lowers risk.",
    ("We asked patients.", "Risk was lower with aspirin.", "They went home."),
    SUPPORTED,
    frozenset({1}),
    "Aspirin",
)
S, C, N = (CLASSES.index(label) for label in (SUPPORTED, CONTRADICTED, NEITHER))


def test_one_side_turned_turns_the_label_and_both_keep_it():
    seen = set()
    for seed in range(40):
        found = documents.turned(ASPIRIN, Random(seed))
        assert found is not None
        is_claim, is_said = (
            found.claim != ASPIRIN.claim,
            found.sentences != ASPIRIN.sentences,
        )
        assert found.label == (SUPPORTED if is_claim and is_said else CONTRADICTED)
        assert (found.sentences[0], found.sentences[2]) == ("We asked patients.", "They went home.")
        seen.add((is_claim, is_said))
    assert seen == {(True, False), (False, True), (True, True)}


def test_what_says_nothing_is_not_turned():
    silent = Marked("Tea helps.", ("Birds sing.",), NEITHER, frozenset())
    assert documents.turned(silent, Random(0)) is None


def test_of_several_sentences_of_evidence_none_is_turned_alone():
    two = Marked("Tea helps.", ("It helps.", "It does help."), SUPPORTED, frozenset({0, 1}))
    for seed in range(20):
        found = documents.turned(two, Random(seed))
        assert found is None or found.sentences == two.sentences


@pytest.mark.parametrize("seed", range(30))
def test_whatever_part_is_shown_the_evidence_is_in_it_and_keeps_its_mark(seed):
    long = Marked("A.", tuple(f"s{i}" for i in range(20)), CONTRADICTED, frozenset({3, 17}))
    found = documents.shown(long, Random(seed))
    assert {found.sentences[i] for i in found.gold or ()} == {"s3", "s17"}
    assert [m == C for m in found.marks()] == [s in {"s3", "s17"} for s in found.sentences]
    assert len(found.sentences) <= documents.MOST
    assert list(found.sentences) == sorted(found.sentences, key=lambda s: int(s[1:]))


def test_marks_are_unknown_where_nobody_said_which_sentence():
    assert Marked("A.", ("x", "y"), SUPPORTED, None).marks() == [documents.UNKNOWN] * 2
    assert Marked("A.", ("x", "y"), NEITHER, None).marks() == [N, N]
    assert ASPIRIN.marks() == [N, S, N]


def test_a_passage_among_others_keeps_its_place():
    pair = Example("Tea helps.", "It helps.", SUPPORTED)
    for seed in range(20):
        found = documents.of_pair(pair, ["p", "q", "r"], Random(seed))
        (place,) = found.gold or ()
        assert found.sentences[place] == "It helps."
        assert len(found.sentences) <= 4


FED, WEAK = "Mice were fed.", "Without vitamin D, the bones of all the mice were weak (p < 0.05)."
NEEDED = "Vitamin D is required for healthy bone in mice"
CORPUS = {
    1: Abstract(id=1, title=NEEDED, sentences=(FED, WEAK)),
    2: Abstract(id=2, title="A review", sentences=("Whales sing.",)),
}
CLAIM = CitingClaim(id=7, text="Bone needs vitamin D.", cited=(1,), labels={}, rationales={})


def test_silent_abstracts_are_near_ones_that_nobody_cited():
    found = list(documents.silent([CLAIM], CORPUS, {7: [1, 2]}, Random(0), 5))
    assert [(one.label, one.title) for one in found] == [(NEITHER, "A review")]


def test_a_title_that_says_something_is_a_claim_about_its_abstract_and_its_turn_is_denied():
    found = list(documents.titled(CORPUS, {}, Random(0)))
    assert [one.label for one in found] == [SUPPORTED, CONTRADICTED]
    assert found[0].claim == f"{NEEDED}."
    assert found[1].claim != found[0].claim
    assert all(one.title == "" and one.gold is None for one in found)


def test_a_sentence_as_a_claim_is_found_where_it_stands():
    for seed in range(10):
        for one in documents.restated(CORPUS, Random(seed), 5):
            if one.label != NEITHER:
                assert one.gold == frozenset({1})
                assert one.sentences == CORPUS[1].sentences
            else:
                assert one.sentences == (FED,)
