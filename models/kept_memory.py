"""Memory that one update frees is kept for the next, which needs as much again."""

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of mallopt(3)
_KEPT = 1 << 30  # bytes


def keep_freed_memory() -> None:
    """Tell glibc's malloc to keep up to 1 GiB of what is freed; others are left as they are.

    It would give a tensor's pages back to the system, which hands them out again one by one and
    filled with zeros: thousands of page faults an update, up to a tenth of its time.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _KEPT)
        mallopt(_TRIM_THRESHOLD, _KEPT)
