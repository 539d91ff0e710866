"""Which claims a judge reads in which epoch."""

from collections import Counter

import pytest

from models.text import lessons, pairs
from models.text.pairs import N_FOLDS, Example
from models.text.scifact import NEITHER, Abstract, CitingClaim

PLAN = lessons.Plan(
    n_fever=2, n_mismatched=0, n_worded=4, n_restated=0, n_replayed=0, n_reworded=0, n_again=0
)
FEVER = [Example(f"Claim {i}.", f"Passage {i}.", NEITHER) for i in range(2)]


def labelled(first: int, **others) -> lessons.Labelled:
    """Seven claims, of which nothing is said in the abstract each cites."""
    numbers = [first + i for i in range(7)]
    claims = [
        CitingClaim(id=i, text=f"Claim {i}.", cited=(i,), labels={}, rationales={}) for i in numbers
    ]
    corpus = {i: Abstract(id=i, title="", sentences=("One.", "Two.")) for i in numbers}
    return lessons.Labelled(claims=claims, corpus=corpus, near={}, **others)


def read(taught) -> Counter:
    """How often each claim is read in each epoch."""
    return Counter((each.stage, each.read.claim) for each in taught if each.fold >= 0)


@pytest.mark.parametrize("n_epochs", [1, 2, 3])
def test_claims_in_turn_are_read_in_one_epoch_and_the_others_in_each(n_epochs):
    real, invented = labelled(100), labelled(-7, in_turn=True)
    plan = lessons.Plan(**{**vars(PLAN), "n_epochs": n_epochs})
    found = read(lessons.taught(real, invented, FEVER, plan))
    for claim in real.claims:
        assert len([epoch for epoch, text in found if text == claim.text]) == n_epochs
    for claim in invented.claims:
        assert len([epoch for epoch, text in found if text == claim.text]) == 1
    assert {epoch for epoch, text in found if text.startswith("Claim -")} == {
        *range(1, n_epochs + 1)
    }


def test_the_fold_of_a_claim_does_not_depend_on_the_epoch_it_is_read_in():
    invented = labelled(-7, in_turn=True)
    parts = pairs.folds(invented.claims, N_FOLDS)
    fold_of = {claim.text: fold for fold, part in enumerate(parts) for claim in part}
    taught = lessons.taught(labelled(100), invented, FEVER, PLAN)
    of_them = [each for each in taught if each.read.claim in fold_of and each.fold >= 0]
    assert {each.read.claim for each in of_them} == {*fold_of}
    assert all(each.fold == fold_of[each.read.claim] for each in of_them)


def test_the_first_stage_is_the_same_beside_other_claims():
    first = [
        [each for each in lessons.taught(labelled(100), others, FEVER, PLAN) if each.stage == 0]
        for others in (None, labelled(-7), labelled(-7, in_turn=True))
    ]
    assert first[0]
    assert first[0] == first[1] == first[2]
