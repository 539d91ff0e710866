"""Lending a generator to those parts of torch that only know the process-wide one."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Generator


@contextmanager
def lend(generator: Generator) -> Iterator[None]:
    """Let initialisation and dropout draw from `generator` instead of the process-wide one.

    On an accelerator dropout draws from that device's generator, which is seeded by a number
    drawn from ours.
    """
    before = torch.get_rng_state()
    if torch.cuda.is_available():
        # Drawn from a copy: a run on the CPU must not depend on whether there is an accelerator.
        copy = Generator()
        copy.set_state(generator.get_state())
        torch.cuda.manual_seed_all(int(torch.randint(2**62, (1,), generator=copy)))
    torch.set_rng_state(generator.get_state())
    try:
        yield
    finally:
        generator.set_state(torch.get_rng_state())
        torch.set_rng_state(before)


def seeded(seed: int, *, stream: int = 0) -> Generator:
    """Make a generator on the CPU; different streams of one seed do not meet in practice."""
    mixed = (seed * 1_000_003 + stream * 7_919 + 12_345) % (2**63)
    return Generator().manual_seed(mixed)
