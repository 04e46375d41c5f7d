"""A prompt alone as a picture: the words, set to fill a card of a colour of their own."""

from __future__ import annotations

import colorsys
import zlib

from PIL import Image, ImageDraw, ImageFont

_LINE_HEIGHT = 1.35
_LARGEST, _SMALLEST = 1 / 9, 1 / 40  # of the shorter side
# Fonts are measured once at this size; widths are proportional to it.
_MEASURE = 100
# No card needs more letters than fit one at the smallest size; the rest is not even measured.
_MOST_LETTERS = 8000


def card(prompt: str, width: int, height: int) -> Image.Image:
    """`prompt` on a soft background, RGB of size (`width`, `height`).

    The letters are as large as lets all of it fit; what does not fit at the smallest size is cut off with
    an ellipsis. The colour follows from the text alone. Pictures too small for letters stay plain.
    """
    digest = zlib.crc32(prompt.encode("utf-8", "replace"))
    hue = (digest & 0xFFFF) / 0x10000
    picture = Image.new("RGB", (width, height), _rgb(hue, 0.87, 0.32))
    shorter = min(width, height)
    margin = shorter / 10
    words = "".join(c if c.isprintable() else " " for c in prompt[:_MOST_LETTERS]).split()
    if shorter < 24 or not words:
        return picture

    ruler = _font(_MEASURE)
    widths = {word: ruler.getlength(word) / _MEASURE for word in {*words, " ", "…"}}
    smallest, size = max(5, round(shorter * _SMALLEST)), round(shorter * _LARGEST)
    while True:
        room = (width - 2 * margin) / size
        most = max(1, int((height - 2 * margin) / (size * _LINE_HEIGHT)))
        # A word wider than the card is broken, but only if smaller letters do not help.
        lines = _wrap(words, widths, room, ruler if size <= smallest else None)
        if size <= smallest or (lines is not None and len(lines) <= most):
            break
        size = max(smallest, int(size * 0.93))
    assert lines is not None
    if len(lines) > most or len(prompt) > _MOST_LETTERS:
        lines = lines[:most]
        lines[-1] = lines[-1][:-1].rstrip() + "…"
    font = _font(size)
    draw = ImageDraw.Draw(picture)
    ascent, descent = font.getmetrics()
    top = (height - (len(lines) - 1) * size * _LINE_HEIGHT - ascent - descent) / 2
    for k, line in enumerate(lines):
        draw.text((margin, top + k * size * _LINE_HEIGHT), line, _rgb(hue, 0.22, 0.35), font)
    return picture


def _font(size: float) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)  # Pillow has FreeType in all its wheels, and a font of its own
    return font


def _rgb(hue: float, lightness: float, saturation: float) -> tuple[int, int, int]:
    red, green, blue = colorsys.hls_to_rgb(hue, lightness, saturation)
    return round(255 * red), round(255 * green), round(255 * blue)


def _wrap(
    words: list[str], widths: dict[str, float], room: float, ruler: ImageFont.FreeTypeFont | None
) -> list[str] | None:
    """Fill lines of width `room` (in letter sizes) with words; None if a word is too wide and may not break.

    With a `ruler` such a word is broken between letters.
    """
    lines: list[str] = []
    line, used = "", 0.0
    for word in words:
        wide = widths[word]
        if line and used + widths[" "] + wide <= room:
            line, used = f"{line} {word}", used + widths[" "] + wide
            continue
        if line:
            lines.append(line)
        if wide > room:
            if ruler is None:
                return None
            per_line = max(1, int(len(word) * room / wide))
            while len(word) > per_line:
                lines.append(word[:per_line])
                word = word[per_line:]
            wide = ruler.getlength(word) / _MEASURE
        line, used = word, wide
    return [*lines, line]
