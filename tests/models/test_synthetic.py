import numpy as np
import pytest

from models.data import DataError, synthetic
from models.data._heart import lead_matrix
from models.data._records import nested_order

SMALL = {"n_train": 40, "n_validation": 16, "n_test": 16}


@pytest.fixture(scope="module")
def records(cache):
    return synthetic.load(None, SMALL, sampling_hz=100, cache=cache)


def test_a_record_is_the_same_in_whatever_batch_it_is_made():
    batch = [("train", number) for number in range(20)]
    together = synthetic.generate(batch, seed=3, sampling_hz=100)
    alone = synthetic.generate(batch[7:8], seed=3, sampling_hz=100)
    assert (together.signals_uv[7] == alone.signals_uv[0]).all()
    assert together.reports[7] == alone.reports[0]


def test_another_seed_or_split_is_another_record():
    made = [
        synthetic.generate([(split, 0)], seed=seed, sampling_hz=100).signals_uv
        for split, seed in (("train", 0), ("train", 1), ("test", 0))
    ]
    assert not (made[0] == made[1]).all()
    assert not (made[0] == made[2]).all()


def test_a_larger_data_set_begins_with_the_smaller_one(records, cache):
    larger = synthetic.load(None, {**SMALL, "n_train": 60}, sampling_hz=100, cache=cache)
    assert larger.record_ids[:40] == records.record_ids[:40]
    assert (larger.signals_uv[:40] == records.signals_uv[:40]).all()
    assert (larger.targets[:40] == records.targets[:40]).all()


def test_no_patient_is_in_two_splits_and_some_have_several_records(records):
    homes = {}
    for patient, split in zip(records.patient_ids, records.splits, strict=True):
        homes.setdefault(patient, set()).add(split)
    assert all(len(splits) == 1 for splits in homes.values())
    assert len(homes) < len(records.patient_ids)


def test_records_of_one_patient_share_findings_but_not_the_signal(records):
    rows = [
        row for row, one in enumerate(records.patient_ids) if one.endswith("train-patient-000004")
    ]
    assert len(rows) == 3
    assert (records.targets[rows] == records.targets[rows[0]]).all()
    assert not (records.signals_uv[rows[0]] == records.signals_uv[rows[1]]).all()


def test_normal_excludes_every_finding_and_every_record_has_a_label():
    made = synthetic.generate([("train", number) for number in range(600)], seed=0, sampling_hz=100)
    normal, findings = made.targets[:, 0], made.targets[:, 1:]
    assert (normal == (findings.sum(axis=1) == 0)).all()
    shares = made.targets.mean(axis=0)
    assert ((shares > 0.08) & (shares < 0.6)).all()
    assert (findings.sum(axis=1) > 1).any()


def test_limb_leads_obey_einthoven_in_the_lead_matrix():
    one, two, three, avr, avl, avf = lead_matrix()[:6]
    np.testing.assert_allclose(one + three, two, atol=1e-6)
    np.testing.assert_allclose(avr + avl + avf, 0, atol=1e-6)


def test_amplitudes_are_those_of_a_body_surface():
    made = synthetic.generate([("train", number) for number in range(64)], seed=0, sampling_hz=100)
    peak_mv = np.abs(made.signals_uv).max(axis=(1, 2)) / 1000
    assert 0.5 < np.median(peak_mv) < 4
    assert peak_mv.max() < 15


def test_the_heart_beats_at_the_rate_the_report_states():
    batch = [("train", number) for number in range(200)]
    made = synthetic.generate(batch, seed=0, sampling_hz=100)
    checked = 0
    for signal, report in zip(made.signals_uv, made.reports, strict=True):
        if "/min" not in report:
            continue
        stated = float(report.split("/min")[0].split()[-1])
        # Autocorrelation of the slope over all leads, between 40 and 160 per minute.
        slope = np.diff(signal.astype(float), axis=1)
        spectrum = np.abs(np.fft.rfft(slope, n=2048, axis=1)) ** 2
        autocorrelation = np.fft.irfft(spectrum.sum(axis=0))
        lags = np.arange(37, 150)
        found = 6000 / lags[autocorrelation[lags].argmax()]
        checked += abs(found - stated) / stated < 0.12
    assert checked > 0.75 * sum("/min" in report for report in made.reports)


def test_a_report_names_only_findings_that_are_there():
    words = {"MI": "infarct", "CD": "block", "HYP": "hypertrophy"}
    made = synthetic.generate([("test", number) for number in range(300)], seed=0, sampling_hz=100)
    for targets, report in zip(made.targets, made.reports, strict=True):
        sentences = [s for s in report.lower().split(". ") if not s.startswith("no ")]
        for label, word in words.items():
            if any(word in sentence for sentence in sentences):
                assert targets[synthetic.LABELS.index(label)], report


def test_the_digest_follows_what_decides_the_records_and_nothing_else():
    assert synthetic.digest(None, {}) == synthetic.digest(None, {"n_train": 2048})
    assert synthetic.digest(None, {}) == synthetic.digest(None, {"subset_seed": 4})
    assert synthetic.digest(None, {}) != synthetic.digest(None, {"seed": 1})


@pytest.mark.parametrize(
    ("options", "message"),
    [({"n_trian": 4}, "n_trian.*n_train"), ({"n_test": 0}, "n_test"), ({"seed": "a"}, "seed")],
)
def test_wrong_options_are_named(options, message):
    with pytest.raises(DataError, match=message):
        synthetic.digest(None, options)


def test_smaller_subsets_lie_in_larger_ones():
    order = nested_order(500, subset_seed=0)
    assert set(order[:50]) < set(order[:200])
    assert sorted(order) == list(range(500))
    assert (order != nested_order(500, subset_seed=1)).any()
