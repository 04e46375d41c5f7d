"""Write the tables that are mathematics and not training: the logistic function and the cosines.

    python training/constants.py

They are shipped as integers because a library's exp or cos may round differently on another machine.
Every value is computed with 50 digits, so the nearest integer is beyond doubt.
"""

from __future__ import annotations

import argparse
from decimal import ROUND_HALF_UP, Decimal, getcontext
from pathlib import Path

import numpy as np

from triptych.layers.tables import FOLDER, write_table

getcontext().prec = 50
PI = Decimal("3.14159265358979323846264338327950288419716939937510")
LOGIT_STEPS = 1536
MAX_SIDE = 64
COSINE_UNIT = 8192


def nearest(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def cosine(angle: Decimal) -> Decimal:
    """cos(angle) for 0 <= angle <= pi by its Taylor series."""
    term, total, n = Decimal(1), Decimal(1), 0
    while abs(term) > Decimal("1e-45"):
        n += 2
        term *= -angle * angle / (n * (n - 1))
        total += term
    return total


def logistic_table() -> np.ndarray:
    """P(1) out of 65,536 for a logit of (i - 1536 + 1/2) / 128; uint16 (3072,), each 1..65,535."""
    values = []
    for step in range(-LOGIT_STEPS, LOGIT_STEPS):
        p = 65536 / (1 + (-(Decimal(step) + Decimal("0.5")) / 128).exp())
        values.append(min(max(nearest(p), 1), 65535))
    return np.array(values, np.uint16)


def cosine_tables() -> dict[str, np.ndarray]:
    """For each side n = 1..64 the orthonormal DCT-II basis in units of 1/8192; int16 (n, n), [k, x]."""
    tables = {}
    for n in range(1, MAX_SIDE + 1):
        wave = [cosine(PI * j / (2 * n)) for j in range(2 * n + 1)]  # half a turn; the rest mirrors it
        basis = np.zeros((n, n), np.int16)
        for k in range(n):
            scale = (Decimal(1 if k == 0 else 2) / n).sqrt() * COSINE_UNIT
            for x in range(n):
                j = (2 * x + 1) * k % (4 * n)
                basis[k, x] = nearest(scale * wave[min(j, 4 * n - j)])
        tables[f"n{n}"] = basis
    return tables


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=FOLDER, metavar="FOLDER", help="of the tables and their index")
    out = parser.parse_args().out
    write_table("logistic", {"p1": logistic_table()}, "training/constants.py", out)
    write_table("cosines", cosine_tables(), "training/constants.py", out)


if __name__ == "__main__":
    main()
