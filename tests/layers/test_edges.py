"""The edge layer: rasters come back exactly, thin lines take few bytes, nonsense is refused."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from triptych.errors import DamagedError, InputError
from triptych.layers import EdgeLayer, grid_shape
from triptych.layers.edge_inputs import REACH_X, SLANT, window_offsets
from triptych.layers.edge_raster import edge_chances
from triptych.layers.edges import _pack_any, _waves, density_level, edge_bits
from triptych.limits import Limits

SIZE = (512, 512)


def _ring(side: int, radius: float) -> np.ndarray:
    """A circle one pixel wide, as thinned contours are."""
    angle = np.linspace(0, 2 * np.pi, 8 * side)
    raster = np.zeros((side, side), bool)
    y, x = np.rint(side / 2 + radius * np.array([np.sin(angle), np.cos(angle)])).astype(int)
    raster[y, x] = True
    return raster


@pytest.mark.parametrize("side", [1, 2, 3, 7, 64, 255, 256])
@pytest.mark.parametrize("size", [(512, 512), (600, 400), (1, 400)])
@pytest.mark.parametrize("share", [0, 0.02, 0.5, 1])
def test_rasters_round_trip(size: tuple[int, int], side: int, share: float) -> None:
    """Rasters of every grid size and density come back exactly."""
    raster = np.random.default_rng(side).random(grid_shape(size, side)) < share
    payload = _pack_any(raster, edge_chances(raster.shape))  # also of more pixels than are written
    back = EdgeLayer(size, 0, payload, limits=Limits(edge_pixels=1 << 16, work=10**7))
    assert back.raster.dtype == bool and (back.raster == raster).all()
    assert back.grid == raster.shape


def test_thin_lines_take_few_bytes() -> None:
    """A ring on 128 x 128 cells takes under 4.5 bits an edge pixel."""
    ring = _ring(128, 50)
    assert len(EdgeLayer.from_raster(ring, SIZE).payload) * 8 < 4.5 * ring.sum()


@pytest.mark.parametrize("pixels", [0, 8, 32])
def test_a_nearly_empty_raster_takes_a_few_bytes(pixels: int) -> None:
    """A short line on 128 x 128 cells, or none, takes at most 16 bytes."""
    raster = np.zeros((128, 128), bool)
    raster[20, 10 : 10 + pixels] = True
    assert len(EdgeLayer.from_raster(raster, SIZE).payload) <= 16


def test_estimated_bits_are_what_coding_takes() -> None:
    """The estimate that decisions rest on is within two bytes, beside the grid size, of the payload."""
    ring = _ring(96, 30)
    assert abs(edge_bits(ring).sum() / 8 + 1.5 - len(EdgeLayer.from_raster(ring, SIZE).payload)) <= 2


def test_a_wave_sees_only_pixels_before_it() -> None:
    """No pixel's window holds a pixel of its own wave or a later one, so a wave is predicted at once."""
    for dy, dx in window_offsets():
        assert dx + SLANT * dy < 0
        assert -REACH_X <= dx <= REACH_X
    order, starts = _waves(5, 40)
    assert sorted(order.tolist()) == list(range(200)) and starts[0] == 0 and starts[-1] == 200
    waves = order % 40 + SLANT * (order // 40)
    assert (np.diff(waves) >= 0).all()
    assert all(len(set(waves[a:b].tolist())) == 1 for a, b in pairwise(starts))


@pytest.mark.parametrize("pixels", [1, 100, 16384, 65536])
def test_density_classes_are_half_octaves(pixels: int) -> None:
    """Class k starts where the share of edges reaches 2 ** ((k - 17) / 2); the sum is done in integers."""
    for edges in sorted({0, 1, 2, 3, pixels // 50, pixels // 8, pixels // 4, pixels // 2, pixels}):
        starts = [2.0 ** ((k - 17) / 2) * pixels for k in range(1, 16)]
        if all(abs(start - edges) > 1e-6 for start in starts):
            assert density_level(edges, pixels) == sum(edges >= start for start in starts)


@pytest.mark.parametrize("shape", [(5, 4), (257, 257), (4,), (0, 0)])
def test_rasters_must_fit_the_picture(shape: tuple[int, ...]) -> None:
    """A raster that does not have the picture's shape, or is too large, is the caller's mistake."""
    with pytest.raises(InputError, match="does not fit"):
        EdgeLayer.from_raster(np.zeros(shape, bool), SIZE)


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (b"", "starts with its grid size"),
        (b"\x03\x01\x00", "ends in a zero byte"),
        (b"\x00" + b"\x55" * 30, "left over"),
    ],
)
def test_impossible_payloads_are_damaged(payload: bytes, message: str) -> None:
    """Payloads that no writer makes are refused with the reason."""
    with pytest.raises(DamagedError, match=message):
        _ = EdgeLayer(SIZE, 0, payload).raster


def test_summaries_draw_the_raster() -> None:
    """A summary shows the raster as text, # for an edge."""
    layer = EdgeLayer.from_raster(np.array([[1, 0, 0], [0, 1, 1]], bool), (600, 400))
    assert layer.summary() == {"grid": [2, 3], "edge_pixels": 3, "rows": ["#..", ".##"]}


def test_unpacked_rasters_cannot_be_written_to() -> None:
    """The value is a fact of the bytes, so it is read-only."""
    with pytest.raises(ValueError, match="read-only"):
        EdgeLayer.from_raster(np.ones((2, 2), bool), SIZE).raster[0, 0] = False


def test_rasters_one_after_the_other_have_their_own_prices() -> None:
    """What is kept from the raster before changes nothing, whatever pixels came and went."""
    rng = np.random.default_rng(0)
    chances = edge_chances((20, 30))
    for share in (0.02, 0.2, 0.0, 0.19, 0.03):
        raster = rng.random((20, 30)) < share
        level = density_level(int(raster.sum()), raster.size)
        assert (chances.of(raster, level) == edge_chances((20, 30)).of(raster, level)).all()
        assert (EdgeLayer.from_raster(raster, (300, 200)).raster == raster).all()


def test_edges_are_coded_when_their_bytes_are_asked_for() -> None:
    """A layer made of a raster is whole without its payload, and equal to the one that is read from its bytes."""
    raster = np.eye(24, dtype=bool)
    layer = EdgeLayer.from_raster(raster, (48, 48))
    assert layer.grid == (24, 24) and layer.conditioning()["edges"].sum() == 24
    assert "payload" not in vars(layer)
    assert layer == EdgeLayer((48, 48), 0, layer.payload) and hash(layer) == hash(EdgeLayer((48, 48), 0, layer.payload))
    with pytest.raises(AttributeError, match="no attribute 'palyoad'"):
        layer.palyoad  # type: ignore[attr-defined] # noqa: B018
