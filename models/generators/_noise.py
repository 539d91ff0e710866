"""White noise by counting: each number follows from a key and its place, on whatever device."""

import math

import torch
from torch import Tensor

_LOW = 0xFFFFFFFF


def white_noise(keys: Tensor, at: Tensor, *, n_leads: int) -> Tensor:
    """Return independent standard normal numbers (B, C, T), float32; `n_leads` must be even.

    `keys` (B, 2) are whole numbers below 2**32, one pair for each record; `at` (B, T) are the
    samples' places in it. The same key and place give the same number in whatever batch or window;
    on another device to the rounding of its logarithm and cosine. Box and Muller's method on
    hashed counters, after Salmon et al. 2011 (doi:10.1145/2063384.2063405).
    """
    n_pairs = n_leads // 2
    pair = torch.arange(n_pairs, device=at.device)[None, :, None]
    counter = 2 * (at[:, None, :] * n_pairs + pair)  # (B, C/2, T)
    first, second = (_uniform(keys, counter + which) for which in (0, 1))
    radius = torch.sqrt(-2 * torch.log(first))
    angle = 2 * math.pi * second
    both = torch.stack([radius * torch.cos(angle), radius * torch.sin(angle)], dim=2)
    return both.flatten(1, 2)


def _uniform(keys: Tensor, counter: Tensor) -> Tensor:
    """Return numbers in (0, 1], from each key and counter alone."""
    low, high = keys[:, 0, None, None], keys[:, 1, None, None]
    mixed = _mix(_mix(_mix(counter & _LOW) ^ low) ^ high)
    return (mixed.to(torch.float32) + 0.5) * 2.0**-32


def _mix(x: Tensor) -> Tensor:
    """Mix 32 bits, one to one (C. Wellons' "lowbias32", public domain).

    torch multiplies no unsigned numbers; in 64 bits what overflows leaves the lower 32 right.
    """
    x = ((x ^ (x >> 16)) * 0x7FEB352D) & _LOW
    x = ((x ^ (x >> 15)) * 0x846CA68B) & _LOW
    return x ^ (x >> 16)
