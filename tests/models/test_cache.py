import errno
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
from collections import namedtuple

import numpy as np
import pytest

from models.data import DataError, _cache, parse_reference, synthetic
from models.data._cache import Contents, Index, abandoned, open_or_build

OPTIONS = {"n_train": 10, "n_validation": 4, "n_test": 4}


def contents(fill):
    return lambda: Contents(n_records=3, n_times=5, fill=fill)


def three(write):
    index = Index(label_names=("A",))
    for row in range(3):
        write(row, np.full((1, 12, 5), row + 1, dtype=np.int16))
        for values, value in (
            (index.record_ids, f"r{row}"),
            (index.patient_ids, f"p{row}"),
            (index.splits, "train"),
            (index.reports, ""),
            (index.targets, [1]),
        ):
            values.append(value)
    return index


def test_a_second_opening_reads_what_the_first_wrote(tmp_path):
    def opened(fill):
        return open_or_build(
            tmp_path, name="x", digest="d", sampling_hz=100, describe=contents(fill)
        )

    first = opened(three)
    second = opened(None)  # would fail if it were called
    assert (first.signals_uv == second.signals_uv).all()
    assert second.signals_uv[2, 0, 0] == 3


def test_work_broken_off_leaves_nothing_that_looks_whole(tmp_path):
    def broken(write):
        write(0, np.ones((1, 12, 5), dtype=np.int16))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_or_build(tmp_path, name="x", digest="d", sampling_hz=100, describe=contents(broken))
    assert list(tmp_path.iterdir()) == []


def test_runs_that_start_together_share_one_entry(tmp_path):
    found, errors = [], []

    def work():
        try:
            found.append(synthetic.load(None, OPTIONS, sampling_hz=100, cache=tmp_path))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert len(list(tmp_path.iterdir())) == 1
    assert all((each.signals_uv == found[0].signals_uv).all() for each in found)


def test_each_rate_and_each_data_set_has_its_own_entry(tmp_path):
    for options, rate in ((OPTIONS, 100), (OPTIONS, 120), ({**OPTIONS, "seed": 5}, 100)):
        synthetic.load(None, options, sampling_hz=rate, cache=tmp_path)
    entries = list(tmp_path.iterdir())
    assert len(entries) == 3
    assert all(json.loads((entry / "index.json").read_text())["schema"] == 3 for entry in entries)


def opened(folder, fill=three, digest="d"):
    return open_or_build(folder, name="x", digest=digest, sampling_hz=100, describe=contents(fill))


def entry_in(folder):
    (entry,) = [path for path in folder.iterdir() if not path.name.startswith(".")]
    return entry


def test_the_file_holds_what_was_written_and_no_more(tmp_path):
    """Room for three, of which one is filled: the header says one, and NumPy agrees."""

    def one(write):
        index = three(lambda row, made: None)
        write(0, np.full((1, 12, 5), 7, dtype=np.int16))
        for values in vars(index).values():
            if isinstance(values, list):
                del values[1:]
        return index

    records = opened(tmp_path, one)
    stored = np.load(entry_in(tmp_path) / "signals.npy")
    assert records.signals_uv.shape == stored.shape == (1, 12, 5)
    assert (stored == 7).all()
    assert (entry_in(tmp_path) / "signals.npy").stat().st_size == 128 + 2 * 12 * 5


@pytest.mark.parametrize(
    "harm",
    [
        lambda entry: (entry / "index.json").unlink(),
        lambda entry: (entry / "signals.npy").unlink(),
        lambda entry: (entry / "index.json").write_text('{"schema": 3, "key'),
        lambda entry: (entry / "signals.npy").write_bytes(
            (entry / "signals.npy").read_bytes()[:-2]
        ),
        lambda entry: np.save(entry / "signals.npy", np.zeros((2, 12, 5), dtype=np.int16)),
        lambda entry: (entry / "signals.npy").write_bytes(b""),
        lambda entry: (entry / "targets.npy").unlink(),
        lambda entry: (entry / "reports_ends.npy").write_bytes(b""),
        lambda entry: (entry / "patient_ids.npy").write_bytes(
            (entry / "patient_ids.npy").read_bytes()[:-1]
        ),
        lambda entry: np.save(entry / "record_ids_ends.npy", np.array([0, 2, 5])),
        lambda entry: np.save(entry / "splits.npy", np.array([0, 1, 9], dtype=np.uint8)),
    ],
    ids=[
        "no index",
        "no signals",
        "half an index",
        "signals cut short",
        "other signals",
        "empty signals",
        "no labels",
        "no ends of reports",
        "patients cut short",
        "other ends of records",
        "a split that is none",
    ],
)
def test_half_an_entry_is_never_used_but_made_anew(tmp_path, harm):
    opened(tmp_path)
    harm(entry_in(tmp_path))
    assert opened(tmp_path).signals_uv[2, 0, 0] == 3
    assert len(list(tmp_path.iterdir())) == 1


