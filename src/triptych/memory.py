"""What the process does with memory that is free again."""

from __future__ import annotations

from functools import cache

KEPT = 31 << 20  # bytes; glibc learns nothing from blocks of more than 32 MiB


@cache
def keep_freed_memory() -> None:
    """Let the C library keep what is freed instead of giving it back, up to twice `KEPT`.

    NumPy's temporaries are a few megabytes each. glibc gives such blocks back at once and asks for new ones, which the
    system has to clear: some 4,000 page faults, and a third of the time, for the edges of one picture. It stops doing
    so for blocks up to the size of the largest one that it has seen freed, so it is shown one; no page of it is
    touched. Elsewhere this does nothing.
    """
    import numpy as np

    np.empty(KEPT, np.uint8)
