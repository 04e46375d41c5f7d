"""Tokens of the text layer: UTF-8 bytes with the case folded away, joined by byte-pair merges (SPEC §7.1).

Text becomes tokens in three steps:

1. *Folding.* ASCII capitals become small letters with a mark before them, so that "Cat", "CAT" and
   "cat" share their statistics. The marks are byte values that no UTF-8 text contains: `ONE` makes the
   next letter a capital, `WORD` the whole next run of letters. A mark stands before the space that
   precedes the word, because tokens carry that space.
2. *Splitting* into words with their leading space, runs of punctuation, and single white space.
3. *Merging* inside each piece, in the order in which training found the pairs (byte-pair encoding, after
   Sennrich, Haddow and Birch, "Neural machine translation of rare words with subword units", 2016), then
   across pieces (after Liu et al., "SuperBPE: space travel for language models", 2025): fewer tokens leave
   the network more time for each.

Only the way back is normative: a token is a string of bytes, their concatenation is unfolded and must be
valid UTF-8. Every byte that can occur in folded text is itself a token, so any text can be written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from ...errors import DamagedError

END, ONE, WORD = 0xFF, 0xFE, 0xFD  # byte values that UTF-8 never uses
# Every other byte of folded text: capitals are folded, and C0, C1, F5.. do not occur in UTF-8.
_UNUSED = {*range(0x41, 0x5B), 0xC0, 0xC1, *range(0xF5, 0xFD)}
BASE_TOKENS = [bytes([value]) for value in range(256) if value not in _UNUSED]

_LETTERS = re.compile(rb" ?[A-Za-z]+")
_CAPITAL = re.compile(rb"[A-Z]")
_PIECE = re.compile(
    rb"[\xfd\xfe]|'[a-z]+| ?[a-z0-9\x80-\xf7]+| ?[^a-z0-9\x80-\xf7\s\xfd\xfe]+|\s"  # every byte matches
)
_MARKED = re.compile(rb"\xfe([^a-z\xfe\xfd]*)([a-z]?)|\xfd([^a-z\xfe\xfd]*)([a-z]*)", re.DOTALL)


def fold(text: str) -> bytes:
    """UTF-8 of the text with ASCII capitals replaced by marks and small letters."""
    return _LETTERS.sub(_fold_word, text.encode("utf-8"))


def _fold_word(match: re.Match[bytes]) -> bytes:
    word = match[0]
    letters = word.lstrip(b" ")
    if letters.islower():
        return word
    if letters.isupper() and len(letters) > 1:
        return bytes([WORD]) + word.lower()
    marked = _CAPITAL.sub(lambda capital: bytes([ONE]) + capital[0].lower(), letters)
    if len(letters) < len(word):  # the mark of a first capital goes before the space
        return b"\xfe " + marked[1:] if marked[0] == ONE else b" " + marked
    return marked


def unfold(folded: bytes) -> str:
    """The text whose folding this is; marks without a letter after them vanish.

    Raises:
        DamagedError: the bytes are not UTF-8.
    """
    try:
        return _MARKED.sub(_unfold_mark, folded).decode("utf-8")
    except UnicodeDecodeError as error:
        raise DamagedError(f"a text payload is not valid UTF-8: {error.reason}") from None


def _unfold_mark(match: re.Match[bytes]) -> bytes:
    if match[0][0] == ONE:
        return match[1] + match[2].upper()
    return match[3] + match[4].upper()


def pieces(folded: bytes) -> Iterator[bytes]:
    """Split folded text into the pieces inside which tokens are merged."""
    return (match[0] for match in _PIECE.finditer(folded))


class Tokeniser:
    """Turn text into token numbers and back.

    Args:
        merges: pairs of token numbers in merging order, numbered before `order` is applied: the base
            tokens come first, and merge k makes token len(BASE_TOKENS) + k.
        inside: how many of the merges, from the first, are for the inside of pieces only.
        order: order[n] is the number, so counted, of the token that the model calls n.
    """

    def __init__(self, merges: Iterable[Sequence[int]], inside: int, order: Sequence[int]) -> None:
        strings = list(BASE_TOKENS)
        inner: dict[tuple[bytes, bytes], int] = {}
        outer: dict[tuple[bytes, bytes], int] = {}
        for rank, (left, right) in enumerate(merges):
            (inner if rank < inside else outer)[strings[left], strings[right]] = rank
            strings.append(strings[left] + strings[right])
        self.strings = [strings[number] for number in order]
        self._inner, self._outer = inner, outer
        self._numbers = {string: number for number, string in enumerate(self.strings)}
        self.end = self._numbers[bytes([END])]
        self._known: dict[bytes, list[bytes]] = {}  # pieces seen before; bounded by _KNOWN_LIMIT

    def encode(self, text: str) -> list[int]:
        """The token numbers of a text, without the end token."""
        return [self._numbers[part] for part in merge(self.words(text), self._outer)]

    def words(self, text: str) -> list[bytes]:
        """The tokens of a text before merging across pieces."""
        parts: list[bytes] = []
        for piece in pieces(fold(text)):
            known = self._known.get(piece)
            if known is None:
                known = merge([piece[at : at + 1] for at in range(len(piece))], self._inner)
                if len(self._known) < _KNOWN_LIMIT and len(piece) < 32:
                    self._known[piece] = known
            parts += known
        return parts

    def decode(self, numbers: Iterable[int]) -> str:
        """The text of a sequence of token numbers.

        Raises:
            DamagedError: the bytes of the tokens are not UTF-8.
        """
        return unfold(b"".join([self.strings[number] for number in numbers]))


def merge(parts: list[bytes], ranks: dict[tuple[bytes, bytes], int]) -> list[bytes]:
    """Join neighbours for as long as a pair has a rank, the lowest rank first."""
    while True:
        found = [ranks[pair] for pair in pairwise(parts) if pair in ranks]
        if not found:
            return parts
        best = min(found)
        out: list[bytes] = []
        at = 0
        while at < len(parts):
            pair = (parts[at], parts[at + 1]) if at + 1 < len(parts) else None
            if pair is not None and ranks.get(pair) == best:
                out.append(parts[at] + parts[at + 1])
                at += 2
            else:
                out.append(parts[at])
                at += 1
        parts = out


_KNOWN_LIMIT = 4096
