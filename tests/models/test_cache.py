import json
import threading

import numpy as np
import pytest

from models.data import DataError, parse_reference, synthetic
from models.data._cache import Contents, Index, open_or_build

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
    assert all(json.loads((entry / "index.json").read_text())["schema"] == 1 for entry in entries)


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
