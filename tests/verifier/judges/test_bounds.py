"""Claims with a bound ("above 0.9") beside a sentence with a number: bounds.tsv, one pair a line.

The first column says in which of two sets a pair was written (docs/literature.md, "Bounds"), the
letters which findings are no mistake; the first is what it should be. Pairs that are "I" mislead:
another metric, data set, subject, unit, interval, rounding, condition, or no plain assertion.
"""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from verifier.judges._amounts import Amount, amount_at
from verifier.judges._frames import frames
from verifier.judges._words import tokens
from verifier.judges.rules import judge
from verifier.verdict import Finding

LETTERS = {Finding.SUPPORTED: "S", Finding.CONTRADICTED: "C", Finding.INCONCLUSIVE: "I"}
LINES = Path(__file__).with_name("bounds.tsv").read_text("utf-8").splitlines()
PAIRS = [tuple(line.split("\t")[1:]) for line in LINES]
CLAIM = "CPC reaches an AUROC above 0.9 on PTB-XL."


def said(claim: str, sentence: str) -> str:
    return LETTERS[judge(claim, sentence).finding]


def test_no_number_is_held_against_a_bound_that_is_not_its_own():
    misleading = [pair for pair in PAIRS if "I" in pair[0]]
    assert len(misleading) >= 175
    wrong = [pair for pair in misleading if said(*pair[1:]) not in pair[0]]
    assert wrong == []


def test_of_numbers_that_settle_a_bound_half_are_decided_and_all_of_them_rightly():
    plain = [pair for pair in PAIRS if pair[0] in ("S", "C")]
    decided = [(letter, said(*pair)) for letter, *pair in plain if said(*pair) != "I"]
    assert [one for one in decided if one[0] != one[1]] == []
    assert len(decided) >= 0.55 * len(plain)


@example(bound=90, number=90)
@given(bound=st.integers(50, 99), number=st.integers(50, 99))
def test_a_number_supports_only_a_bound_that_it_keeps_and_denies_only_one_that_it_breaks(
    bound, number
):
    claim = f"CPC reaches an AUROC above {bound / 100} on PTB-XL."
    sentence = f"CPC reached an AUROC of {number / 100:.2f} on PTB-XL."
    assert said(claim, sentence) == ("S" if number > bound else "C" if number < bound else "I")


@pytest.mark.parametrize(
    "between",
    "small|women|not|almost|after|allegedly|another|best|without|if|versus|would|half|only|non|JEPA"
    "|training|first|average|and|but|may|later|up to|half of|in men,|(0.5)".split("|"),
)
def test_a_word_more_anywhere_leaves_the_claim_open(between):
    words = "CPC reached an AUROC of 0.93 on PTB-XL".split()
    longer = [[*words[:i], between, *words[i:]] for i in range(len(words) + 1)]
    assert {said(CLAIM, " ".join(one) + ".") for one in longer} == {"I"}


@pytest.mark.parametrize(
    ("text", "low", "high", "unit"),
    [
        ("an AUROC of 0.93", 0.925, 0.935, ""),
        ("an AUROC of 93.1 %", 93.05, 93.15, "%"),
        ("0.93 (95 % CI 0.88–0.97)", 0.88, 0.97, ""),
        ("0.93 [0.88, 0.97]", 0.88, 0.97, ""),
        ("93.1 (88.0 to 97.0) %", 88, 97, "%"),
        ("0.93 ± 0.01", 0.905, 0.955, ""),
        ("0.91–0.94", 0.91, 0.94, ""),
        ("12,345 patients", 12_345, 12_345, ""),
        ("12,000 patients", 11_500, 12_500, ""),
        ("2.3 million ECGs", 2_250_000, 2_350_000, ""),
        ("about 200 patients", 180, 220, ""),
        ("three data sets", 3, 3, ""),
        ("3.1 percentage points", 3.05, 3.15, "point"),
        ("42 ms", 0.0415, 0.0425, "s"),
        ("6 hours", 19_800, 23_400, "s"),
    ],
)
def test_a_number_lies_as_far_off_as_its_rounding_and_its_interval_let_it(text, low, high, unit):
    (one,) = amounts(text)[:1]
    assert (one.low, one.high) == (pytest.approx(low), pytest.approx(high))
    assert one.unit == unit


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("more than 5 tasks", "over"),
        ("> 5 tasks", "over"),
        ("no more than 5 tasks", "most"),
        ("not fewer than 5 tasks", "least"),
        ("5 tasks or more", ""),  # the noun stands between: not read
        ("0.9 or higher", "least"),
        ("between 5 and 7 tasks", "between"),
        ("nearly 5 tasks", "about"),
    ],
)
def test_a_bound_is_read_before_and_behind_its_number(text, bound):
    assert amounts(text)[0].bound == bound


