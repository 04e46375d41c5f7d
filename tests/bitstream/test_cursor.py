"""The numbers of the header, and the read position."""

from __future__ import annotations

import pytest

from triptych.bitstream.cursor import MAX_NUMBER, Cursor, write_number
from triptych.errors import TruncatedError


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "00"), (1, "01"), (223, "df"),
        (224, "e000"), (225, "e001"), (479, "e0ff"), (480, "e100"), (8159, "feff"),
        (8160, "ff000000"), (8161, "ff000001"), (MAX_NUMBER, "ffffffff"),
    ],
)  # fmt: skip
def test_numbers_have_these_bytes(value: int, written: str) -> None:
    """A number takes 1, 2 or 4 bytes, and the borders between the forms are where the format puts them."""
    assert write_number(value).hex() == written
    cursor = Cursor(bytes.fromhex(written) + b"\x55")
    assert cursor.number("it") == value
    assert cursor.byte("what follows") == 0x55


def test_each_value_has_one_form() -> None:
    """No two forms overlap, so a length cannot be written in two ways."""
    values = [Cursor(bytes([first, *rest])).number("it") for first in range(224) for rest in [(0, 0, 0)]]
    values += [Cursor(bytes([first, second])).number("it") for first in range(224, 255) for second in range(256)]
    assert values == list(range(8160))
    assert Cursor(b"\xff\0\0\0").number("it") == 8160


@pytest.mark.parametrize("value", [-1, MAX_NUMBER + 1])
def test_numbers_out_of_range_are_refused(value: int) -> None:
    """What no form can hold is the caller's mistake."""
    with pytest.raises(ValueError, match="a number must be"):
        write_number(value)


@pytest.mark.parametrize("written", ["", "e0", "fe", "ff", "ff00", "ff0000"])
def test_cut_numbers_are_truncated(written: str) -> None:
    """A number that ends too early says what was being read."""
    with pytest.raises(TruncatedError, match="the length"):
        Cursor(bytes.fromhex(written)).number("the length")


def test_take_moves_on_and_names_the_offset_when_it_cannot() -> None:
    """Taking more than is left names what was wanted, where, and how much there is, and stays in place."""
    cursor = Cursor(b"abcde")
    assert cursor.take(2, "a") == b"ab"
    assert cursor.take(0, "nothing") == b""
    with pytest.raises(TruncatedError) as caught:
        cursor.take(4, "the rest")
    assert str(caught.value) == "the rest needs 4 bytes at byte 2, 3 are left: the file was cut"
    assert cursor.take(3, "b") == b"cde"
