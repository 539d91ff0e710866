from dataclasses import replace

import numpy as np
import pytest

from verifier.encoder import Reading
from verifier.literature.stack import (
    DECISIVE,
    FARTHEST,
    FINDINGS,
    RULED,
    Hearing,
    Ranking,
    Weighed,
    bundled,
    regression_of,
    shown,
    softmax,
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


UNHEARD = Hearing(1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0)


def read(whole: list[float], *sentences: list[float]) -> Reading:
    return Reading(np.array(whole), np.array(sentences))


def test_an_unheard_judge_leaves_the_probabilities_as_they_are():
    plain = np.array([1.2, -0.4, 0.3])
    asked = replace(weighed(CLAIM, "A."), reading=read([3.0, -2, 0], [3.0, -2, 0], [0, 1, 5]))
    assert softmax(UNHEARD.logits(plain, asked)) == pytest.approx(softmax(plain))


def test_the_judge_moves_polarity_and_silence_each_by_what_it_is_trusted():
    plain, trusted = np.zeros(3), Hearing(1.0, 0.5, 0.0, 0.0, 1.0, 0.25, 0.0, 0.0)
    text = replace(weighed(CLAIM, "A."), reading=read([-1.0, 3.0, -2.0], [0.0, 0.0, 0.0]))
    # lean -4 by half, split over both sides; silence -2 - 1 = -3 by a quarter
    assert trusted.logits(plain, text) == pytest.approx([-1.0, 1.0, -0.75])


def test_a_sentence_that_tells_more_is_heard_more():
    trusted = Hearing(0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    said = read([0.0, 0, 0], [2.0, 0.0, -3.0], [0.0, 2.0, 3.0])
    for_it = trusted.logits(np.zeros(3), replace(weighed(CLAIM, "A."), reading=said))
    assert for_it[0] > 0 > for_it[1]


def test_a_document_is_as_silent_as_the_sentence_that_tells_the_most():
    trusted = Hearing(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    one, other = [2.0, -50.0, 0.0], [-50.0, -50.0, 0.0]  # log odds 2 and about -50
    found = trusted.logits(np.zeros(3), replace(weighed("A.", "A."), reading=read(one, one, other)))
    assert found == pytest.approx([0.0, 0.0, -2.0])


def test_a_hearing_of_a_judge_that_was_not_asked_is_refused():
    with pytest.raises(ValueError, match="not asked"):
        UNHEARD.logits(np.zeros(3), weighed(CLAIM, "A."))


def test_trees_and_judge_rank_sentences_together_and_an_unread_one_tells_the_least():
    ranking = Ranking(of_trees=1.0, of_judge=0.5, start=-1.0)
    said = read([0.0, 0, 0], [4.0, -50.0, 0.0], [-2.0, -50.0, 0.0])
    found = ranking.sentences(np.array([0.0, 1.0, 2.0]), [0, 2], said)
    assert found == pytest.approx([0 + 2 - 1, 1 - 1 - 1, 2 - 1 - 1])
