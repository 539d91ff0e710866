import subprocess
import sys

import torch

from models.adamw import AdamW, Group
from models.randomness import seeded


def moved_by(make, n_steps=5):
    """Positions of two parameters, one of them without a gradient at first, after some steps."""
    generator = seeded(0)
    first = torch.randn(3, 4, generator=generator, requires_grad=True)
    second = torch.randn(5, dtype=torch.complex64, generator=generator, requires_grad=True)
    optimiser = make(first, second)
    for step in range(n_steps):
        optimiser.zero_grad()
        loss = (first.square() * torch.arange(4)).sum()
        if step:
            loss = loss + (second - 1).abs().sum() * step
        loss.backward()
        optimiser.step()
    return first.detach(), second.detach()


def test_it_moves_as_torchs_own_does_with_a_rate_for_each_group():
    mine = moved_by(
        lambda a, b: AdamW(
            [Group(parameters=[a], learning_rate=0.1), Group(parameters=[b], learning_rate=0.01)],
            weight_decay=0.2,
        )
    )
    theirs = moved_by(
        lambda a, b: torch.optim.AdamW(
            [{"params": [a], "lr": 0.1}, {"params": [b], "lr": 0.01}], weight_decay=0.2
        )
    )
    for one, other in zip(mine, theirs, strict=True):
        torch.testing.assert_close(one, other)


def test_its_state_put_back_goes_on_bit_for_bit():
    def step(optimiser, parameter):
        optimiser.zero_grad()
        parameter.square().sum().backward()
        optimiser.step()

    start = torch.randn(6, generator=seeded(1))
    parameter = start.clone().requires_grad_()
    optimiser = AdamW([Group(parameters=[parameter], learning_rate=0.1)], weight_decay=0.0)
    for _ in range(3):
        step(optimiser, parameter)
    other = parameter.detach().clone().requires_grad_()
    resumed = AdamW([Group(parameters=[other], learning_rate=0.1)], weight_decay=0.0)
    resumed.load_state_dict(optimiser.state_dict())
    step(optimiser, parameter)
    step(resumed, other)
    assert torch.equal(parameter, other)


def test_a_run_does_not_import_the_compiler(tmp_path):
    """It takes as long to import as a small run to train."""
    code = (
        "import sys; from models.__main__ import main; "
        f"status = main(['run', 'tiny', '--out', {str(tmp_path / 'run')!r}]); "
        "sys.exit(status or 'torch._dynamo' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
