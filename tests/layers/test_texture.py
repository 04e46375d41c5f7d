"""The texture layer: levels and bytes are exact, colours come close, nonsense is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

from triptych.errors import DamagedError, InputError
from triptych.layers import TextureLayer, grid_shape
from triptych.layers.tables import load_table
from triptych.layers.texture import STEPS, pack_levels, quantise, rebuild, step_of, unpack_levels
from triptych.limits import MAX_LEVEL

SIZE = (512, 512)


def _smooth(rows: int, columns: int, seed: int = 0) -> np.ndarray:
    """Colours that change slowly, as those of pictures do."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:rows, :columns] / max(rows, columns)
    waves = [np.sin(x * rng.uniform(1, 6) + y * rng.uniform(1, 6) + rng.uniform(0, 6)) for _ in range(3)]
    return (127 + 100 * np.stack(waves, 2)).astype(np.uint8)


@pytest.mark.parametrize("grid", [(1, 1), (1, 2), (2, 1), (3, 5), (8, 8), (16, 16), (10, 15), (1, 64), (64, 64)])
@pytest.mark.parametrize("index", [0, 20, 47])
def test_levels_round_trip(grid: tuple[int, int], index: int) -> None:
    """Quantised coefficients of any grid come back exactly."""
    levels = quantise(_smooth(*grid), index)
    size = (grid[1] * 16, grid[0] * 16)
    unpacked, found = unpack_levels(pack_levels(levels, index), size)
    assert (unpacked == levels).all() and found == index


def test_extreme_levels_round_trip() -> None:
    """Coefficients up to the largest that the coding allows come back exactly."""
    levels = np.zeros((3, 4, 4), np.int64)
    levels.flat[:12] = [MAX_LEVEL, -MAX_LEVEL, 1, -1, 2, 6, 7, -7, 8, 9, 1000, -12345]
    unpacked, _ = unpack_levels(pack_levels(levels, 0), SIZE)
    assert (unpacked == levels).all()


@pytest.mark.parametrize("seed", range(4))
def test_fine_steps_come_close(seed: int) -> None:
    """The finest quality gives colours within a few levels; each step of quality costs accuracy and saves bytes."""
    colours = _smooth(12, 12, seed)
    layers = [TextureLayer.from_colours(colours, SIZE, index) for index in (0, 12, 24, 36)]
    errors = [np.abs(layer.colours.astype(int) - colours).mean() for layer in layers]
    assert np.abs(layers[0].colours.astype(int) - colours).max() <= 4
    assert errors == sorted(errors)
    lengths = [len(layer.payload) for layer in layers]
    assert lengths == sorted(lengths, reverse=True)


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (255, 0, 0), (0, 255, 0), (0, 0, 255), (12, 200, 77)])
def test_a_plain_colour_stays_plain(colour: tuple[int, int, int]) -> None:
    """One colour everywhere comes back as one colour close by, in few bytes."""
    layer = TextureLayer.from_colours(np.full((16, 16, 3), colour, np.uint8), SIZE, 6)
    assert np.ptp(layer.colours.reshape(-1, 3), axis=0).max() == 0
    assert np.abs(layer.colours[0, 0].astype(int) - colour).max() <= 4
    assert len(layer.payload) <= 32


def test_a_small_map_has_these_levels_and_colours() -> None:
    """Rebuilding is exact integer arithmetic: fixed levels give fixed colours."""
    levels = np.zeros((3, 2, 3), np.int64)
    levels[0] = [[8, -3, 1], [2, 0, 0]]
    levels[1] = [[-4, 2, 0], [0, 0, 1]]
    levels[2] = [[3, 0, 0], [-1, 0, 0]]
    rows = [[bytes(cell).hex() for cell in row] for row in rebuild(levels, 18).tolist()]
    assert rows == [["c0a7a4", "cabb79", "f0e29b"], ["b8867a", "c39180", "e8c171"]]


def test_extreme_levels_rebuild_without_overflow() -> None:
    """The largest coefficients at the coarsest step clip to the colours' range instead of wrapping round."""
    for sign in (1, -1):
        levels = np.full((3, 64, 64), sign * 2 * MAX_LEVEL, np.int64)
        assert rebuild(levels, STEPS - 1)[0, 0].tolist() == ([255, 0, 255] if sign > 0 else [0, 255, 0])


