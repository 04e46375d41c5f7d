"""The worst inputs that are known, and what they cost: `python tests/fuzz/worst_inputs.py [--times 3]`.

Each is a layer that asks for as much work as its kind allows within the limits of this reader, or beyond them, where it
has to be refused early. The table has the least processor time of some runs, in a process of its own, and the memory
that this one needed more. Tests hold the same inputs by counted work (test_fuzz_layers.py), because clocks lie.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection

import numpy as np
from PIL import Image

import triptych
from triptych.bitstream.container import RawLayer, Stream
from triptych.bitstream.cursor import write_number
from triptych.bitstream.packets import write_packets
from triptych.codec.packets import assemble
from triptych.codec.picture import Picture, make_picture
from triptych.layers import DetailLayer, EdgeLayer, Layer, PoseLayer, RecipeLayer, SemanticLayer, TextureLayer
from triptych.layers.edge_raster import edge_chances
from triptych.layers.edges import _pack_any
from triptych.layers.recipe import Block, Recipe
from triptych.layers.recipe.settings import CODED, NEGATIVE
from triptych.layers.roi import Regions
from triptych.layers.scans import pack_scans
from triptych.layers.still import pack_still
from triptych.layers.text import model
from triptych.limits import MAX_BLOCK_BYTES, MAX_SETTINGS_TOKENS
from triptych.typing import Bools

SIZE = (1024, 1024)
WHOLE_GRID = 256, 256


def packed(raster: Bools) -> EdgeLayer:
    """The layer of a raster, also of one that sets more than this encoder writes."""
    return EdgeLayer(SIZE, 0, _pack_any(raster, edge_chances(raster.shape)))


def worst_layers() -> dict[str, Callable[[], Layer]]:
    """Name -> what makes the layer; making some takes longer than reading them."""
    rng = np.random.default_rng(0)
    text = "".join(chr(0x4E00 + int(i)) for i in rng.integers(0, 4000, 640))
    colours = rng.integers(0, 256, (64, 64, 3)).astype(np.uint8)

    def dots(count: int) -> EdgeLayer:
        scans = [np.zeros(WHOLE_GRID, bool) for _ in range(count)]
        for at, scan in enumerate(scans):
            scan[16 * at + 3, 5] = True
        return EdgeLayer(SIZE, 1, b"\xff" + pack_scans(scans, WHOLE_GRID))

    def sixteen(rows: int, columns: int) -> EdgeLayer:
        """Scans of small grids: each cell sees a pixel that is set."""
        scans = []
        for at in range(16):
            scan = np.zeros((rows, columns), bool)
            scan[at // 4 * 2 :: 9, at % 4 * 2 :: 9] = True
            scans.append(scan)
        size = (SIZE[0] * columns // max(rows, columns), SIZE[1] * rows // max(rows, columns))
        return EdgeLayer(size, 1, bytes([max(rows, columns) - 1]) + pack_scans(scans, (rows, columns)))

    def bands(count: int, share: float) -> EdgeLayer:
        scans = [np.zeros(WHOLE_GRID, bool) for _ in range(count)]
        rows = 256 // count
        for at, scan in enumerate(scans):
            scan[rows * at + 1 : rows * at + rows - 1] = rng.random((rows - 2, 256)) < share
        return EdgeLayer(SIZE, 1, b"\xff" + pack_scans(scans, WHOLE_GRID))

    def levels(most: int, channels: int = 96) -> DetailLayer:
        return DetailLayer.from_levels(rng.integers(-most, most + 1, (channels, 64, 64)), 95, SIZE)

    def still(noisy: bool, quality: int) -> bytes:
        pixels = rng.integers(0, 256, (*SIZE, 3)) if noisy else np.add.outer(np.arange(1024), np.zeros((1024, 3))) // 4
        return pack_still(Image.fromarray(pixels.astype(np.uint8)), 255, quality, 10)

    def regions(whole: bytes) -> bytes:
        boxes = tuple((left, top, left + 128, top + 128) for top in range(0, 1024, 128) for left in range(0, 1024, 128))
        noise = [Image.fromarray(rng.integers(0, 256, (128, 128, 3)).astype(np.uint8)) for _ in boxes]
        return Regions(whole, boxes, tuple(pack_still(each, 31, 20, 10) for each in noise)).pack()

    def steps() -> TextureLayer:
        planewise = TextureLayer.from_colours(colours, SIZE, 0)
        return TextureLayer.from_levels(planewise.levels, SIZE, 0, steps=planewise.steps)

    return {
        "edges, all set": lambda: EdgeLayer(SIZE, 0, b"\xff"),
        "edges, noise": lambda: packed(rng.random(WHOLE_GRID) < 0.5),
        "edges, noise, as much as is read": lambda: packed(rng.random(WHOLE_GRID) < 0.305),
        "edges, 2 scans of a dot": lambda: dots(2),
        "edges, 2 scans of noise": lambda: bands(2, 0.5),
        "edges, 2 scans of noise, as much as is read": lambda: bands(2, 0.314),
        "edges, 16 scans of 44 x 44": lambda: sixteen(44, 44),
        "edges, 16 scans of 48 x 4": lambda: sixteen(48, 4),
        "edges, 16 scans of a dot": lambda: dots(16),
        "colours, noise": lambda: TextureLayer.from_colours(colours, SIZE, 0),
        "colours, noise in steps": steps,
        "colours, the largest levels": lambda: TextureLayer.from_levels(
            rng.integers(-16000, 16001, (3, 64, 64)), SIZE, 0
        ),
        "text of 2,048 tokens": lambda: SemanticLayer(SIZE, 1, model.encode_counted(text)[0]),
        "64 people": lambda: PoseLayer.from_people(rng.integers(0, 256, (64, 18, 2)), SIZE),
        "recipe, texts of 1,024 tokens": lambda: modelled_recipe(text[:340]),
        "recipe, 16 MiB of noise": lambda: RecipeLayer.from_recipe(
            Recipe(blocks=(Block("exif", "a", rng.bytes(MAX_BLOCK_BYTES)),)), SIZE
        ),
        "recipe, 16 MiB of zeros": lambda: RecipeLayer.from_recipe(
            Recipe(blocks=(Block("text", "a", bytes(MAX_BLOCK_BYTES)),)), SIZE
        ),
        "detail, all 0 but one": lambda: DetailLayer(SIZE, 1, b"\x5f\x60\x80"),
        "detail, -1 to 1": lambda: levels(1),
        "detail, -2 to 2, as much as is read": lambda: levels(2, 70),
        "detail, -7 to 7, as much as is read": lambda: levels(7, 36),
        "detail, -16,000 to 16,000, as much as is read": lambda: levels(16_000, 8),
        "detail, -16,000 to 16,000": lambda: levels(16_000),
        "still, noise, as much as is read": lambda: DetailLayer(SIZE, 3, still(True, 37)),
        "still, noise, more": lambda: DetailLayer(SIZE, 3, still(True, 60)),
        "still, a gradient": lambda: DetailLayer(SIZE, 3, still(False, 30)),
        "still, noise, cut": lambda: DetailLayer(SIZE, 3, still(True, 37)[:-1000]),
        "still, noise, a bit of the frame's header": lambda: DetailLayer(SIZE, 3, flipped(still(True, 37), 4)),
        "still, noise, a bit of the tiles": lambda: DetailLayer(SIZE, 3, flipped(still(True, 37), 30_000)),
        "still, a frame of 64 x 64 in one of 1024 x 1024": lambda: DetailLayer(
            SIZE, 3, b"\xff" + pack_still(Image.new("RGB", (64, 64)), 15, 30)[1:]
        ),
        "still and 64 regions of interest of noise": lambda: DetailLayer(SIZE, 4, regions(still(True, 20))),
    }


def modelled_recipe(text: str) -> RecipeLayer:
    """Settings with a negative prompt that is modelled, also where UTF-8 would be shorter."""
    coded, tokens = model.encode_counted(text)
    assert tokens <= MAX_SETTINGS_TOKENS
    return RecipeLayer(SIZE, 0, bytes([NEGATIVE << 4 | CODED]) + write_number(len(coded)) + coded)


def worst_files() -> dict[str, bytes]:
    """Name -> a file with the worst of all kinds, or of all but one, which the others leave more for."""
    worst = worst_layers()
    names = {
        "text": "text of 2,048 tokens",
        "colours": "colours, the largest levels",
        "people": "64 people",
        "edges": "edges, noise, as much as is read",
        "recipe": "recipe, texts of 1,024 tokens",
        "detail": "detail, -2 to 2, as much as is read",
    }
    layers = {name: worst[of]() for name, of in names.items()}
    files = {"all": list(layers.values())}
    files |= {f"all but {gone}": [x for name, x in layers.items() if name != gone] for gone in layers}
    files["all, with scans and a still"] = [
        *(layers[name] for name in ("text", "colours", "people", "recipe")),
        worst["edges, 2 scans of noise, as much as is read"](),
        worst["still, noise, as much as is read"](),
    ]
    files["edges, blocks and a still"] = [
        layers["edges"],
        worst["recipe, 16 MiB of zeros"](),
        worst["still, noise, as much as is read"](),
    ]
    return {name: make_picture(SIZE, of).to_bytes() for name, of in files.items()}


def read_whole(data: bytes) -> str:
    """Unpack all layers of a file; which of them were read."""
    model.decode_counted_again.cache_clear()
    read = []
    for layer in Picture.from_bytes(data).layers:
        try:
            _ = layer.value
            read.append(layer.name)
        except triptych.LimitError:
            pass
    return ", ".join(read)


def edge_packets(count: int, side: int = 256) -> list[bytes]:
    """Packets of one picture, each with edges that are all set."""
    part = Stream(*SIZE, (RawLayer(EdgeLayer.kind, 0, False, bytes([side - 1])),))
    return write_packets([part] * count)


def flipped(data: bytes, at: int) -> bytes:
    """The bytes with another bit at one place."""
    return data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :]


def unpacked(layer: Layer) -> str:
    """Unpack a layer; what it says."""
    try:
        _ = type(layer)(layer.size, layer.coding, layer.payload).value
    except triptych.TriptychError as error:
        return type(error).__name__
    return "read"


def _warm() -> None:
    """Load the tables."""
    for layer in (
        EdgeLayer(SIZE, 0, b"\x05\xff"),
        DetailLayer((64, 64), 1, b"\x5f\x01\xff"),
        TextureLayer(SIZE, 0, b"\x05\x2f\xff"),
        SemanticLayer(SIZE, 1, b"\x01"),
        RecipeLayer.from_recipe(Recipe(seed=1, blocks=(Block("text", "a", b"b"),)), SIZE),
    ):
        unpacked(layer)


def _measured(call: Callable[[], str], times: int) -> tuple[float, int, str]:
    """(least processor seconds, bytes of memory, what it says)."""
    receiver, sender = multiprocessing.Pipe(False)
    child = multiprocessing.get_context("fork").Process(target=_measure, args=(call, times, sender))
    child.start()
    found: tuple[float, int, str] = receiver.recv()
    child.join()
    return found


def _measure(call: Callable[[], str], times: int, sender: Connection) -> None:
    unit = 1 if sys.platform == "darwin" else 1024
    before, least, said = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, float("inf"), ""
    for _ in range(times):
        model.decode_counted_again.cache_clear()
        start = time.process_time()
        said = call()
        least = min(least, time.process_time() - start)
    sender.send((least, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * unit, said))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=3, help="runs of each (default: 3)")
    args = parser.parse_args()
    _warm()
    print("| input | bytes | | s | MB |\n|---|---|---|---|---|")
    for name, make in worst_layers().items():
        layer = make()
        _ = layer.payload  # some are packed when it is asked for
        seconds, more, said = _measured(lambda layer=layer: unpacked(layer), args.times)  # type: ignore[misc]
        print(f"| {name} | {len(layer.payload):,} | {said} | {seconds:.2f} | {more / 2**20:.0f} |", flush=True)
    for name, use in used_layers().items():
        seconds, more, said = _measured(lambda use=use: str(bool(use()) and "done"), args.times)  # type: ignore[misc]
        print(f"| {name} | | {said} | {seconds:.2f} | {more / 2**20:.0f} |", flush=True)
    for name, data in worst_files().items():
        seconds, more, said = _measured(lambda data=data: read_whole(data), args.times)  # type: ignore[misc]
        print(f"| file: {name} | {len(data):,} | {said} | {seconds:.2f} | {more / 2**20:.0f} |", flush=True)
    for name, packets in {
        "16 packets of edges, all set": edge_packets(16),
        "255 packets of edges, all set": edge_packets(255),
        "16 packets of noise": dotted_packets(16, 0.35),
        "32 packets of 300 dots": dotted_packets(32, 0.0046),
    }.items():
        seconds, more, said = _measured(lambda packets=packets: _assembled(packets), 1)  # type: ignore[misc]
        length = sum(map(len, packets))
        print(f"| {name} | {length:,} | {said} | {seconds:.2f} | {more / 2**20:.0f} |")
    return 0


def used_layers() -> dict[str, Callable[[], object]]:
    """Name -> what is done with a layer that is unpacked already."""
    rng = np.random.default_rng(0)
    full = EdgeLayer.from_raster(np.ones(WHOLE_GRID, bool), SIZE)
    noise = packed(rng.random(WHOLE_GRID) < 0.31)
    _ = noise.raster, full.raster
    people = PoseLayer.from_people(rng.integers(0, 256, (64, 18, 2)), SIZE)
    stretched = (1024, 700), (0, 0), (1.0, 700 / 1024)  # the lines are followed and drawn again
    return {
        "64 people, extracted": people.files,
        "edges, all set, extracted": full.files,
        "edges, noise, extracted": noise.files,
        "edges, all set, stretched": lambda: full.remapped(*stretched),
        "edges, noise, stretched": lambda: noise.remapped(*stretched),
    }


def dotted_packets(count: int, share: float) -> list[bytes]:
    """Packets of one picture, each with dots of its own, scattered over the whole raster."""
    rng = np.random.default_rng(0)
    parts = []
    for _ in range(count):
        edges = packed(rng.random(WHOLE_GRID) < share)
        parts.append(Stream(*SIZE, (RawLayer(EdgeLayer.kind, 0, False, edges.payload),)))
    return write_packets(parts)


def _assembled(packets: list[bytes]) -> str:
    picture = assemble(packets)
    return "read" if picture.edges else "edges left out"


if __name__ == "__main__":
    raise SystemExit(main())
