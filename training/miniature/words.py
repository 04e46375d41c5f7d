"""Learn the word vectors by which the miniature reads prompts.

    python training/miniature/words.py PROMPTS --out src/triptych/decoders/miniature/words.npz

PROMPTS are text files with one prompt a line, plain or .xz. Words that stand in the same prompts get similar
vectors: the truncated singular value decomposition of their shifted positive pointwise mutual information
(Levy and Goldberg 2014, "Neural Word Embedding as Implicit Matrix Factorization", eq. 9).
"""

from __future__ import annotations

import argparse
import lzma
from collections import Counter
from pathlib import Path

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import svds

from triptych.decoders.miniature.words import SIZE, split


def lines(path: Path) -> list[str]:
    text = lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes()
    return text.decode().splitlines()


def main() -> None:
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
    u, s, _ = svds(matrix, SIZE, random_state=0)
    vectors = u * np.sqrt(s)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9
    # A word that stands in every second prompt says less than a rare one.
    vectors *= np.log(len(prompts) / alone)[:, None]
    vectors *= 127 / np.abs(vectors).max()
    np.savez_compressed(args.out, vocabulary=np.array(" ".join(vocabulary)), vectors=np.rint(vectors).astype(np.int8))
    print(f"{len(prompts)} prompts, {len(vocabulary)} words, {args.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
