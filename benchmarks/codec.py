"""Bytes per layer against other coders on the same rasters and grids, and times: `make bench PICTURES=folder`.

    python benchmarks/codec.py FOLDER [--limit N] [--json FILE] [--sheet FILE]

Every picture is encoded at the default budget. Its edge raster and colour grid, as the file holds them, are then
given to PNG, WebP lossless, JPEG XL lossless (effort 9) and JBIG1; each rival is counted at its smallest: the best
of its variants, without a container where it can do without. A rival that is not installed is left out and named.
JBIG1 needs the programs of Debian's jbigkit-bin. Prompts come from NAME.txt beside a picture or from the
column `prompt` of an index.csv in the folder.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import platform
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import mean

import numpy as np
from PIL import Image

import triptych
from triptych.cli.files import PICTURE_ENDINGS
from triptych.layers import EdgeLayer, TextureLayer
from triptych.metadata.sidecars import sidecar_prompt


def saved(image: Image.Image, kind: str, **options) -> int:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return len(buffer.getvalue())


def png(image: Image.Image) -> int:
    return saved(image, "PNG", optimize=True)


def webp(image: Image.Image) -> int:
    return saved(image.convert("RGB"), "WEBP", lossless=True, quality=100, method=6)


def jpeg_xl(image: Image.Image) -> int:
    import imagecodecs

    options = {"lossless": True, "effort": 9, "usecontainer": False}
    array = np.asarray(image)
    if image.mode != "1":
        return len(imagecodecs.jpegxl_encode(array, **options))
    grey, bits = array.astype(np.uint8) * 255, array.astype(np.uint8)
    return min(
        len(imagecodecs.jpegxl_encode(grey, **options)),
        len(imagecodecs.jpegxl_encode(bits, bitspersample=1, **options)),
    )


def jbig1(image: Image.Image) -> int:
    sizes = []
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "in.pbm"), Path(folder, "out.jbg")
        image.save(source)
        for command in (["pbmtojbg"], ["pbmtojbg", "-q"], ["pbmtojbg85"]):
            subprocess.run([*command, source, target], check=True, capture_output=True)
            sizes.append(target.stat().st_size)
    return min(sizes)


def rivals() -> tuple[dict[str, Callable], dict[str, Callable], list[str]]:
    """Coders for edge rasters, coders for colour grids, and what is missing."""
    edges: dict[str, Callable] = {"png": png, "webp": webp}
    colours: dict[str, Callable] = {"png": png, "webp": webp}
    missing = []
    try:
        import imagecodecs  # noqa: F401

        edges["jpeg_xl"] = colours["jpeg_xl"] = jpeg_xl
    except ImportError:
        missing.append("JPEG XL (pip install 'triptych[bench]')")
    if shutil.which("pbmtojbg85"):
        edges["jbig1"] = jbig1
    else:
        missing.append("JBIG1 (apt install jbigkit-bin)")
    return edges, colours, missing


def prompts_of(folder: Path) -> dict[str, str]:
    index = folder / "index.csv"
    if not index.is_file():
        return {}
    with index.open(newline="", encoding="utf-8") as file:
        return {row["file"]: row.get("prompt") or "" for row in csv.DictReader(file)}


def measure(path: Path, prompt: str, edge_rivals: dict, colour_rivals: dict) -> dict:
    image = Image.open(path)
    start = time.perf_counter()
    picture = triptych.encode(image, prompt=prompt)
    data = picture.to_bytes()
    encoded = time.perf_counter()
    decoded = triptych.decode(triptych.Picture.from_bytes(data))
    row = {
        "file": path.name,
        "bytes": len(data),
        "bpp": len(data) * 8 / (picture.width * picture.height),
        "container": len(data) - sum(len(layer.payload) for layer in picture.layers),
        "layers": {layer.name: len(layer.payload) for layer in picture.layers},
        "notes": list(picture.notes),
        "encode_s": encoded - start,
        "decode_s": time.perf_counter() - encoded,
        "rivals": {},
    }
    if picture.edges:
        raster = Image.fromarray(picture.edges.raster)
        row["rivals"]["edges"] = {name: coder(raster) for name, coder in edge_rivals.items()}
        again = time.perf_counter()
        EdgeLayer.from_raster(picture.edges.raster, picture.size)
        row["edges_pack_s"] = time.perf_counter() - again
        again = time.perf_counter()
        _ = EdgeLayer(picture.size, 0, picture.edges.payload).raster
        row["edges_unpack_s"] = time.perf_counter() - again
    if picture.texture:
        grid = Image.fromarray(picture.texture.colours)
        row["rivals"]["texture"] = {name: coder(grid) for name, coder in colour_rivals.items()}
    row["pair"] = (image.convert("RGB"), decoded)
    return row


def texture_curve(paths: list[Path]) -> list[dict]:
    """Bytes and mean PSNR of the colour map alone, at the sizes others quote: 8 x 8 and 16 x 16."""
    from triptych.analysis.colours import colour_grid

    rows = []
    for side, indices in ((8, (10, 11, 12, 13, 14)), (16, (15, 16, 17, 18, 21, 22, 23, 24))):
        grids = [colour_grid(Image.open(path), (side, side)) for path in paths]
        for index in indices:
            sizes, errors = [], []
            for grid in grids:
                layer = TextureLayer.from_colours(grid, (512, 512), index)
                sizes.append(len(layer.payload))
                errors.append(((layer.colours.astype(float) - grid) ** 2).mean())
            psnr = mean(10 * np.log10(255**2 / max(error, 1e-3)) for error in errors)
            rows.append({"side": side, "index": index, "bytes": mean(sizes), "psnr_db": float(psnr)})
    return rows


def contact_sheet(rows: list[dict], columns: int = 6, side: int = 224) -> Image.Image:
    tiles = []
    for row in rows:
        tile = Image.new("RGB", (2 * side, side), (255, 255, 255))
        for place, image in enumerate(row["pair"]):
            small = image.copy()
            small.thumbnail((side, side))
            tile.paste(small, (place * side, 0))
        tiles.append(tile)
    sheet = Image.new("RGB", (columns * 2 * side, -(-len(tiles) // columns) * side), (255, 255, 255))
    for number, tile in enumerate(tiles):
        sheet.paste(tile, (number % columns * 2 * side, number // columns * side))
    return sheet


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--limit", type=int, help="only the first N pictures")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    parser.add_argument("--sheet", type=Path, help="write a contact sheet (original, decoded) to this file")
    parser.add_argument("--no-curve", action="store_true", help="leave out the curve of the colour map")
    args = parser.parse_args()
    edge_rivals, colour_rivals, missing = rivals()
    prompts = prompts_of(args.folder)
    paths = sorted(p for p in args.folder.iterdir() if p.suffix.lower() in PICTURE_ENDINGS)[: args.limit]
    rows = []
    for path in paths:
        prompt = prompts.get(path.name) or sidecar_prompt(path) or ""
        rows.append(measure(path, prompt, edge_rivals, colour_rivals))
    if args.sheet:
        contact_sheet(rows).save(args.sheet)
    for row in rows:
        del row["pair"]

    def average(pick: Callable[[dict], float | None]) -> float:
        values = [value for row in rows if (value := pick(row)) is not None]
        return mean(values) if values else float("nan")

    size, rate = average(lambda r: r["bytes"]), average(lambda r: r["bpp"])
    print(f"{len(rows)} pictures, {size:.1f} bytes and {rate:.4f} bpp on average")
    print(f"largest {max(r['bpp'] for r in rows):.5f} bpp; container {average(lambda r: r['container']):.1f} bytes")
    for name in ("semantic", "texture", "pose", "edges"):
        have = [row["layers"][name] for row in rows if name in row["layers"]]
        if have:
            print(f"{name:<9} {mean(have):7.1f} bytes in {len(have)} pictures")
    for layer, coders in (("edges", edge_rivals), ("texture", colour_rivals)):
        ours = average(lambda r, layer=layer: r["layers"].get(layer))
        for name in coders:
            theirs = average(lambda r, layer=layer, name=name: r["rivals"].get(layer, {}).get(name))
            print(f"  {layer}: {name:<8} {theirs:7.1f} bytes; Triptych takes {ours / theirs:.3f} of that")
    print(f"encode {average(lambda r: r['encode_s']):.2f} s, decode {average(lambda r: r['decode_s']):.2f} s a picture")
    if not args.no_curve:
        curve = texture_curve(paths)
        for point in curve:
            side = point["side"]
            print(f"colour map {side} x {side}: {point['bytes']:.1f} bytes, {point['psnr_db']:.2f} dB")
    for name in missing:
        print(f"not measured: {name}")
    if args.json:
        machine = {"python": platform.python_version(), "system": platform.system(), "machine": platform.machine()}
        result = {"triptych": triptych.__version__, "machine": machine, "pictures": rows}
        if not args.no_curve:
            result["colour_map"] = curve
        args.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
