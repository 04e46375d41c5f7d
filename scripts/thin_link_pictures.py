"""The pictures of docs/guides/thin-links.md, from the samples: `python scripts/thin_link_pictures.py [NAME ...]`."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

from PIL import Image

import triptych
from triptych.codec.sheet import contact_sheet

HERE = Path(__file__).resolve().parent.parent
SAMPLES, IMAGES = HERE / "samples", HERE / "docs" / "images"
LINKS = ("lorawan-slow", "sms", "meshtastic", "iridium", "reticulum")
CELL = 180, 180
MTU = 180


def original(name: str) -> Image.Image:
    return Image.open(SAMPLES / f"{name}.png").convert("RGB")


def prompt(name: str) -> str:
    return (SAMPLES / f"{name}.txt").read_text("utf-8").strip()


def save(sheet: Image.Image, name: str) -> None:
    path = IMAGES / f"thin-{name}.webp"
    sheet.save(path, "WEBP", quality=76, method=6)
    print(f"{path.name}: {sheet.width} x {sheet.height}, {path.stat().st_size} bytes")


def links(names: tuple[str, ...]) -> None:
    """One packet of each link, and the default size."""
    rows = []
    for name in names:
        image = original(name)
        made = [triptych.encode(image, text=False, link=link) for link in LINKS]
        made.append(triptych.encode(image, prompt=prompt(name)))
        rows.append([image, *(triptych.decode(picture) for picture in made)])
    heads = [f"{link}: {triptych.links()[link].bytes} bytes" for link in LINKS]
    save(contact_sheet(rows, columns=["original", *heads, "655 bytes"], labels=names, cell=CELL), "links")


def packets(name: str) -> None:
    """After each packet, and with one of them lost."""
    whole = triptych.encode(original(name), prompt=prompt(name))
    made = triptych.split_packets(whole, MTU)
    received = [made[:count] for count in range(1, len(made) + 1)] + [made[:1] + made[2:], made[1:]]
    heads = [f"packets 1 to {count}" if count > 1 else "packet 1" for count in range(1, len(made) + 1)]
    row = [triptych.decode(triptych.assemble(part)) for part in received]
    label = f"{sum(map(len, made))} bytes in packets of at most {MTU}"
    save(contact_sheet([row], columns=[*heads, "without 2", "without 1"], labels=[label], cell=CELL), "packets")


def prefixes(name: str) -> None:
    """A progressive file, cut."""
    data = triptych.encode(original(name), prompt=prompt(name), progressive=True).to_bytes()
    lengths = [round(len(data) * part) for part in (0.2, 0.35, 0.5, 0.75, 1)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the file is cut
        row = [triptych.decode(data[:length], partial=True) for length in lengths]
    heads = [f"{length} bytes" for length in lengths]
    save(contact_sheet([row], columns=heads, labels=[f"a file of {len(data)} bytes"], cell=CELL), "prefixes")


def transmitted(name: str) -> None:
    """What was painted, and what was sent laid over it."""
    picture = triptych.encode(original(name), text=False, link="meshtastic")
    row = [triptych.decode(picture), triptych.decode(picture, show_transmitted=True)]
    heads, label = ["painted", "--show-transmitted"], f"{len(picture.to_bare())} bytes"
    save(contact_sheet([row], columns=heads, labels=[label], cell=(340, 340)), "transmitted")


def placeholders(names: tuple[str, ...]) -> None:
    """Placeholders of three sizes, and one without strokes, by the decoder that makes up least."""
    rows = []
    for name in names:
        texts = [triptych.placeholder(original(name), bytes=most) for most in (21, 28, 35)]
        texts.append(triptych.placeholder(original(name), bytes=35, strokes=False))
        pictures = [triptych.Picture.from_text(text) for text in texts]
        rows.append([original(name), *(triptych.decode(picture, decoder="sketch", size=256) for picture in pictures)])
    heads = ["original", "21 bytes", "28 bytes", "35 bytes", "35, colours"]
    save(contact_sheet(rows, columns=heads, labels=names, cell=(140, 140)), "placeholders")


def main() -> None:
    sheets = {
        "links": lambda: links(("harbour", "portrait")),
        "packets": lambda: packets("harbour"),
        "prefixes": lambda: prefixes("harbour"),
        "transmitted": lambda: transmitted("portrait"),
        "placeholders": lambda: placeholders(("meadow", "still_life")),
    }
    for name in sys.argv[1:] or sheets:
        sheets[name]()


if __name__ == "__main__":
    main()
