"""All metadata of a file is kept, whoever wrote it, to the last byte."""

from __future__ import annotations

import struct
import sys
import zlib
from pathlib import Path

import pytest
from fixtures.metadata import PARAMETERS, png, xmp
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from triptych.layers import Block
from triptych.limits import MAX_BLOCK_BYTES
from triptych.metadata.chunks import XMP, read_blocks
from triptych.metadata.read import png_texts, read_metadata

PACKET = xmp("<dc:title>x</dc:title>").encode()
BOX = struct.pack(">I", 24) + b"jumb" + bytes(range(16))  # a JUMBF box, as C2PA's manifests stand in
IPTC = b"8BIM\x04\x04\0\0" + struct.pack(">I", 10) + b"\x1c\x02\x78\0\x05hello"


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def segment(marker: int, data: bytes) -> bytes:
    """A segment of a JPEG."""
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(data) + 2) + data


def exif_bytes() -> bytes:
    """A TIFF structure with one tag."""
    exif = Image.Exif()
    exif[0x010E] = "a picture"
    return exif.tobytes().removeprefix(b"Exif\0\0")


def blocks(path: Path) -> list[Block]:
    """The blocks of a file without faults."""
    found, notes = read_blocks(path)
    assert not notes
    assert read_blocks(path.read_bytes()) == (found, notes)
    return found


def test_png(tmp_path: Path) -> None:
    """Text chunks of all forms, EXIF, XMP, C2PA and ComfyUI's own, before and after the pixels, twice the same name."""
    info = PngInfo()
    info.add_text("parameters", PARAMETERS.encode("ascii", "ignore").decode())
    info.add(b"tEXt", "Author\0é".encode("latin-1"))
    info.add(b"tEXt", "Title\0é".encode())  # UTF-8 where Latin-1 should be
    info.add_text("note", "packed", zip=True)
    info.add_itxt("note", "two", "en", "Notiz", zip=True)
    info.add_itxt(XMP, PACKET.decode())
    path = tmp_path / "a.png"
    Image.new("RGB", (16, 16)).save(path, pnginfo=info, exif=exif_bytes())
    data = path.read_bytes()
    path.write_bytes(data[:-12] + chunk(b"comf", b'workflow\0{"nodes": []}') + chunk(b"caBX", BOX) + data[-12:])
    found = blocks(path)
    assert sorted(found) == sorted([
        Block("text", "parameters", PARAMETERS.encode("ascii", "ignore")),
        Block("text", "Author", "é".encode("latin-1"), "tEXt"),
        Block("text", "Title", "é".encode(), "tEXt"),
        Block("text", "note", b"packed", "zTXt"),
        Block("text", "note", b"two", "iTXt+z/en/Notiz"),
        Block("xmp", XMP, PACKET),
        Block("exif", "Exif", exif_bytes()),
        Block("text", "workflow", b'{"nodes": []}'),
        Block("c2pa", "C2PA", BOX),
    ])  # fmt: skip


def test_jpeg(tmp_path: Path) -> None:
    """Segments that continue each other are one block."""
    path = tmp_path / "a.jpg"
    Image.new("RGB", (16, 16)).save(path)
    data = path.read_bytes()
    large = struct.pack(">I", 8 + 70_000) + b"jumb" + bytes(70_000)
    head = b"JP\0\1"
    parts = [segment(0xEB, head + struct.pack(">I", 1) + large[:60_000])]
    parts.append(segment(0xEB, head + struct.pack(">I", 2) + large[:8] + large[60_000:]))
    guid = b"A" * 32 + struct.pack(">I", 6)
    more = b"http://ns.adobe.com/xmp/extension/\0" + guid
    parts += [
        segment(0xE1, b"Exif\0\0" + exif_bytes()),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + PACKET),
        segment(0xE1, more + struct.pack(">I", 3) + b"def"),
        segment(0xE1, more + struct.pack(">I", 0) + b"abc"),
        segment(0xED, b"Photoshop 3.0\0" + IPTC),
        segment(0xFE, b"one"),
        segment(0xFE, b"two"),
        segment(0xE2, b"ICC_PROFILE\0no metadata"),
    ]
    path.write_bytes(data[:2] + b"".join(parts) + data[2:])
    assert sorted(blocks(path)) == sorted([
        Block("exif", "Exif", exif_bytes()),
        Block("xmp", XMP, PACKET),
        Block("xmp", f"{XMP} extended", b"abcdef"),
        Block("iptc", "IPTC", IPTC),
        Block("comment", "comment", b"one"),
        Block("comment", "comment", b"two"),
        Block("c2pa", "C2PA", large),
    ])  # fmt: skip