def test_rebuilding_agrees_with_plain_integers() -> None:
    """One integer at a time gives the same colours as the matrix products."""
    rng = np.random.default_rng(5)
    levels = rng.integers(-30, 30, (3, 3, 5))
    index, unit = 10, {n: load_table("cosines")[f"n{n}"].tolist() for n in (3, 5)}
    planes = np.zeros((3, 3, 5), object)
    for plane in range(3):
        for y in range(3):
            for x in range(5):
                total = 0
                for v in range(3):
                    for u in range(5):
                        level = int(levels[plane, v, u])
                        total += unit[3][v][y] * unit[5][u][x] * level * step_of(index)
                planes[plane, y, x] = (total + (1 << 25)) >> 26
    expected = np.zeros((3, 5, 3), int)
    for y in range(3):
        for x in range(5):
            luma, cb, cr = int(planes[0, y, x]) + 2048, int(planes[1, y, x]), int(planes[2, y, x])
            mixed = (luma * 65536 + 91881 * cr, luma * 65536 - 22554 * cb - 46802 * cr, luma * 65536 + 116130 * cb)
            expected[y, x] = [min(max((value + (1 << 19)) >> 20, 0), 255) for value in mixed]
    assert (rebuild(levels, index) == expected).all()


@pytest.mark.parametrize("side", range(1, 65))
def test_cosine_tables_are_the_rounded_cosines(side: int) -> None:
    """Each table is the orthonormal DCT-II in units of 1/8,192, rounded."""
    table = load_table("cosines")[f"n{side}"]
    for k in range(side):
        scale = math.sqrt((1 if k == 0 else 2) / side) * 8192
        exact = [scale * math.cos(math.pi * (2 * x + 1) * k / (2 * side)) for x in range(side)]
        assert np.abs(table[k] - exact).max() <= 0.5001


def test_six_indices_double_the_step() -> None:
    """Steps rise with the index, from 2 to over 400 colour levels."""
    steps = [step_of(index) / 16 for index in range(STEPS)]
    assert steps == sorted(steps) and steps[0] == 2 and steps[-1] > 400
    assert all(steps[i + 6] == 2 * steps[i] for i in range(STEPS - 6))


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (b"", "shorter than its grid size and quality"),
        (b"\x03", "shorter than its grid size and quality"),
        (b"\x40\x00", "states 65 cells a side, more than 64"),
        (b"\xff\x00", "states 256 cells a side"),
        (b"\x03\x30\x01", "quality index 48; the largest is 47"),
        (b"\x03\x0c\x01\x00", "ends in a zero byte"),
        (b"\x00\x0c" + b"\x55" * 40, "bytes are left over"),
    ],
)
def test_impossible_payloads_are_damaged(payload: bytes, message: str) -> None:
    """Payloads that no writer makes are refused with the reason."""
    with pytest.raises(DamagedError, match=message):
        _ = TextureLayer(SIZE, 0, payload).colours


def test_the_grid_is_known_without_decoding() -> None:
    """Rows and columns come from the first byte and the picture's size alone."""
    assert TextureLayer((768, 512), 0, b"\x0b\x00").grid == (8, 12)


@pytest.mark.parametrize("shape", [(4, 5, 3), (65, 65, 3), (0, 0, 3), (4, 3, 3)])
def test_colours_must_fit_the_picture(shape: tuple[int, int, int]) -> None:
    """A grid that does not have the picture's shape, or is too large, is the caller's mistake."""
    with pytest.raises(InputError, match="does not fit"):
        TextureLayer.from_colours(np.zeros(shape, np.uint8), SIZE, 0)


def test_unpacked_colours_cannot_be_written_to() -> None:
    """The value is a fact of the bytes, so it is read-only; the summary shows it as hex colours."""
    layer = TextureLayer.from_colours(_smooth(*grid_shape(SIZE, 4)), SIZE, 12)
    with pytest.raises(ValueError, match="read-only"):
        layer.colours[0, 0, 0] = 1
    summary = layer.summary()
    assert summary["grid"] == [4, 4] and summary["quality_index"] == 12
    assert summary["rows"][1][2] == "#" + layer.colours[1, 2].tobytes().hex()
