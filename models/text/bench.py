"""How fast the bundled judge's network reads, beside other ways to make the same sums.

Weights and word pieces are drawn, since neither changes how long it takes. All ways take turns, so
that a busy machine slows them alike; their ratio is the middle of the rounds, with least and most.
"""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.randomness import lend, seeded
from models.text import judge, minilm, rows

N_CLAIMS, N_DOCUMENTS = 6, 3  # of a claim, as `python -m verifier bench literature` asks
CLAIM, TITLE, SENTENCES = 22, 18, 5
SENTENCE = 20, 60  # word pieces of the shortest and longest: 240 a document, as in SciFact


def measure(n_threads: int, n_rounds: int) -> dict[str, Any]:
    """Claims a second, and how many times as long the other ways take.

    `side_by_side`: padded to the longest, by torch's own threads. `one_thread`: in a row, alone.
    `products`: only the products with weight matrices, each of a claim's documents at once.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(n_threads)
    try:
        every = ways(n_threads)
        rounds = [{name: _seconds(way) for name, way in every.items()} for _ in range(n_rounds + 1)]
    finally:
        torch.set_num_threads(before)
    taken = rounds[1:]  # products are planned in the first
    ours = "in_a_row"
    return {
        "threads": n_threads,
        "dtype": str(minilm.sum_dtype()).removeprefix("torch."),
        "claims_per_s": round(N_CLAIMS / median(each[ours] for each in taken), 2),
        "times_as_long": {
            name: _spread([each[name] / each[ours] for each in taken])
            for name in every
            if name != ours
        },
    }


def words(found: dict[str, Any]) -> list[str]:
    lines = [f"{found['claims_per_s']} claims a second, {found['threads']} threads"]
    for name, one in found["times_as_long"].items():
        lines.append(f"{name}: {one['middle']} times as long ({one['least']} to {one['most']})")
    return lines


def ways(n_threads: int) -> dict[str, Callable[[], list[Tensor]]]:
    """Ways to read all claims; those that read give each claim's logits, documents by three."""
    with lend(seeded(0)):
        network = judge.Judge(minilm.MiniLM()).eval()
    network.encoder.halved()
    dtype = minilm.sum_dtype()
    company, alone = (rows.Reader(network.encoder, dtype, n) for n in (n_threads, 1))
    random = np.random.default_rng(0)
    claims = [judge.batched([_tokens(random) for _ in range(N_DOCUMENTS)]) for _ in range(N_CLAIMS)]

    def side_by_side() -> list[Tensor]:
        with torch.inference_mode(), minilm.precision():
            return [network(claim)[0] for claim in claims]

    def in_a_row(reader: rows.Reader) -> list[Tensor]:
        with torch.inference_mode():
            return [network.in_a_row(claim, reader)[0] for claim in claims]

    def one_thread() -> list[Tensor]:
        torch.set_num_threads(1)
        found = in_a_row(alone)
        torch.set_num_threads(n_threads)
        return found

    matrices = [part for part in network.encoder.layers.modules() if isinstance(part, nn.Linear)]
    lengths = [int(claim.text.mask.sum()) for claim in claims]
    inputs = {
        (n, width): torch.zeros(n, width, dtype=dtype)
        for n in lengths
        for width in (minilm.WIDTH, 4 * minilm.WIDTH)
    }

    def products() -> list[Tensor]:
        with torch.inference_mode():
            for n in lengths:
                for part in matrices:
                    F.linear(inputs[n, part.in_features], part.weight, part.bias)
        return []

    return {
        "in_a_row": lambda: in_a_row(company),
        "side_by_side": side_by_side,
        "one_thread": one_thread,
        "products": products,
    }


def _tokens(random: np.random.Generator) -> judge.Tokens:
    lengths = random.integers(*SENTENCE, SENTENCES)
    before = CLAIM + TITLE + 3
    places = np.concatenate(
        [np.zeros(before, np.int64), np.repeat(np.arange(1, SENTENCES + 1), lengths)]
    )
    return judge.Tokens(random.integers(1000, 30000, len(places)), places, CLAIM + 2, SENTENCES)


def _seconds(way: Callable[[], object]) -> float:
    started = time.perf_counter()
    way()
    return time.perf_counter() - started


def _spread(ratios: list[float]) -> dict[str, float]:
    return {
        "middle": round(median(ratios), 2),
        "least": round(min(ratios), 2),
        "most": round(max(ratios), 2),
    }
