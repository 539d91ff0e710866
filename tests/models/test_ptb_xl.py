import csv
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.data import DataError, ptb_xl
from models.data._records import LEADS
from models.data._wfdb_record import DamagedRecordError, quiet_wfdb, read

ARCHIVE = Path(__file__).parents[3] / "shared" / "data" / "ptbxl.tar.xz"
ROWS = [  # ecg_id, patient, codes, fold, written to disk
    (1, "10.0", "{'NORM': 100.0, 'SR': 0.0}", 1, True),
    (2, "11.0", "{'IMI': 0.0, 'SR': 0.0}", 8, True),
    (3, "12.0", "{'SR': 0.0}", 3, True),
    (4, "13.0", "{'CLBBB': 80.0, 'LVH': 50.0}", 9, True),
    (5, "14.0", "{'NDT': 100.0}", 10, True),
    (6, "15.0", "{'NORM': 100.0}", 10, False),
]
CODES = [
    ("NORM", "1.0", "NORM"),
    ("IMI", "1.0", "MI"),
    ("NDT", "1.0", "STTC"),
    ("CLBBB", "1.0", "CD"),
    ("LVH", "1.0", "HYP"),
    ("SR", "", ""),
]


def signal(number: int, n_times: int = 1000) -> np.ndarray:
    """Return (T, 12) in whole microvolts, as millivolts."""
    noise = np.random.default_rng(number).normal(scale=300, size=(n_times, 12))
    return np.round(noise) / 1000


def write_record(folder: Path, number: int, *, n_times: int = 1000, leads=LEADS) -> None:
    place = folder / "records100" / "00000"
    place.mkdir(parents=True, exist_ok=True)
    write_signal(place, number, signal(number, n_times), leads)


def write_signal(place: Path, number: int, values: np.ndarray, leads=LEADS) -> None:
    with quiet_wfdb() as wfdb:
        wfdb.wrsamp(
            f"{number:05d}_lr",
            fs=100,
            units=["mV"] * 12,
            sig_name=list(leads),
            p_signal=values,
            fmt=["16"] * 12,
            adc_gain=[1000.0] * 12,
            baseline=[0] * 12,
            write_dir=str(place),
        )


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "ptb-xl"
    made.mkdir()
    with (made / "scp_statements.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["", "diagnostic", "diagnostic_class"])
        table.writerows(CODES)
    with (made / "ptbxl_database.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["ecg_id", "patient_id", "scp_codes", "strat_fold", "report", "filename_lr"])
        for number, patient, codes, fold, is_written in ROWS:
            name = f"records100/00000/{number:05d}_lr"
            table.writerow([number, patient, codes, fold, f"report {number}", name])
            if is_written:
                write_record(made, number)
    return made


def load(folder, tmp_path, **changes):
    return ptb_xl.load(folder, {}, **{"sampling_hz": 100, "cache": tmp_path / "cache", **changes})


def test_signals_labels_splits_and_reports_are_those_of_the_folder(folder, tmp_path):
    records = load(folder, tmp_path)
    assert records.record_ids == ("1", "2", "3", "4", "5")
    assert records.patient_ids == ("10", "11", "12", "13", "14")
    assert records.splits == ("train", "train", "train", "validation", "test")
    assert records.reports[1] == "report 2"
    assert records.targets.tolist() == [
        [1, 0, 0, 0, 0],
        [0, 1, 0, 0, 0],  # a code counts whatever its likelihood
        [0, 0, 0, 0, 0],
        [0, 0, 0, 1, 1],
        [0, 0, 1, 0, 0],
    ]
    expected = np.rint(signal(2).T * 1000)
    assert (records.signals_uv[1] == expected).all()


def test_another_fold_tests_and_the_one_before_validates_when_folds_rotate(folder, tmp_path):
    rotated = ptb_xl.load(folder, {"rotation": 1}, sampling_hz=100, cache=tmp_path / "cache")
    assert rotated.splits == ("train", "validation", "train", "test", "train")
    plain = load(folder, tmp_path)
    assert (rotated.record_ids, rotated.digest) == (plain.record_ids, plain.digest)
    prepared = [each for each in (tmp_path / "cache").iterdir() if each.is_dir()]
    assert len(prepared) == 1, "no signal is prepared twice"


def test_ten_rotations_test_and_validate_on_every_fold_once():
    for split, times in (("test", 1), ("validation", 1), ("train", 8)):
        for fold in range(1, 11):
            found = [ptb_xl.split_of(fold, rotation=k) for k in range(ptb_xl.N_ROTATIONS)]
            assert found.count(split) == times


@pytest.mark.parametrize("rotation", [-1, 10])
def test_a_rotation_that_does_not_exist_is_refused(folder, tmp_path, rotation):
    with pytest.raises(DataError, match=r"rotation must be from 0 to 9"):
        ptb_xl.load(folder, {"rotation": rotation}, sampling_hz=100, cache=tmp_path / "cache")


def test_an_unlabelled_record_pretrains_but_is_not_probed(folder, tmp_path):
    records = load(folder, tmp_path)
    assert 2 in records.indices("train")
    assert 2 not in records.indices("train", is_labelled=True)


def test_an_absent_record_is_left_out_and_counted(folder, tmp_path):
    left_out = load(folder, tmp_path).left_out
    assert [(each.record_id, each.reason) for each in left_out] == [("6", "files are absent")]


def test_damage_is_named_and_left_out(folder, tmp_path):
    path = folder / "records100" / "00000" / "00002_lr.dat"
    content = bytearray(path.read_bytes())
    content[4000] ^= 1  # a single bit: only the checksum can tell
    path.write_bytes(bytes(content))
    records = load(folder, tmp_path)
    assert "2" not in records.record_ids
    named = {each.record_id: each.reason for each in records.left_out}
    assert "checksum" in named["2"]
    assert records.left_out[0].record_id == "2"  # named before the merely absent


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda path: path.with_suffix(".dat").unlink(), "dat is missing"),
        (lambda path: path.with_suffix(".hea").unlink(), "hea is missing"),
        (lambda path: path.with_suffix(".hea").write_text("rubbish"), "unreadable"),
        (lambda path: path.with_suffix(".dat").write_bytes(b"\1" * 999), "999 bytes of the 24,000"),
        (lambda path: path.with_suffix(".dat").write_bytes(b"\0" * 24000), "checksum|flat"),
        (lambda path: write_record(path.parents[2], 1, n_times=700), "700 time points"),
        (
            lambda path: write_record(path.parents[2], 1, leads=("X", *LEADS[1:])),
            "lead I is missing",
        ),
    ],
)
def test_a_damaged_record_is_refused_with_what_is_wrong(folder, harm, message):
    path = folder / "records100" / "00000" / "00001_lr"
    harm(path)
    with pytest.raises(DamagedRecordError, match=message):
        read(path, source_hz=100, sampling_hz=100, record_s=10.0)


