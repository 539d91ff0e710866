"""Texts in a row against the same encoder reading them side by side, padded."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import Tensor

from models.randomness import lend, seeded
from models.text import minilm, rows


@pytest.fixture(scope="module")
def encoder() -> minilm.MiniLM:
    """An encoder of nobody's weights: none are needed to compare two ways of reading."""
    with lend(seeded(0)):
        return minilm.MiniLM().eval()


def texts(*lengths: int, seed: int = 0) -> minilm.Batch:
    generator = torch.Generator().manual_seed(seed)
    shape = len(lengths), max(lengths)
    mask = torch.arange(shape[1]) < torch.tensor(lengths)[:, None]
    ids = torch.randint(1, 30522, shape, generator=generator) * mask
    segments = torch.randint(0, 2, shape, generator=generator) * mask
    return minilm.Batch(ids, mask, segments)


def side_by_side(encoder: minilm.MiniLM, batch: minilm.Batch) -> Tensor:
    with torch.inference_mode():
        found: Tensor = encoder(batch.ids, batch.mask, batch.segments)
    return found


@pytest.mark.parametrize("n_threads", [1, 2, 3])
def test_texts_are_read_as_side_by_side_wherever_the_threads_cut_them(encoder, n_threads):
    batch = texts(90, 7, 61, 55)  # 213 tokens: cut inside the first text and inside the third
    reader = rows.Reader(encoder, torch.float32, n_threads)
    found = reader.read(batch)
    assert torch.allclose(found, side_by_side(encoder, batch)[batch.mask], atol=1e-5)


@pytest.mark.parametrize("n_threads", [1, 2])
def test_only_what_is_wanted_comes_out_even_if_a_thread_has_nothing_of_it(encoder, n_threads):
    batch = texts(100, 60)
    is_wanted = torch.zeros_like(batch.mask)
    is_wanted[0, 90:], is_wanted[1, 5] = True, True  # all of it in the second half of the row
    found = rows.Reader(encoder, torch.float32, n_threads).read(batch, is_wanted)
    is_wanted &= batch.mask
    assert torch.allclose(found, side_by_side(encoder, batch)[is_wanted], atol=1e-5)


def test_sums_in_half_the_precision_stay_near(encoder):
    batch = texts(80, 70)
    found = rows.Reader(encoder, torch.bfloat16, 2).read(batch)
    exact = side_by_side(encoder, batch)[batch.mask]
    assert found.dtype == torch.float32
    assert torch.cosine_similarity(found, exact).min() > 0.999


def test_two_that_ask_one_reader_at_once_get_their_own_answers(encoder):
    reader = rows.Reader(encoder, torch.float32, 2)
    asked = [texts(70, 80, seed=seed) for seed in range(4)]
    with ThreadPoolExecutor(4) as callers:
        answers = list(callers.map(reader.read, asked))
    for batch, found in zip(asked, answers, strict=True):
        assert torch.allclose(found, side_by_side(encoder, batch)[batch.mask], atol=1e-5)


def test_a_thread_that_fails_leaves_no_other_waiting_and_the_cause_is_told(encoder):
    reader = rows.Reader(encoder, torch.float32, 2)
    batch = texts(80, 80)
    wrong = texts(80, 80)
    wrong.ids[1, 40] = 30522  # no such word piece: the second thread's alone
    with pytest.raises(IndexError, match="out of range"):
        reader.read(wrong)
    assert torch.allclose(reader.read(batch), side_by_side(encoder, batch)[batch.mask], atol=1e-5)


def test_the_caller_keeps_its_own_threads(encoder):
    before = torch.get_num_threads()
    rows.Reader(encoder, torch.float32, 2).read(texts(80, 80))
    assert torch.get_num_threads() == before
