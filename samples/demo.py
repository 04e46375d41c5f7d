"""`make demo`: the sample pictures become files of a few hundred bytes and come back as pictures.

Writes into a folder: NAME.trp, NAME.decoded.png, NAME.layers/ (the layers as ordinary files), overview.png
(original, edges, colours, still, result, a row each), sizes.png (one picture in files of three sizes), faces.png (a
region of interest), and prints a table of sizes.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import triptych
from triptych.layers.still import Still
from triptych.raster.skeleton import draw_skeletons

SAMPLES = Path(__file__).parent
HEIGHT = 320  # pixels of a row of the overview
GAP = 12
LADDER = ("portrait", (655, 2000, 5000))  # a picture, and bytes of the files in sizes.png
FACES, MARGIN = "dancer", 40  # the picture of faces.png, and pixels around the region of interest


def picture_row(original: Image.Image, picture: triptych.Picture, decoded: Image.Image) -> list[Image.Image]:
    """The original, the drawn layers and the result, all of one height."""
    size = original.size
    blank = np.full((1, 1), 255, np.uint8)
    lines = np.where(picture.edges.raster, 30, 255).astype(np.uint8) if picture.edges else blank
    structure = Image.fromarray(lines).convert("RGB").resize(size, Image.Resampling.NEAREST)
    if picture.pose:
        structure = Image.fromarray(draw_skeletons(picture.pose.fractions, *size, np.asarray(structure)))
    cells = picture.texture.colours if picture.texture else np.full((1, 1, 3), 128, np.uint8)
    colours = Image.fromarray(cells).resize(size, Image.Resampling.NEAREST)
    width = round(size[0] * HEIGHT / size[1])
    seen = picture.get(triptych.DetailLayer)
    still = Image.fromarray(seen.detail.pixels) if seen and isinstance(seen.detail, Still) else None
    tiles = (original, structure, colours, *([still] if still else []), decoded)
    return [tile.resize((width, HEIGHT), Image.Resampling.LANCZOS) for tile in tiles]


def overview(rows: list[tuple[list[Image.Image], str]]) -> Image.Image:
    """All rows on one sheet, each with a line of text under it."""
    font = ImageFont.load_default(15)
    width = max(sum(tile.width + GAP for tile in tiles) for tiles, _ in rows) + GAP
    sheet = Image.new("RGB", (width, len(rows) * (HEIGHT + 34) + GAP), (250, 250, 248))
    draw = ImageDraw.Draw(sheet)
    for number, (tiles, text) in enumerate(rows):
        x, y = GAP, GAP + number * (HEIGHT + 34)
        for tile in tiles:
            sheet.paste(tile, (x, y))
            x += tile.width + GAP
        draw.text((GAP, y + HEIGHT + 4), text, (40, 40, 40), font)
    return sheet


def ladder(name: str, budgets: tuple[int, ...]) -> Image.Image:
    """A sample and what files of several sizes give of it, side by side at full size."""
    path = SAMPLES / f"{name}.png"
    tiles, counts = [Image.open(path).convert("RGB")], []
    for budget in budgets:
        picture = triptych.encode(path, max_bytes=budget)
        counts.append(f"{len(picture.to_bytes()):,}")
        tiles.append(triptych.decode(picture))
    text = f"{name}: {path.stat().st_size:,} bytes of PNG; {', '.join(counts)} bytes of Triptych"
    return side_by_side(tiles, text)


def faces(name: str) -> Image.Image:
    """The head in a sample, in a file of the default size, and in one whose region of interest it is, enlarged."""
    path, people = SAMPLES / f"{name}.png", SAMPLES / f"{name}.keypoints.json"
    files = [triptych.encode(path, people=people, roi=roi) for roi in (None, "faces")]
    ((left, top, right, bottom), _), *_ = files[1].get(triptych.DetailLayer).detail.regions
    box = left - MARGIN, top - MARGIN, right + MARGIN, bottom + MARGIN
    side = 3 * (box[2] - box[0]), 3 * (box[3] - box[1])
    pictures = [Image.open(path).convert("RGB"), *(triptych.decode(file) for file in files)]
    counts = " and ".join(f"{len(file.to_bytes()):,}" for file in files)
    text = f"{name}: part of the original, and of files of {counts} bytes, of which the second has --roi faces"
    return side_by_side([picture.crop(box).resize(side, Image.Resampling.BICUBIC) for picture in pictures], text)


def side_by_side(tiles: list[Image.Image], text: str) -> Image.Image:
    """Pictures of one height in a row, with a line of text under them."""
    sheet = Image.new("RGB", (sum(tile.width + GAP for tile in tiles) + GAP, tiles[0].height + 46), (250, 250, 248))
    for number, tile in enumerate(tiles):
        sheet.paste(tile, (GAP + number * (tile.width + GAP), GAP))
    ImageDraw.Draw(sheet).text((GAP, sheet.height - 28), text, (40, 40, 40), ImageFont.load_default(15))
    return sheet


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("demo"))
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    rows = []
    names = ("picture", "pixels", "PNG", "file", "bpp", "prompt", "colours", "pose", "edges", "detail")
    print("{:<11}{:>10}{:>9}{:>6}{:>8}{:>8}{:>9}{:>6}{:>7}{:>8}{:>9}{:>9}".format(*names, "encode", "decode"))
    for path in sorted(SAMPLES.glob("*.png")):
        prompt = path.with_suffix(".txt").read_text(encoding="utf-8").strip()
        keypoints = path.with_suffix(".keypoints.json")
        start = time.perf_counter()
        picture = triptych.encode(path, prompt=prompt, people=keypoints if keypoints.exists() else None)
        encoded = time.perf_counter()
        length = picture.save(out / f"{path.stem}.trp")
        decoded = triptych.decode(out / f"{path.stem}.trp")
        seconds = (encoded - start, time.perf_counter() - encoded)
        decoded.save(out / f"{path.stem}.decoded.png")
        layers = out / f"{path.stem}.layers"
        for name, data in [item for layer in picture.layers for item in layer.files().items()]:
            layers.mkdir(exist_ok=True)
            (layers / name).write_bytes(data)
        size = {layer.name: len(layer.payload) for layer in picture.layers}
        print(
            f"{path.stem:<11}{picture.width:>5} x{picture.height:>4}{path.stat().st_size:>9,}"
            f"{length:>6}{picture.bpp:>8.4f}"
            f"{size.get('semantic', 0):>8}{size.get('texture', 0):>9}{size.get('pose', 0):>6}{size.get('edges', 0):>7}"
            f"{size.get('detail', 0):>8}"
            f"{seconds[0]:>7.2f} s{seconds[1]:>7.2f} s"
        )
        text = f'{path.stem}: {path.stat().st_size:,} bytes of PNG, {length} bytes of Triptych. "{prompt}"'
        rows.append((picture_row(Image.open(path).convert("RGB"), picture, decoded), text))
    overview(rows).save(out / "overview.png")
    ladder(*LADDER).save(out / "sizes.png")
    faces(FACES).save(out / "faces.png")
    print(f"\nSizes are whole files. Look at {out / 'overview.png'}: original, edges, colours, still and result;")
    print(f"at {out / 'sizes.png'}: one picture in files of {', '.join(map(str, LADDER[1]))} bytes at most;")
    print(f"and at {out / 'faces.png'}: a face as a region of interest.")


if __name__ == "__main__":
    main()
