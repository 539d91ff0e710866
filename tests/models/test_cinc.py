import csv
import shutil

import numpy as np
import pytest

from models.data import DataError, _snomed, cinc
from models.data._splits import split_of

AF, NSR, RBBB, CRBBB, IAVB, STD = (
    "164889003",
    "426783006",
    "59118001",
    "713427006",
    "270492004",
    "429622005",
)
ROWS = {  # record: its folder, its line of diagnoses
    "A0001": ("cpsc_2018/g1", f"#Dx: {RBBB}"),
    "A0002": ("cpsc_2018/g2", f"#Dx: {CRBBB},{AF}"),
    "E00001": ("georgia/g1", f"# Dx: {NSR}"),
    "E00002": ("georgia/g1", f"#Dx: {NSR}, {IAVB}"),
    "E00003": ("georgia/g1", f"#Dx: {STD},999"),
    "E00004": ("georgia/g1", "#Dx: Unknown"),
}


def values(seed, n_times=5000):
    """Return (T, 12) in whole thousandths of a millivolt."""
    return np.random.default_rng(seed).normal(scale=0.3, size=(n_times, 12)).round(3)


@pytest.fixture
def folder(tmp_path, write_wfdb):
    made = tmp_path / "training"
    for seed, (name, (place, dx)) in enumerate(ROWS.items()):
        write_wfdb(made / place / name, values(seed), hz=500)
        header = made / place / f"{name}.hea"
        header.write_text(header.read_text() + f"#Age: 60\n#Sex: Male\n{dx}\n#Rx: Unknown\n")
    return made


def load(folder, tmp_path, **options):
    return cinc.load(folder, options, sampling_hz=500, cache=tmp_path / "cache")


def labels_of(records):
    names = np.array(records.label_names)
    return [set(names[row.astype(bool)].tolist()) for row in records.targets]


def test_records_of_nested_folders_come_with_their_signals(folder, tmp_path):
    records = load(folder, tmp_path)
    assert records.record_ids == tuple(ROWS)
    assert not records.left_out
    np.testing.assert_array_equal(records.signals_uv[3], np.rint(values(3).T * 1000))


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ("scored", [{"CRBBB"}, {"CRBBB", "AF"}, {"NSR"}, {"NSR", "IAVB"}, set(), set()]),
        ("codes", [{"RBBB"}, {"CRBBB", "AF"}, {"NSR"}, {"NSR", "IAVB"}, {"STD", "999"}, set()]),
        ("superclasses", [{"CD"}, {"CD"}, {"NORM"}, {"CD"}, {"STTC"}, set()]),
    ],
)
def test_labels_are_made_from_the_codes(folder, tmp_path, labels, expected):
    assert labels_of(load(folder, tmp_path, labels=labels)) == expected


def test_rare_labels_are_dropped_on_request(folder, tmp_path):
    assert load(folder, tmp_path, min_count=2).label_names == ("CRBBB", "NSR")


def test_every_label_that_occurs_is_kept_and_no_other(folder, tmp_path):
    assert load(folder, tmp_path).label_names == ("AF", "CRBBB", "IAVB", "NSR")


def test_without_patients_each_record_is_one_and_its_name_decides_the_split(folder, tmp_path):
    records = load(folder, tmp_path)
    assert records.patient_ids == records.record_ids
    assert records.splits == tuple(split_of(name) for name in records.record_ids)


def test_a_table_of_patients_keeps_theirs_together(folder, tmp_path):
    before = cinc.digest(folder, {})
    with (folder / "patients.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("record", "patient_id"), ("A0001", "p"), ("E00001", "p")])
    records = load(folder, tmp_path)
    assert records.patient_ids[:3] == ("p", "A0002", "p")
    assert records.splits[0] == records.splits[2]
    assert records.digest != before


def test_eight_tenths_of_many_patients_train():
    splits = [split_of(f"JS{number:05d}") for number in range(20_000)]
    shares = [splits.count(split) / len(splits) for split in ("train", "validation", "test")]
    np.testing.assert_allclose(shares, [0.8, 0.1, 0.1], atol=0.01)


def test_what_cannot_be_used_is_named_damage_first(folder, tmp_path, write_wfdb):
    write_wfdb(folder / "georgia/g2/E00005", values(9, n_times=2500), hz=500)
    write_wfdb(folder / "georgia/g2/E00006", values(9)[:, :8], hz=500, leads=cinc_leads(8))
    shutil.copytree(folder / "cpsc_2018/g1", folder / "cpsc_2018/g3")
    (folder / "georgia/g1/E00003.dat").unlink()
    records = load(folder, tmp_path)
    assert [(each.record_id, each.reason.split(";")[0]) for each in records.left_out] == [
        ("E00003", "damaged: E00003.dat is missing"),
        ("A0001", "another record has the same name"),
        ("E00005", "5 s long, shorter than 10 s"),
        ("E00006", "lead V3, V4, V5, V6 is missing"),
    ]
    assert len(load(folder, tmp_path, record_s=5).record_ids) == 6


def cinc_leads(number):
    return ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2")[:number]


def test_the_digest_is_of_content_options_and_codes_and_not_of_place(folder, tmp_path, monkeypatch):
    first = cinc.digest(folder, {})
    moved = tmp_path / "elsewhere"
    shutil.copytree(folder, moved)
    assert cinc.digest(moved, {}) == first
    assert cinc.digest(folder, {"subset_seed": 3}) == first
    assert cinc.digest(folder, {"labels": "codes"}) != first
    header = moved / "georgia/g1/E00001.hea"
    header.write_text(header.read_text().replace(NSR, AF))
    assert cinc.digest(moved, {}) != first
    monkeypatch.setattr(_snomed, "digest", lambda: "another table")
    assert cinc.digest(folder, {}) != first


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"labels": "snomed"}, "one of scored, codes, superclasses"),
        ({"min_count": 0}, "min_count must be at least 1"),
        ({"min_cuont": 2}, "Did you mean 'min_count'"),
        ({"record_s": "10"}, "record_s must be float"),
    ],
)
def test_wrong_options_are_named(folder, options, message):
    with pytest.raises(DataError, match=message):
        cinc.digest(folder, options)


def test_a_folder_without_headers_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"nowhere is no folder.*cinc:FOLDER"):
        cinc.digest(tmp_path / "nowhere", {})
    with pytest.raises(DataError, match=r"no header \(\.hea\)"):
        load(tmp_path, tmp_path)


def test_a_folder_of_which_nothing_can_be_used_says_why(folder, tmp_path):
    for path in folder.rglob("*.dat"):
        path.write_bytes(b"")
    with pytest.raises(DataError, match=r"none of 6 records.*A0001: damaged"):
        load(folder, tmp_path)
    assert not list((tmp_path / "cache").glob("cinc-500hz*"))


def test_the_table_of_codes_is_the_challenges():
    """30 scored codes of 2021 are 26 classes, since four pairs count as one."""
    table = _snomed.codes()
    assert len(table) == 133
    assert sum(facts.get("scored", False) for facts in table.values()) == 30
    assert len(_snomed.scored_names()) == 26
    assert len({facts["short"] for facts in table.values()}) == len(table)
    assert {facts["superclass"] for facts in table.values() if "superclass" in facts} == {
        "MI",
        "STTC",
        "CD",
        "HYP",
    }
    for code, facts in table.items():
        assert code.isdigit()
        if "counts_as" in facts:
            assert table[facts["counts_as"]]["scored"]