def test_leads_are_found_by_name_whatever_their_order(folder):
    turned = tuple(reversed(LEADS))
    write_record(folder, 1, leads=turned)
    path = folder / "records100" / "00000" / "00001_lr"
    found = read(path, source_hz=100, sampling_hz=100, record_s=10.0)
    assert (found == np.rint(signal(1).T[::-1] * 1000)).all()


def test_resampling_keeps_a_slow_wave(folder):
    times = np.arange(1000) / 100
    wave = np.round(np.sin(2 * np.pi * 3 * times) * 1000) / 1000
    place = folder / "records100" / "00000"
    write_signal(place, 1, np.tile(wave[:, None], 12))
    found = read(place / "00001_lr", source_hz=100, sampling_hz=240, record_s=10.0)
    assert found.shape == (12, 2400)
    expected = np.sin(2 * np.pi * 3 * np.arange(2400) / 240) * 1000
    assert np.abs(found[0] - expected)[24:-24].max() < 15


def test_the_digest_is_of_content_and_not_of_place(folder, tmp_path):
    first = ptb_xl.digest(folder, {})
    moved = tmp_path / "elsewhere"
    shutil.copytree(folder, moved)
    assert ptb_xl.digest(moved, {}) == first
    path = moved / "records100" / "00000" / "00003_lr.dat"
    path.write_bytes(path.read_bytes()[:-2] + b"\7\7")
    assert ptb_xl.digest(moved, {}) != first


def test_a_remembered_digest_is_not_believed_after_a_change(folder, tmp_path):
    cache = tmp_path / "cache"
    first = ptb_xl.digest(folder, {}, cache)
    assert ptb_xl.digest(folder, {}, cache) == first
    (folder / "records100" / "00000" / "00005_lr.dat").unlink()
    assert ptb_xl.digest(folder, {}, cache) == ptb_xl.digest(folder, {}) != first


def test_a_missing_folder_or_table_is_named(folder, tmp_path):
    with pytest.raises(DataError, match=r"nowhere.*ptbxl_database\.csv"):
        ptb_xl.digest(tmp_path / "nowhere", {})
    (folder / "scp_statements.csv").unlink()
    with pytest.raises(DataError, match=r"no scp_statements\.csv"):
        ptb_xl.digest(folder, {})


def test_tables_without_records_say_what_to_download(folder, tmp_path):
    shutil.rmtree(folder / "records100")
    with pytest.raises(DataError, match="Download records100"):
        load(folder, tmp_path)


def test_a_broken_line_of_the_table_is_named(folder, tmp_path):
    path = folder / "ptbxl_database.csv"
    path.write_text(path.read_text().replace("{'SR': 0.0}", "{'SR': "))
    with pytest.raises(DataError, match="line 4"):
        load(folder, tmp_path)


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(1, 10)), min_size=1))
def test_no_patient_is_in_two_splits_if_the_folds_keep_patients_together(pairs):
    fold_of = dict(pairs)  # PTB-XL gives each patient one fold
    homes = {}
    for patient, fold in fold_of.items():
        homes.setdefault(patient, set()).add(ptb_xl.split_of(fold))
    assert all(len(splits) == 1 for splits in homes.values())


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    if not ARCHIVE.is_file():
        pytest.skip(f"PTB-XL's excerpt is not at {ARCHIVE}")
    if shutil.which("xz") is None:
        pytest.skip("there is no xz to unpack PTB-XL's excerpt")
    folder = tmp_path_factory.mktemp("real")
    wanted = ["*/ptbxl_database.csv", "*/scp_statements.csv", "*/records100/00000/000[0-9]*"]
    subprocess.run(
        ["tar", "-xJf", str(ARCHIVE), "-C", str(folder), "--wildcards", *wanted],
        check=True,
        timeout=120,
    )
    return next(folder.rglob("ptbxl_database.csv")).parent


def test_real_records_agree_with_wfdb_and_keep_patients_apart(real, tmp_path):
    records = load(real, tmp_path)
    assert records.record_ids
    first = f"records100/00000/{int(records.record_ids[0]):05d}_lr"
    with quiet_wfdb() as wfdb:
        expected = wfdb.rdrecord(str(real / first)).p_signal.T * 1000
    np.testing.assert_allclose(records.signals_uv[0], expected, atol=0.5)
    rows = ptb_xl.read_table(real, 100)
    assert len(rows) == len(records.record_ids) + len(records.left_out)
    homes = {}
    for row in rows:  # all 21,837 of the table, downloaded or not
        homes.setdefault(row.patient_id, set()).add(row.split)
    assert all(len(splits) == 1 for splits in homes.values())
