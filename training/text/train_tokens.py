"""Learn the merges of the text layer and write them, with the tokenised lines, to a work folder.

With `--shipped` the tokens of the package and their groups are kept, for another network of the same ones.

The lines of each kind of the data are weighted (see WEIGHTS in lines.py). One line in a hundred of every
kind is set aside as the development set; nothing is ever learned from it.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict
from heapq import heapify, heappop, heappush
from itertools import pairwise
from pathlib import Path

import numpy as np
from lines import KINDS, WEIGHTS, read_lines

from triptych.layers.tables import load_table
from triptych.layers.text.model import tokeniser as shipped
from triptych.layers.text.tokens import BASE_TOKENS, Tokeniser, fold, pieces

OUTER_SAMPLE = 6  # one line in so many is enough to rank the merges across pieces


def count_pieces(lines: dict[str, list[str]]) -> Counter[bytes]:
    """How often each piece of folded text occurs, weighted by kind."""
    total: Counter[bytes] = Counter()
    for kind, texts in lines.items():
        counts = Counter(piece for text in texts for piece in pieces(fold(text)))
        for piece, count in counts.items():
            total[piece] += count * WEIGHTS[kind]
    return total


class PairCounts:
    """Weighted counts of neighbouring tokens, with the words that hold each pair."""

    def __init__(self, words: list[list[int]], weights: list[float]) -> None:
        self._words, self._weights = words, weights
        self._counts: defaultdict[tuple[int, int], float] = defaultdict(float)
        self._holders: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
        for index in range(len(words)):
            self._add(index)
        self._queue = [(-count, pair) for pair, count in self._counts.items()]
        heapify(self._queue)

    def _add(self, index: int) -> set[tuple[int, int]]:
        found = set(pairwise(self._words[index]))
        for pair in pairwise(self._words[index]):
            self._counts[pair] += self._weights[index]
        for pair in found:
            self._holders[pair].add(index)
        return found

    def best(self) -> tuple[int, int]:
        """The most frequent pair; the queue may hold outdated counts, which are put right on the way."""
        while True:
            count, pair = heappop(self._queue)
            if -count == self._counts[pair]:
                return pair
            if self._counts[pair] > 0 and -count > self._counts[pair]:
                heappush(self._queue, (-self._counts[pair], pair))

    def merge(self, pair: tuple[int, int], new: int) -> None:
        """Replace the pair by a new token; only the words that hold it are counted anew."""
        changed: set[tuple[int, int]] = set()
        for index in sorted(self._holders.pop(pair)):
            for old in pairwise(self._words[index]):
                self._counts[old] -= self._weights[index]
                self._holders[old].discard(index)
            self._words[index] = _replace(self._words[index], pair, new)
            changed |= {found for found in self._add(index) if new in found}
        for found in changed:
            heappush(self._queue, (-self._counts[found], found))


def learn_merges(words: list[list[int]], weights: list[float], first: int, wanted: int) -> list[tuple[int, int]]:
    """The most frequent pair, again and again.

    The words are lists of token numbers and change in place; new tokens are numbered from `first`.
    """
    counts = PairCounts(words, weights)
    merges: list[tuple[int, int]] = []
    while len(merges) < wanted:
        best = counts.best()
        counts.merge(best, first + len(merges))
        merges.append(best)
    return merges


def learn_inner(counts: Counter[bytes], wanted: int) -> list[tuple[int, int]]:
    """Merges inside pieces."""
    number = {token: index for index, token in enumerate(BASE_TOKENS)}
    words = [[number[piece[at : at + 1]] for at in range(len(piece))] for piece in counts]
    return learn_merges(words, list(counts.values()), len(BASE_TOKENS), wanted)


def learn_outer(lines: dict[str, list[str]], inner: list[tuple[int, int]], wanted: int) -> list[tuple[int, int]]:
    """Merges across pieces, from a sample of the lines."""
    first = len(BASE_TOKENS) + len(inner)
    tokeniser = Tokeniser(inner, len(inner), range(first))
    number = {token: index for index, token in enumerate(tokeniser.strings)}
    words: list[list[int]] = []
    weights: list[float] = []
    for kind in KINDS:
        for text in lines[kind][::OUTER_SAMPLE]:
            words.append([number[token] for token in tokeniser.words(text)])
            weights.append(WEIGHTS[kind])
    return learn_merges(words, weights, first, wanted)


def _replace(word: list[int], pair: tuple[int, int], new: int) -> list[int]:
    out: list[int] = []
    at = 0
    while at < len(word):
        if at + 1 < len(word) and (word[at], word[at + 1]) == pair:
            out.append(new)
            at += 2
        else:
            out.append(word[at])
            at += 1
    return out


def tokenise(tokeniser: Tokeniser, texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """All tokens of the texts one after another, each text closed by the end token, and the lengths."""
    tokens: list[int] = []
    lengths: list[int] = []
    for text in texts:
        numbers = [*tokeniser.encode(text), tokeniser.end]
        tokens += numbers
        lengths.append(len(numbers))
    return np.array(tokens, np.uint16), np.array(lengths, np.int32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder with train_*.txt.xz")
    parser.add_argument("work", type=Path, help="folder for tokens.npz")
    parser.add_argument("--inner", type=int, default=3876, help="merges inside words (default: %(default)s)")
    parser.add_argument("--outer", type=int, default=1024, help="merges across words (default: %(default)s)")
    parser.add_argument("--shipped", action="store_true", help="keep tokens and groups; writes groups.npz, too")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    start = time.time()
    train, dev = read_lines(args.data)
    out: dict[str, np.ndarray] = {}
    if args.shipped:
        known = shipped()
        sizes = load_table("text")["sizes"]
        np.savez(args.work / "groups.npz", order=np.arange(len(known.strings)), sizes=sizes)
    else:
        inner = learn_inner(count_pieces(train), args.inner)
        print(f"{len(inner)} merges inside words after {time.time() - start:.0f} s", flush=True)
        merges = inner + learn_outer(train, inner, args.outer)
        print(f"{len(merges)} merges after {time.time() - start:.0f} s", flush=True)
        known = Tokeniser(merges, len(inner), range(len(BASE_TOKENS) + len(merges)))
        out = {"merges": np.array(merges, np.uint16), "inside": np.array(len(inner))}
    out["tokens"] = np.array(len(known.strings))
    for part, lines in (("train", train), ("dev", dev)):
        for kind in KINDS:
            out[f"{part}_{kind}"], out[f"{part}_{kind}_lengths"] = tokenise(known, lines[kind])
            letters = sum(map(len, lines[kind]))
            print(f"{part} {kind}: {letters / len(out[f'{part}_{kind}']):.2f} characters a token", flush=True)
    np.savez(args.work / "tokens.npz", **out)


if __name__ == "__main__":
    main()
