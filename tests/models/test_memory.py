import mmap
import os
from dataclasses import replace

import numpy as np
import pytest

from models.bench import _random_records
from models.memory import private_mb, training_mb

N_WINDOWS = 8_000  # of 12 x 250 at two bytes: 48 MB

pytestmark = pytest.mark.skipif(private_mb() is None, reason="only Linux says what is private")


def test_training_on_a_hundred_times_the_windows_holds_no_more_memory(tmp_path):
    def few():
        return _random_records(tmp_path, 100, 80, window_s=2.5)

    def many():
        return _random_records(tmp_path, 100, N_WINDOWS, window_s=2.5)

    many()
    training_mb(tmp_path, 640, few)  # what torch allocates on first use is not in question
    with_few, with_many = training_mb(tmp_path, 640, few), training_mb(tmp_path, 640, many)
    assert with_many - with_few < 12

    def loaded():
        mapped = many()
        return replace(mapped, signals_uv=np.array(mapped.signals_uv))

    assert training_mb(tmp_path, 640, loaded) - with_few > 32, "it would have been seen"


def test_private_memory_counts_what_is_written_and_no_mapped_file(tmp_path):
    path = tmp_path / "numbers"
    path.write_bytes(os.urandom(32 << 20))
    before = private_mb()
    mapped = np.memmap(path, mode="r")
    assert int(mapped[::4096].sum()) > 0
    assert private_mb() - before < 4
    # not by malloc, which may have as much left from before
    copied = np.frombuffer(mmap.mmap(-1, mapped.nbytes, flags=mmap.MAP_PRIVATE), dtype=mapped.dtype)
    copied[:] = mapped
    assert private_mb() - before > 28
