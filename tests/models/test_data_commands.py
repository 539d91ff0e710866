import csv
import hashlib
import json
import os

import numpy as np
import pytest

from models.__main__ import main
from models.data import DATASETS, DataError
from models.recipe import Recipe


@pytest.fixture
def folder(tmp_path, write_wfdb):
    """Four sound records, and one with a flipped bit."""
    made = tmp_path / "set"
    for number in range(5):
        values = np.random.default_rng(number).normal(scale=0.3, size=(1000, 12)).round(3)
        write_wfdb(made / f"r{number}", values)
    damage(made / "r4.dat")
    rows = [("record", "patient_id", "split", "MI")]
    splits = ("train", "train", "validation", "test", "test")
    rows += [(f"r{each}", each // 2 + each, splits[each], each % 2) for each in range(5)]
    with (made / "records.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return made


def damage(path):
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(bytes(content))


def sums(folder, *names):
    lines = [f"{hashlib.sha256((folder / each).read_bytes()).hexdigest()} {each}" for each in names]
    (folder / "SHA256SUMS.txt").write_text("\n".join([*lines, "0" * 64 + " never/fetched.dat"]))


def run(capsys, *arguments):
    status = main(["data", *map(str, arguments), "--json"])
    return status, json.loads(capsys.readouterr().out)


def test_add_prepares_a_cache_and_counts(folder, tmp_path, capsys):
    cache = tmp_path / "cache"
    arguments = ("add", f"wfdb_folder:{folder}", "--cache", cache, "--sampling-hz", 100)
    status, facts = run(capsys, *arguments)
    assert status == 0
    assert facts["n_records"] == {"train": 2, "validation": 1, "test": 1}
    assert facts["n_labelled"] == {"train": 1, "validation": 0, "test": 1}
    assert facts["n_patients"] == 4
    assert facts["labels"] == {"MI": 2}
    assert facts["left_out"][0]["record_id"] == "r4"
    assert "checksum" in facts["left_out"][0]["reason"]
    assert run(capsys, *arguments) == (0, facts)


def test_list_names_data_sets_downloads_and_caches(folder, tmp_path, capsys):
    cache = tmp_path / "cache"
    assert run(capsys, "list", "--cache", cache)[1]["caches"] == []
    added = run(capsys, "add", f"wfdb_folder:{folder}", "--cache", cache)[1]
    status, found = run(capsys, "list", "--cache", cache)
    assert status == 0
    assert {"ptb_xl", "cinc", "code15", "wfdb_folder"} <= {
        each["name"] for each in found["datasets"]
    }
    assert "ptb_xl" in {each["name"] for each in found["downloads"]}
    (entry,) = found["caches"]
    assert (entry["dataset"], entry["sampling_hz"], entry["n_records"]) == ("wfdb_folder", 240, 4)
    assert entry["digest"] == added["digest"]
    assert entry["is_whole"]
    (cache / entry["entry"] / "index.json").write_text("{")
    (entry,) = run(capsys, "list", "--cache", cache)[1]["caches"]
    assert not entry["is_whole"]


def test_list_says_where_nothing_is_prepared_and_why(tmp_path, capsys):
    (tmp_path / "file").touch()
    for place, words in (
        (tmp_path, f"nothing prepared in {tmp_path}"),
        (tmp_path / "absent", f"nothing prepared: the folder {tmp_path}/absent is not there;"),
        (tmp_path / "file", f"nothing prepared: the folder {tmp_path}/file is a file, no folder;"),
    ):
        assert main(["data", "list", "--cache", str(place)]) == 0
        assert words in capsys.readouterr().out
    assert not (tmp_path / "absent").exists(), "looking makes nothing"


def test_a_cache_that_cannot_be_is_said_before_anything_is_read(tmp_path, capsys):
    (tmp_path / "file").touch()
    assert main(["data", "add", "synthetic", "--cache", str(tmp_path / "file" / "in it")]) == 2
    assert f"cannot be made: {tmp_path}/file is a file." in capsys.readouterr().err


def test_verify_names_the_damaged_and_ends_with_1(folder, capsys):
    status, facts = run(capsys, "verify", f"wfdb_folder:{folder}", "--sampling-hz", 100)
    assert status == 1
    (wrong,) = facts["wrong"]
    assert wrong.startswith("r4: damaged: checksum of lead")
    assert facts["checksums"] is None


def test_verify_is_content_with_a_sound_folder_however_partial(folder, capsys):
    (folder / "r4.dat").unlink()
    (folder / "r4.hea").unlink()
    sums(folder, "r0.dat", "r0.hea")
    status, facts = run(capsys, "verify", f"wfdb_folder:{folder}")
    assert (status, facts["wrong"]) == (0, [])
    assert facts["left_out"] == [{"record_id": "r4", "reason": "files are absent"}]
    counts = {name: facts["checksums"][name] for name in ("n_listed", "n_equal", "n_absent")}
    assert counts == {"n_listed": 3, "n_equal": 2, "n_absent": 1}


def test_verify_compares_with_physionets_list_even_from_a_folder_below(folder, capsys):
    """A changed table is no damage that a record's own checksum could show."""
    (folder / "r4.dat").unlink()
    (folder / "r4.hea").unlink()
    (folder.parent / "SHA256SUMS.txt").write_text("0" * 64 + "  set/records.csv\n")
    status, facts = run(capsys, "verify", f"wfdb_folder:{folder}")
    assert status == 1
    assert facts["wrong"] == ["records.csv: its SHA-256 is not the one that SHA256SUMS.txt states"]


def test_verify_believes_no_cache(folder, tmp_path, capsys):
    cache = tmp_path / "cache"
    run(capsys, "add", f"wfdb_folder:{folder}", "--cache", cache)
    before = (folder / "r1.dat").stat()
    damage(folder / "r1.dat")
    os.utime(folder / "r1.dat", ns=(before.st_atime_ns, before.st_mtime_ns))
    facts = run(capsys, "verify", f"wfdb_folder:{folder}")[1]
    assert sorted(each[:2] for each in facts["wrong"]) == ["r1", "r4"]


def test_options_are_those_of_the_recipe(folder, tmp_path, capsys):
    arguments = ["add", f"wfdb_folder:{folder}", "--cache", tmp_path / "cache"]
    options = ["--option", "min_count=3", "--option", "record_s=5"]
    facts = run(capsys, *arguments, *options)[1]
    assert facts["labels"] == {}
    assert facts["n_times"] == 5 * 240


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["add", "wfdb_folder"], "needs its folder"),
        (["add", "wfdb_foldr:/x"], "Did you mean 'wfdb_folder'"),
        (["verify", "cinc:/nowhere"], "/nowhere is no folder"),
        (["verify", "cinc:~nobody-at-all"], "Nobody here has the home folder"),
        (["add", "synthetic", "--option", "seed"], "write NAME=VALUE"),
        (["add", "synthetic", "--option", "sed=1"], "Did you mean 'seed'"),
        (["add", "synthetic", "--sampling-hz", "10"], "at least 50"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line_with_status_2(capsys, arguments, message):
    assert main(["data", *arguments]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1


def test_the_screen_says_how_many_for_each_reason(folder, tmp_path, capsys):
    (folder / "r3.dat").unlink()
    (folder / "r3.hea").unlink()
    assert main(["data", "add", f"wfdb_folder:{folder}", "--cache", str(tmp_path / "cache")]) == 0
    said = capsys.readouterr()
    assert "n_records: train 2, validation 1, test 0" in said.out
    assert "left out 1: files are absent (r3)" in said.out
    assert "read 4 of 4 records" in said.err
    assert main(["data", "list", "--cache", str(tmp_path / "cache")]) == 0
    assert "3 records at 240 Hz" in capsys.readouterr().out


def test_the_synthetic_set_can_be_prepared_and_verified_too(tmp_path, capsys):
    small = [f"--option=n_{split}=4" for split in ("train", "validation", "test")]
    facts = run(capsys, "add", "synthetic", "--cache", tmp_path, *small)[1]
    assert facts["n_records"] == {"train": 4, "validation": 4, "test": 4}
    status, verified = run(capsys, "verify", "synthetic", *small)
    assert status == 0
    assert verified["digest"] == facts["digest"]


@pytest.mark.parametrize("name", DATASETS.names())
def test_every_data_set_keeps_the_contract(name, tmp_path):
    dataset = DATASETS.load(name)
    assert isinstance(dataset.NEEDS_FOLDER, bool)
    with pytest.raises(DataError, match="has no option 'n_trian'"):
        dataset.digest(tmp_path, {"n_trian": 1})
    if dataset.NEEDS_FOLDER:
        for folder in (None, tmp_path / "nowhere"):
            with pytest.raises(DataError, match=f"{name}(:FOLDER|: |, )"):
                dataset.digest(folder, {})
            with pytest.raises(DataError, match=name):
                dataset.contents(folder, {}, sampling_hz=100)
            with pytest.raises(DataError, match=name):
                dataset.load(folder, {}, sampling_hz=100, cache=tmp_path / "cache")
        assert not (tmp_path / "cache").exists()


def test_a_run_trains_on_a_folder_of_ones_own(tmp_path, write_wfdb):
    """From a table and WFDB files to measurements, through the command line."""
    folder, rows = tmp_path / "set", [("record", "split", "MI")]
    for number in range(18):
        noise = np.random.default_rng(number).normal(scale=0.3, size=(1000, 12))
        write_wfdb(folder / f"r{number}", noise.round(3))
        rows.append((f"r{number}", ("train", "validation", "test")[number % 3], number // 3 % 2))
    with (folder / "records.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    recipe = Recipe.bundled("tiny").with_changes({"n_updates": 2})
    (tmp_path / "recipe.json").write_text(recipe.canonical_json())
    arguments = ["run", str(tmp_path / "recipe.json"), "--data", f"wfdb_folder:{folder}"]
    assert main([*arguments, "--out", str(tmp_path / "out")]) == 0
    result = json.loads((tmp_path / "out" / "result.json").read_text())
    assert result["dataset"]["name"] == "wfdb_folder"
    assert result["dataset"]["n_records"] == {"train": 6, "validation": 6, "test": 6}
    assert result["dataset"]["label_names"] == ["MI"]
