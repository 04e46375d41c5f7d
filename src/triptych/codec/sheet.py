"""A contact sheet: pictures in rows and columns, with labels above and beside them."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

PAPER, INK, FAINT = (255, 255, 255), (30, 30, 34), (232, 232, 236)
GAP = 10  # pixels between cells
_TEXT = 14  # pixels
_LINE = 18


def contact_sheet(
    rows: Sequence[Sequence[Image.Image | None]],
    *,
    columns: Sequence[str],
    labels: Sequence[str],
    cell: tuple[int, int],
) -> Image.Image:
    """All pictures on one white sheet, RGB.

    Args:
        rows: the pictures, each row as long as `columns`; None leaves a place empty.
        columns: one label for each column, set above it.
        labels: one for each row, set above the row, on one line.
        cell: (width, height) in pixels that each picture is fitted into, keeping its shape.
    """
    font = ImageFont.load_default(_TEXT)
    width, height = cell
    sheet = Image.new(
        "RGB",
        (GAP + len(columns) * (width + GAP), GAP + _LINE + len(rows) * (height + _LINE + GAP) + GAP),
        PAPER,
    )
    draw = ImageDraw.Draw(sheet)
    for number, text in enumerate(columns):
        draw.text((GAP + number * (width + GAP), GAP // 2), shortened(text, font, width), INK, font)
    for row, (pictures, text) in enumerate(zip(rows, labels, strict=True)):
        top = GAP + _LINE + row * (height + _LINE + GAP)
        draw.text((GAP, top), shortened(text, font, sheet.width - 2 * GAP), INK, font)
        for column, picture in enumerate(pictures):
            if picture is None:
                continue
            left = GAP + column * (width + GAP)
            scale = min(width / picture.width, height / picture.height)
            size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
            fitted = picture.convert("RGB").resize(size, Image.Resampling.LANCZOS)
            draw.rectangle((left, top + _LINE, left + width - 1, top + _LINE + height - 1), FAINT)
            sheet.paste(fitted, (left + (width - size[0]) // 2, top + _LINE + (height - size[1]) // 2))
    return sheet


def shortened(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> str:
    """The text on one line, cut with an ellipsis if it is wider than `width` pixels."""
    text = " ".join("".join(c if c.isprintable() else " " for c in text[:500]).split())
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text.rstrip() + "…"
