"""Our fits on others' public points against what they published."""

from pathlib import Path

import pytest

from verifier.bench import laws
from verifier.claim import InputError

POINTS = Path(__file__).parents[3] / "shared" / "data" / "scaling"


@pytest.fixture(scope="module")
def found():
    if not (POINTS / laws.CHINCHILLA).is_file():
        pytest.skip("the public scaling points are not in ../shared")
    return laws.measure(POINTS)


@pytest.mark.parametrize("letter", ["E", "alpha", "beta"])
def test_chinchilla_without_its_five_worst_agrees_with_the_replication(found, letter):
    fitted = found["chinchilla"]["fitted"][letter]
    assert fitted == pytest.approx(laws.PUBLISHED[letter], rel=0.02)


def test_all_points_of_chinchilla_move_beta_and_are_warned_of(found):
    assert found["chinchilla"]["of_all_points"]["beta"] == pytest.approx(0.45, abs=0.02)
    assert "5 of 245 points" in found["chinchilla"]["warning"]


def test_image_retrieval_error_falls_with_compute_as_published(found):
    assert found["openclip"]["exponent_of_all"] == pytest.approx(-0.08, abs=0.01)
    assert found["openclip"]["exponent_of_frontier"] == pytest.approx(-0.08, abs=0.01)


def test_a_folder_without_the_points_is_named(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        laws.measure(tmp_path)
    (tmp_path / laws.CHINCHILLA).write_text("loss\n1.0\n")
    with pytest.raises(InputError, match="no column Model Size"):
        laws.measure(tmp_path)
