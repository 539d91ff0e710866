import multiprocessing
import os
import platform
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from models.bench import _random_records
from models.memory import private_mb, training_mb

N_WINDOWS = 8_000  # of 12 x 250 at two bytes: 48 MB

pytestmark = pytest.mark.skipif(private_mb() is None, reason="only Linux says what is private")


def held_mb(folder):
    """The most held, in MB, in training on few windows, on many, and on many that are loaded."""

    def few():
        return _random_records(folder, 100, 80, window_s=2.5)

    def many():
        return _random_records(folder, 100, N_WINDOWS, window_s=2.5)

    def loaded():
        mapped = many()
        return replace(mapped, signals_uv=np.array(mapped.signals_uv))

    many()
    training_mb(folder, 640, few)  # what torch allocates on first use is not in question
    return [training_mb(folder, 640, opened) for opened in (few, many, loaded)]


def test_training_on_a_hundred_times_the_windows_holds_no_more_memory(tmp_path):
    # in a process of its own: here earlier tests left memory that may be given back meanwhile
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        few, many, loaded = pool.submit(held_mb, tmp_path).result()
    assert many - few < 12
    assert loaded - few > 32, "it would have been seen"


COUNTED = """
import gc, mmap, sys
import numpy as np
from models.memory import private_mb

gc.collect()
before = private_mb()
mapped = np.memmap(sys.argv[1], mode="r")
assert int(mapped[::4096].sum()) > 0
after_mapping = private_mb()
# not by malloc, which may have as much left from before
copied = np.frombuffer(mmap.mmap(-1, mapped.nbytes, flags=mmap.MAP_PRIVATE), dtype=mapped.dtype)
copied[:] = mapped
print(after_mapping - before, private_mb() - before)
"""


def test_private_memory_counts_what_is_written_and_no_mapped_file(tmp_path, root):
    path = tmp_path / "numbers"
    path.write_bytes(os.urandom(32 << 20))
    command = [sys.executable, "-c", COUNTED, str(path)]  # a process of its own, as above
    said = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    of_mapped, of_written = map(float, said.split())
    assert of_mapped < 4
    assert of_written > 28


FREED = """
import resource, sys
import numpy as np
from models.kept_memory import keep_freed_memory

if sys.argv[1] == "kept":
    keep_freed_memory()

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

for _ in range(2):
    before = faults()
    numbers = np.ones(40 << 20, dtype=np.uint8)
    found = faults() - before
    del numbers
print(found)
"""


@pytest.mark.skipif("glibc" not in platform.libc_ver(), reason="only glibc's malloc is told to")
def test_memory_that_was_freed_is_had_again_without_asking_the_system(root):
    found = [
        int(subprocess.check_output([sys.executable, "-c", FREED, how], cwd=root, text=True))
        for how in ("kept", "as it is")
    ]
    assert found[0] < 20 < found[1]
