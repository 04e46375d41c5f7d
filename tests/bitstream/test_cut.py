"""Range-coded payloads that were cut: only symbols that the bytes decide are read."""

from __future__ import annotations

import pytest

from triptych.bitstream.cut import Cut, CutDecoder
from triptych.bitstream.rangecoder import RangeEncoder


def test_a_cut_code_gives_a_prefix_and_nothing_false() -> None:
    """Whatever the cut, the symbols before it are right, and more bytes never give fewer."""
    bits = [n * n % 7 < 2 for n in range(120)]
    encoder = RangeEncoder()
    for number, bit in enumerate(bits):
        encoder.encode_bit(bit, 9000 + 400 * number)
        encoder.encode_uniform(number % 16, 16)
    data = encoder.finish()
    before = 0
    for length in range(len(data) + 1):
        decoder, read = CutDecoder(data[:length]), 0
        with pytest.raises(Cut):
            for number, bit in enumerate([*bits, False] * 2):
                assert decoder.decode_bit(9000 + 400 * number % 50000) == bit or number >= len(bits)
                assert decoder.decode_uniform(16) == number % 16 or number >= len(bits)
                read += 1
        assert before <= read
        before = read
    assert before >= len(bits) - 2
