"""How near two calculations in different number formats have to be."""

import torch

KINDS = [torch.float32, torch.bfloat16]
ROUNDING = {torch.float32: 2e-6, torch.bfloat16: 2**-8}  # of a number, rounded once


def off_by(found, expected):
    """How far apart two are, as a share of the length of what is expected."""
    return float((found.double() - expected).detach().norm() / expected.detach().norm())