def test_webp(tmp_path: Path) -> None:
    """Its chunks, and C2PA's."""
    path = tmp_path / "a.webp"
    Image.new("RGB", (16, 16)).save(path, exif=b"Exif\0\0" + exif_bytes(), xmp=PACKET)
    data = path.read_bytes() + b"C2PA" + struct.pack("<I", len(BOX)) + BOX
    path.write_bytes(data[:4] + struct.pack("<I", len(data) - 8) + data[8:])
    wanted = [Block("exif", "Exif", exif_bytes()), Block("xmp", XMP, PACKET), Block("c2pa", "C2PA", BOX)]
    assert sorted(blocks(path)) == sorted(wanted)


def test_gif(tmp_path: Path) -> None:
    """Comments longer than a sub-block, and XMP."""
    path = tmp_path / "a.gif"
    Image.new("P", (16, 16)).save(path, comment=b"long " * 100)
    data = path.read_bytes()
    trailer = bytes([1, *range(255, -1, -1), 0])
    extension = b"\x21\xff\x0bXMP DataXMP" + PACKET + trailer
    path.write_bytes(data[:-1] + extension + b";")
    assert sorted(blocks(path)) == sorted([Block("comment", "comment", b"long " * 100), Block("xmp", XMP, PACKET)])


def test_boxes(tmp_path: Path) -> None:
    """AVIF, with a claim of C2PA behind it; JPEG XL is walked through without a plugin."""
    path = tmp_path / "a.avif"
    try:
        Image.new("RGB", (16, 16)).save(path, exif=b"Exif\0\0" + exif_bytes(), xmp=PACKET)
    except (KeyError, OSError):
        pytest.skip("Pillow was built without AVIF")
    inside = bytes.fromhex("d8fec3d61b0e483c92975828877ec481") + bytes(4) + b"manifest\0" + bytes(8) + BOX
    path.write_bytes(path.read_bytes() + struct.pack(">I", 8 + len(inside)) + b"uuid" + inside)
    wanted = [Block("exif", "Exif", exif_bytes()), Block("xmp", XMP, PACKET), Block("c2pa", "C2PA", BOX)]
    assert sorted(blocks(path)) == sorted(wanted)


def test_jpeg_xl(tmp_path: Path) -> None:
    """Its boxes are plain ones."""
    path = tmp_path / "a.jxl"
    boxes = [(b"JXL ", b"\r\n\x87\n"), (b"Exif", bytes(4) + exif_bytes()), (b"xml ", PACKET), (b"jxlc", b"no")]
    data = b"".join(struct.pack(">I", 8 + len(data)) + kind + data for kind, data in boxes)
    path.write_bytes(data + BOX)
    wanted = [Block("exif", "Exif", exif_bytes()), Block("xmp", XMP, PACKET), Block("c2pa", "C2PA", BOX)]
    assert sorted(blocks(path)) == sorted(wanted)


def _jxl(*boxes: tuple[bytes, bytes]) -> bytes:
    held = ((b"JXL ", b"\r\n\x87\n"), *boxes, (b"jxlc", b"no"))
    return b"".join(struct.pack(">I", len(data) + 8) + name + data for name, data in held)


