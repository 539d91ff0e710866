import subprocess
import sys

import pytest

from models import checkpoint
from models.whole_file import BusyError, alone_in, replacing


def test_a_file_that_cannot_be_written_leaves_the_old_one_and_nothing_half_made(tmp_path):
    path = tmp_path / "result.json"
    path.write_text("old")

    def fill() -> None:
        with replacing(path) as half_made:
            half_made.write_text("ne")
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        fill()
    assert [found.name for found in tmp_path.iterdir()] == ["result.json"]
    assert path.read_text() == "old"


def test_a_written_file_takes_the_place_of_the_old_one(tmp_path):
    path = tmp_path / "result.json"
    path.write_text("old")
    with replacing(path) as half_made:
        half_made.write_text("new")
    assert path.read_text() == "new"


HOLD = (
    "import sys, pathlib; from models.whole_file import alone_in\n"
    "with alone_in(pathlib.Path(sys.argv[1]), patience_s=0, is_stopping=lambda: False):\n"
    "    print('held', flush=True); sys.stdin.readline()"
)


def test_a_folder_has_one_process_at_a_time_and_is_free_once_that_is_killed(tmp_path):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout.readline() == b"held\n"
        with (
            pytest.raises(BusyError, match="Another process is at work"),
            alone_in(tmp_path, patience_s=0.2, is_stopping=lambda: False),
        ):
            pass
    finally:
        holder.kill()
        holder.communicate()
    with alone_in(tmp_path, patience_s=0, is_stopping=lambda: False):
        pass


def test_a_checkpoint_cut_short_is_set_aside(tmp_path):
    path = tmp_path / "checkpoint.pt"
    path.write_bytes(b"PK\x03\x04 torn")
    assert checkpoint.read(path) is None
    assert [found.name for found in tmp_path.iterdir()] == ["checkpoint.pt.broken"]
