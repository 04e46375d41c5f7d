"""Pictures of few bytes, cut files and lost packets: `python benchmarks/thin_links.py WHAT FOLDER --metric FILE`.

    python benchmarks/thin_links.py placeholders FOLDER --metric FILE [--every N]
    python benchmarks/thin_links.py rivals FOLDER --metric FILE [--every N] [--vvc PROGRAM]
    python benchmarks/thin_links.py progressive FOLDER --metric FILE [--every N] [--decoder NAME ...]
    python benchmarks/thin_links.py packets FOLDER --metric FILE [--every N] [--decoder NAME ...]

FOLDER holds pictures and an index.csv (columns file, prompt), METRIC is the file of LPIPS as for `quality.py`. Sizes
are lengths of files, bare forms, packets or texts, as sent. With `--json FILE` a run goes on where it was stopped.
WHAT is one of

- placeholders: against BlurHash and ThumbHash at their sizes, in bytes and in characters of text;
- rivals: the best of JPEG, WebP, AVIF and VVC (`--vvc` names vvenc's vvencFFapp) of any scale and quality that fits
  200 and 350 bytes, against bare forms;
- progressive: files cut at parts of their length against files made for that length;
- packets: what packets cost against one file, LPIPS after each packet and with packets lost.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import random
import subprocess
import sys
import tempfile
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
from PIL import Image

import triptych
from triptych.bench import results
from triptych.codec.links import file_budget

sys.path.append(str(Path(__file__).parent))
from quality import ciede2000, lpips

VVC: list[Path] = []  # the encoder, if there is one
PARTED = ("semantic", "texture", "pose", "edges")  # layers that show something before they are whole
DRAWS = 3  # of lost packets, for each picture and loss

Metrics = dict[str, Callable[[np.ndarray, np.ndarray], float]]
Rows = list[dict[str, str]]


def pictures(folder: Path, rows: Rows) -> Iterator[tuple[dict[str, str], Image.Image]]:
    for row in rows:
        yield row, Image.open(folder / row["file"]).convert("RGB")


class Means:
    """Values by name; means at the end."""

    def __init__(self) -> None:
        self.found: dict[str, list[float]] = defaultdict(list)

    def add(self, name: str, metrics: Metrics, original: Image.Image, made: Image.Image, **more: float) -> None:
        for metric, function in metrics.items():
            self.found[f"{name}: {metric}"].append(function(np.asarray(original), np.asarray(made.convert("RGB"))))
        for key, value in more.items():
            self.found[f"{name}: {key}"].append(value)

    def rounded(self) -> dict[str, float]:
        return {name: round(mean(values), 4) for name, values in self.found.items()}


# --- progressive -------------------------------------------------------------------------------------------


def progressive(folder: Path, rows: Rows, metrics: Metrics, decoders: list[str]) -> dict[str, Any]:
    means = Means()
    for row, image in pictures(folder, rows):
        prompt = row.get("prompt") or None
        budget = int(0.02 * image.width * image.height / 8)
        plain = triptych.encode(image, prompt=prompt, max_bytes=budget, layers=PARTED)
        made = triptych.encode(image, prompt=prompt, max_bytes=budget, progressive=True)
        data = made.to_bytes()
        means.found["bytes"].append(len(data))
        if made.edges:
            whole = triptych.EdgeLayer.from_raster(made.edges.raster, made.size)
            means.found["edges in scans, against the same in one"].append(len(made.edges.payload) / len(whole.payload))
            means.found["edges by figures, against one scan"].append(
                len(plain.edges.in_scans().payload) / len(plain.edges.payload)
            )
        whole = triptych.make_progressive(plain)
        means.found["bytes of the plain file"].append(len(plain.to_bytes()))
        means.found["bytes of the same file, progressive"].append(len(whole.to_bytes()))
        for part in (0.5,):
            length = int(part * len(data))
            other = triptych.encode(image, prompt=prompt, max_bytes=length)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                cut = triptych.Picture.from_bytes(data[:length], partial=True)
            for name in decoders:
                means.add(f"{name}, cut at {part}", metrics, image, triptych.decode(cut, decoder=name))
                means.add(f"{name}, made for {part}", metrics, image, triptych.decode(other, decoder=name))
        for name in decoders:
            means.add(f"{name}, plain", metrics, image, triptych.decode(plain, decoder=name))
            means.add(f"{name}, progressive", metrics, image, triptych.decode(made, decoder=name))
        print(row["file"], flush=True, file=sys.stderr)
    return means.rounded()


# --- placeholders, and rivals at a few hundred bytes -----------------------------------------------------------


def placeholders(folder: Path, rows: Rows, metrics: Metrics, decoders: list[str]) -> dict[str, Any]:
    import blurhash
    from thumbhash import image_to_thumb_hash

    means = Means()
    both = metrics | {"ciede2000": ciede2000}
    for row, image in pictures(folder, rows):
        small = image.copy()
        small.thumbnail((100, 100))
        text = blurhash.encode(np.asarray(small), 4, 3)
        made = Image.fromarray(np.uint8(blurhash.decode(text, 64, 64))).resize(image.size, Image.Resampling.BICUBIC)
        means.add("blurhash 4x3", both, image, made, bytes=len(text), characters=len(text))
        buffer = io.BytesIO()
        small.save(buffer, "PNG")
        hashed = bytes(image_to_thumb_hash(buffer))
        made = from_thumb_hash(hashed).resize(image.size, Image.Resampling.BICUBIC)
        means.add("thumbhash", both, image, made, bytes=len(hashed), characters=-(-4 * len(hashed) // 3))
        for most, strokes in ((21, False), (28, False), (35, False), (28, True), (35, True)):
            text = triptych.placeholder(image, bytes=most, strokes=strokes)
            picture = triptych.Picture.from_text(text)
            sizes = {"bytes": len(picture.to_bare()), "characters": len(text)}
            for name in decoders:
                made = triptych.decode(picture, decoder=name, size=image.size)
                means.add(f"{name} {most}{', colours alone' * (not strokes)}", both, image, made, **sizes)
        print(row["file"], flush=True, file=sys.stderr)
    return means.rounded()


def from_thumb_hash(data: bytes, side: int = 32) -> Image.Image:
    """A ThumbHash without alpha as a square picture (E. Wallace, thumbhash.js: the same sums of cosines)."""
    head, more = int.from_bytes(data[:3], "little"), int.from_bytes(data[3:5], "little")
    wide = more >> 15
    nx, ny = max(3, 7 if wide else more & 7), max(3, more & 7 if wide else 7)
    nibbles = iter([byte >> shift & 15 for byte in data[5:] for shift in (0, 4)])
    at = np.pi * (np.arange(side) + 0.5) / side

    def channel(nx: int, ny: int, mean: float, scale: float) -> np.ndarray:
        total = np.full((side, side), mean)
        for cy in range(ny):
            for cx in range(0 if cy else 1, nx):
                if cx * ny < nx * (ny - cy):
                    level = (next(nibbles) / 7.5 - 1) * scale
                    total += 2 * level * np.outer(np.cos(at * cy), np.cos(at * cx))
        return total

    luma = channel(nx, ny, (head & 63) / 63, (head >> 18 & 31) / 31)
    p = channel(3, 3, (head >> 6 & 63) / 31.5 - 1, (more >> 3 & 63) / 63 * 1.25)
    q = channel(3, 3, (head >> 12 & 63) / 31.5 - 1, (more >> 9 & 63) / 63 * 1.25)
    blue = luma - 2 / 3 * p
    red = (3 * luma - blue + q) / 2
    return Image.fromarray((np.stack([red, red - q, blue], 2).clip(0, 1) * 255).round().astype(np.uint8))


def rivals(folder: Path, rows: Rows, metrics: Metrics, decoders: list[str]) -> dict[str, Any]:
    means = Means()
    for row, image in pictures(folder, rows):
        for most in (200, 350):
            for codec in ("JPEG", "WEBP", "AVIF", *(["VVC"] if VVC else [])):
                best: tuple[float, Image.Image] | None = None
                for side in (16, 24, 32, 48, 64, 96):
                    small = image.resize(shrunk(image.size, side), Image.Resampling.LANCZOS)
                    if (found := finest(small, codec, most)) is None:
                        continue
                    made = found.resize(image.size, Image.Resampling.BICUBIC)
                    distance = metrics["lpips"](np.asarray(image), np.asarray(made))
                    best = (distance, made) if best is None or distance < best[0] else best
                means.found[f"{codec} {most}: pictures"].append(best is not None)
                if best:
                    means.found[f"{codec} {most}: lpips"].append(best[0])
            budget, over, picture = file_budget(most), 0, None
            while picture is None or over > 0:
                budget -= over
                picture = triptych.encode(image, text=False, recipe="none", max_bytes=budget)
                over = len(picture.to_bare()) - most
            for name in decoders:
                made = triptych.decode(picture, decoder=name)
                means.add(f"{name} {most}", metrics, image, made, bytes=len(picture.to_bare()))
        print(row["file"], flush=True, file=sys.stderr)
    return means.rounded()


def shrunk(size: tuple[int, int], side: int) -> tuple[int, int]:
    return max(1, round(size[0] * side / max(size))), max(1, round(size[1] * side / max(size)))


def finest(image: Image.Image, codec: str, most: int) -> Image.Image | None:
    """The picture as decoded at the highest quality that fits, or None."""
    if codec == "VVC":
        return finest_vvc(image, most)
    for quality in (90, 75, 60, 50, 40, 30, 20, 10, 5, 1):
        buffer = io.BytesIO()
        image.save(buffer, codec, quality=quality, **({"optimize": True} if codec == "JPEG" else {}))
        if buffer.tell() <= most:
            return Image.open(buffer).convert("RGB")
    return None


def finest_vvc(image: Image.Image, most: int) -> Image.Image | None:
    """The same of vvenc: one frame of 4:2:0 with sides of a multiple of 8, preset medium, 10 bits, bare NAL units."""
    side = [max(8, round(length / 8) * 8) for length in image.size]
    low, high, best = 20, 63, None
    while low <= high:
        quantiser = (low + high) // 2
        data, made = vvc(image.resize(side, Image.Resampling.LANCZOS), quantiser)
        if len(data) <= most:
            best, high = made, quantiser - 1
        else:
            low = quantiser + 1
    return best


def vvc(image: Image.Image, quantiser: int) -> tuple[bytes, Image.Image]:
    """(the bytes, what they decode to)."""
    width, height = image.size
    y, *chroma = image.convert("YCbCr").split()
    half = [plane.resize((width // 2, height // 2), Image.Resampling.BOX) for plane in chroma]
    with tempfile.TemporaryDirectory() as folder:
        given, packed, made = (Path(folder) / name for name in ("in.yuv", "out.266", "made.yuv"))
        given.write_bytes(b"".join(plane.tobytes() for plane in (y, *half)))
        size = ["-s", f"{width}x{height}", "--InputBitDepth=8", "--OutputBitDepth=8", "-f", "1", "-fr", "1"]
        files = ["-i", str(given), "-b", str(packed), "-o", str(made)]
        settings = ["-q", str(quantiser), "--preset=medium", "--threads=1"]
        subprocess.run([VVC[0], *files, *size, *settings], check=True, capture_output=True)
        raw, data = np.frombuffer(made.read_bytes(), np.uint8), packed.read_bytes()
    planes = [Image.fromarray(raw[: width * height].reshape(height, width))]
    for plane in raw[width * height :].reshape(2, height // 2, width // 2):
        planes.append(Image.fromarray(plane).resize((width, height), Image.Resampling.BICUBIC))
    return data, Image.merge("YCbCr", planes).convert("RGB")


# --- packets -----------------------------------------------------------------------------------------------


def assembler(decoder: str) -> Callable[[tuple[bytes, ...]], Image.Image]:
    """What some packets show; what came before is not painted again."""
    return cache(lambda came: triptych.decode(triptych.assemble(came), decoder=decoder))


def packets(folder: Path, rows: Rows, metrics: Metrics, decoders: list[str]) -> dict[str, Any]:
    means = Means()
    for row, image in pictures(folder, rows):
        chance = random.Random(row["file"])
        prompt = row.get("prompt") or None
        whole = triptych.encode(
            image, prompt=prompt, max_bytes=int(0.02 * image.width * image.height / 8), layers=PARTED
        )
        made = triptych.split_packets(whole, 180)
        means.found["bytes of the file"].append(len(whole.to_bytes()))
        means.found["bytes of the packets"].append(sum(map(len, made)))
        means.found["packets"].append(len(made))
        name = decoders[0]
        means.add("all", metrics, image, triptych.decode(whole, decoder=name))
        same = triptych.encode(image, prompt=prompt, max_bytes=sum(map(len, made)), layers=PARTED)
        means.add("one file of as many bytes", metrics, image, triptych.decode(same, decoder=name))
        shown = assembler(name)
        for count in range(1, min(len(made), 6)):
            means.add(f"first {count}", metrics, image, shown(tuple(made[:count])))
        for loss in (0.1, 0.3, 0.5):
            for _ in range(DRAWS):
                came = [packet for packet in made if chance.random() >= loss] or [chance.choice(made)]
                means.add(f"loss {loss}", metrics, image, shown(tuple(came)))
        print(row["file"], flush=True, file=sys.stderr)
    return means.rounded()


COMMANDS = {"placeholders": placeholders, "rivals": rivals, "progressive": progressive, "packets": packets}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=COMMANDS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--metric", type=Path, required=True)
    parser.add_argument("--every", type=int, default=1, metavar="N", help="take only every Nth picture")
    parser.add_argument("--decoder", action="append", help="default: miniature and sketch")
    parser.add_argument("--vvc", type=Path, help="vvenc's vvencFFapp")
    parser.add_argument("--json", type=Path)
    parser.add_argument(
        "--at-once", type=int, metavar="N", help="stop after so many pictures, for another run to go on"
    )
    args = parser.parse_args()
    VVC.extend([args.vvc] if args.vvc else [])
    with open(args.folder / "index.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[:: args.every]
    metrics: Metrics = {"lpips": lpips(args.metric)}
    names = args.decoder or ["miniature", "sketch"]
    decoders = [word for name in args.decoder or [] for word in ("--decoder", name)]
    command = ["thin_links.py", args.what, args.folder.name, "--every", str(args.every), *decoders]
    kept = json.loads(args.json.read_text("utf-8")) if args.json and args.json.exists() else {}
    values: dict[str, dict[str, float]] = kept.get("values", {})
    for row in [row for row in rows if row["file"] not in values][: args.at_once]:
        values[row["file"]] = COMMANDS[args.what](args.folder, [row], metrics, names)
        kept = results.header(command, {"of": len(rows), "pictures": len(values), "means": means_of(values)})
        if args.json:
            args.json.write_text(json.dumps(kept | {"values": values}, indent=1) + "\n", "utf-8")
    print(json.dumps(kept | {"means": means_of(values)}, indent=2))


def means_of(values: dict[str, dict[str, float]]) -> dict[str, float]:
    """The mean of each value over the pictures that have it."""
    found = dict.fromkeys(name for one in values.values() for name in one)
    return {name: round(mean(one[name] for one in values.values() if name in one), 4) for name in found}


if __name__ == "__main__":
    main()
