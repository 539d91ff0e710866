"""Probes that learn: attention pooling on a frozen encoder, and fine-tuning; and their scores."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models.adamw import AdamW
from models.build import build_encoder
from models.data import synthetic
from models.embedding import Examined
from models.probes import PROBES, _fitting, finetune, frozen
from models.probes._auprc import auprc
from models.probes._fitting import Budget
from models.randomness import seeded
from models.recipe import RecipeError

QUICK = {"n_epochs": 2, "batch_size": 16, "n_looks": 3, "learning_rate": 1e-2}
FITTED = ("frozen", "finetune")


@pytest.fixture(scope="module")
def records(cache):
    options = {"n_train": 64, "n_validation": 32, "n_test": 32}
    return synthetic.load(None, options, sampling_hz=100, cache=cache)


@pytest.fixture
def examined(tiny, records):
    return Examined(build_encoder(tiny, seeded(0)), records, tiny, device=torch.device("cpu"))


def by_thresholds(targets, scores):
    """Average precision from its definition: at every score, who lies at or above it."""
    area, before = 0.0, 0.0
    for threshold in sorted(set(scores), reverse=True):
        chosen = [target for target, one in zip(targets, scores, strict=True) if one >= threshold]
        recall = sum(chosen) / sum(targets)
        area += (recall - before) * sum(chosen) / len(chosen)
        before = recall
    return area


@given(st.lists(st.tuples(st.booleans(), st.integers(-3, 3)), min_size=2, max_size=60))
def test_auprc_is_precision_weighted_by_the_recall_each_threshold_adds(pairs):
    targets, scores = (np.array(each) for each in zip(*pairs, strict=True))
    found = auprc(targets, scores)
    if targets.all() or not targets.any():
        assert found is None
    else:
        assert found == pytest.approx(by_thresholds(targets, scores), abs=1e-12)


def test_auprc_agrees_with_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    generator = np.random.default_rng(0)
    targets, scores = generator.random(400) < 0.2, generator.normal(size=400).round(1)
    expected = metrics.average_precision_score(targets, scores)
    assert auprc(targets, scores) == pytest.approx(expected, abs=1e-12)


def test_auprc_refuses_scores_that_are_no_numbers():
    with pytest.raises(ValueError, match="finite"):
        auprc(np.array([0, 1]), np.array([0.0, np.nan]))


def test_pooling_agrees_with_attention_written_out():
    generator = seeded(0)
    pooling = frozen.AttentionPooling(8, 3, n_heads=2).eval()
    with torch.no_grad():
        pooling.query.copy_(torch.randn(2, 4, generator=generator))
        pooling.standardise.running_var.fill_(4.0)
    tokens = torch.randn(2, 5, 8, generator=generator)
    for window in range(2):
        pooled = []
        for head in range(2):
            part = slice(4 * head, 4 * head + 4)
            keys = [pooling.key(token)[part] for token in tokens[window] / 2]
            values = [pooling.value(token)[part] for token in tokens[window] / 2]
            weights = [torch.exp(pooling.query[head] @ key / 2) for key in keys]
            mixed = sum(w * value for w, value in zip(weights, values, strict=True))
            pooled.append(mixed / sum(weights))
        expected = pooling.classify(pooling.out(torch.cat(pooled)))
        torch.testing.assert_close(pooling(tokens)[window], expected)


@pytest.mark.parametrize("name", FITTED)
def test_the_encoder_examined_stays_as_it_is(name, examined):
    before = copy.deepcopy(examined.encoder.state_dict())
    PROBES.load(name).evaluate(examined, **QUICK)
    after = examined.encoder.state_dict()
    assert all(torch.equal(before[key], after[key]) for key in before)
    assert all(each.grad is None for each in examined.encoder.parameters())


@pytest.mark.parametrize("name", FITTED)
def test_the_seed_alone_decides_a_fitted_probe(name, examined):
    first = PROBES.load(name).evaluate(examined, **QUICK)
    torch.randn(7)  # the process-wide generator has moved on
    again = PROBES.load(name).evaluate(examined, **QUICK)
    assert (first.scores == again.scores).all()
    assert first.measurements == again.measurements
    examined.recipe = examined.recipe.with_changes({"seed": 1})
    assert not (PROBES.load(name).evaluate(examined, **QUICK).scores == first.scores).all()


@pytest.mark.parametrize("name", FITTED)
def test_when_to_stop_is_chosen_without_the_test_fold(name, examined, records):
    first = PROBES.load(name).evaluate(examined, **QUICK)
    targets = records.targets.copy()
    test = records.indices("test")
    targets[test] = targets[test][::-1]
    examined.records = replace(records, targets=targets)
    second = PROBES.load(name).evaluate(examined, **QUICK)
    assert second.details == first.details
    assert (second.scores == first.scores).all()
    tried = first.details["validation_macro_auroc"]
    assert list(tried) == ["3", "6", "8"]
    assert tried[str(first.details["n_updates"])] == max(tried.values())
    found = {(each.name, each.split): each.value for each in first.measurements}
    assert found["macro_auroc", "validation"] == pytest.approx(max(tried.values()))


def test_a_records_score_is_the_mean_log_odds_of_its_windows(examined, records, monkeypatch):
    """By hand, with the state the probe kept."""
    kept = []
    load = finetune.Classifier.load_state_dict

    def noting(self, state):
        kept.append(self)
        return load(self, state)

    monkeypatch.setattr(finetune.Classifier, "load_state_dict", noting)
    found = finetune.evaluate(examined, **QUICK)
    row = records.indices("test")[2]
    windows = torch.from_numpy(records.signals_uv[row].astype(np.float32) / 1000)
    with torch.no_grad():
        expected = kept[0](windows.reshape(12, 4, 250).transpose(0, 1)).mean(dim=0)
    torch.testing.assert_close(torch.from_numpy(found.scores[2]), expected, atol=1e-5, rtol=1e-4)


def test_each_part_learns_at_its_own_rate(examined, monkeypatch):
    seen = []

    def noting(groups, **options):
        seen.extend((len(group.parameters), group.learning_rate) for group in groups)
        return AdamW(groups, **options)

    monkeypatch.setattr(_fitting, "AdamW", noting)
    finetune.evaluate(examined, **{**QUICK, "learning_rate": 0.5})
    encoder = examined.encoder
    sizes = [2, len(list(encoder.backbone.parameters())), len(list(encoder.stem.parameters()))]
    assert [size for size, _ in seen] == sizes
    assert [rate for _, rate in seen] == pytest.approx([0.5, 0.05, 0.005])


@pytest.mark.parametrize(("name", "least"), [("frozen", 0.7), ("finetune", 0.9)])
def test_labels_can_be_learned_by_heart(name, least, tiny, cache):
    """The validation fold is the training fold again; a frozen random encoder sees less of it."""
    records = synthetic.load(
        None, {"n_train": 24, "n_validation": 8, "n_test": 8}, sampling_hz=100, cache=cache
    )
    splits = tuple("train" if each == "train" else "test" for each in records.splits)
    rows = np.flatnonzero([each == "train" for each in splits])
    both = replace(
        records,
        signals_uv=np.concatenate([records.signals_uv, records.signals_uv[rows]]),
        targets=np.concatenate([records.targets, records.targets[rows]]),
        patient_ids=(*records.patient_ids, *(records.patient_ids[row] for row in rows)),
        splits=splits + ("validation",) * len(rows),
    )
    examined = Examined(build_encoder(tiny, seeded(0)), both, tiny, device=torch.device("cpu"))
    found = PROBES.load(name).evaluate(
        examined, n_epochs=60, batch_size=24, n_looks=2, learning_rate=3e-2
    )
    values = {(each.name, each.split): each.value for each in found.measurements}
    assert values["macro_auroc", "validation"] > least


def test_looks_are_evenly_spread_and_no_more_than_updates():
    budget = Budget(n_epochs=1, batch_size=64, weight_decay=0.0, n_looks=10)
    assert budget.looks(100) == [1, 2]
    assert Budget(n_epochs=10, batch_size=64, weight_decay=0.0, n_looks=4).looks(128) == [
        5,
        10,
        15,
        20,
    ]


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("frozen", {"n_epochs": 0}, "frozen.n_epochs must be at least 1, found 0"),
        ("finetune", {"n_looks": 0}, "finetune.n_looks must be at least 1, found 0"),
        ("finetune", {"stem_share": -0.1}, "stem_share must be at least 0, found -0.1"),
        ("frozen", {"n_records": 65}, "frozen.n_records must be from 1 to the 64"),
    ],
)
def test_options_that_cannot_be_are_refused(name, options, message, examined):
    with pytest.raises(RecipeError, match=message):
        PROBES.load(name).evaluate(examined, **options)
