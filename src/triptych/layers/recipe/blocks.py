"""Settings and metadata blocks in one Zstandard frame (SPEC §7.5.2)."""

from __future__ import annotations

from contextlib import suppress
from functools import cache

from ...bitstream.cursor import Cursor, write_number
from ...bitstream.zstandard import Dictionary, compress, decompress, size_of
from ...errors import DamagedError, InputError, LimitError, TruncatedError
from ...limits import MAX_BLOCK_BYTES, MAX_BLOCK_NAME, MAX_BLOCKS, MAX_SETTINGS_BYTES
from ..tables import load_table
from .value import BLOCK_KINDS, EXIF, Block

# Kinds in the file for EXIF that ends in a text of UTF-16.
_UTF16_BIG, _UTF16_LITTLE = 7, 8
_UTF16 = {_UTF16_BIG: "utf-16-be", _UTF16_LITTLE: "utf-16-le"}
_UNICODE = b"UNICODE\0"  # in front of such a text (EXIF 2.32, UserComment)
# Beside its data a block takes a byte for its kind, its name, its form, and up to eight bytes for three lengths.
_MOST_BYTES = MAX_BLOCK_BYTES + MAX_BLOCKS * (2 * MAX_BLOCK_NAME + 9) + MAX_SETTINGS_BYTES + 4


def pack(settings: bytes, blocks: tuple[Block, ...]) -> bytes:
    """The frame of settings, packed already, and blocks.

    Raises:
        InputError: a block has no such kind, or a name that cannot be.
        LimitError: there are too many, or they have too many bytes.
    """
    if len(blocks) > MAX_BLOCKS:
        raise LimitError(f"the recipe has {len(blocks)} blocks; at most {MAX_BLOCKS} can be stored")
    size = sum(len(block.data) for block in blocks)
    if size > MAX_BLOCK_BYTES:
        raise LimitError(f"the recipe's blocks have {size} bytes; at most {MAX_BLOCK_BYTES} can be stored")
    plain = bytearray(write_number(len(settings)) + settings)
    for block in blocks:
        if block.kind not in BLOCK_KINDS:
            raise InputError(f"a block is of one of the kinds {', '.join(BLOCK_KINDS)}, not {block.kind!r}")
        kind, data = coded(block)
        plain.append(kind)
        for part in (_label(block.name), _label(block.form), data):
            plain += write_number(len(part)) + part
    return compress(bytes(plain), _dictionary())


def unpack(frame: bytes) -> tuple[bytes, tuple[Block, ...]]:
    """(settings, blocks); blocks of kinds that this version does not know are passed over.

    Raises:
        DamagedError: this is not one frame, it does not hold blocks, or more than there can be; what a frame unpacks
            to is known before it is unpacked.
    """
    cursor = Cursor(decompress(frame, _dictionary(), most=_MOST_BYTES))
    blocks: list[Block] = []
    count = size = 0
    try:
        settings = cursor.take(cursor.number("the length of the settings"), "the settings")
        while cursor.at < len(cursor.data):
            kind = cursor.byte("a block's kind")
            name, form, data = (cursor.take(cursor.number(what), what) for what in ("a name", "a form", "a block"))
            if kind in _UTF16:
                data, kind = _widened(data, _UTF16[kind]), BLOCK_KINDS.index(EXIF)
            count, size = count + 1, size + len(data)
            if count > MAX_BLOCKS or size > MAX_BLOCK_BYTES or len(name) > MAX_BLOCK_NAME or len(form) > MAX_BLOCK_NAME:
                raise DamagedError("the recipe's blocks are more, or longer, than allowed")
            if b"\0" in name + form:
                raise DamagedError("the name of a block holds U+0000")
            if kind < len(BLOCK_KINDS):
                blocks.append(Block(BLOCK_KINDS[kind], name.decode("utf-8"), data, form.decode("utf-8")))
    except (TruncatedError, UnicodeDecodeError) as error:
        raise DamagedError(f"the recipe's blocks cannot be read: {error}") from error
    return settings, tuple(blocks)


def coded(block: Block) -> tuple[int, bytes]:
    """(kind in the file, data in the file) of a block; EXIF in the shorter UTF-8 if its text is UTF-16."""
    data = bytes(block.data)
    start = data.find(_UNICODE) + len(_UNICODE)
    if block.kind == EXIF and start >= len(_UNICODE):
        zeros = [data[start + odd :: 2].count(0) for odd in (0, 1)]
        kind = _UTF16_BIG if zeros[0] >= zeros[1] else _UTF16_LITTLE
        if 4 * max(zeros) > len(data) - start:
            with suppress(UnicodeDecodeError):
                narrow = write_number(start) + data[:start] + data[start:].decode(_UTF16[kind]).encode("utf-8")
                if _widened(narrow, _UTF16[kind]) == data:
                    return kind, narrow
    return BLOCK_KINDS.index(block.kind), data


def _widened(data: bytes, encoding: str) -> bytes:
    """EXIF whose text, from some byte to the end, stands in UTF-8 in the file."""
    cursor = Cursor(data)
    head = cursor.take(cursor.number("the length before a text"), "what stands before a text")
    return head + data[cursor.at :].decode("utf-8").encode(encoding)


def _label(text: str) -> bytes:
    try:
        label = text.encode("utf-8")
    except UnicodeEncodeError:
        raise InputError(f"the name of a block holds a lone surrogate: {text!r}") from None
    if len(label) > MAX_BLOCK_NAME or b"\0" in label:
        raise InputError(f"the name of a block has at most {MAX_BLOCK_NAME} bytes and no U+0000, unlike {text[:80]!r}")
    return label


def stated_size(frame: bytes) -> int:
    """How many bytes a frame says that it unpacks to, as far as that is allowed."""
    with suppress(DamagedError):
        return min(size_of(frame), _MOST_BYTES)
    return 0


@cache
def _dictionary() -> Dictionary:
    """The dictionary that every frame starts from."""
    return Dictionary(load_table("recipe")["dictionary"].tobytes())
