from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.text import contrast


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Aspirin increases risk.", "Aspirin decreases risk."),
        ("Higher doses lower risk.", "Lower doses higher risk."),
        ("Aspirin was promoted.", "Aspirin was inhibited."),
        ("Birds sing.", None),
    ],
)
def test_directions_are_turned_round(text, other):
    assert contrast.opposite(text) == other


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Tea is healthy.", "Tea is not healthy."),
        ("Tea is not healthy.", "Tea is healthy."),
        ("Tea causes cancer.", "Tea does not cause cancer."),
        ("Teas cause cancer.", "Teas do not cause cancer."),
        ("Tea cannot help.", "Tea can help."),
        ("Birds sing.", None),
    ],
)
def test_a_negation_is_taken_away_or_put_in(text, other):
    assert contrast.denied(text) == other


@given(st.integers(1, 999), st.integers(0, 99))
def test_a_changed_number_is_another_number(number, seed):
    passage = f"It covers {number} tasks."
    other = contrast.recounted(passage, passage, Random(seed))
    assert other != passage
    assert contrast.NUMBER.findall(other) != [str(number)]


def test_a_number_the_passage_does_not_give_is_left_alone():
    assert contrast.recounted("It covers 5 tasks.", "It covers many tasks.", Random(0)) is None
