"""Zstandard frames (RFC 8878) within bounds: the one place that knows which module decompresses them.

A frame is stored without its magic number, and always in one form: a single segment that states the size of its
contents, without a checksum and the number of a dictionary. So a reader knows what a frame takes before it allocates
anything.
"""

from __future__ import annotations

import sys

from ..errors import DamagedError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_MAGIC = b"\x28\xb5\x2f\xfd"
# Frame header descriptor of a single segment without checksum and dictionary number -> bytes of the content size.
_SIZE_BYTES = {0x20: 1, 0x60: 2, 0xA0: 4}
_WINDOW_LOG_MAX = 25
_BEST, _FAST = 19, 9  # compression levels; the higher one takes a second a megabyte
_BEST_AT_MOST = 2**20  # bytes


class Dictionary:
    """A dictionary for compression and decompression, digested once for each."""

    def __init__(self, data: bytes) -> None:
        """Take a dictionary in the format of RFC 8878, section 5.

        Raises:
            DamagedError: the data are no such dictionary.
        """
        try:
            self.digest = zstd.ZstdDict(data)
        except ValueError as error:
            raise DamagedError(f"not a Zstandard dictionary: {error}") from error


def compress(data: bytes, dictionary: Dictionary) -> bytes:
    """One frame that holds the data, without its magic number."""
    option = zstd.CompressionParameter
    options: dict[int, int] = {option.content_size_flag: 1, option.checksum_flag: 0, option.dict_id_flag: 0}
    if len(data) <= _BEST_AT_MOST:
        options[option.compression_level] = _BEST
    else:  # a window of all data makes one segment
        options |= {option.compression_level: _FAST, option.window_log: (len(data) - 1).bit_length()}
    frame: bytes = zstd.compress(data, options=options, zstd_dict=dictionary.digest)
    return frame.removeprefix(_MAGIC)


def decompress(frame: bytes, dictionary: Dictionary, *, most: int) -> bytes:
    """The contents of one frame without its magic number, of at most `most` bytes.

    Raises:
        DamagedError: it is not exactly one frame in the form above, or states a size above `most`; then nothing was
            allocated.
    """
    size = size_of(frame)
    if size > most:
        raise DamagedError(f"a Zstandard frame states {size} bytes; at most {most} are allowed")
    bounds: dict[int, int] = {zstd.DecompressionParameter.window_log_max: _WINDOW_LOG_MAX}
    inflater = zstd.ZstdDecompressor(zstd_dict=dictionary.digest, options=bounds)
    try:
        data: bytes = inflater.decompress(_MAGIC + frame, max_length=size + 1)
        if not inflater.eof and not inflater.needs_input:  # an empty last block may still be unread
            data += inflater.decompress(b"", max_length=1)
    except (zstd.ZstdError, MemoryError) as error:
        raise DamagedError(f"a Zstandard frame cannot be read: {error}") from error
    if not inflater.eof or inflater.unused_data or len(data) != size:
        raise DamagedError("a Zstandard frame does not end where it should")
    return data


def size_of(frame: bytes) -> int:
    """The size of its contents that the frame's header states (RFC 8878, section 3.1.1.1)."""
    width = _SIZE_BYTES.get(frame[0]) if frame else None
    if width is None:
        raise DamagedError("a Zstandard frame is not of one segment, or has a checksum or a dictionary's number")
    field = frame[1 : 1 + width]
    if len(field) < width:
        raise DamagedError("a Zstandard frame ends in its header")
    return int.from_bytes(field, "little") + (256 if width == 2 else 0)
