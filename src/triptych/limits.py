"""Every number that bounds a reader (SPEC §8)."""

from __future__ import annotations

from dataclasses import dataclass

# Limits of the format itself: no valid stream exceeds them.
MAX_SIDE = 65_536  # pixels
MAX_STREAM_BYTES = 17 * 2**20
MAX_LAYERS = 64
MAX_TEXT_CHARS = 4_096
MAX_TEXT_TOKENS = 2_048  # of a modelled text; each takes about 0.1 ms to read
MAX_SETTINGS_TOKENS = 1_024  # of the modelled texts in the settings of a recipe together
MAX_PEOPLE = 64
MAX_EDGE_SIDE = 256  # cells on the long side of the edge raster
MAX_COLOUR_SIDE = 64  # cells on the long side of the colour map
MAX_DETAIL_SIDE = 64  # cells on the long side of the detail
MAX_REGIONS = 64  # regions of interest
MAX_LEVEL = 1 << 14  # magnitude of a quantised coefficient of the colour map
MAX_SEED = 2**32 - 1
MAX_SETTINGS_BYTES = 2**18  # the settings of a recipe
MAX_LORAS = 128
MAX_BLOCKS = 1_024  # metadata blocks of a recipe
MAX_BLOCK_NAME = 255  # bytes of a block's name, and of its form
MAX_BLOCK_BYTES = 16 * 2**20  # data of all blocks of a recipe together

# Limits of reading the metadata of pictures.
MAX_JSON_CHARS = 8 * 2**20  # of one text that is parsed; parsing may take thirty times this many bytes of memory
MAX_XMP_CHARS = 2**18
MAX_PARAMETERS_CHARS = 2**20  # of a text as A1111 writes it
MAX_GRAPH_NODES = 20_000
MAX_PROMPT_CHARS = 2**17  # of a prompt that is put together from the texts of a graph

# Limits of this encoder: pictures it accepts.
MIN_INPUT_SIDE = 16
MAX_INPUT_SIDE = 16_384

# Limits of the edits, whose arguments may come from strangers.
MAX_POINTS = 10_000  # of a polygon or a line
MAX_BAND_POINTS = 1_000  # of the line of a band
MAX_PATTERN_CHARS = 1_000  # of a regular expression


@dataclass(frozen=True)
class Limits:
    """What a reader is willing to handle; smaller than the format allows, because files come from strangers.

    Attributes:
        pixels: largest width x height that is decoded to pixels (default 2^28 = 16,384 x 16,384).
        stream_bytes: largest file that is read, in bytes.
        detail_bytes: largest payload of a detail layer that is unpacked (default 2^18: 2 bits per pixel of the largest
            grid). This encoder writes none that is larger.
        level_bytes: the same of one that holds levels, which take longer than a still (default 2^17: 1 bit per pixel,
            twice as much as anybody asks for).
        edge_pixels: edge pixels set in a layer, in all of its scans together (default 20,480: five sixteenths of
            the largest grid). The densest maps of pictures, a fifth of all pixels thinned, have 11,800.
        edge_steps: steps of all scans of an edge layer together (default 10,000). Pixels that do not see each other are
            read in one step, so a scan takes columns + 13 x (rows - 1) of them: two on the largest grid 7,142, which is
            what this encoder writes at most.
        work: units of work that unpacking all layers of a file may take (default 500,000: half a second, a unit being
            about a microsecond; `triptych.layers.work`). A layer beyond it is left out, the others stay.
        packet_work: the same for the texts and edges in all packets of a picture (default 2,000,000; the edges of 655
            bytes in packets of 50, on the largest grid, take half of it). The first packets that have no more are used.
    """

    pixels: int = 2**28
    stream_bytes: int = MAX_STREAM_BYTES
    detail_bytes: int = 2**18
    level_bytes: int = 2**17
    edge_pixels: int = 20_480
    edge_steps: int = 10_000
    work: int = 500_000
    packet_work: int = 2_000_000


DEFAULT = Limits()
