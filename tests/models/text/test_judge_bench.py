"""The bench of the judge's network: what it compares says the same."""

import json

import pytest
import torch

from models.text import bench
from models.text.__main__ import main


@pytest.fixture(autouse=True)
def one_claim(monkeypatch):
    monkeypatch.setattr(bench, "N_CLAIMS", 1)


def test_all_ways_of_reading_say_the_same():
    before = torch.get_num_threads()
    every = bench.ways(2)
    (ours,), (padded,), (alone,) = (every[n]() for n in ("in_a_row", "side_by_side", "one_thread"))
    torch.set_num_threads(before)
    assert ours.shape == (bench.N_DOCUMENTS, 3)
    assert torch.allclose(ours, alone, atol=0.02)  # bfloat16, perhaps
    assert torch.allclose(ours, padded.float(), atol=0.02)


def test_it_tells_claims_a_second_and_how_long_the_other_ways_take(capsys):
    before = torch.get_num_threads()
    assert main(["bench", "--rounds", "2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert torch.get_num_threads() == before
    assert found["claims_per_s"] > 0
    assert set(found["times_as_long"]) == {"side_by_side", "one_thread", "products"}
    for one in found["times_as_long"].values():
        assert 0 < one["least"] <= one["middle"] <= one["most"]


def test_no_rounds_are_refused(capsys):
    assert main(["bench", "--rounds", "0"]) == 2
    assert "1 or more" in capsys.readouterr().err
