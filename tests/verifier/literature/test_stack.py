import numpy as np
import pytest

from verifier.literature.stack import (
    DECISIVE,
    FARTHEST,
    FINDINGS,
    RULED,
    Weighed,
    bundled,
    regression_of,
    shown,
)
from verifier.verdict import Finding


def weighed(statement: str, *texts: str, score: float = 3.0) -> Weighed:
    return Weighed(
        statement=statement,
        texts=texts,
        scores=[score - i for i in range(len(texts))],
        cosines=[0.8 - 0.2 * i for i in range(len(texts))],
        title_share=0.5,
    )


CLAIM = "Aspirin reduces the risk of heart attack."


def test_probabilities_are_of_three_findings_and_sum_to_one():
    found = bundled().probabilities(weighed(CLAIM, "Aspirin reduced the risk of heart attack."))
    assert found.sum() == pytest.approx(1)
    assert (found > 0).all()
    assert len(found) == len(FINDINGS)


def test_the_same_direction_leans_to_support_and_the_opposite_away_from_it():
    same = bundled().probabilities(weighed(CLAIM, "Aspirin reduced the risk of heart attack."))
    other = bundled().probabilities(weighed(CLAIM, "Aspirin increased the risk of heart attack."))
    assert same[0] > same[1]
    assert other[1] - other[0] > same[1] - same[0] + 0.2


def test_what_the_selector_finds_silent_leaves_the_claim_open():
    silent = weighed(CLAIM, "The weather was mild.", score=-6.0)
    assert bundled().probabilities(silent).argmax() == 2


@pytest.mark.parametrize("high", [DECISIVE, 0.99])
def test_only_what_is_probable_enough_is_decided(high):
    rest = (1 - high) / 2
    assert shown(np.array([high, rest, rest])) == (Finding.SUPPORTED, high)
    assert shown(np.array([rest, high, rest])) == (Finding.CONTRADICTED, high)
    low = DECISIVE - 0.01
    assert shown(np.array([low, 0.0, 1 - low]))[0] is Finding.INCONCLUSIVE


def test_what_a_plain_rule_decides_is_decided():
    ruled = weighed("CG-DMER outperforms MERL.", "MERL outperforms CG-DMER.", score=-2.0)
    found = bundled().probabilities(ruled)
    assert found[1] >= RULED
    assert found.sum() == pytest.approx(1)


def test_something_rare_cannot_outweigh_everything_else():
    written = {"mean": [0.0], "scale": [0.01], "weights": [[1.0, 0.0, 0.0]], "start": [0.0] * 3}
    far = regression_of({**written, "temperature": 1.0}).logits(np.array([1.0]))
    assert far[0] == FARTHEST
