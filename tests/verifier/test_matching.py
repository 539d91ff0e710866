"""A wrong link gives a claim somebody else's verdict: here is what must never be linked."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.importers import read
from verifier.matching import MIN_SCORE, best_match, conflicts, is_same_claim, similarity
from verifier.protocol import bundled

SEED = Path(__file__).parents[2] / "../shared/seed/report.txt"

FULL = (
    "CPC (Contrastive Predictive Coding) shows the strongest and most transferable "
    "representations across all clinical tasks."
)
LAGS = "data2vec consistently lags behind all other methodologies at 240 Hz on PTB-XL."
NOT_THE_SAME = [
    ("a number", LAGS, LAGS.replace("240", "250")),
    ("a unit", LAGS, LAGS.replace("240 Hz", "240 ms")),
    ("a name", LAGS, LAGS.replace("data2vec", "JEPA")),
    ("a name with a plus", "HuBERT++ leads on all tasks.", "HuBERT leads on all tasks."),
    ("a data set", LAGS, LAGS.replace("PTB-XL", "Chapman")),
    ("a direction", LAGS, LAGS.replace("lags behind", "leads")),
    ("a quantifier", LAGS, LAGS.replace("all", "most")),
    ("a limit dropped", LAGS, LAGS.replace("consistently ", "")),
    ("a negation", LAGS, LAGS.replace("consistently lags", "does not consistently lag")),
    ("a negation in short", "CPC does scale with data.", "CPC doesn't scale with data."),
    ("a hedge", "CPC outperforms JEPA on labels.", "CPC may outperform JEPA on labels."),
    ("a name in lower case", "cpc lags behind jepa on ptb-xl.", "jepa lags behind cpc on ptb-xl."),
    ("CPC for JEPA", FULL, FULL.replace("CPC (Contrastive Predictive Coding)", "JEPA")),
    ("sides", "CPC outperforms JEPA.", "JEPA outperforms CPC."),
    ("a passive", "JEPA is outperformed by CPC.", "JEPA outperformed CPC."),
    ("who is small", "Small models like large data.", "Large models like small data."),
    ("which number", "It has 4 layers and 512 units.", "It has 512 layers and 4 units."),
    ("from and to", "It rises from 4 to 8 layers.", "It rises from 8 to 4 layers."),
    ("a bound", "The AUROC is over 0.9 on ECG.", "The AUROC is under 0.9 on ECG."),
    ("a sign", "The gain is 0.5 points on ECG.", "The gain is -0.5 points on ECG."),
    ("a scale", "Corpora hold 11 million ECGs.", "Corpora hold 11 billion ECGs."),
    ("an added group", "CPC scales best on ECG.", "CPC scales best on ECG of children."),
    ("a group", "CPC predicts risk in women.", "CPC predicts risk in men."),
    ("a prefix", "Supervised CPC scales best.", "Unsupervised CPC scales best."),
    ("not of what", "All models do not fail but CPC does.", "All models do fail but CPC does not."),
    ("nothing but marks", "!!!", "???"),
]


@pytest.mark.parametrize(("what", "one", "other"), NOT_THE_SAME, ids=[n for n, *_ in NOT_THE_SAME])
def test_sentences_that_differ_in_something_that_matters_are_never_one_claim(
    what: str, one: str, other: str
) -> None:
    assert one != other
    assert conflicts(one, other)
    assert not is_same_claim(one, other)
    assert not is_same_claim(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Contrastive predictive coding scales best.", "CPC scales best."),
        ("The corpus holds 11M ECGs.", "The corpus holds eleven million ECGs."),
        ("The corpus holds 11,000,000 ECGs.", "The corpus contains 11 million ECGs."),
        ("CPC outperforms JEPA across all tasks.", "Across all tasks, CPC outperforms JEPA."),
        ("The pre-trained model isn't better.", "The pretrained model is not better."),
        ("Scaling behaviour is clear for CPC.", "The scaling behavior is clear for CPC."),
        ("SSMs lag behind transformers.", "State space models lag behind Transformers."),
        ("All models run at 240 Hz.", "All models operate at 240 hertz"),
    ],
)
def test_the_same_claim_in_other_spelling_or_with_a_phrase_moved_is_recognised(
    one: str, other: str
) -> None:
    assert conflicts(one, other) == ()
    assert is_same_claim(one, other)
    assert is_same_claim(other, one)


@pytest.mark.parametrize("kept", ["across all clinical ta", "representations across al"])
def test_a_claim_cut_off_in_the_middle_of_a_word_is_recognised(kept: str) -> None:
    cut = FULL[: FULL.index(kept) + len(kept)]
    assert similarity(cut, FULL) == 100
    if kept.endswith("ta"):
        assert is_same_claim(cut, FULL)
    else:  # of "al" nobody can tell whether it was going to be "all" or "almost all"
        assert not is_same_claim(cut, FULL)


def test_what_stands_before_the_cut_still_counts() -> None:
    cut = FULL[: FULL.index("sks.")]
    assert not is_same_claim(cut.replace("strongest", "weakest"), FULL)
    assert not is_same_claim(cut, FULL.replace("strongest", "most compact"))


def test_a_list_item_without_full_stop_is_not_taken_for_a_cut_one() -> None:
    item = "CPC shows the strongest and most transferable representations across clinical task"
    assert not is_same_claim(item, item + "s in adults.")
    assert not is_same_claim("CPC scales best", "CPC scales best when labels are few.")
    assert not is_same_claim(
        "The best default backbone of all models has a dimension of 10",
        "The best default backbone of all models has a dimension of 1024.",
    )
    assert not is_same_claim(
        "The best default backbone of all models under test is the S4",
        "The best default backbone of all models under test is the S4D.",
    )


def test_a_short_beginning_is_too_little_to_tell() -> None:
    assert "too much is cut off to tell" in conflicts("CPC shows the stro", FULL)


def test_reasons_name_what_differs() -> None:
    assert conflicts(LAGS, LAGS.replace("lags behind", "leads")) == (
        "opposite words: 'lags' and 'leads'",
    )
    assert conflicts(LAGS, LAGS.replace("240", "100")) == (
        "different numbers: '240hz' and '100hz'",
    )
    assert conflicts(LAGS, LAGS.replace("all", "most")) == (
        "different quantifiers: 'all' and 'most'",
    )


def test_likeness_does_not_depend_on_which_comes_first() -> None:
    assert similarity(FULL[:90], FULL) == similarity(FULL, FULL[:90])


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_can_be_compared_and_the_answer_is_the_same_both_ways(a: str, b: str) -> None:
    assert 0 <= similarity(a, b) <= 100
    assert is_same_claim(a, b) == is_same_claim(b, a)
    assert conflicts(a, a) == ()


def test_without_candidates_there_is_no_match() -> None:
    assert best_match(FULL, {}) is None


def test_the_best_match_that_is_another_claim_is_shown_but_is_no_link() -> None:
    found = best_match(LAGS.replace("lags behind", "leads"), {"full": FULL, "lags": LAGS})
    assert found is not None
    assert (found.id, found.is_same) == ("lags", False)
    assert found.score > 90
    assert found.conflicts


def test_the_same_claim_goes_before_a_likelier_looking_one() -> None:
    moved = "At 240 Hz on PTB-XL, data2vec consistently lags behind all other methodologies."
    near = {"250": LAGS.replace("240", "250"), "moved": moved}
    found = best_match(LAGS, near)
    assert found is not None
    assert (found.id, found.is_same, found.conflicts) == ("moved", True, ())


def test_a_cut_claim_that_fits_two_candidates_is_linked_to_neither() -> None:
    cut = FULL[: FULL.index("sks.")]
    found = best_match(cut, {"all": FULL, "adults": FULL.replace("tasks", "tasks in adults")})
    assert found is not None
    assert not found.is_same
    assert "as well as" in found.conflicts[0]


def test_each_bundled_claim_is_the_same_as_itself_and_as_no_other() -> None:
    for id, claim in bundled().items():
        same = [
            n
            for n, c in bundled().items()
            if is_same_claim(claim.claim.statement, c.claim.statement)
        ]
        assert same == [id]


def test_a_bundled_claim_cut_anywhere_is_never_linked_to_another() -> None:
    statements = {id: claim.claim.statement for id, claim in bundled().items()}
    for id, statement in statements.items():
        for n in range(len(statement) // 2, len(statement)):
            found = best_match(statement[:n], statements)
            assert found is not None
            assert found.id == id or not found.is_same


@pytest.mark.skipif(not SEED.exists(), reason="the seed report is not beside this checkout")
def test_each_claim_of_the_seed_report_is_linked_to_its_bundled_claim_and_to_no_other() -> None:
    statements = {id: claim.claim.statement for id, claim in bundled().items()}
    right, wrong = [], []
    for claim in read(SEED.read_bytes(), name=SEED.name).claims:
        own = f"C{claim.position:02d}"
        found = best_match(claim.statement, statements)
        assert found is not None
        assert (found.id, found.conflicts, found.is_same) == (own, (), True)
        right.append(found.score)
        others = [text for id, text in statements.items() if id != own]
        wrong += [similarity(claim.statement, text) for text in others]
        assert not any(is_same_claim(claim.statement, text) for text in others)
    assert len(right) == 16
    assert max(wrong) < MIN_SCORE - 10 < MIN_SCORE < min(right)


def test_a_thousand_claims_are_matched_against_a_thousand_in_seconds() -> None:
    words = (FULL + " " + LAGS).rstrip(".").split()
    candidates = {str(n): f"{' '.join(words[n % 7 : n % 7 + 12])} number {n}." for n in range(1000)}
    begun = time.process_time()
    found = [best_match(statement, candidates) for statement in list(candidates.values())[::5]]
    assert time.process_time() - begun < 10  # a fifth of them; about a second
    assert [match.id for match in found if match and match.is_same] == list(candidates)[::5]
