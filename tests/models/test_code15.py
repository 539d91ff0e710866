import csv
import shutil

import h5py
import numpy as np
import pytest
from scipy.signal import resample_poly

from models.data import DataError, code15
from models.data._splits import split_of

COLUMNS = "exam_id age is_male 1dAVb RBBB LBBB SB ST AF patient_id normal_ecg trace_file".split()
EXAMS = [  # exam, patient, labels, part, seconds
    (101, 1, {"RBBB"}, 0, 10),
    (102, 2, {"SB", "AF"}, 0, 7),
    (103, 1, {"normal_ecg"}, 1, 10),
    (104, 3, set(), 1, 10),
    (105, 4, {"ST"}, 2, 10),
]


def tracing(exam, seconds=10):
    """Return (4096, 12) in millivolts, as published: the signal in the middle, zeros around."""
    made = np.zeros((4096, 12), dtype=np.float32)
    n_times = 400 * seconds
    start = (4096 - n_times) // 2
    noise = np.random.default_rng(exam).normal(scale=0.3, size=(n_times, 12))
    made[start : start + n_times] = np.where(noise == 0, 0.001, noise)
    return made


def write_part(folder, number, exams, tracings):
    with h5py.File(folder / f"exams_part{number}.hdf5", "w") as file:
        file["exam_id"] = np.array(exams, dtype=np.int64)
        file["tracings"] = np.array(tracings, dtype=np.float32)


