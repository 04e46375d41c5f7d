"""How many threads NumPy's products take.

The matrices here are small. OpenBLAS divides them among threads all the same, which costs more than it brings: its
threads spin for a while after each product, so that the processor time of a picture doubles on two cores and nothing
is won. Several pictures are encoded by several processes instead.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

_lock = threading.Lock()
_users = 0
_limit: Any = None


@contextmanager
def one_thread() -> Iterator[None]:
    """NumPy's products take one thread in here; afterwards as many as before. May be nested, and used by any thread.

    Also as a decorator.
    """
    global _users, _limit
    with _lock:
        if _users == 0:
            _limit = _products().limit(limits=1)
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0:
                _limit.restore_original_limits()


def _after_fork() -> None:
    global _lock
    _lock = threading.Lock()  # another thread of the parent may hold the old one


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


@cache
def _products() -> Any:
    """The libraries of products that are loaded; NumPy's is by then."""
    import numpy as np  # noqa: F401
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")