def test_texts_come_back_as_they_were_whatever_they_are(tmp_path):
    def odd(write):
        index = three(write)
        index.reports = ["", "Sinusrhythmus, überdrehter Linkstyp\n\0", "心電図 🫀"]
        index.record_ids = ["a", "", "a" * 5000]
        return index

    records = opened(tmp_path, odd)
    reports = ["", "Sinusrhythmus, überdrehter Linkstyp\n\0", "心電図 🫀"]
    assert list(records.reports) == reports == [records.reports[row] for row in range(3)]
    assert records.reports == reports
    assert records.reports != reports[:2]
    assert records.reports != [*reports[:2], ""]
    assert records.reports[-1] == "心電図 🫀"
    assert records.reports[1:] == tuple(reports[1:])
    assert [len(each) for each in records.record_ids] == [1, 0, 5000]
    assert records.record_ids.index("") == 1
    with pytest.raises(IndexError, match="text 3 of 3"):
        records.reports[3]


def test_an_entry_of_another_digest_is_never_served(tmp_path):
    opened(tmp_path / "a", digest="one")
    opened(tmp_path / "b", digest="two")
    second = entry_in(tmp_path / "b")
    shutil.rmtree(second)
    entry_in(tmp_path / "a").rename(second)  # as if both had met in one name

    def others(write):
        index = three(write)
        index.patient_ids = ["somebody", "else", "entirely"]
        return index

    assert opened(tmp_path / "b", others, digest="two").patient_ids[0] == "somebody"


def test_too_little_room_is_said_before_anything_is_written(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(9000, 8900, 100))
    with pytest.raises(DataError, match=r"0\.0 MB free.*3 records needs up to 0\.0 MB.*--cache"):
        opened(tmp_path, None)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_up_meanwhile_is_a_clear_error_and_leaves_nothing(tmp_path):
    """A real limit on the size of files stands for the full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300, before[1]))
    try:
        with pytest.raises(DataError, match=r"No room left at .* Nothing was kept"):
            opened(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_at_the_last_moment_leaves_nothing_either(tmp_path, monkeypatch):
    def full(file):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(_cache.os, "fsync", full)
    with pytest.raises(DataError, match="No space left on device"):
        opened(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_set_of_which_nothing_can_be_read_makes_no_entry(tmp_path):
    with pytest.raises(DataError, match="x: none of 0 records can be used"):
        opened(tmp_path, lambda write: Index(label_names=("A",)))
    assert list(tmp_path.iterdir()) == []


KILLED = """
import sys, time
from pathlib import Path
import numpy as np
from models.data._cache import Contents, open_or_build
def fill(write):
    write(0, np.ones((1, 12, 5), dtype=np.int16))
    print("writing", flush=True)
    time.sleep(600)
open_or_build(Path(sys.argv[1]), name="x", digest="d", sampling_hz=100,
              describe=lambda: Contents(n_records=3, n_times=5, fill=fill))
"""


def test_what_a_killed_builder_left_is_ignored_and_then_removed(tmp_path, root):
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    child = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE)
    assert child.stdout.readline() == b"writing\n"
    assert abandoned(tmp_path) == []  # its maker lives
    opened(tmp_path / "elsewhere")
    child.send_signal(signal.SIGKILL)
    child.wait(timeout=300)
    child.stdout.close()
    assert len(abandoned(tmp_path)) == 1
    assert opened(tmp_path).signals_uv[2, 0, 0] == 3
    assert abandoned(tmp_path) == []
    assert [path.name[0] for path in tmp_path.iterdir() if path.name != "elsewhere"] == ["x"]


PREPARES = """
import sys
from pathlib import Path
from models.data import synthetic
options = {"n_train": 200, "n_validation": 4, "n_test": 4}
records = synthetic.load(None, options, sampling_hz=100, cache=Path(sys.argv[1]))
print(int(records.signals_uv.astype(int).sum()))
"""


def test_processes_that_start_together_end_with_one_whole_entry(tmp_path, root):
    command = [sys.executable, "-c", PREPARES, str(tmp_path)]
    children = [subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE) for _ in range(3)]
    sums = {child.communicate(timeout=300)[0] for child in children}
    assert [child.returncode for child in children] == [0, 0, 0]
    assert len(sums) == 1
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ptb_xl", "needs its folder"),
        ("synthetic:/x", "takes no folder"),
        ("synthetik", "Did you mean 'synthetic'"),
        ("", "''"),
    ],
)
def test_a_data_reference_that_makes_no_sense_is_refused(text, message):
    with pytest.raises(DataError, match=message):
        parse_reference(text)


def test_a_folder_with_a_colon_is_kept_whole():
    assert str(parse_reference("ptb_xl:/a:b").folder) == "/a:b"
