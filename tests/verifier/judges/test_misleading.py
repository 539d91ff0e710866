"""Sentences that look like a claim and say something else: misleading.tsv, one pair a line.

The letters say which findings are no mistake: S supported, C contradicted, I inconclusive. Another
condition, metric, data set, arm, bound, unit, namesake or a doubt must not be taken for the claim.
"""

from pathlib import Path

import pytest

from verifier.judges._quantities import quantities, values
from verifier.judges.rules import judge
from verifier.verdict import Finding

LETTERS = {Finding.SUPPORTED: "S", Finding.CONTRADICTED: "C", Finding.INCONCLUSIVE: "I"}
LINES = Path(__file__).with_name("misleading.tsv").read_text("utf-8").splitlines()
PAIRS = [line.split("\t") for line in LINES]


def test_no_misleading_sentence_is_taken_for_what_it_is_not():
    wrong = [
        (LETTERS[said], allowed, claim, sentence)
        for allowed, claim, sentence in PAIRS
        if LETTERS[said := judge(claim, sentence).finding] not in allowed
    ]
    assert wrong == []


def test_the_rules_still_decide_what_is_plain_among_them():
    plain = [(claim, sentence) for allowed, claim, sentence in PAIRS if "I" not in allowed]
    assert len(plain) >= 10
    assert all(judge(*pair).finding is not Finding.INCONCLUSIVE for pair in plain)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("one hundred and twenty records", 120),
        ("two hundred and fifty thousand records", 250_000),
        ("a dozen records", 12),
        ("half a million records", 500_000),
        ("200k records", 200_000),
        ("3 × 10^5 records", 300_000),
        ("3×10⁵ records", 300_000),
        ("21\u2009799 records", 21_799),
    ],
)
def test_a_number_is_read_whole_however_it_is_written(text, value):
    assert [(one.value, one.thing) for one in quantities(text)] == [(value, "record")]


@pytest.mark.parametrize(
    "text", ["21 799 records", "3 × 105 records", "10⁵ records", "0,5 records"]
)
def test_a_number_that_cannot_be_read_whole_counts_nothing(text):
    assert quantities(text) == ()


def test_numbers_that_follow_each_other_stay_apart():
    assert values("five and six data sets of one hundred records, or two") == {5, 6, 100, 2}
