"""A prompt as a few numbers, the average of vectors of its words; as a script, learn those vectors.

    python training/miniature/words.py PROMPTS --out training/miniature/words.npz

PROMPTS are text files with one prompt a line, plain or .xz. Words that stand in the same prompts get similar
vectors: the truncated singular value decomposition of their shifted positive pointwise mutual information
(Levy and Goldberg 2014, "Neural Word Embedding as Implicit Matrix Factorization", eq. 9).
"""

from __future__ import annotations

import argparse
import lzma
import re
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np

from triptych.decoders.miniature.conditions import TEXT

VECTORS = Path(__file__).with_name("words.npz")


def split(text: str) -> list[str]:
    """Its words in lower case: runs of letters."""
    return re.findall(r"[^\W\d_]+", text.lower())


class Words:
    """Vectors of common words of prompts.

    `vocabulary`: the words. `vectors`: int8 (words, TEXT); words that occur in the same prompts have similar
    ones, and rare words have longer ones.
    """

    def __init__(self, vocabulary: list[str], vectors: np.ndarray) -> None:
        self._place = {word: number for number, word in enumerate(vocabulary)}
        self._vectors = vectors

    def describe(self, text: str | None) -> np.ndarray:
        """float32 (TEXT,): of length 8, or zero if no word is known. Unknown words do not count."""
        known = [self._place[word] for word in set(split(text or "")) if word in self._place]
        if not known:
            return np.zeros(TEXT, np.float32)
        # Integers add up to the same in any order.
        total = self._vectors[known].astype(np.int64).sum(0).astype(np.float32)
        scale = np.float32(8 / max(1.0, float(np.sqrt((total.astype(np.float64) ** 2).sum()))))
        return total * scale


@cache
def load_words() -> Words:
    """The vectors beside this script, which the shipped network was trained with."""
    with np.load(VECTORS) as z:
        return Words(z["vocabulary"].item().split(" "), z["vectors"])


def lines(path: Path) -> list[str]:
    text = lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes()
    return text.decode().splitlines()


def main() -> None:
    from scipy import sparse
    from scipy.sparse.linalg import svds

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("prompts", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--words", type=int, default=8000)
    parser.add_argument("--lines", type=int, default=60_000, help="of each file, at most")
    args = parser.parse_args()
    prompts = []
    for path in args.prompts:
        every = lines(path)
        prompts += [sorted(set(split(line))) for line in every[:: max(1, len(every) // args.lines)]]
    counts = Counter(word for prompt in prompts for word in prompt)
    vocabulary = sorted(word for word, _ in counts.most_common(args.words))
    place = {word: n for n, word in enumerate(vocabulary)}
    rows, columns = [], []
    for n, prompt in enumerate(prompts):
        known = [place[word] for word in prompt if word in place]
        rows += [n] * len(known)
        columns += known
    holds = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), (len(prompts), len(vocabulary)))
    together = (holds.T @ holds).tocoo()
    alone = np.asarray(holds.sum(0)).ravel()
    gain = np.log(together.data * len(prompts) / (alone[together.row] * alone[together.col]) / 2)
    keep = (gain > 0) & (together.row != together.col)
    matrix = sparse.csr_matrix((gain[keep], (together.row[keep], together.col[keep])), together.shape)
    u, s, _ = svds(matrix, TEXT, random_state=0)
    vectors = u * np.sqrt(s)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9
    # A word that stands in every second prompt says less than a rare one.
    vectors *= np.log(len(prompts) / alone)[:, None]
    vectors *= 127 / np.abs(vectors).max()
    np.savez_compressed(args.out, vocabulary=np.array(" ".join(vocabulary)), vectors=np.rint(vectors).astype(np.int8))
    print(f"{len(prompts)} prompts, {len(vocabulary)} words, {args.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
