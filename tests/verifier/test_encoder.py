from pathlib import Path

import numpy as np
import pytest

from models.text import weights
from verifier.encoder import Embedder, Encoder, EncoderError

needs_model = pytest.mark.skipif(bool(weights.missing()), reason=weights.missing() or "there")


class Counting:
    """Stands for the child: a vector a text, and a note of what was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts):
        self.asked += texts
        rows = [np.random.default_rng(len(text)).standard_normal(384) for text in texts]
        return np.array(rows, np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def test_a_text_is_embedded_once_and_only_new_ones_cost_time(folder):
    first, second = Counting(), Counting()
    before = Embedder(folder, first).embed(["a", "bb"])
    after = Embedder(folder, second).embed(["bb", "ccc", "a", "bb"])
    assert (first.asked, second.asked) == (["a", "bb"], ["ccc"])
    assert np.array_equal(after[[2, 0]], before)
    assert np.array_equal(after[0], after[3])


@pytest.mark.parametrize(("name", "extra"), [("digests", b"torn"), ("vectors", b"\1" * 100)])
def test_what_a_crash_left_half_written_is_cut_off(folder, name, extra):
    before = Embedder(folder, Counting()).embed(["a"])
    (path,) = folder.glob(f"*/{name}")
    with path.open("ab") as file:
        file.write(extra)
    again = Counting()
    after = Embedder(folder, again).embed(["a", "bb"])
    assert again.asked == ["bb"]
    assert np.array_equal(after[:1], before)
    assert np.array_equal(Embedder(folder, Counting()).embed(["a", "bb"]), after)


def test_two_that_write_at_once_lose_nothing(folder):
    one, other = Embedder(folder, Counting()), Embedder(folder, Counting())
    one.embed(["a"])
    other.embed(["bb"])
    late = Counting()
    Embedder(folder, late).embed(["a", "bb"])
    assert late.asked == []


def test_what_another_adds_meanwhile_is_found_and_every_text_keeps_its_own_vector(folder):
    one, other = Embedder(folder, Counting()), Embedder(folder, Counting())
    texts = ["a" * n for n in range(1, 60)]
    for i, text in enumerate(texts):
        (one, other)[i % 2].embed([text])
    expected = Counting().embed(texts).astype(np.float16).astype(np.float32)
    late = Counting()
    for embedder in (one, other, Embedder(folder, late)):
        assert np.array_equal(embedder.embed(texts), expected)
    assert late.asked == []


def test_a_folder_that_was_emptied_is_filled_again(folder):
    kept = Embedder(folder, Counting())
    before = kept.embed(["a", "bb", "ccc"])
    for path in folder.glob("*/*"):
        path.unlink()
    Embedder(folder, Counting()).embed(["dddd"])

    assert np.array_equal(kept.embed(["eeeee", "a", "bb", "ccc"])[1:], before)
    late = Counting()
    Embedder(folder, late).embed(["a", "dddd", "eeeee"])
    assert late.asked == []


def test_no_texts_are_no_vectors(folder):
    assert Embedder(folder, Counting()).embed([]).shape == (0, 384)


@needs_model
def test_like_texts_are_near_and_a_wrong_request_is_answered_in_words():
    encoder = Encoder()
    try:
        heart, ecg, whale = encoder.embed(
            ["The heart beats.", "A heart that is beating.", "Stock prices fell on Monday."]
        )
        assert heart @ ecg > heart @ whale + 0.3
        assert np.allclose(np.linalg.norm([heart, ecg, whale], axis=1), 1, atol=1e-3)
        with pytest.raises(EncoderError, match="known: embed, judge"):
            encoder._ask({"sing": []})
        assert len(encoder.embed(["It still answers."])) == 1
    finally:
        encoder.close()
