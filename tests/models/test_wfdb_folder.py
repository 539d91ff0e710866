import csv
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from models.data import DataError, wfdb_folder
from models.data._splits import split_of

ARCHIVE = Path(__file__).parents[3] / "shared" / "data" / "wfdb_samples.tar.xz"


def values(seed):
    return np.random.default_rng(seed).normal(scale=0.3, size=(1000, 12)).round(3)


@pytest.fixture
def folder(tmp_path, write_wfdb):
    made = tmp_path / "set"
    for seed, name in enumerate(("a", "deep/b", "deep/c")):
        write_wfdb(made / name, values(seed))
    return made


def table(folder, *rows, name="records.csv"):
    with (folder / name).open("w", newline="") as file:
        csv.writer(file).writerows(rows)


def load(folder, tmp_path, **options):
    return wfdb_folder.load(folder, options, sampling_hz=100, cache=tmp_path / "cache")


def left_out(records):
    return {each.record_id: each.reason for each in records.left_out}


def test_a_full_table_decides_everything(folder, tmp_path):
    table(
        folder,
        ("record", "patient_id", "split", "report", "MI", "CD"),
        ("a", "1", "train", "an infarct", "1", "0"),
        ("deep/b.hea", "2", "validation", "", "1", "1"),
        ("deep/c", "3", "test", "nothing", "", "0"),
    )
    records = load(folder, tmp_path)
    assert records.record_ids == ("a", "deep/b", "deep/c")
    assert records.patient_ids == ("1", "2", "3")
    assert records.splits == ("train", "validation", "test")
    assert records.reports == ("an infarct", "", "nothing")
    assert records.label_names == ("CD", "MI")
    assert records.targets.tolist() == [[0, 1], [1, 1], [0, 0]]
    np.testing.assert_array_equal(records.signals_uv[1], np.rint(values(1).T * 1000))
    assert not records.left_out


def test_labels_may_be_listed_in_one_column_beside_others(folder, tmp_path):
    table(folder, ("record", "age", "labels"), ("a", "71", "AF; LBBB"), ("deep/b", "9", ""))
    records = load(folder, tmp_path)
    assert records.label_names == ("AF", "LBBB")
    assert records.targets.tolist() == [[1, 1], [0, 0]]


def test_columns_of_labels_can_be_chosen(folder, tmp_path):
    table(folder, ("record", "age", "MI", "CD"), ("a", "71", "1", "0"), ("deep/b", "9", "0", "1"))
    with pytest.raises(DataError, match=r"line 2: column 'age' holds '71'.*label_columns"):
        load(folder, tmp_path)
    assert load(folder, tmp_path, label_columns="MI").label_names == ("MI",)
    with pytest.raises(DataError, match=r"no column HYP.*it has record, age, MI, CD"):
        load(folder, tmp_path, label_columns="HYP")


def test_patients_without_splits_are_kept_together(folder, tmp_path):
    table(folder, ("record", "patient_id"), ("a", "7"), ("deep/b", "7"), ("deep/c", ""))
    records = load(folder, tmp_path)
    assert records.splits == (split_of("7"), split_of("7"), split_of("deep/c"))
    assert records.patient_ids == ("7", "7", "deep/c")


def test_a_patient_in_two_splits_is_refused(folder, tmp_path):
    rows = ("record", "patient_id", "split"), ("a", "7", "train"), ("deep/b", "7", "test")
    table(folder, *rows)
    with pytest.raises(DataError, match="patient 7 into train and test"):
        load(folder, tmp_path)


def test_what_is_not_used_is_named(folder, tmp_path, write_wfdb):
    write_wfdb(folder / "one_lead", values(5)[:, :1], leads=["I"])
    (folder / "deep" / "c.dat").unlink()
    (folder / "stray.dat").write_bytes(b"\0" * 100)
    table(folder, ("record",), ("a",), ("deep/c",), ("one_lead",), ("gone/away",))
    records = load(folder, tmp_path)
    assert records.record_ids == ("a",)
    found = left_out(records)
    assert found["deep/c"] == "damaged: c.dat is missing"
    assert found["one_lead"].endswith("V6 is missing; its signals are I")
    assert found["gone/away"] == "files are absent"
    assert found["deep/b"] == "records.csv does not name it"
    assert found["stray.dat"] == "no header names this file of signals"
    assert len(found) == 5


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("name",), ("a",)], "has no column record; it has name"),
        ([("record",), ("../a",)], "line 2: record must be a path below the folder"),
        ([("record",), ("/a",)], "line 2: record must be a path below the folder"),
        ([("record", "split"), ("a", "dev")], "split must be one of train, validation, test"),
        ([("record",)], "its table names none"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused_with_its_line(folder, tmp_path, rows, message):
    table(folder, *rows)
    with pytest.raises(DataError, match=message):
        load(folder, tmp_path)


def test_a_table_that_is_not_utf_8_is_refused(folder, tmp_path):
    (folder / "records.csv").write_bytes(b"record,report\na,R\xfcckbildung\n")
    with pytest.raises(DataError, match=r"records\.csv.*utf-8"):
        load(folder, tmp_path)


def test_a_missing_table_says_what_to_write(folder, tmp_path):
    with pytest.raises(DataError, match=r"no records\.csv\. Write one with a column record"):
        load(folder, tmp_path)
    records = load(folder, tmp_path, table="")
    assert records.record_ids == ("a", "deep/b", "deep/c")
    assert records.targets.shape == (3, 0)


def test_the_digest_follows_table_headers_and_signals(folder, tmp_path):
    table(folder, ("record",), ("a",))
    first = wfdb_folder.digest(folder, {})
    (folder / "notes.txt").write_text("of no importance")
    assert wfdb_folder.digest(folder, {}) == first
    moved = tmp_path / "elsewhere"
    shutil.copytree(folder, moved)
    assert wfdb_folder.digest(moved, {}) == first
    content = bytearray((moved / "deep" / "b.dat").read_bytes())
    content[10] ^= 1
    (moved / "deep" / "b.dat").write_bytes(bytes(content))
    assert wfdb_folder.digest(moved, {}) != first
    table(folder, ("record",), ("a",), ("deep/b",))
    assert wfdb_folder.digest(folder, {}) != first


def test_every_odd_real_file_ends_read_or_named(tmp_path):
    if not ARCHIVE.is_file():
        pytest.skip(f"WFDB's odd files are not at {ARCHIVE}")
    if shutil.which("xz") is None:
        pytest.skip("there is no xz to unpack WFDB's odd files")
    command = ["tar", "-xJf", str(ARCHIVE), "-C", str(tmp_path)]
    subprocess.run(command, check=True, timeout=120)
    folder = next(tmp_path.rglob("s0010_re.hea")).parent
    records = load(folder, tmp_path, table="")
    assert records.record_ids == ("s0010_re",)
    found = left_out(records)
    assert all(found.values())
    headers = {
        path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.hea")
    }
    assert headers == set(records.record_ids) | {name for name in found if "." not in name}
    assert found["100"].endswith("its signals are MLII, V5")
    assert found["multi-segment/041s/041s"] == "it consists of 2 segments, which are not joined"
    assert found["SC4001E0-PSG.wav"] == "no header names this file of signals"