def test_compressed_boxes_of_jpeg_xl() -> None:
    """What an encoder packed with Brotli is what it was; a bomb is not kept, and a broken one is told."""
    brotli = pytest.importorskip("brotli")
    contents = {b"Exif": bytes(4) + exif_bytes(), b"xml ": PACKET, b"jumb": b"claim"}
    packed = [(b"brob", name + brotli.compress(data)) for name, data in contents.items()]
    assert read_blocks(_jxl(*packed)) == read_blocks(_jxl(*contents.items()))
    assert [block.kind for block in read_blocks(_jxl(*packed))[0]] == ["exif", "xmp", "c2pa"]
    bomb = brotli.compress(bytes(MAX_BLOCK_BYTES + 1))
    assert read_blocks(_jxl((b"brob", b"xml " + bomb)))[1] == [
        f"the metadata 'xml ' was not kept: it unpacks to more than {MAX_BLOCK_BYTES} bytes"
    ]
    for broken in (packed[0][1][:-3], b"xml \xff\xff\xff", b"xml "):
        found, notes = read_blocks(_jxl((b"brob", broken)))
        assert not found and "was left out: it is broken" in notes[0]


def test_compressed_boxes_without_brotli(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package that is missing is named."""
    monkeypatch.setitem(sys.modules, "brotli", None)
    assert read_blocks(_jxl((b"brob", b"Exifx")))[1] == [
        "the metadata 'Exif' is compressed and was not kept; it needs a package: pip install brotli"
    ]


def test_tiff(tmp_path: Path) -> None:
    """Its tags; where the pixels stand is no metadata."""
    path = tmp_path / "a.tif"
    Image.new("RGB", (16, 16)).save(path, tiffinfo={0x010E: "a picture", 700: PACKET, 33723: IPTC})
    found = {block.kind: block for block in blocks(path)}
    assert found["xmp"].data == PACKET and found["iptc"].data == IPTC
    assert b"a picture" in found["exif"].data and len(found["exif"].data) < 100
    assert read_metadata(path).notes == ()


def test_what_does_not_fit_is_named(tmp_path: Path) -> None:
    """The limit is that of all blocks together; the others are kept."""
    info = PngInfo()
    info.add(b"tEXt", b"parameters\0a barn")
    info.add(b"tEXt", b"huge\0" + b"x" * MAX_BLOCK_BYTES)
    info.add(b"zTXt", b"bomb\0\0" + zlib.compress(bytes(3 * MAX_BLOCK_BYTES), 9))
    info.add(b"tEXt", b"after\0kept")
    Image.new("RGB", (16, 16)).save(tmp_path / "a.png", pnginfo=info)
    found, notes = read_blocks(tmp_path / "a.png")
    assert [block.name for block in found] == ["parameters", "after"]
    assert "'huge'" in notes[0] and "'bomb'" in notes[1] and not any("broken" in note for note in notes)
    assert read_metadata(tmp_path / "a.png").prompt == "a barn"


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "gif", "tif"])
def test_files_that_end_early(tmp_path: Path, ending: str) -> None:
    """However a file is cut, nothing raises."""
    path = tmp_path / f"a.{ending}"
    Image.new("RGB", (16, 16)).save(path, **({"comment": b"x"} if ending == "gif" else {}))
    data = path.read_bytes()
    for end in range(0, len(data), max(1, len(data) // 60)):
        read_blocks(data[:end])


def test_all_writers_of_one_file_are_kept(tmp_path: Path) -> None:
    """A1111 text, graph and a stranger's chunk: the first that is understood hides none of the others."""
    texts = {"parameters": PARAMETERS, "prompt": "{}", "workflow": '{"nodes": []}', "Author": "me"}
    found = read_metadata(png(tmp_path / "a.png", **texts))
    assert {block.name: block.text for block in found.recipe.blocks} == texts
    assert png_texts(found.recipe.blocks) == texts
