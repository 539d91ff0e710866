import pytest

from verifier.judges import JUDGES, Judgement
from verifier.verdict import Finding

PAIRS = [
    ("S4 outperforms CNNs.", "S4 outperforms CNNs."),
    ("S4 outperforms CNNs.", "Whales sing."),
    ("", ""),
    ("11M", "%%% ((("),
]


@pytest.mark.parametrize("name", list(JUDGES))
def test_every_judge_answers_in_the_same_form(name):
    judge = JUDGES.load(name)
    assert judge.LABEL
    assert judge.VERSION
    is_available, why_not = judge.available()
    assert bool(why_not) != is_available
    if not is_available:
        pytest.skip(why_not)
    for statement, passage in PAIRS:
        judgement = judge.judge(statement, passage)
        assert isinstance(judgement, Judgement)
        assert judgement.finding is not Finding.NOT_TESTABLE
        assert judgement.reason
        assert judgement.probability is None or 0 <= judgement.probability <= 1


@pytest.mark.parametrize("name", list(JUDGES))
def test_unrelated_text_decides_nothing(name):
    judge = JUDGES.load(name)
    if not judge.available()[0]:
        pytest.skip(judge.available()[1])
    said = judge.judge("S4 outperforms CNNs on ECG data.", "Whales sing in the ocean.")
    assert said.finding is Finding.INCONCLUSIVE
