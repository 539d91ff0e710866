"""Care of data sets: asked for by an operator, done by a child process, damage named."""

import csv
from pathlib import Path

import numpy as np
import pytest

from models.data._wfdb_record import quiet_wfdb
from verifier import data_sets, ecgs, inquiring
from verifier.access import LOCAL, Person, Refused, Role
from verifier.claim import InputError
from verifier.workspace import Workspace, open_workspace


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four sound records, and one with a flipped bit."""
    made = tmp_path / "set"
    made.mkdir()
    names = ["I", "II", "III", "aVR", "aVL", "aVF", *(f"V{n}" for n in range(1, 7))]
    for number in range(5):
        values = np.random.default_rng(number).normal(scale=0.3, size=(1000, 12)).round(3)
        with quiet_wfdb() as wfdb:
            wfdb.wrsamp(
                f"r{number}", fs=100, units=["mV"] * 12, sig_name=names, p_signal=values,
                fmt=["16"] * 12, adc_gain=[1000.0] * 12, baseline=[0] * 12, write_dir=str(made),
            )  # fmt: skip
    path = made / "r4.dat"
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(bytes(content))
    splits = ("train", "train", "validation", "test", "test")
    rows = [("record", "patient_id", "split", "MI")]
    rows += [(f"r{n}", str(n), splits[n], str(n % 2)) for n in range(5)]
    with (made / "records.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return made


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return open_workspace({"VERIFIER_HOME": str(tmp_path / "home")})


def answered(workspace: Workspace, kind: str, subject: str):
    asked = inquiring.request_data(workspace, kind, subject)
    mine = workspace.inquiries.claim("test", id=asked)
    assert mine is not None
    inquiring.answer(workspace, mine, door=None)  # type: ignore[arg-type]
    return workspace.inquiries.get(asked)


def test_a_prepared_folder_is_a_shelf_of_records_and_the_damaged_one_is_named(
    workspace: Workspace, folder: Path
) -> None:
    found = answered(workspace, "prepare", f"wfdb_folder:{folder}")

    assert found.state == "finished", found.message
    assert "4 records" in found.message
    assert [one["record_id"] for one in found.result["left_out"]] == ["r4"]
    assert found.result["left_out"][0]["reason"].startswith("damaged")
    [_, name] = ecgs.shelves(workspace.cache_folder)
    shelf = ecgs.open_shelf(workspace.cache_folder, name.key)
    assert shelf is not None
    assert set(shelf.record_ids) == {"r0", "r1", "r2", "r3"}


def test_checking_reads_every_file_and_says_what_is_wrong(
    workspace: Workspace, folder: Path
) -> None:
    found = answered(workspace, "check", f"wfdb_folder:{folder}")

    assert found.state == "finished", "the check was carried out, whatever it found"
    assert "1 things are wrong" in found.message
    assert found.result["wrong"][0].startswith("r4: damaged")
    assert [name.key for name in ecgs.shelves(workspace.cache_folder)] == [ecgs.SYNTHETIC]


def test_a_folder_that_holds_no_data_set_fails_in_words(
    workspace: Workspace, tmp_path: Path
) -> None:
    found = answered(workspace, "prepare", f"ptb_xl:{tmp_path}")

    assert found.state == "failed"
    assert "has no ptbxl_database.csv" in found.message


@pytest.mark.parametrize(
    ("kind", "subject", "words"),
    [
        ("prepare", "ptb_xl:/no/such/folder", "no folder /no/such/folder"),
        ("check", "ptb_xl:~nobody-at-all/x", "Nobody here has the home folder of ~nobody-at-all/x"),
        ("prepare", "ptbxl:/tmp", "ptbxl"),
        ("fetch", "ptbxl", "Did you mean"),
    ],
)
def test_what_cannot_be_is_refused_before_it_is_asked(
    workspace: Workspace, kind: str, subject: str, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        inquiring.request_data(workspace, kind, subject)
    assert workspace.inquiries.latest() == []


def test_only_an_operator_may_ask(tmp_path: Path, folder: Path) -> None:
    reviewer = Person(name="anna", role=Role.REVIEWER)
    open_workspace({"VERIFIER_HOME": str(tmp_path / "home")})
    person = [LOCAL]
    workspace = open_workspace({"VERIFIER_HOME": str(tmp_path / "home")}, who=lambda: person[0])
    person[0] = reviewer
    with pytest.raises(Refused, match="look after data sets"):
        inquiring.request_data(workspace, "check", f"wfdb_folder:{folder}")


def test_whoever_stops_listening_ends_the_child(folder: Path, tmp_path: Path) -> None:
    class Stopped(Exception):  # noqa: N818
        pass

    def stop(_words: str) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        data_sets.carry_out(
            "prepare", f"wfdb_folder:{folder}", home=tmp_path, cache=tmp_path / "c", say=stop
        )


def test_nothing_is_downloaded_where_the_network_is_not_to_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VERIFIER_OFFLINE", "1")
    places = {"home": tmp_path, "cache": tmp_path / "cache"}
    with pytest.raises(InputError, match="VERIFIER_OFFLINE is set"):
        data_sets.carry_out(data_sets.FETCH, "georgia", say=print, **places)
    assert list(tmp_path.iterdir()) == []


def test_a_download_goes_below_the_home_folder(tmp_path: Path) -> None:
    assert data_sets.folder_for(tmp_path, "ptb_xl") == tmp_path / "data" / "ptb_xl"
    assert all(each.licence for each in data_sets.downloads())
    assert "ptb_xl" in data_sets.layouts()
    assert all(data_sets.says(layout) for layout in data_sets.layouts())
    assert data_sets.says("ptb_xl").startswith("PTB-XL as PhysioNet lays it out")
