"""The standard streams when one of them is closed (`triptych info x.trp >&-`)."""

from __future__ import annotations

import os
import sys


def hold_closed_streams() -> None:
    """Let closed streams fail when they are used, and keep their numbers from files that are opened later.

    Otherwise the first file that is written would be standard output, with all that libraries print there. What goes to
    a closed standard error is lost. Windows has programs without a console, whose streams nobody closed: left alone.
    """
    if os.name == "nt":
        return
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is not None:
            continue
        try:
            os.fstat(number)
        except OSError:  # closed; the lowest number that is free is the next to be given
            wrong_way = os.O_WRONLY if name in ("stdin", "stderr") else os.O_RDONLY
            os.open(os.devnull, wrong_way)
        setattr(sys, name, open(number, "r" if name == "stdin" else "w", closefd=False))  # noqa: SIM115
