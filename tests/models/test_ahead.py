"""Several readers find what one would, in the same order, and none is left behind."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from models.data import _ahead, wfdb_folder
from models.data._ahead import read_ahead

PLACES = range(100)


def sample(place: int) -> np.ndarray | str:
    """What a record might hold, of a length of its own; or why there is none."""
    if place % 7 == 3:
        return f"damaged: {place} µV"
    return np.full((12, 1 + place % 5), place, dtype=np.int16)


def same(found: list, expected: list) -> bool:
    return all(np.array_equal(one, other) for one, other in zip(found, expected, strict=True))


@pytest.mark.parametrize("n_readers", [1, 2, 3, 30])
def test_what_is_found_comes_in_the_order_of_the_places(n_readers):
    def read(place):
        time.sleep(0.002 * (place % 9 == 0))
        return sample(place)

    found = list(read_ahead(read, PLACES, n_readers=n_readers))
    assert same(found, [sample(place) for place in PLACES])


def test_the_reading_is_shared_out():
    maker = os.getpid()
    pids = list(read_ahead(lambda place: str(os.getpid()), PLACES, n_readers=3))
    assert len(set(pids[1:])) == 3
    assert pids[0] == str(maker), "what the first one needs is made once"
    assert str(maker) not in pids[1:]


def test_few_records_are_not_worth_a_reader():
    pids = set(read_ahead(lambda place: str(os.getpid()), PLACES[:20], n_readers=3))
    assert pids == {str(os.getpid())}


def test_an_error_is_the_one_that_reading_raised_and_what_came_before_it_is_there():
    def read(place):
        if place == 70:
            raise KeyError("gone")
        return sample(place)

    reading = read_ahead(read, PLACES, n_readers=2)
    assert same([next(reading) for _ in range(70)], [sample(place) for place in range(70)])
    with pytest.raises(KeyError, match="gone"):
        next(reading)


def test_what_a_killed_reader_would_have_found_is_found_all_the_same():
    maker = os.getpid()

    def read(place):
        if place == 50 and os.getpid() != maker:
            os.kill(os.getpid(), signal.SIGKILL)
        return sample(place)

    found = list(read_ahead(read, PLACES, n_readers=2))
    assert same(found, [sample(place) for place in PLACES])


def test_whoever_stops_listening_ends_the_readers():
    def read(place):
        time.sleep(0.001 if place < 20 else 600)
        return str(os.getpid())

    reading = read_ahead(read, PLACES, n_readers=2)
    next(reading)
    pids = {int(next(reading)) for _ in range(16)}
    reading.close()
    assert len(pids) == 2
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_readers_leave_a_request_to_end_to_their_maker():
    maker = os.getpid()

    def read(place):
        if place > 0:
            os.kill(os.getpid(), signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGINT)
        return str(os.getpid())

    found = list(read_ahead(read, PLACES, n_readers=2))
    assert str(maker) not in found[1:]


def test_readers_die_with_a_killed_maker():
    program = """
import os, sys, time
from models.data._ahead import read_ahead

def read(place):
    if place >= 9:
        time.sleep(600)
    return str(os.getpid())

for found in read_ahead(read, range(100), n_readers=2):
    print(found, flush=True)
"""
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=root
    ) as maker:
        assert maker.stdout is not None
        pids = {int(maker.stdout.readline()) for _ in range(9)} - {maker.pid}
        maker.kill()
    assert len(pids) == 2
    end = time.monotonic() + 300
    while any(is_alive(pid) for pid in pids) and time.monotonic() < end:
        time.sleep(0.01)
    assert not any(is_alive(pid) for pid in pids)


def is_alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state != "Z"  # nobody may be there to bury it
    return False


def test_a_cache_is_the_same_however_many_read(tmp_path, write_wfdb, monkeypatch):
    folder = tmp_path / "records"
    folder.mkdir()
    write_wfdb(folder / "r00", np.random.default_rng(0).normal(size=(100, 12)).round(3))
    header, signals = (folder / "r00.hea").read_text(), np.fromfile(folder / "r00.dat", np.int16)
    for number in range(1, 70):  # the same samples at other times have the same checksums
        (folder / f"r{number:02d}.hea").write_text(header.replace("r00", f"r{number:02d}"))
        np.roll(signals, 12 * number).tofile(folder / f"r{number:02d}.dat")
    (folder / "r05.dat").write_bytes(b"\1" * 99)
    (folder / "r40.hea").write_text("rubbish")
    (folder / "r68.dat").unlink()

    def built(n_readers: int) -> tuple[bytes, tuple]:
        monkeypatch.setattr(_ahead, "n_cores", lambda: n_readers)
        cache = tmp_path / f"cache{n_readers}"
        records = wfdb_folder.load(
            folder, {"table": "", "record_s": 1.0}, sampling_hz=50, cache=cache
        )
        (signals,) = cache.glob("*hz-*/signals.npy")
        return signals.read_bytes(), (records.record_ids, records.left_out)

    alone, together = built(1), built(3)
    assert together == alone
    record_ids, left_out = alone[1]
    assert len(record_ids) == 67
    assert {one.record_id for one in left_out} == {"r05", "r40", "r68", "r40.dat"}