def write_table(folder, exams=EXAMS):
    with (folder / "exams.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()
        for exam, patient, labels, part, _ in exams:
            truth = {name: str(name in labels) for name in [*COLUMNS[3:9], "normal_ecg"]}
            facts = {"exam_id": exam, "patient_id": patient, "trace_file": f"exams_part{part}.hdf5"}
            table.writerow({"age": 50, "is_male": "True", **facts, **truth})


@pytest.fixture
def folder(tmp_path):
    """Two parts of three, each ending in an empty exam 0 as the published ones do."""
    made = tmp_path / "code15"
    made.mkdir()
    write_table(made)
    for number in (0, 1):
        here = [(exam, seconds) for exam, _, _, part, seconds in EXAMS if part == number]
        tracings = [tracing(exam, seconds) for exam, seconds in here]
        empty = np.zeros((4096, 12), np.float32)
        write_part(made, number, [exam for exam, _ in here] + [0], [*tracings, empty])
    return made


def load(folder, tmp_path, **options):
    return code15.load(folder, options, sampling_hz=400, cache=tmp_path / "cache")


def left_out(records):
    return {each.record_id: each.reason for each in records.left_out}


def test_exams_come_in_microvolts_without_their_padding(folder, tmp_path):
    records = load(folder, tmp_path)
    assert records.record_ids == ("101", "103", "104")
    assert records.signals_uv.shape == (3, 12, 4000)
    expected = tracing(103)[48:4048].T * 1000
    np.testing.assert_allclose(records.signals_uv[1], expected, atol=0.51)


def test_labels_and_patients_are_the_tables(folder, tmp_path):
    records = load(folder, tmp_path)
    assert records.patient_ids == ("1", "1", "3")
    assert records.splits == (split_of("1"), split_of("1"), split_of("3"))
    assert records.label_names == ("NORM", "RBBB")
    assert records.targets.tolist() == [[0, 1], [1, 0], [0, 0]]


def test_what_is_not_used_is_named(folder, tmp_path):
    assert left_out(load(folder, tmp_path)) == {
        "102": "7 s long, shorter than 10 s",
        "105": "exams_part2.hdf5 is absent",
        "exams_part0.hdf5[2]": "exams.csv does not name exam 0, or it came before",
        "exams_part1.hdf5[2]": "exams.csv does not name exam 0, or it came before",
    }


def test_shorter_records_take_in_the_exams_of_seven_seconds(folder, tmp_path):
    records = load(folder, tmp_path, record_s=7)
    assert records.record_ids == ("101", "102", "103", "104")
    expected = tracing(102, 7)[648:3448].T * 1000
    np.testing.assert_allclose(records.signals_uv[1], expected, atol=0.51)


def test_resampling_is_scipys(folder, tmp_path):
    records = code15.load(folder, {}, sampling_hz=240, cache=tmp_path / "cache")
    signal = tracing(101)[48:4048].T * 1000
    expected = resample_poly(signal.astype(float), 3, 5, axis=1, padtype="edge")
    assert records.signals_uv.shape == (3, 12, 2400)
    assert np.abs(records.signals_uv[0] - expected).max() < 0.51


def test_a_signal_that_begins_at_zero_keeps_its_length(folder, tmp_path):
    begins_late = tracing(101)
    begins_late[48:58] = 0
    write_part(folder, 0, [101], [begins_late])
    records = load(folder, tmp_path)
    assert records.record_ids[0] == "101"
    np.testing.assert_allclose(records.signals_uv[0, :, 0], begins_late[58] * 1000, atol=0.51)


def test_damage_is_named_exam_by_exam(folder, tmp_path):
    not_finite, too_large = tracing(101), tracing(103)
    not_finite[2000, 3] = np.nan
    too_large[2000, 3] = 40
    write_part(folder, 0, [101, 102], [not_finite, np.zeros((4096, 12))])
    write_part(folder, 1, [103, 104, 104], [too_large, tracing(104), tracing(104)])
    records = load(folder, tmp_path)
    assert records.record_ids == ("104",)
    found = left_out(records)
    assert found["101"] == "damaged: some values are not finite"
    assert found["102"] == "damaged: every lead is flat at 0"
    assert found["103"] == "damaged: reaches 40 mV; at most 32.767 mV can be stored"
    assert "came before" in found["exams_part1.hdf5[2]"]


@pytest.mark.parametrize("harm", ["cut", "shape", "lacks"])
def test_a_damaged_part_costs_its_own_exams_only(folder, tmp_path, harm):
    path = folder / "exams_part0.hdf5"
    if harm == "cut":
        path.write_bytes(path.read_bytes()[:5000])
    elif harm == "shape":
        write_part(folder, 0, [101, 102], np.zeros((2, 4096, 8)))
    else:
        write_part(folder, 0, [102], [tracing(102)])
    records = load(folder, tmp_path)
    assert records.record_ids[-2:] == ("103", "104")
    found = left_out(records)
    assert found["101"] == "damaged: exams_part0.hdf5 lacks it"
    if harm != "lacks":
        assert found["exams_part0.hdf5"].startswith(
            {"cut": "damaged: unreadable", "shape": "damaged: expected exam_id"}[harm]
        )


def test_the_digest_is_of_content_and_not_of_place(folder, tmp_path):
    first = code15.digest(folder, {})
    moved = tmp_path / "elsewhere"
    shutil.copytree(folder, moved)
    assert code15.digest(moved, {}) == first
    assert code15.digest(moved, {"record_s": 7}) != first
    (moved / "exams_part1.hdf5").unlink()
    assert code15.digest(moved, {}) != first


def test_a_folder_that_is_something_else_says_what_was_expected(folder, tmp_path):
    with pytest.raises(DataError, match=r"no exams\.csv; expected .* exams_part17\.hdf5"):
        code15.digest(tmp_path, {})
    for part in folder.glob("*.hdf5"):
        part.unlink()
    with pytest.raises(DataError, match="none of its parts"):
        load(folder, tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("patient_id", "person", "has no column patient_id"),
        ("101,", "1o1,", "line 2: .*1o1"),
        ("False", "perhaps", "line 2: a label is True or False, found 'perhaps'"),
        ("102,", "101,", "line 3: exam 101 is there twice"),
    ],
)
def test_a_broken_table_is_refused_with_its_line(folder, tmp_path, old, new, message):
    path = folder / "exams.csv"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(DataError, match=message):
        load(folder, tmp_path)
