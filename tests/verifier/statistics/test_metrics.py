import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import average_precision_score, roc_auc_score

from verifier.statistics.auroc import auroc
from verifier.statistics.metrics import (
    LEAST_OF_A_KIND,
    METRICS,
    Scored,
    macro_auprc,
    macro_auroc,
    patient_weights,
    placements,
)


def fold(n_records: int, n_labels: int = 3, seed: int = 0, share: float = 0.3) -> Scored:
    generator = np.random.default_rng(seed)
    targets = generator.random((n_records, n_labels)) < share
    scores = np.round(generator.normal(size=targets.shape) + targets, 1)  # with ties
    return Scored(targets=targets, scores=scores)


def weights_of(n_records: int, n_resamples: int = 300):
    ids = np.array([f"p{n // 2}" for n in range(n_records)])
    return patient_weights(ids, n_resamples, np.random.default_rng(5))


@pytest.mark.parametrize("n_records", [30, 400])
def test_the_whole_fold_has_the_scores_of_scikit_learn(n_records):
    found, weights = fold(n_records), weights_of(n_records)
    labels = range(found.targets.shape[1])
    for metric, plain in ((macro_auroc, roc_auc_score), (macro_auprc, average_precision_score)):
        expected = np.mean([plain(found.targets[:, k], found.scores[:, k]) for k in labels])
        assert metric([found], weights)[0, 0] == pytest.approx(expected, abs=1e-12)


def test_projected_resamples_are_those_of_the_exact_statistic():
    found, weights = fold(600), weights_of(600)
    assert found.targets.sum(axis=0).min() >= LEAST_OF_A_KIND
    exact = np.mean(
        [auroc(found.targets[:, k], found.scores[:, k], weights.astype(float)) for k in range(3)],
        axis=0,
    )[1:]
    projected = macro_auroc([found], weights)[0, 1:]
    assert np.std(projected) == pytest.approx(np.std(exact), rel=0.02)
    assert np.corrcoef(projected, exact)[0, 1] > 0.995


def test_runs_scored_together_get_what_each_gets_alone():
    runs, weights = [fold(90, seed=1), fold(90, seed=2, share=0.1)], weights_of(90, 20)
    for metric in (macro_auroc, macro_auprc):
        alone = np.concatenate([metric([run], weights) for run in runs])
        np.testing.assert_allclose(metric(runs, weights), alone, rtol=1e-5)


def test_with_few_of_a_kind_the_exact_statistic_is_resampled():
    found, weights = fold(60, n_labels=1), weights_of(60)
    assert found.targets.sum() < LEAST_OF_A_KIND
    exact = auroc(found.targets[:, 0], found.scores[:, 0], weights.astype(float))
    np.testing.assert_allclose(macro_auroc([found], weights)[0], exact)


def test_resampled_precision_is_that_of_the_records_drawn():
    found, weights = fold(80, n_labels=1), weights_of(80, 5)
    for row, value in zip(weights.astype(int), macro_auprc([found], weights)[0], strict=True):
        drawn = np.repeat(np.arange(80), row)
        expected = average_precision_score(found.targets[drawn, 0], found.scores[drawn, 0])
        assert value == pytest.approx(expected)


def test_placements_average_to_the_area_on_both_sides():
    found = fold(200, n_labels=1)
    is_positive, scores = found.targets[:, 0], found.scores[:, 0]
    placed = placements(is_positive, scores)
    n_pairs = is_positive.sum() * (~is_positive).sum()
    area = stats.mannwhitneyu(scores[is_positive], scores[~is_positive]).statistic / n_pairs
    assert placed[is_positive].mean() == pytest.approx(area)
    assert placed[~is_positive].mean() == pytest.approx(area)


def test_a_label_without_both_classes_is_left_out_of_the_mean():
    targets = np.array([[True, True], [False, True], [True, True]])
    scores = np.array([[0.9, 0.1], [0.2, 0.5], [0.8, 0.3]])
    whole = np.ones((1, 3), dtype=np.float32)
    assert macro_auroc([Scored(targets=targets, scores=scores)], whole)[0, 0] == 1.0


@pytest.mark.parametrize("metric", [macro_auroc, macro_auprc])
def test_with_no_label_to_measure_there_is_no_number(metric):
    found = Scored(targets=np.array([[True], [True]]), scores=np.array([[0.1], [0.2]]))
    assert np.isnan(metric([found], np.ones((1, 2), dtype=np.float32))[0, 0])


def test_retrieval_counts_the_first_correct_report():
    """By hand: ranks 1, 4, 11, 2 of four records; the second resample has the first one twice."""
    ranks = Scored(ranks=np.array([1.0, 4.0, 11.0, 2.0]))
    weights = np.array([[1, 1, 1, 1], [2, 0, 1, 1]], dtype=np.float32)
    assert METRICS["recall_at_10"].measure([ranks], weights)[0] == pytest.approx([3 / 4, 3 / 4])
    assert METRICS["recall_at_1"].measure([ranks], weights)[0] == pytest.approx([1 / 4, 2 / 4])
    by_hand = [(1 + 1 / 4 + 1 / 11 + 1 / 2) / 4, (2 + 1 / 11 + 1 / 2) / 4]
    assert METRICS["mrr"].measure([ranks], weights)[0] == pytest.approx(by_hand)


def test_a_metric_that_the_probe_keeps_nothing_for_is_refused():
    with pytest.raises(ValueError, match="no ranks"):
        METRICS["mrr"].measure([fold(10)], weights_of(10, 2))
    with pytest.raises(ValueError, match="no scores"):
        METRICS["macro_auroc"].measure([Scored(ranks=np.ones(10))], weights_of(10, 2))


def test_a_resample_takes_all_records_of_a_patient_or_none():
    patients = np.array(["a", "b", "a", "c", "a"])
    weights = patient_weights(patients, 200, np.random.default_rng(0))
    assert (weights[0] == 1).all(), "the first row is the fold itself"
    assert (weights[:, 0] == weights[:, 2]).all()
    assert (weights[:, 0] == weights[:, 4]).all()
    drawn = weights[:, 0] + weights[:, 1] + weights[:, 3]
    assert (drawn == 3).all(), "as many patients are drawn as there are"
