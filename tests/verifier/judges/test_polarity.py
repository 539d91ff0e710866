import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.judges._polarity import NAMES, cues, signs


def sign(name: str, statement: str, passage: str) -> float:
    return dict(zip(NAMES, signs(statement, passage), strict=True))[name]


@pytest.mark.parametrize(
    ("statement", "passage", "expected"),
    [
        ("Aspirin reduces heart attacks.", "Heart attacks were lower with aspirin.", 1),
        ("Aspirin reduces heart attacks.", "Aspirin increased heart attacks.", -1),
        ("Aspirin reduces heart attacks.", "Aspirin did not reduce heart attacks.", -1),
        ("Aspirin does not reduce heart attacks.", "Aspirin increased heart attacks.", 1),
        ("Aspirin reduces heart attacks.", "Whales travel faster in autumn.", 0),
    ],
)
def test_directions_of_the_same_thing_agree_or_not(statement, passage, expected):
    found = sign("aligned", statement, passage)
    assert (found > 0) - (found < 0) == expected


def test_each_cue_is_compared_with_the_one_about_the_same_words():
    passage = "Sugar increased weight, whereas exercise in patients lowered blood pressure."
    assert sign("aligned", "Exercise in patients lowers blood pressure.", passage) > 0
    assert sign("aligned", "Exercise in patients raises blood pressure.", passage) < 0


def test_a_null_finding_speaks_against_an_effect_and_for_none():
    null = "There was no significant association of tea with cancer."
    assert sign("null", "Tea causes cancer.", null) == -1
    assert sign("null for null", "Tea is not associated with cancer.", null) == 1


def test_a_number_the_passage_does_not_give_speaks_against():
    assert sign("numbers missing", "It covers five tasks.", "It covers six tasks.") == -1
    assert sign("numbers", "It covers five tasks.", "It covers 5 tasks.") == 1


def test_a_denied_cue_counts_the_other_way():
    assert [cue.sign for cue in cues("It improves speed.")] == [1]
    assert [cue.sign for cue in cues("It never improves speed.")] == [-1]


@given(st.text(max_size=80), st.text(max_size=80))
def test_every_sign_is_within_bounds(statement, passage):
    found = signs(statement, passage)
    assert len(found) == len(NAMES)
    assert all(-1 <= value <= 1 for value in found)
