"""Sort the tokens into groups for the two-level softmax: tokens with like neighbours share a group.

Neighbour counts, square-rooted and reduced by a singular value decomposition, are clustered by k-means
with a bound on the size of a group. Tokens that training hardly ever sees are put together; the end token
is a group of its own, the first one.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from lines import KINDS, WEIGHTS
from scipy.sparse import csr_matrix, hstack
from scipy.sparse.linalg import svds

RARE = 8  # tokens seen less often than this are not clustered
LARGEST = 128


def neighbour_vectors(store: dict[str, np.ndarray], tokens: int, end: int) -> tuple[np.ndarray, np.ndarray]:
    """A vector for each token that says what stands before and after it, and how often the token occurs."""
    counts = np.zeros(tokens)
    pairs = csr_matrix((tokens, tokens))
    for kind in KINDS:
        stream = np.concatenate([[end], store[f"train_{kind}"]]).astype(np.int64)
        ones = np.full(len(stream) - 1, WEIGHTS[kind])
        pairs += csr_matrix((ones, (stream[:-1], stream[1:])), shape=(tokens, tokens))
        counts += np.bincount(stream[1:], minlength=tokens) * WEIGHTS[kind]
    both = hstack([pairs.T, pairs]).tocsr()  # row: what comes before, what comes after
    total = np.asarray(both.sum(0)).ravel() + 1
    rows, columns = both.nonzero()
    lift = both.data * counts.sum() / ((counts[rows] + 1) * total[columns])
    both.data = np.log1p(lift)
    left, sizes, _ = svds(both, k=64, random_state=0)
    vectors = left * np.sqrt(sizes)
    return vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9), counts


def cluster(vectors: np.ndarray, counts: np.ndarray, groups: int, rounds: int = 25) -> np.ndarray:
    """k-means by angle; a full group turns away tokens, the frequent ones choosing first."""
    rng = np.random.default_rng(0)
    weight = np.sqrt(counts)
    centres = vectors[rng.choice(len(vectors), groups, replace=False, p=weight / weight.sum())]
    for _ in range(rounds):
        preference = np.argsort(-(vectors @ centres.T), axis=1)
        room = np.full(groups, LARGEST)
        chosen = np.zeros(len(vectors), np.int64)
        for token in np.argsort(-counts):
            chosen[token] = next(group for group in preference[token] if room[group])
            room[chosen[token]] -= 1
        for group in range(groups):
            members = chosen == group
            if members.any():
                centre = (vectors[members] * weight[members, None]).sum(0)
                centres[group] = centre / (np.linalg.norm(centre) + 1e-9)
    return chosen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path, help="folder with tokens.npz; gets groups.npz")
    parser.add_argument("--groups", type=int, default=72, help="clustered groups (default: %(default)s)")
    args = parser.parse_args()
    store = dict(np.load(args.work / "tokens.npz"))
    end = int(store["train_t2i"][-1])
    tokens = int(store["tokens"])
    vectors, counts = neighbour_vectors(store, tokens, end)
    is_end = np.arange(tokens) == end
    known = np.flatnonzero((counts >= RARE) & ~is_end)
    rare = np.flatnonzero((counts < RARE) & ~is_end)
    group_of = np.zeros(tokens, np.int64)
    group_of[known] = 1 + cluster(vectors[known], counts[known], args.groups)
    group_of[rare] = 1 + args.groups + np.arange(len(rare)) // LARGEST
    _, group_of = np.unique(group_of, return_inverse=True)  # without empty groups
    order = np.lexsort((np.arange(tokens), group_of))
    sizes = np.bincount(group_of)
    print(f"{len(sizes)} groups of {sizes.min()} to {sizes.max()} tokens; {len(rare)} rare tokens")
    np.savez(args.work / "groups.npz", order=order, sizes=sizes)


if __name__ == "__main__":
    main()
