"""A claim that stands in a passage letter for letter is said there, unless it is not asserted."""

import pytest

from verifier.judges._identical import is_said_whole
from verifier.judges._objections import objection
from verifier.judges.rules import judge
from verifier.verdict import Finding

# clauses of their own, and a verb that no rule knows
PLAIN = (
    "Rhythm embeddings entangle the axis of a heart, with age, and outgrow small cohorts; "
    "pacing undoes both."
)
SMALL = PLAIN[0].lower() + PLAIN[1:].rstrip(".")


@pytest.mark.parametrize(
    "passage",
    [
        PLAIN,
        SMALL,
        PLAIN.replace(" ", "  ").replace("with", "\nwith").replace("both.", "both ."),
        f"We find that {SMALL}.",
        f"Overall, our results show that {SMALL}.",
        f"{SMALL} (Table 2).",
    ],
)
def test_the_same_sentence_supports_whatever_its_verb(passage):
    assert judge(PLAIN, passage).finding is Finding.SUPPORTED
    assert objection(PLAIN, passage, Finding.SUPPORTED) == ""


AROUND = [
    "It has been claimed that {}.",
    "We ask whether {}.",
    "If {}, nothing follows.",
    "Does it follow that {}?",
    "{}?",
    "“{}.”",
    'One reviewer wrote "{}".',
    "{}, but only in mice.",
    "{} when tuned badly.",
    "{} in theory.",
    "{}, as Smith et al. say.",
    "{} [12].",
    "We find no evidence that {}.",
    "We do not find that {}.",
    "We find that it is false that {}.",
    "We hypothesise that {}.",
    "We show that, in simulation, {}.",
    "Our results suggest that {}.",
    "Their results show that {}.",
    "Earlier results show that {}.",
    "Hypothesis 1: {}.",
    "Contrary to the view that {}, it does not.",
    "Suppose {}.",
    "Unless checked, {}.",
    "Nobody doubts that {}.",
    "Perhaps {}.",
    "{} – or so it seems.",
    "{}. This is wrong.",
    "Not all {}.",
    "It is not true that {}.",
    "Until now, {}.",
    "{}…",
    "We wish that {}.",
    "The paper we refute shows that {}.",
    "{} (not shown).",
    "{} (see Smith).",
]


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("is_small", [True, False])
def test_what_is_quoted_attributed_conditional_or_doubted_is_not_said(around, is_small):
    inside = SMALL if is_small else PLAIN.rstrip(".")
    assert judge(PLAIN, around.format(inside)).finding is Finding.INCONCLUSIVE


@pytest.mark.parametrize(
    "claim",
    [
        "S4 outgrows Net1D.",
        "CPC – unlike others – is liked.",
        "Not every S4 outgrows Net1D.",
        PLAIN,
    ],
)
def test_a_dash_a_case_or_a_stop_makes_no_other_sentence_and_a_letter_does(claim):
    assert judge(claim, claim).finding is Finding.SUPPORTED
    assert judge(claim, claim.replace("–", "-").rstrip(".")).finding is Finding.SUPPORTED
    first, *rest = claim.split(" ")
    for other in (f"{first} {' '.join(rest[:-1])} mice.", f"{first}x {' '.join(rest)}"):
        assert judge(claim, other).finding is Finding.INCONCLUSIVE


@pytest.mark.parametrize(
    "claim",
    [
        "It outgrows Net1D.",
        "Our encoder outgrows Net1D.",
        "This encoder outgrows that cohort.",
        "Rhythm embeddings entangle its axis.",
        "Embeddings outgrow.",
        "Does S4 outgrow Net1D?",
        "S4 outgrows the …",
    ],
)
def test_a_claim_that_another_sentence_must_explain_is_not_said_by_its_words_alone(claim):
    assert not is_said_whole(claim, claim)


def test_a_claim_with_its_own_doubt_is_said_by_the_same_doubt_alone():
    certain, doubting = "S4 outgrows Net1D.", "S4 may outgrow Net1D."
    assert judge(doubting, doubting).finding is Finding.SUPPORTED
    assert judge(certain, doubting).finding is Finding.INCONCLUSIVE
    assert judge(doubting, certain).finding is Finding.INCONCLUSIVE


def test_other_peoples_results_are_attributed_also_where_the_words_are_the_same():
    claim = "Rhythm embeddings entangle the axis of a heart with pacing."
    assert judge(claim, claim).finding is Finding.SUPPORTED
    said = f"Their results show that {claim[0].lower()}{claim[1:]}"
    assert judge(claim, said).finding is Finding.INCONCLUSIVE