@pytest.mark.parametrize(
    "text",
    [
        "up to 5 tasks",
        "as many as 5 tasks",
        "21 799 records",
        "0,93",
        "5/7",
        "5 (of those)",
        "3 times",
    ],
)
def test_a_number_that_is_no_single_value_is_not_read(text):
    assert amounts(text) == []


def amounts(text: str) -> list[Amount]:
    found = tokens(text)
    read = (amount_at(found, i) for i in range(len(found)))
    return [one for one in read if one is not None]


def test_a_sentence_is_known_again_whatever_the_order_of_its_parts():
    (one,) = frames("On the PTB-XL data set, CPC achieved an AUROC of 0.93.")
    (other,) = frames(CLAIM)
    assert one.parts == other.parts


@pytest.mark.parametrize(
    "sentence",
    [
        "CPC may reach an AUROC of 0.93 on PTB-XL.",
        "CPC never reached an AUROC of 0.93 on PTB-XL.",
        "CPC reached an AUROC of 0.93 on PTB-XL and failed.",
        "CPC reached an AUROC of 0.93 on PTB-XL; it was leakage.",
        "Our CPC reached an AUROC of 0.93 on PTB-XL.",
        "CPC reached an AUROC of 0.93 on PTB-XL [7].",
        "CPC’s authors reached an AUROC of 0.93 on PTB-XL.",
    ],
)
def test_a_word_or_mark_that_is_not_plain_leaves_no_frame(sentence):
    assert frames(sentence) == ()


@pytest.mark.parametrize(
    ("claim", "sentence", "letter"),
    [
        # whose it is must be seen, and for a denial where it was measured
        ("The network reaches an AUROC above 0.9 on PTB-XL.",
         "The network reaches an AUROC of 0.93 on PTB-XL.", "I"),
        ("CPC models reach an AUROC above 0.9 on PTB-XL.",
         "CPC models reach an AUROC of 0.93 on PTB-XL.", "I"),
        ("The model exceeds JEPA by more than 2 points on PTB-XL.",
         "The model exceeds JEPA by 0.8 points on PTB-XL.", "I"),
        ("The CPC model reaches an AUROC above 0.9 on PTB-XL.",
         "The CPC model reaches an AUROC of 0.93 on PTB-XL (Table 2).", "S"),
        ("CPC reaches an AUROC above 0.9.", "CPC reaches an AUROC of 0.93.", "S"),
        ("CPC reaches an AUROC above 0.9.", "CPC reaches an AUROC of 0.87.", "I"),
        ("S4 has more than 9 million parameters.", "S4 has 8.3M parameters.", "C"),
        # what belongs to a study, its caller must have found
        ("The study enrolled over 400 patients.", "We enrolled 437 patients.", "S"),
        ("The study enrolled over 500 patients.", "We enrolled 437 patients.", "I"),
        # a collection grows
        ("MIMIC-IV contains more than 900 records.", "MIMIC-IV contained 800 records.", "I"),
        ("MIMIC-IV contained more than 900 records.", "MIMIC-IV contained 800 records.", "C"),
        # a condition is no result
        ("CPC learns with fewer than 10 labels.", "CPC learns with 5 labels.", "S"),
        ("CPC learns with fewer than 10 labels.", "CPC learns with 50 labels.", "I"),
        ("CPC learns with more than 10 labels.", "CPC learns with 50 labels.", "I"),
        ("CPC with fewer than 10 layers learns.", "CPC with 5 layers learns.", "I"),
        ("CPC reaches an AUROC of 0.9 averaged over more than 5 seeds.",
         "CPC reaches an AUROC of 0.9 averaged over 3 seeds.", "I"),
        # whose condition it is, its place tells
        ("With 1 % of the labels, CPC exceeds JEPA by more than 2 points.",
         "CPC exceeds JEPA by 3 points with 1 % of the labels.", "S"),
        ("With 1 % of the labels, CPC exceeds JEPA by more than 2 points.",
         "CPC exceeds JEPA with 1 % of the labels by 3 points.", "I"),
        # scales
        (CLAIM, "CPC reached an AUROC of 93 % on PTB-XL.", "S"),
        (CLAIM, "CPC reached an AUROC of 93 on PTB-XL.", "I"),
        (CLAIM, "CPC reached an AUROC of 0.93 % on PTB-XL.", "I"),
        ("S4 is more than twice as fast as Net1D.", "S4 is 2.1 times faster than Net1D.", "S"),
        ("S4 is more than 2 times faster than Net1D.", "S4 is 2.1 times as fast as Net1D.", "I"),
        ("S4 is more than 2 times faster than Net1D.", "S4 is 3.4 times as fast as Net1D.", "S"),
    ],
)  # fmt: skip
def test_only_what_is_plainly_the_same_is_decided(claim, sentence, letter):
    assert said(claim, sentence) == letter
