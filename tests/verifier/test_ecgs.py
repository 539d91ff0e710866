"""Records for the screen: prepared data sets are found, opened, filtered, and read one by one."""

import io
from pathlib import Path

import numpy as np
import pytest

from models.data import synthetic
from verifier import ecgs

SMALL = {"n_train": 6, "n_validation": 2, "n_test": 4}


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    synthetic.load(None, SMALL, sampling_hz=100, cache=tmp_path)
    return tmp_path


def test_made_up_records_are_there_without_anything_prepared(tmp_path: Path) -> None:
    [name] = ecgs.shelves(tmp_path / "nothing")
    shelf = ecgs.open_shelf(tmp_path, name.key)

    assert shelf is not None
    assert len(shelf.record_ids) == ecgs.N_SYNTHETIC
    assert shelf.signal_mv(3).shape == (12, 2500)
    alone = synthetic.generate([("test", 3)], seed=0, sampling_hz=250)
    np.testing.assert_allclose(shelf.signal_mv(3), alone.signals_uv[0] * 1e-3, rtol=1e-6)


def test_a_prepared_data_set_is_found_and_its_records_are_those_of_training(cache: Path) -> None:
    records = synthetic.load(None, SMALL, sampling_hz=100, cache=cache)

    [_, name] = ecgs.shelves(cache)
    shelf = ecgs.open_shelf(cache, name.key)

    assert (name.data_set, name.sampling_hz) == ("synthetic", 100)
    assert shelf is not None
    assert shelf.record_ids == records.record_ids
    assert shelf.digest == records.digest
    np.testing.assert_allclose(shelf.signal_mv(7), records.signals_uv[7] * 1e-3, rtol=1e-6)


def test_records_are_found_by_label_fold_patient_and_words(cache: Path) -> None:
    shelf = ecgs.open_shelf(cache, ecgs.shelves(cache)[1].key)
    assert shelf is not None

    assert [shelf.splits[row] for row in shelf.find(split="test")] == ["test"] * 4
    normal = shelf.find(labels=["NORM"])
    assert len(normal)
    assert all("NORM" in shelf.labels(row) for row in normal)
    [row] = shelf.find(words="SYNTHETIC-validation-000001")
    assert shelf.record_ids[row] == "synthetic-validation-000001"
    assert list(shelf.find(words="no such word anywhere")) == []


@pytest.mark.parametrize(
    "key", ["../secrets", "/etc", ".", "..", ".hidden", "a/b", "nothing-1hz-x"]
)
def test_an_address_does_not_walk_the_disk(cache: Path, key: str) -> None:
    assert ecgs.open_shelf(cache, key) is None


def test_the_nearest_reports_are_those_with_the_largest_cosine() -> None:
    kept = io.BytesIO()
    unit = np.eye(3, dtype=np.float16)
    np.savez(
        kept,
        **{
            "record_id/retrieval": np.array(["a", "b", "c"]),
            "record_point/retrieval": unit[[0, 0, 2]],
            "report_point/retrieval": np.array([[0.6, 0.8, 0], [1, 0, 0], [0, 1, 0]], np.float16),
        },
    )  # type: ignore[arg-type]

    found = ecgs.nearest(kept.getvalue(), "a", most=2)

    assert found is not None
    assert [(each.record_id, each.is_own) for each in found] == [("b", False), ("a", True)]
    assert [each.similarity for each in found] == pytest.approx([1.0, 0.6], abs=1e-3)
    assert ecgs.nearest(kept.getvalue(), "unknown") is None


def test_a_run_without_points_has_no_nearest_reports() -> None:
    kept = io.BytesIO()
    np.savez(kept, scores=np.zeros(3))
    assert ecgs.nearest(kept.getvalue(), "a") is None


def test_only_runs_on_the_very_records_of_a_shelf_have_seen_it(cache: Path) -> None:
    made_up = ecgs.open_shelf(cache, ecgs.SYNTHETIC)
    prepared = ecgs.open_shelf(cache, ecgs.shelves(cache)[1].key)
    assert made_up is not None
    assert prepared is not None

    task = {"dataset": "synthetic", "dataset_options": {"seed": 0, "n_test": 900}}
    assert ecgs.has_seen(made_up, task=task, result={})
    other = {"dataset": "synthetic", "dataset_options": {"seed": 1}}
    assert not ecgs.has_seen(made_up, task=other, result={})
    same = {"dataset": {"digest": prepared.digest}}
    assert ecgs.has_seen(prepared, task={}, result=same)
    assert not ecgs.has_seen(prepared, task={}, result={"dataset": {"digest": "another"}})
